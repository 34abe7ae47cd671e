"""A code for one use, wanted by many at once in as many showtimes; the control shows what its row lock is for."""

from functools import partial
from threading import Barrier

import pytest

from bookings import flows
from bookings.audit import audit
from bookings.flows import locking, redeeming
from bookings.models import PromoCode, Redemption
from tests.bookings.steps import quote
from tests.bookings.threads import all_at_once, kinds
from tests.bookings.unlocked import after
from tests.factories import (
    create_layout,
    create_promo_code,
    create_screen,
    create_showtime,
    create_theater,
    create_user,
)

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 12


def calls(**limits):
    """Everybody in a showtime of their own, so that no showtime's lock keeps them in a row."""
    theater = create_theater()
    showtimes = [create_showtime(layout=create_layout(create_screen(theater))) for _n in range(CROWD)]
    promo = create_promo_code(theater, **limits)
    quotes = [(showtime, quote(showtime, "A1", promo=promo)) for showtime in showtimes]
    return [partial(flows.start_booking, create_user(), showtime=here, quote=quoted) for here, quoted in quotes]


def test_single_use_wanted_by_many_then_one_has_it_and_the_others_are_told():
    results = all_at_once(calls(limit=1))

    assert kinds(results) == {"Booking": 1, "CodeRefused": CROWD - 1}
    assert Redemption.objects.live().count() == 1


def test_control_single_use_without_the_lock_then_used_too_often(monkeypatch):
    monkeypatch.setattr(redeeming, "locked_code", lambda pk: PromoCode.objects.get(pk=pk))
    after(monkeypatch, redeeming, "check_uses", Barrier(CROWD))

    results = all_at_once(calls(limit=1))

    assert kinds(results) == {"Booking": CROWD}


def test_customers_change_their_minds_across_showtimes_with_one_code_then_no_deadlock(monkeypatch):
    """Customer, showtime, code: everybody in this order, also who gives a use back on the way."""
    monkeypatch.setattr(locking, "PAUSES_IN_SECONDS", ())  # a second try would hide it
    theater, people = create_theater(), [create_user() for _n in range(3)]
    here, there = [create_showtime(layout=create_layout(create_screen(theater))) for _n in range(2)]
    promo = create_promo_code(theater, limit=2, limit_per_customer=1)
    quotes = [(show, quote(show, seat, promo=promo)) for show in (here, there) for seat in ("A1", "A2", "A3")]

    results = all_at_once(
        [partial(flows.start_booking, user, showtime=show, quote=quoted) for user in people for show, quoted in quotes]
    )

    assert set(kinds(results)) <= {"Booking", "SeatsTaken", "CodeRefused", "TooManyHeld"}
    assert Redemption.objects.live().count() <= 2
    assert [result.invariant.code for result in audit() if result.broken] == []
