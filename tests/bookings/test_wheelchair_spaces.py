"""Wheelchair spaces and companion seats: who may have them, as what, and when everybody may."""

import pytest
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from bookings.exceptions import CompanionAlone, KeptForWheelchairs
from bookings.models import Booking, SeatRelease
from bookings.seating.companions import find_with_space
from bookings.seating.rooms import WHEELCHAIR, is_for_everybody
from tests.bookings.counter_steps import sell
from tests.bookings.drawn_rooms import drawn_room, labels
from tests.bookings.random_rooms import rooms
from tests.bookings.spaces import create_room_with_spaces, others, outcome
from tests.bookings.steps import hold, start
from tests.bookings.test_best_seats import checked
from tests.bookings.test_pages import seat_map, seats_on, words
from tests.factories import create_category, create_member, seats_of
from theaters.models import Price

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_are_in_order")]
KEPT, ALONE = KeptForWheelchairs, CompanionAlone


@pytest.fixture
def room(db):
    return create_room_with_spaces()


# --- Who may choose what -----------------------------------------------------------------------------

CHOICES = {
    "a space alone": (["A1"], KEPT, None),
    "a companion seat alone": (["A2"], KEPT, ALONE),
    "a space with one companion": (["A1", "A2"], KEPT, None),
    "a space with two companions": (["A1", "A2", "A3"], KEPT, None),
    "a space with two companions and a friend beside": (["A1", "A2", "A3", "A4"], KEPT, None),
    "a space with the companion of the other one": (["A1", "A5"], KEPT, ALONE),
    "both spaces": (["A1", "A6"], KEPT, None),
    "a space and seats in another row": (["A6", "B5", "B6"], KEPT, None),
}


@pytest.mark.parametrize("case", CHOICES)
def test_choice_then_only_for_who_says_so_and_companions_only_with_their_space(ann, bob, room, case):
    chosen, without, with_need = CHOICES[case]

    assert outcome(hold, ann, room, "B1") is None
    assert outcome(hold, ann, room, *chosen) is without
    assert outcome(hold, bob, room, *chosen, need=True) is with_need


@pytest.mark.parametrize("case", CHOICES)
def test_choice_that_never_was_held_then_the_database_asks_again(ann, room, case):
    chosen, without, _with_need = CHOICES[case]

    assert outcome(start, ann, room, *chosen) is without
    assert outcome(start, ann, room, *chosen, need=True) is None


def test_cashier_then_sells_them_to_whoever_stands_there(room):
    booking = sell(create_member(room.theater, "box_office"), room, "A2", tender="card_terminal")

    assert booking.is_confirmed
    assert not SeatRelease.objects.exists()


# --- The map -----------------------------------------------------------------------------------------


def test_map_then_they_are_not_to_be_had_until_somebody_says_they_are_needed(client, room):
    general, with_need = seats_on(seat_map(client, room)), seats_on(seat_map(client, room, need="wheelchair"))

    assert {label for label, box in general.items() if box["data-state"] == "available"} == set(others(room))
    assert "disabled" in general["A1"]
    assert general["A1"]["data-state"] == "blocked"
    assert "Wheelchair space" in general["A1"]["aria-label"]
    assert "kept for wheelchair users" in general["A1"]["aria-label"]
    assert {box["data-state"] for box in with_need.values()} == {"available"}
    assert with_need["A2"]["aria-label"] == "Row A seat 2, Standard, Companion seat of A1, EUR 12.50, available"


def test_raw_post_without_saying_so_then_409_with_the_choice_kept_and_one_field_makes_it_good(client, ann, room):
    client.force_login(ann)
    address = reverse("bookings:hold", args=[room.pk])
    seats = [seat.pk for seat in seats_of(room, "A1", "A2")]

    page = client.post(address, {"seats": seats})

    assert page.status_code == 409
    assert "A1 and A2 are kept for people who use a wheelchair" in words(page)
    assert "Somebody in my party needs such a place" in words(page)
    assert checked(page) == ["A1", "A2"]
    assert client.post(address, {"seats": seats, "need": "wheelchair"}).status_code == 302


def test_companion_alone_then_the_space_is_one_tap_away(client, ann, room):
    client.force_login(ann)
    address = reverse("bookings:hold", args=[room.pk])
    page = client.post(address, {"seats": [seats_of(room, "A3")[0].pk], "need": "wheelchair"})

    assert page.status_code == 409
    assert "Companion seat A3 belongs to wheelchair space A1: they are sold together." in words(page)
    assert "Take A1 and A3" in words(page)
    fix = {"seats": [seat.pk for seat in seats_of(room, "A1", "A3")], "need": "True"}
    assert client.post(address, fix).status_code == 302


