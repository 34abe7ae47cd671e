"""Many for one payment, in threads on real PostgreSQL, Redis and the stand-in. See also test_races.py.

Each race has a control in which the lock and the constraints are taken away, and money goes astray.
"""

from functools import partial
from threading import Barrier
from unittest.mock import PropertyMock

import pytest

from bookings import flows, payments
from bookings.audit import audit
from bookings.flows import booking as booking_flow
from bookings.flows import expiring, settling
from bookings.models import BookedSeat, Booking, Mail, Payment, Refund, Ticket
from tests.bookings.steps import lapse, open_session, quote, start
from tests.bookings.threads import all_at_once, kinds
from tests.bookings.unlocked import after

pytestmark = pytest.mark.django_db(transaction=True)


def test_double_click_on_pay_then_one_booking_and_one_session(ann, showtime, sandbox):
    quoted = quote(showtime, "A1", "A2")

    def click():
        return flows.start_payment(flows.start_booking(ann, showtime=showtime, quote=quoted))

    results = all_at_once([click] * 20)

    assert set(results) == {sandbox.sessions[0]["url"]}
    assert (Booking.objects.count(), Payment.objects.count(), len(sandbox.sessions)) == (1, 1, 1)


def test_paid_a_hundred_times_at_once_then_confirmed_once(ann, showtime, sandbox):
    session_id = open_session(start(ann, showtime, "A1", "A2"))
    sandbox.pay(session_id)

    results = all_at_once([partial(flows.confirm_booking, session_id)] * 100)

    assert kinds(results) == {"Booking": 100}
    assert (Ticket.objects.count(), Mail.objects.count(), Refund.objects.count()) == (2, 1, 0)


@pytest.mark.parametrize("round_", range(10))
def test_expiry_against_payment_then_tickets_or_no_money(ann, showtime, sandbox, round_):
    booking = start(ann, showtime, "A1")
    session_id = open_session(booking)
    lapse(booking)

    def pay():
        sandbox.pay(session_id)
        flows.confirm_booking(session_id)

    all_at_once([pay, partial(flows.expire_booking, Booking.objects.get(pk=booking.pk))])
    flows.confirm_booking(session_id)

    booking.refresh_from_db()
    paid = sandbox.sessions[0]["payment_status"] == "paid"
    assert booking.status == (Booking.Status.CONFIRMED if paid else Booking.Status.EXPIRED)
    assert Ticket.objects.live().count() == int(paid)


def test_late_payment_against_the_next_customer_then_tickets_for_one_and_money_back_for_the_other(
    ann, bob, showtime, sandbox
):
    booking = start(ann, showtime, "A1")
    session_id = open_session(booking)
    lapse(booking, seconds=61)
    sandbox.pay(session_id)

    results = all_at_once([partial(flows.confirm_booking, session_id), partial(start, bob, showtime, "A1")])

    booking.refresh_from_db()
    assert BookedSeat.objects.taken().count() == 1
    assert booking.is_confirmed == (kinds(results).get("SeatsTaken") == 1)
    assert Refund.objects.count() == (0 if booking.is_confirmed else 1)


def test_control_late_payment_against_the_next_customer_without_lock_and_constraint_then_it_is_sold_twice(
    ann, bob, showtime, sandbox, without_lock, without_constraints, monkeypatch
):
    booking = start(ann, showtime, "A1")
    session_id = open_session(booking)
    lapse(booking, seconds=61)
    sandbox.pay(session_id)
    both_have_judged = Barrier(2)
    after(monkeypatch, booking_flow, "take_seats_from_overdue", both_have_judged)
    after(monkeypatch, settling, "reason_to_refund", both_have_judged)

    all_at_once([partial(flows.confirm_booking, session_id), partial(start, bob, showtime, "A1")])

    booking.refresh_from_db()
    assert booking.is_confirmed
    assert BookedSeat.objects.taken().get(seat__row="A", seat__number="1").booking.user == bob
    assert not Refund.objects.exists()


def test_cancel_twenty_times_at_once_then_one_refund(ann, showtime, sandbox):
    session_id = open_session(start(ann, showtime, "A1"))
    sandbox.pay(session_id)
    booking = flows.confirm_booking(session_id)

    results = all_at_once(
        [partial(flows.cancel_booking, Booking.objects.get(pk=booking.pk), by=ann, in_full=True) for _n in range(20)]
    )

    assert kinds(results) == {"Booking": 20}
    assert Refund.objects.count() == 1


def test_control_double_click_without_lock_and_constraint_then_as_many_sessions(
    ann, showtime, sandbox, without_lock, without_constraints, monkeypatch
):
    booking = start(ann, showtime, "A1")
    booking.payments.update(status=Payment.Status.FAILED)
    after(monkeypatch, payments, "session_request", Barrier(5))

    all_at_once([partial(flows.start_payment, Booking.objects.get(pk=booking.pk)) for _n in range(5)])

    assert len(sandbox.sessions) == 5


def test_control_expiry_against_payment_without_lock_then_money_without_tickets(
    ann, showtime, sandbox, without_lock, monkeypatch
):
    booking = start(ann, showtime, "A1")
    session_id = open_session(booking)
    lapse(booking)
    sandbox.pay(session_id)
    after(monkeypatch, Booking, "refresh_from_db", Barrier(2))
    confirmed = Barrier(2)

    def give_up_late(booking, now, **reason):
        confirmed.wait(timeout=30)
        Booking.objects.filter(pk=booking.pk).update(status=Booking.Status.EXPIRED, confirmed_at=None)
        booking.release_seats(now)

    monkeypatch.setattr(Booking, "give_up", give_up_late)

    def pay():
        flows.confirm_booking(session_id)
        confirmed.wait(timeout=30)

    all_at_once([pay, partial(expiring.give_up_if_over, Booking.objects.get(pk=booking.pk), is_certain=True)])

    assert {"I5", "I8"} <= {result.invariant.code for result in audit() if result.broken}


def test_control_cancel_many_times_without_any_lock_then_as_many_refunds(
    ann, showtime, sandbox, without_lock, without_constraints, monkeypatch
):
    session_id = open_session(start(ann, showtime, "A1"))
    sandbox.pay(session_id)
    booking = flows.confirm_booking(session_id)
    monkeypatch.setattr(Payment, "refundable", PropertyMock(return_value=booking.total))
    after(monkeypatch, Booking, "refresh_from_db", Barrier(5))

    all_at_once(
        [partial(flows.cancel_booking, Booking.objects.get(pk=booking.pk), by=ann, in_full=True) for _n in range(5)]
    )

    assert Refund.objects.count() > 1
