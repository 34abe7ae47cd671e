"""A move asks the law and the house: how many people the new room may hold, and which of its seats are kept."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from bookings.exceptions import NotMovable
from bookings.models import Booking, ShowtimeMove
from tests.bookings.steps import buy, start
from tests.bookings.test_house_seats import keep, labels
from tests.bookings.test_moving import move, other_room, side_by_side
from tests.bookings.test_office_moves import look
from tests.factories import create_member, create_showtime, create_staff, create_user
from theaters.models import HouseSeats, Showtime
from theaters.models.house_seats import house_seat_ids

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_are_in_order")]
TOO_FULL = "may hold 2 people by law, and 3 would sit there. Choose another screen, or cancel bookings first."


@pytest.fixture
def manager(db):
    return create_staff()


@pytest.fixture
def showtime(db):
    return side_by_side(create_showtime())


def small_room(showtime, people=2):
    layout = other_room(showtime)
    layout.screen.legal_capacity = people
    layout.screen.save()
    return layout


def seats_now(showtime):
    return {
        label
        for booking in Booking.objects.filter(showtime=showtime, status="confirmed")
        for label in booking.seat_labels
    }


def test_new_room_may_not_hold_so_many_then_a_sentence_and_nobody_moves(client, ann, showtime, manager, sandbox):
    buy(sandbox, ann, showtime, "A1", "A2", "A3")
    layout = small_room(showtime)
    with pytest.raises(NotMovable, match=TOO_FULL):
        move(showtime, manager, layout=layout)
    assert not ShowtimeMove.objects.exists()

    client.force_login(create_member(showtime.theater, "manager"))
    page = look(client, showtime, layout=layout)

    assert TOO_FULL in page.text
    assert b'name="confirm"' not in page.content


def test_just_as_many_as_it_may_hold_then_they_move_and_who_is_paying_does_not_count(
    ann, bob, showtime, manager, sandbox
):
    buy(sandbox, ann, showtime, "A1", "A2")
    start(bob, showtime, "B1")
    layout = small_room(showtime)

    move(showtime, manager, layout=layout)

    assert Showtime.objects.get(pk=showtime.pk).layout == layout


def test_place_found_later_then_not_beyond_what_the_room_may_hold(ann, bob, showtime, manager, sandbox):
    """A party found no seats side by side in the new room. There are some now, and somebody is paying for another."""
    buy(sandbox, ann, showtime, "A1", "A2")
    layout = small_room(showtime)
    layout.seats.exclude(row="A", number="6").update(is_blocked=True)
    move(showtime, manager, layout=layout)
    layout.seats.update(is_blocked=False)
    showtime.refresh_from_db()
    waiting = start(bob, showtime, "C1")

    with pytest.raises(NotMovable, match=TOO_FULL):
        move(showtime, manager)

    waiting.give_up(timezone.now())
    move(showtime, manager)
    assert len(seats_now(showtime)) == 2


def test_more_are_in_the_room_than_the_law_now_allows_then_it_may_still_move_in_time(ann, showtime, manager, sandbox):
    buy(sandbox, ann, showtime, "A1", "A2", "A3")
    Showtime.objects.filter(pk=showtime.pk).update(legal_capacity=2)

    move(showtime, manager, later=timedelta(hours=1))

    assert ShowtimeMove.objects.count() == 1


def test_new_room_has_house_seats_then_nobody_is_seated_there(showtime, manager, sandbox):
    for label in ("A1", "A2"):
        buy(sandbox, create_user(), showtime, label)
    layout = other_room(showtime)
    keep(Showtime(layout=layout), "A1", "A2", "A3")

    move(showtime, manager, layout=layout)

    assert (len(seats_now(showtime)), seats_now(showtime) & {"A1", "A2", "A3"}) == (2, set())


def test_seat_was_sold_before_the_house_kept_it_then_it_stays_sold(ann, showtime, manager, sandbox):
    buy(sandbox, ann, showtime, "A1")
    keep(showtime, "A1", "A2")

    move(showtime, manager, later=timedelta(hours=1))

    assert seats_now(showtime) == {"A1"}


def test_house_seats_of_this_showtime_then_they_go_along_by_their_names(ann, bob, showtime, manager, sandbox):
    keep(showtime, "B1", "B2", only=True)
    buy(sandbox, ann, showtime, "B3")
    buy(sandbox, bob, showtime, "A1")
    layout = other_room(showtime, rows="AB", seats=6)

    move(showtime, manager, layout=layout)

    showtime = Showtime.objects.get(pk=showtime.pk)
    assert HouseSeats.objects.get().layout == layout
    assert labels(showtime, house_seat_ids(showtime)) == ["B1", "B2"]
    assert seats_now(showtime) & {"B1", "B2"} == set()


def test_house_seats_that_the_new_room_lacks_then_the_plan_names_them(client, showtime):
    keep(showtime, "A1", "C1", "C2", only=True)
    client.force_login(create_member(showtime.theater, "manager"))

    page = look(client, showtime, layout=other_room(showtime, rows="AB"))

    assert "House seats of this showtime that the new room does not have: C1, C2." in page.text
    assert reverse("admin:theaters_showtime_change", args=[showtime.pk]) in page.text