def test_signing_in_on_the_way_then_the_need_comes_along(client, room):
    answer = client.post(
        reverse("bookings:hold", args=[room.pk]), {"seats": [seats_of(room, "A1")[0].pk], "need": "wheelchair"}
    )

    assert "need%3Dwheelchair" in answer["Location"]


def test_whole_way_then_bought_and_the_seats_can_be_held_longer(client, ann, room, sandbox):
    client.force_login(ann)
    address = reverse("bookings:hold", args=[room.pk])
    seats = {"seats": [seat.pk for seat in seats_of(room, "A1", "A2", "A3")]}
    client.post(address, seats | {"need": "wheelchair"})

    assert client.post(address, seats).status_code == 302  # “I need more time”
    paying = client.post(reverse("bookings:checkout", args=[room.pk]))

    assert paying.status_code == 303
    booking = Booking.objects.get()
    assert booking.seat_labels == ["A1", "A2", "A3"]
    assert set(booking.booked_seats.values_list("price", flat=True)) == {room.price_card.prices.first().amount}
    assert not booking.booked_seats.filter(release__isnull=False).exists()


def test_without_redis_then_the_database_believes_what_was_said_at_the_hold(client, ann, room, sandbox, no_redis):
    client.force_login(ann)
    client.post(reverse("bookings:hold", args=[room.pk]), {"seats": [seats_of(room, "A1")[0].pk], "need": "wheelchair"})

    assert client.post(reverse("bookings:checkout", args=[room.pk])).status_code == 303


# --- The best seats ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "party", "seats"),
    [
        (["wcc.......", ".........."], 1, [["A1"]]),
        (["wcc.......", ".........."], 2, [["A1", "A2"]]),
        (["wcc.......", ".........."], 3, [["A1", "A2", "A3"]]),
        (["wcc.......", ".........."], 4, [["A1", "A2", "A3", "A4"]]),
        (["....wc....", ".........."], 3, [["A4", "A5", "A6"]]),
        (["wc_....", "......."], 4, [["A1", "A2"], ["B1", "B2"]]),  # an aisle: two by two, nobody alone
        (["wc_....", "......."], 3, []),  # one would sit apart
        (["wx_....", "......."], 2, []),
        (["xcc.......", ".........."], 2, []),
        ([".....", "....."], 2, []),
    ],
)
def test_party_with_a_wheelchair_then_space_and_companions_side_by_side(rows, party, seats):
    room = drawn_room(*rows)

    assert [labels(part) for part in find_with_space(room, party=party, grounds=[set(room.places)])] == seats


@pytest.mark.parametrize(("children", "parts"), [(0, 2), (1, 2), (2, 2), (3, 0), (4, 0)])
def test_one_grown_up_then_no_second_part_without_one(children, parts):
    room = drawn_room("wc_....", ".......")

    found = find_with_space(room, party=4, children=children, grounds=[set(room.places)])

    assert len(found) == parts


@settings(max_examples=150, deadline=None)
@given(rooms(), st.integers(1, 8), st.integers(0, 8))
def test_in_any_room_then_one_space_nobody_alone_and_no_seat_of_another_space(room, party, children):
    parts = find_with_space(room, party=party, children=min(children, party), grounds=[set(room.places)])
    grown_ups = party - min(children, party)
    seats = [place for part in parts for place in part]

    assert len(seats) in (0, party)
    assert {place.id for place in seats} <= room.free
    spaces = [place.id for place in seats if place.feature == WHEELCHAIR]
    assert len(spaces) == bool(seats)
    assert all(
        is_for_everybody(place) or place.id in spaces or place.companion_of in (*spaces, None) for place in seats
    )
    assert party == 1 or all(len(part) > 1 for part in parts)
    assert len(parts) <= max(grown_ups, 1)


def test_best_seats_with_a_need_then_the_block_around_a_space_at_the_lowest_price(client, room):
    premium = create_category(room.theater, "Premium", look="premium", order=1)
    room.layout.seats.filter(row="A", number__in="56").update(category=premium)
    kind = room.theater.default_ticket_type()
    Price.objects.create(card=room.price_card, category=premium, ticket_type=kind, amount=15)

    page = seat_map(client, room, best="1", party="3", need="wheelchair")
    tapped = client.get(
        reverse("bookings:best_seats", args=[room.pk]),
        {"party": 2, "need": "wheelchair", "around": seats_of(room, "A5")[0].pk},
    )

    assert checked(page) == ["A1", "A2", "A3"]
    assert tapped.json()["seats"] == [seat.pk for seat in seats_of(room, "A5", "A6")]
