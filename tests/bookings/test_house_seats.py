"""Seats the house keeps, love seats, and how many people the room may hold."""

from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from django.urls import reverse

from bookings import flows
from bookings.audit import audit
from bookings.exceptions import BadChoice, RoomFull, SeatsTaken
from bookings.flows import booking as booking_flow
from bookings.flows.locking import database_now
from bookings.models import BookedSeat, Booking
from tests.bookings.steps import buy, hold, lapse, open_session, quote, start
from tests.bookings.threads import all_at_once, kinds
from tests.bookings.unlocked import after
from tests.factories import create_showtime, create_user, seats_of
from theaters.models import HouseSeats, Screen, Showtime
from theaters.models.house_seats import house_seat_ids, seat_ids_not_on_the_web
from theaters.rows import link_neighbours

pytestmark = pytest.mark.django_db


def keep(showtime, *labels, only=False, **fields):
    kept = HouseSeats.objects.create(
        layout=showtime.layout, showtime=showtime if only else None, **{"reason": "Press"} | fields
    )
    kept.seats.set(seats_of(showtime, *labels))


def starts_in(showtime, **time):
    """By the database's clock, which decides; the browser's and the web worker's do not."""
    Showtime.objects.filter(pk=showtime.pk).update(starts_at=database_now() + timedelta(**time))
    showtime.refresh_from_db()


def labels(showtime, ids):
    return sorted(seat.label for seat in seats_of(showtime) if seat.pk in ids)


def broken():
    return [(result.invariant.code, result.examples) for result in audit() if result.broken]


def test_house_seats_then_not_for_the_web_and_still_the_houses_to_sell(client, ann, showtime):
    keep(showtime, "A1", "A2")

    with pytest.raises(BadChoice, match="Seat A1 is not for sale"):
        hold(ann, showtime, "A1", "A3")
    page = client.get(reverse("bookings:seat_map", args=[showtime.pk])).content.decode()

    assert page.count('data-state="blocked" disabled') == 2
    assert labels(showtime, house_seat_ids(showtime)) == ["A1", "A2"]
    assert showtime.blocked_seat_ids() == set()


def test_house_seats_kept_while_somebody_holds_them_then_the_hold_buys_nothing(ann, showtime):
    hold(ann, showtime, "A1")
    keep(showtime, "A1")

    with pytest.raises(SeatsTaken):
        start(ann, showtime, "A1")
    assert not BookedSeat.objects.exists()


def test_house_seats_of_one_showtime_then_the_others_sell_them(showtime):
    other = create_showtime(layout=showtime.layout, starts_at=showtime.starts_at + timedelta(days=1))
    keep(showtime, "A1", only=True)

    assert labels(showtime, seat_ids_not_on_the_web(showtime)) == ["A1"]
    assert seat_ids_not_on_the_web(other) == set()


def test_house_seats_then_released_at_the_minute_the_database_says(showtime):
    keep(showtime, "A1", release_minutes=30)
    keep(showtime, "A2")

    starts_in(showtime, minutes=30, seconds=30)
    before = labels(showtime, house_seat_ids(showtime))
    starts_in(showtime, minutes=29, seconds=30)

    assert (before, labels(showtime, house_seat_ids(showtime))) == (["A1", "A2"], ["A2"])


