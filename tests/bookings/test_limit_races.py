"""One customer in twenty tabs: the limits hold, in Redis and in the database, and their controls do not."""

from contextlib import nullcontext
from functools import partial
from threading import Barrier

import pytest

from bookings import flows, holds
from bookings.flows import booking as booking_flow
from bookings.flows import locking
from bookings.models import BookedSeat
from tests.bookings.steps import quote, start
from tests.bookings.threads import all_at_once, kinds
from tests.bookings.unlocked import after
from tests.factories import create_showtime

pytestmark = pytest.mark.django_db(transaction=True)
TABS = 20


@pytest.fixture
def showtimes(db):
    return [create_showtime() for _n in range(TABS)]


def held(user, showtimes):
    """{showtime id: seats} that the user holds in Redis"""
    me = holds.holder_of(user)
    seats = {showtime.pk: holds.held_seats(showtime.pk).values() for showtime in showtimes}
    return {pk: len(mine) for pk, found in seats.items() if (mine := [seat for seat in found if seat.holder == me])}


def hold_calls(user, showtimes, size):
    return [
        partial(
            flows.hold_seats,
            user,
            showtime=showtime,
            seat_ids=list(showtime.layout.seats.values_list("pk", flat=True)[:size]),
        )
        for showtime in showtimes
    ]


@pytest.mark.parametrize(("size", "showtimes_won"), [(1, 2), (4, 2), (5, 1)])
def test_twenty_tabs_hold_then_never_more_than_the_limits(ann, showtimes, size, showtimes_won):
    results = all_at_once(hold_calls(ann, showtimes, size))

    assert kinds(results) == {"Hold": showtimes_won, "TooManyHeld": TABS - showtimes_won}
    assert sorted(held(ann, showtimes).values()) == [size] * showtimes_won


def test_twenty_tabs_change_their_mind_in_two_showtimes_then_never_more_than_eight_seats(ann, showtimes):
    calls = [call for size in (3, 5, 6, 2, 4) for call in hold_calls(ann, showtimes[:2], size)] * 2

    all_at_once(calls)

    assert sum(held(ann, showtimes).values()) <= 8


def test_control_twenty_tabs_hold_with_the_count_outside_the_script_then_more_than_the_limits(
    ann, showtimes, monkeypatch
):
    hold_at_once, together = holds.hold_seats, Barrier(TABS)

    def look_then_hold(showtime_id, seat_ids, **options):
        is_free = len(held(ann, showtimes)) < 2
        together.wait(timeout=30)
        assert is_free
        return hold_at_once(showtime_id, seat_ids, **options | {"limited": False})

    monkeypatch.setattr(holds, "hold_seats", look_then_hold)

    all_at_once(hold_calls(ann, showtimes, 4))

    assert list(held(ann, showtimes).values()) == [4] * TABS


def start_calls(user, showtimes):
    quotes = [(showtime, quote(showtime, "A1", "A2", "A3", "A4")) for showtime in showtimes]
    return [partial(flows.start_booking, user, showtime=showtime, quote=quoted) for showtime, quoted in quotes]


def test_twenty_tabs_book_without_redis_then_never_more_than_the_limits(ann, showtimes, no_redis):
    results = all_at_once(start_calls(ann, showtimes))

    assert kinds(results) == {"Booking": 2, "TooManyHeld": TABS - 2}
    assert BookedSeat.objects.live().count() == 8


def test_control_twenty_tabs_book_without_the_lock_on_the_customer_then_more_than_the_limits(
    ann, showtimes, no_redis, monkeypatch
):
    monkeypatch.setattr(booking_flow, "locked_customer", lambda _user: nullcontext())
    after(monkeypatch, booking_flow, "check_limits", Barrier(TABS))

    results = all_at_once(start_calls(ann, showtimes))

    assert kinds(results) == {"Booking": TABS}


def test_all_steps_of_a_customer_at_once_then_no_deadlock(ann, bob, showtimes):
    """The customer's row before the showtime's, by everybody."""
    here, there = showtimes[:2]
    calls = [
        *start_calls(ann, [here, there]) * 5,
        *start_calls(bob, [there, here]) * 5,
        *[partial(flows.release_seats, user, showtime=showtime) for user in (ann, bob) for showtime in (here, there)],
    ]

    results = all_at_once(calls)

    assert set(kinds(results)) <= {"Booking", "SeatsTaken", "NoneType"}


@pytest.mark.parametrize("_round", range(2))
def test_erased_while_booking_in_many_tabs_then_no_deadlock(ann, showtimes, monkeypatch, _round):
    monkeypatch.setattr(locking, "PAUSES_IN_SECONDS", ())  # a second try would hide it
    for showtime in showtimes[:2]:
        start(ann, showtime, "A1").close("expired")

    results = all_at_once([*start_calls(ann, showtimes[:2]) * 4, partial(flows.erase_person, ann)])

    assert "Busy" not in kinds(results)
