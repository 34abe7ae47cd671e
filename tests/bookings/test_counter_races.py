"""The counter against the website on the same seats, in threads on real PostgreSQL and Redis; and its controls."""

import uuid
from decimal import Decimal
from functools import partial
from threading import Barrier

import pytest

from bookings import flows
from bookings.audit import audit
from bookings.flows import booking as booking_flow
from bookings.flows import selling, shifts
from bookings.models import BookedSeat, Payment, Shift
from tests.bookings.counter_steps import close_shift, open_shift, sale, sell
from tests.bookings.steps import quote
from tests.bookings.threads import all_at_once, kinds
from tests.bookings.unlocked import after, no_lock
from tests.factories import create_member, create_user

pytestmark = pytest.mark.django_db(transaction=True)
HALF = 12


def broken():
    return {result.invariant.code: result.examples for result in audit() if result.broken}


@pytest.fixture
def calls(showtime, no_redis):
    """As many cashiers as customers for the same two seats, in opposite order, and no Redis to part them."""
    quoted = quote(showtime, "A1", "A2")
    backwards = type(quoted)(quoted.tariff, quoted.lines[::-1])
    cashiers = [create_member(showtime.theater, "box_office") for _n in range(HALF)]
    for cashier in cashiers:
        open_shift(cashier, showtime)
    web = [partial(flows.start_booking, create_user(), showtime=showtime, quote=backwards) for _n in range(HALF)]
    sales = [sale(showtime, "A1", "A2", given="50.00") for _n in range(HALF)]
    return web + [
        partial(flows.sell_at_counter, showtime, one, by=cashier) for one, cashier in zip(sales, cashiers, strict=True)
    ]


def test_counter_against_website_then_one_has_the_seats_and_the_others_hear_it(calls):
    results = all_at_once(calls)

    assert kinds(results) == {"Booking": 1, "SeatsTaken": 2 * HALF - 1}
    assert BookedSeat.objects.live().count() == 2
    assert broken() == {}


def test_counter_against_website_with_the_constraint_alone_then_one_has_the_seats(calls, without_lock, monkeypatch):
    monkeypatch.setattr(selling, "locked_showtime", no_lock)
    wait_for_all(monkeypatch)

    results = all_at_once(calls)

    assert kinds(results) == {"Booking": 1, "SeatsTaken": 2 * HALF - 1}
    assert (BookedSeat.objects.live().count(), Payment.objects.count()) in [(2, 0), (2, 1)]


def test_control_counter_against_website_without_lock_and_constraint_then_it_is_oversold(
    calls, without_lock, without_constraints, monkeypatch
):
    monkeypatch.setattr(selling, "locked_showtime", no_lock)
    wait_for_all(monkeypatch)

    results = all_at_once(calls)

    assert kinds(results) == {"Booking": 2 * HALF}
    assert BookedSeat.objects.live().count() == 4 * HALF


def wait_for_all(monkeypatch):
    """Both ways to sell look whether the seats are free, and nobody goes on before all have looked."""
    after(monkeypatch, booking_flow, "take_seats_from_overdue", Barrier(2 * HALF))
    monkeypatch.setattr(selling, "take_seats_from_overdue", booking_flow.take_seats_from_overdue)


def test_double_click_on_cash_then_it_is_sold_once(showtime):
    cashier = create_member(showtime.theater, "box_office")
    shift = open_shift(cashier, showtime)
    one = sale(showtime, "A1", given="20.00")

    results = all_at_once([partial(flows.sell_at_counter, showtime, one, by=cashier)] * 8)

    assert len({booking.pk for booking in results}) == 1
    assert shift.cash_in_drawer() == Decimal("111.50")


@pytest.mark.parametrize("same_form", [True, False], ids=["one form", "control of as many forms"])
def test_double_click_on_cash_out_then_it_is_written_down_once(showtime, same_form):
    cashier = create_member(showtime.theater, "box_office")
    shift = open_shift(cashier, showtime)
    key, out = uuid.uuid4(), {"kind": "out", "amount": Decimal("5.00"), "reason": "Flowers", "by": cashier}

    results = all_at_once([partial(flows.move_cash, shift, **out, key=key if same_form else None)] * 8)

    assert len({movement.pk for movement in results}) == (1 if same_form else 8)
    assert shift.cash_in_drawer() == Decimal("95.00" if same_form else "60.00")


def test_sales_while_the_shift_is_closed_then_each_is_in_the_z_or_refused(showtime):
    cashier = create_member(showtime.theater, "box_office")
    shift = open_shift(cashier, showtime)
    labels = ["A1", "A2", "A3", "B1", "B2", "B3"]

    results = all_at_once([*(partial(sell, cashier, showtime, label) for label in labels), partial(close_shift, shift)])

    sold = kinds(results).get("Booking", 0)
    assert sold + kinds(results).get("NoShift", 0) == len(labels)
    assert Shift.objects.get().expected == Decimal("100.00") + sold * Decimal("11.50")
    assert broken() == {}


def test_control_sale_that_does_not_lock_the_shift_then_its_cash_is_in_no_z(showtime, monkeypatch):
    cashier = create_member(showtime.theater, "box_office")
    shift = open_shift(cashier, showtime)

    def unlocked(by, theater, *, is_needed=True):
        found = Shift.objects.open().get(theater=theater, opened_by=by)
        all_at_once([partial(close_shift, shift)])
        return found

    monkeypatch.setattr(selling, "locked_shift", unlocked)
    sell(cashier, showtime, "A1")

    assert list(broken()) == ["I14"]


def test_shifts_closed_at_once_then_each_has_its_own_number(showtime):
    cashiers = [create_member(showtime.theater, "box_office") for _n in range(8)]
    running = [open_shift(cashier, showtime) for cashier in cashiers]

    results = all_at_once([partial(close_shift, shift) for shift in running])

    assert sorted(shift.number for shift in results) == list(range(1, 9))


def test_control_numbers_without_the_theaters_lock_then_two_want_the_same(showtime, monkeypatch):
    cashiers = [create_member(showtime.theater, "box_office") for _n in range(4)]
    running = [open_shift(cashier, showtime) for cashier in cashiers]
    all_are_here = Barrier(4)

    def last_number(shift):
        number = Shift.objects.filter(theater=shift.theater_id, number__isnull=False).count()
        all_are_here.wait(timeout=30)
        return number + 1

    monkeypatch.setattr(shifts, "lock_numbers", lambda theater_id: None)
    monkeypatch.setattr(shifts, "next_number", last_number)

    results = all_at_once([partial(close_shift, shift) for shift in running])

    assert kinds(results) == {"Shift": 1, "IntegrityError": 3}