def test_late_money_for_a_seat_the_house_keeps_meanwhile_then_it_goes_back(ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    session_id = open_session(booking)
    booking.give_up(database_now())
    sandbox.pay(session_id)
    keep(showtime, "A1")

    flows.confirm_booking(session_id)

    booking.refresh_from_db()
    assert (booking.status, booking.payments.get().refunds.get().reason) == ("expired", "seats_gone")


# --- Love seats -------------------------------------------------------------------------------------


@pytest.fixture
def sofa(showtime):
    """A1 to A4 are two love seats."""
    seats = seats_of(showtime, "A1", "A2", "A3", "A4")
    for seat in seats:
        seat.feature = "love_seat"
    link_neighbours(seats)
    for seat in seats:
        seat.save()
    return showtime


@pytest.mark.parametrize("chosen", [["A1", "A2"], ["A3", "A4"], ["A1", "A2", "A3", "A4"], ["A2", "A1", "A5"]])
def test_love_seats_then_both_halves_can_be_held(ann, sofa, chosen):
    assert len(hold(ann, sofa, *chosen).seats) == len(chosen)


@pytest.mark.parametrize(("chosen", "alone", "partner"), [(["A2"], "A2", "A1"), (["A1", "A2", "A3"], "A3", "A4")])
def test_half_a_love_seat_then_refused_in_words(ann, sofa, chosen, alone, partner):
    with pytest.raises(BadChoice) as refusal:
        hold(ann, sofa, *chosen)

    sentence = f"{alone} and {partner} are one love seat, sold together. Please choose both, or another seat."
    assert str(refusal.value) == sentence


def test_half_a_love_seat_then_sold_where_the_other_one_is_not_to_be_had(ann, sofa):
    keep(sofa, "A1")

    assert [seat.label for seat in hold(ann, sofa, "A2").seats] == ["A2"]


# --- Legal capacity ---------------------------------------------------------------------------------


def may_hold(showtime, people):
    Screen.objects.filter(pk=showtime.screen_id).update(legal_capacity=people)
    return Showtime.objects.get(pk=showtime.pk)


@pytest.mark.parametrize(
    ("screen", "own", "capacity"), [(None, None, None), (9, None, 9), (9, 5, 5), (9, 20, 9), (None, 4, 4)]
)
def test_capacity_then_the_smaller_of_the_screens_and_the_showtimes(showtime, screen, own, capacity):
    showtime.screen.legal_capacity, showtime.legal_capacity = screen, own

    assert showtime.people_allowed == capacity


def test_room_full_then_held_and_sold_no_further_with_the_numbers_in_words(client, ann, bob, showtime, sandbox):
    showtime = may_hold(showtime, 3)
    buy(sandbox, ann, showtime, "A1", "A2")
    client.force_login(bob)
    ids = {seat.label: seat.pk for seat in seats_of(showtime)}

    answer = client.post(reverse("bookings:hold", args=[showtime.pk]), {"seats": [ids["B1"], ids["B2"]]})
    with pytest.raises(RoomFull):
        flows.start_booking(bob, showtime=showtime, quote=quote(showtime, "B1", "B2"))
    buy(sandbox, bob, showtime, "B1")
    with pytest.raises(RoomFull, match="This showtime is sold out: the room may hold 3 people"):
        hold(ann, showtime, "C1")

    full = text(client.get(reverse("bookings:seat_map", args=[showtime.pk])))
    assert (full.count('data-state="available"'), full.count('data-state="booked"')) == (0, 3)
    assert answer.status_code == 409
    assert "The room may hold 3 people, and only 1 ticket is left. Please take some seats away." in text(answer)
    assert "checked" in text(answer)
    assert broken() == []


def text(response):
    return response.content.decode()


def test_room_full_of_those_who_never_paid_then_their_places_are_free(ann, bob, showtime):
    showtime = may_hold(showtime, 2)
    lapse(start(ann, showtime, "A1", "A2"), seconds=600)

    assert start(bob, showtime, "B1", "B2").is_pending
    assert Booking.objects.get(user=ann).status == "expired"


def test_late_money_when_the_room_is_full_meanwhile_then_it_goes_back(ann, bob, showtime, sandbox):
    showtime = may_hold(showtime, 2)
    booking = start(ann, showtime, "A1", "A2")
    session_id = open_session(booking)
    lapse(booking, seconds=600)
    buy(sandbox, bob, showtime, "B1")
    sandbox.pay(session_id)

    flows.confirm_booking(session_id)

    booking.refresh_from_db()
    assert (booking.status, booking.payments.get().refunds.get().reason) == ("expired", "seats_gone")
    assert BookedSeat.objects.live().count() == 1


def twelve_at_once(showtime):
    """Each wants another seat, and the room may hold five."""
    showtime = may_hold(showtime, 5)
    calls = [
        partial(flows.start_booking, create_user(), showtime=showtime, quote=quote(showtime, seat.label))
        for seat in seats_of(showtime)[:12]
    ]
    return all_at_once(calls)


@pytest.mark.django_db(transaction=True)
def test_twelve_buyers_for_five_places_then_five_get_one(showtime):
    assert kinds(twelve_at_once(showtime)) == {"Booking": 5, "RoomFull": 7}
    assert BookedSeat.objects.live().count() == 5
    assert broken() == []


@pytest.mark.django_db(transaction=True)
def test_without_the_limit_then_more_would_come_in(showtime, monkeypatch):
    monkeypatch.setattr(booking_flow, "check_capacity", lambda *args, **kwargs: None)

    assert kinds(twelve_at_once(showtime)) == {"Booking": 12}


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_then_more_would_come_in(showtime, monkeypatch, without_lock):
    after(monkeypatch, booking_flow, "check_capacity", Barrier(12))

    assert len([result for result in twelve_at_once(showtime) if isinstance(result, Booking)]) == 12
