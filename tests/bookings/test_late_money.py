"""Money that comes late, twice or wrong ends in tickets or in a full refund."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from bookings import flows
from bookings.models import BookedSeat, Booking, Mail, Payment, Refund, Ticket
from tests.bookings.steps import lapse, open_session, start
from tests.factories import create_layout, create_movie
from theaters.models import Showtime

pytestmark = pytest.mark.django_db


def expired_booking(user, showtime, sandbox, *labels):
    """Expired with us, its session still open at Stripe."""
    booking = start(user, showtime, *labels)
    session_id = open_session(booking)
    booking.close(Booking.Status.EXPIRED)
    booking.release_seats(timezone.now())
    return booking, session_id


def test_paid_late_and_the_seats_are_free_then_they_are_retaken(ann, showtime, sandbox):
    booking, session_id = expired_booking(ann, showtime, sandbox, "A1", "A2")
    sandbox.pay(session_id)

    flows.confirm_booking(session_id)

    booking.refresh_from_db()
    assert booking.status == Booking.Status.CONFIRMED
    assert BookedSeat.objects.taken().filter(booking=booking).count() == 2
    assert not Refund.objects.exists()


def test_paid_late_and_one_seat_is_gone_then_all_the_money_goes_back(ann, bob, showtime, sandbox):
    booking, session_id = expired_booking(ann, showtime, sandbox, "A1", "A2")
    start(bob, showtime, "A2")
    sandbox.pay(session_id)

    flows.confirm_booking(session_id)

    booking.refresh_from_db()
    refund = Refund.objects.get()
    assert booking.status == Booking.Status.EXPIRED
    assert (refund.reason, refund.amount) == (Refund.Reason.SEATS_GONE, Decimal("25.00"))
    assert not Ticket.objects.exists()
    assert [mail.kind for mail in booking.mails.all()] == [Mail.Kind.REFUNDED]


def test_paid_late_over_another_overdue_booking_then_retaken_from_it(ann, bob, showtime, sandbox):
    booking, session_id = expired_booking(ann, showtime, sandbox, "A1")
    overdue = start(bob, showtime, "A1")
    lapse(overdue, seconds=61)
    sandbox.pay(session_id)

    flows.confirm_booking(session_id)

    booking.refresh_from_db()
    overdue.refresh_from_db()
    assert (booking.status, overdue.status) == (Booking.Status.CONFIRMED, Booking.Status.EXPIRED)


def test_paid_within_window_and_confirmed_after_it_then_the_seats_are_still_its_own(ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    session_id = open_session(booking)
    sandbox.pay(session_id)
    lapse(booking, seconds=3600)

    assert flows.confirm_booking(session_id).is_confirmed


@pytest.mark.parametrize("wrong", [{"amount_total": 1}, {"currency": "usd"}])
def test_other_amount_or_currency_then_all_of_it_goes_back(ann, showtime, sandbox, wrong):
    booking = start(ann, showtime, "A1")
    session_id = open_session(booking)
    sandbox.pay(session_id)
    session = sandbox.edit("checkout.session", session_id, **wrong)

    flows.confirm_booking(session_id)

    booking.refresh_from_db()
    refund = Refund.objects.get()
    assert booking.status == Booking.Status.FAILED
    assert refund.reason == Refund.Reason.WRONG_AMOUNT
    assert refund.amount == Decimal(session["amount_total"]) / 100
    assert not BookedSeat.objects.taken().exists()


def test_two_sessions_paid_then_the_second_goes_back_and_the_tickets_stay(ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    first = open_session(booking)
    Payment.objects.update(status=Payment.Status.EXPIRED)  # we believe so, Stripe does not
    second = open_session(booking)
    sandbox.pay(first)
    sandbox.pay(second)
    flows.confirm_booking(first)
    flows.confirm_booking(second)

    refund = Refund.objects.get()
    assert (refund.reason, refund.payment.session_id) == (Refund.Reason.PAID_TWICE, second)
    assert Ticket.objects.live().count() == 1


def test_showtime_cancelled_before_the_money_came_then_it_goes_back(ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    session_id = open_session(booking)
    sandbox.pay(session_id)
    Showtime.objects.update(status=Showtime.Status.CANCELLED)

    flows.confirm_booking(session_id)

    assert Refund.objects.get().reason == Refund.Reason.SHOWTIME_CANCELLED


def test_paid_after_the_sale_had_ended_then_it_goes_back(ann, showtime, sandbox):
    booking, session_id = expired_booking(ann, showtime, sandbox, "A1")
    sandbox.pay(session_id)
    Showtime.objects.update(sales_close_at=timezone.now() - timedelta(minutes=1))

    flows.confirm_booking(session_id)

    booking.refresh_from_db()
    assert booking.status == Booking.Status.EXPIRED
    assert Refund.objects.get().reason == Refund.Reason.SHOWTIME_CLOSED


def test_delayed_method_then_the_seats_wait_and_success_confirms(ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    session_id = open_session(booking)
    sandbox.pay_later(session_id)
    flows.confirm_booking(session_id)
    booking.refresh_from_db()
    assert (booking.status, booking.expires_at) == (Booking.Status.PENDING, showtime.sales_close_at)
    assert flows.start_payment(booking) == booking.get_absolute_url()

    sandbox.settle(session_id, succeed=True)

    assert flows.confirm_booking(session_id).is_confirmed


def test_another_booking_while_the_money_is_on_its_way_then_both_stay(ann, showtime, sandbox):
    first = start(ann, showtime, "A1")
    session_id = open_session(first)
    sandbox.pay_later(session_id)
    flows.confirm_booking(session_id)

    second = start(ann, showtime, "A2")

    first.refresh_from_db()
    assert (first.is_pending, second.is_pending) == (True, True)


def test_delayed_method_that_fails_then_the_seats_are_free_and_a_mail_says_so(ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    session_id = open_session(booking)
    sandbox.pay_later(session_id)
    flows.confirm_booking(session_id)
    sandbox.settle(session_id, succeed=False)

    flows.confirm_booking(session_id)

    booking.refresh_from_db()
    assert (booking.status, booking.payments.get().status) == (Booking.Status.FAILED, Payment.Status.FAILED)
    assert [mail.kind for mail in booking.mails.all()] == [Mail.Kind.PAYMENT_FAILED]
    assert not BookedSeat.objects.taken().exists()


def test_session_of_somebody_else_then_none(sandbox, ann, showtime):
    session_id = open_session(start(ann, showtime, "A1"))
    Payment.objects.update(session_id="cs_test_other", idempotency_key="other")

    assert flows.confirm_booking(session_id) is None


def test_delayed_method_whose_event_was_lost_then_asking_brings_the_tickets(ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    session_id = open_session(booking)
    sandbox.pay_later(session_id)
    flows.confirm_booking(session_id)
    sandbox.settle(session_id, succeed=True)

    assert (flows.ask_about_money_on_its_way(), flows.ask_about_money_on_its_way()) == (1, 0)

    booking.refresh_from_db()
    assert booking.is_confirmed


def test_delayed_money_after_the_sale_then_it_goes_back(ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    session_id = open_session(booking)
    sandbox.pay_later(session_id)
    flows.confirm_booking(session_id)
    Showtime.objects.update(sales_close_at=timezone.now() - timedelta(minutes=1))
    lapse(booking)
    flows.expire_overdue()
    sandbox.settle(session_id, succeed=True)

    flows.ask_about_money_on_its_way()

    booking.refresh_from_db()
    assert booking.status == Booking.Status.EXPIRED
    assert Refund.objects.get().reason == Refund.Reason.SHOWTIME_CLOSED


def test_paid_for_a_show_that_is_over_then_it_goes_back(ann, showtime, sandbox):
    session_id = open_session(start(ann, showtime, "A1"))
    sandbox.pay(session_id)
    Showtime.objects.update(ends_at=timezone.now() - timedelta(hours=1))

    flows.confirm_booking(session_id)

    assert Refund.objects.get().reason == Refund.Reason.SHOWTIME_CLOSED


@pytest.mark.parametrize("change", ["movie", "time", "room", "seat"])
def test_paid_late_for_what_the_showtime_no_longer_is_then_it_goes_back(ann, showtime, sandbox, change):
    _booking, session_id = expired_booking(ann, showtime, sandbox, "A1")
    sandbox.pay(session_id)
    if change == "seat":
        showtime.layout.seats.filter(row="A", number="1").update(is_blocked=True)
    else:
        changes = {
            "movie": {"movie": create_movie()},
            "time": {"starts_at": showtime.starts_at + timedelta(minutes=5)},
            "room": {"layout": create_layout(showtime.screen)},
        }
        Showtime.objects.update(**changes[change])

    flows.confirm_booking(session_id)

    assert Refund.objects.get().reason == ("seats_gone" if change == "seat" else "showtime_moved")
    assert not Ticket.objects.exists()


def test_session_of_nothing_then_no_refund_of_nothing(ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    session_id = open_session(booking)
    sandbox.pay(session_id)
    sandbox.edit("checkout.session", session_id, amount_total=0)

    flows.confirm_booking(session_id)

    booking.refresh_from_db()
    assert (booking.status, Refund.objects.count()) == (Booking.Status.FAILED, 0)
