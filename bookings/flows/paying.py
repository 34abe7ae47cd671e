from datetime import timedelta

from django.db.models.functions import Now

from bookings import payments
from bookings.exceptions import NotPayable, PaymentRefused, PaymentUnavailable
from bookings.flows.attempts import write_attempt
from bookings.flows.exchanging import WHY_OFF, is_off
from bookings.flows.locking import locked_sides, patient
from bookings.flows.settling import confirm, settle
from bookings.models import Booking, Payment
from theaters.models import Showtime

# As long as a call to Stripe may last, with its retries.
IN_FLIGHT = timedelta(seconds=30)


@patient
def start_payment(booking: Booking) -> str:
    """The address where the customer pays (or, with nothing to pay, the booking's own page).

    One open attempt at a time: a second click, a second tab, a worker killed half-way all get the same session.
    Raises NotPayable, PaymentUnavailable, PaymentRefused.
    """
    payment, is_new = just_written(booking) or open_payment(booking)
    if payment is None:
        return booking.get_absolute_url()
    if payment.session_id is None:
        return create_session(payment, is_new=is_new)
    session = payments.fetch_session(payment.session_id)
    if session.status == "open":
        return session.url
    settle(payment, session)
    booking.refresh_from_db()
    return start_payment(booking) if booking.is_pending and session.is_expired else booking.get_absolute_url()


def just_written(booking: Booking) -> tuple[Payment, bool] | None:
    """The attempt that `start_booking` has written with this booking, once."""
    attempt, booking.first_attempt = booking.first_attempt, None
    return attempt and (attempt, True)


def create_session(payment: Payment, *, is_new: bool) -> str:
    """Ask for the session of an attempt. One that failed before and does so again makes room for a new attempt:
    Stripe repeats a stored failure for a day, and a request grown old is refused for its times."""
    try:
        session = payments.open_session(payment)
    except PaymentRefused:
        close_attempt(payment)
        if is_new:
            raise
        return start_payment(payment.booking)
    except PaymentUnavailable:
        if not is_new:
            close_attempt(payment, older_than=IN_FLIGHT)
        raise
    Payment.objects.filter(pk=payment.pk, status=Payment.Status.CREATING).update(
        status=Payment.Status.OPEN, session_id=session.id, session_url=session.url
    )
    return session.url


def close_attempt(payment: Payment, *, older_than: timedelta = timedelta(0)) -> None:
    """A session that it may have opened has no address anybody knows, so nobody can pay it."""
    Payment.objects.filter(pk=payment.pk, session_id=None, created_at__lte=Now() - older_than).update(
        status=Payment.Status.FAILED
    )


def open_payment(booking: Booking) -> tuple[Payment | None, bool]:
    """The attempt to go on with, committed before Stripe hears of it, and whether it is new; None when it is paid."""
    with locked_sides(booking) as (showtime, now):
        booking.refresh_from_db()
        booking.showtime = showtime
        if booking.is_confirmed or booking.payments.filter(status=Payment.Status.PROCESSING).exists():
            return None, False
        if not booking.is_in_time(now) or showtime.status != Showtime.Status.PUBLISHED:
            raise NotPayable
        if booking.exchanged_from and is_off(booking.exchange, now):
            raise NotPayable(WHY_OFF)
        if not booking.due:
            confirm(booking, now)
            return None, False
        if payment := booking.payments.open().first():
            return payment, False
        return write_attempt(booking, now), True
