"""The window is over: who wins, the clock or the customer?"""

from datetime import timedelta

import pytest
from django.utils import timezone

from bookings import flows, holds
from bookings.exceptions import PaymentUnavailable
from bookings.models import BookedSeat, Booking, Payment
from tests.bookings.steps import hold, lapse, open_session, start
from tests.factories import create_showtime, create_user

pytestmark = pytest.mark.django_db


def test_expire_then_stripes_session_too_and_the_seats_are_free(ann, showtime, sandbox):
    hold(ann, showtime, "A1")
    booking = start(ann, showtime, "A1")
    session_id = open_session(booking)
    lapse(booking)

    assert flows.expire_overdue() == 1

    booking.refresh_from_db()
    assert (booking.status, booking.payments.get().status) == (Booking.Status.EXPIRED, Payment.Status.EXPIRED)
    assert sandbox.sessions[0]["id"] == session_id
    assert sandbox.sessions[0]["status"] == "expired"
    assert not BookedSeat.objects.live().exists()


def test_hold_of_a_booking_then_it_ends_with_its_window(ann, showtime, settings):
    settings.HOLD_SECONDS, settings.BOOKING_WINDOW_SECONDS = 600, 60
    hold(ann, showtime, "A1")

    booking = start(ann, showtime, "A1")

    (held,) = holds.held_seats(showtime.pk).values()
    assert abs(held.expires_at - booking.expires_at) < timedelta(seconds=5)


def test_expire_after_they_paid_then_they_won(ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    session_id = open_session(booking)
    lapse(booking)
    sandbox.pay(session_id)

    flows.expire_overdue()

    booking.refresh_from_db()
    assert booking.is_confirmed


def test_expire_twice_then_nothing_new(ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    open_session(booking)
    lapse(booking)

    flows.expire_booking(booking)
    flows.expire_booking(booking)

    assert booking.status == Booking.Status.EXPIRED


def test_expire_within_the_window_then_it_stays(ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")

    flows.expire_booking(booking)

    assert (flows.expire_overdue(), booking.status) == (0, Booking.Status.PENDING)


def test_expire_while_stripe_does_not_answer_then_the_seats_stay_for_the_grace(ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    open_session(booking)
    sandbox.faults.plan("503", path="*", times=20)
    sandbox.faults.plan("503", path="*", times=20, method="GET")
    lapse(booking, seconds=1)
    flows.expire_overdue()
    booking.refresh_from_db()
    assert booking.is_pending

    lapse(booking, seconds=61)
    flows.expire_overdue()

    booking.refresh_from_db()
    assert (booking.status, booking.payments.get().status) == (Booking.Status.EXPIRED, Payment.Status.OPEN)


def test_stripe_silent_then_it_is_asked_once_a_round_and_the_clock_frees_the_seats(sandbox, db):
    bookings = [start(create_user(), create_showtime(), "A1") for _n in range(3)]
    for booking in bookings:
        open_session(booking)
        lapse(booking, seconds=61)
    sandbox.faults.plan("503", path="*", times=99)
    sandbox.requests_before = len(sandbox.requests)

    assert flows.expire_overdue() == 3

    assert {booking.status for booking in Booking.objects.all()} == {Booking.Status.EXPIRED}
    assert len(sandbox.requests) - sandbox.requests_before <= 3  # one call with its two retries


def test_one_broken_booking_then_the_others_expire(ann, bob, showtime, sandbox):
    broken, fine = start(ann, showtime, "A1"), start(bob, showtime, "A2")
    session_id = open_session(broken)
    sandbox.pay(session_id)
    sandbox.edit("checkout.session", session_id, currency="nonsense")
    lapse(broken, seconds=62)
    lapse(fine, seconds=61)

    flows.expire_overdue()

    fine.refresh_from_db()
    assert fine.status == Booking.Status.EXPIRED


def test_session_of_an_expired_booking_then_it_is_ended_later(ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    open_session(booking)
    booking.close(Booking.Status.EXPIRED)

    assert (flows.end_abandoned_sessions(), flows.end_abandoned_sessions()) == (1, 0)

    assert sandbox.sessions[0]["status"] == "expired"


def test_session_whose_id_was_lost_then_it_is_found_by_its_key_and_ended(ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    open_session(booking)
    Payment.objects.update(status=Payment.Status.CREATING, session_id=None)
    lapse(booking)

    flows.expire_overdue()

    assert [session["status"] for session in sandbox.sessions] == ["expired"]
    assert booking.payments.get().session_id == sandbox.sessions[0]["id"]


def test_attempt_that_stripe_never_took_then_it_is_closed(ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    open_session(booking)
    sandbox.reset()
    Payment.objects.update(
        status=Payment.Status.CREATING,
        session_id=None,
        request=Payment.objects.get().request | {"expires_at": int((timezone.now() - timedelta(days=2)).timestamp())},
    )
    booking.close(Booking.Status.EXPIRED)

    flows.end_abandoned_sessions()

    assert booking.payments.get().status == Payment.Status.FAILED
    sandbox.api.seen.clear()  # the request from two days ago was meant to be refused


def test_failure_that_stripe_keeps_repeating_then_other_sessions_are_ended_and_it_is_closed_in_time(
    ann, bob, showtime, sandbox
):
    failing, waiting = start(ann, showtime, "A1"), start(bob, showtime, "A2")
    sandbox.faults.plan("500", path="/v1/checkout/sessions")
    with pytest.raises(PaymentUnavailable):
        flows.start_payment(failing)
    open_session(waiting)
    Booking.objects.update(status=Booking.Status.EXPIRED)

    flows.end_abandoned_sessions()
    assert (failing.payments.get().status, waiting.payments.get().status) == ("creating", "expired")

    Payment.objects.update(created_at=timezone.now() - timedelta(minutes=32))
    flows.end_abandoned_sessions()
    assert failing.payments.get().status == Payment.Status.FAILED


def test_expire_without_redis_then_it_expires_all_the_same(ann, showtime, sandbox, no_redis):
    booking = start(ann, showtime, "A1")
    lapse(booking)

    flows.expire_booking(booking)

    assert booking.status == Booking.Status.EXPIRED
