import logging
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings

from bookings import payments
from bookings.exceptions import BookingError, Busy, PaymentRefused, PaymentUnavailable
from bookings.flows.locking import locked_showtime
from bookings.flows.paying import close_attempt
from bookings.flows.settling import settle
from bookings.models import Booking, Payment

logger = logging.getLogger(__name__)


def expire_overdue() -> int:
    """Expire every pending booking whose window is over; returns how many were looked at.

    Where Stripe does not answer once it is not asked again in this round: the clock alone then frees the seats.
    """
    overdue = list(Booking.objects.overdue())
    stripe_answers = True
    for booking in overdue:
        try:
            stripe_answers = stripe_answers and end_sessions(booking)
            give_up_if_over(booking, is_certain=stripe_answers)
        except Busy:
            logger.warning("booking not expired yet, will try again", extra={"booking": booking.pk})
        except Exception:  # whatever one booking suffers from, the others expire
            logger.exception("booking not expired, will try again", extra={"booking": booking.pk})
    return len(overdue)


def expire_booking(booking: Booking) -> Booking:
    """The window is over: end the session at Stripe, believe what it says, and free the seats.

    Paid in the last moment: confirmed. No answer: the seats stay for the grace, then they are free all the same,
    and money that still comes is for `confirm_booking` to place or to send back.
    """
    give_up_if_over(booking, is_certain=end_sessions(booking))
    return booking


def end_sessions(booking: Booking) -> bool:
    """Whether Stripe has answered for all of the booking's payments."""
    for payment in booking.payments.unsettled():
        try:
            settle(payment, payments.end_session(payment))
        except PaymentUnavailable:
            return False
        except PaymentRefused:
            close_attempt(payment)  # a refusal is an answer, too
    return True


def give_up_if_over(booking: Booking, *, is_certain: bool) -> None:
    with locked_showtime(booking.showtime_id) as (_showtime, now):
        booking.refresh_from_db()
        grace = timedelta(seconds=0 if is_certain else settings.BOOKING_GRACE_SECONDS)
        if booking.is_pending and now >= booking.expires_at + grace:
            booking.give_up(now)


def end_abandoned_sessions() -> int:
    """Expire at Stripe what nobody may pay any more; money that came all the same finds its way. Returns how many."""
    return ask_stripe(Payment.objects.abandoned().select_related("booking"), payments.end_session)


def ask_about_money_on_its_way() -> int:
    """Delayed payments whose event may have been lost: ask Stripe how they stand. Returns how many."""
    on_its_way = Payment.objects.filter(status=Payment.Status.PROCESSING).select_related("booking")
    return ask_stripe(on_its_way, lambda payment: payments.fetch_session(payment.session_id))


def ask_stripe(unsettled: Iterable[Payment], ask) -> int:
    asked = 0
    for payment in unsettled:
        asked += 1
        try:
            settle(payment, ask(payment))
        except PaymentUnavailable:
            # Stripe may repeat a stored failure for a day; a session that it hides would be over by itself.
            close_attempt(payment, older_than=payments.SESSION_LIFE)
            break
        except PaymentRefused:
            Payment.objects.filter(pk=payment.pk, session_id=None).update(status=Payment.Status.FAILED)
        except BookingError:
            logger.warning("payment not settled yet, will try again", extra={"payment": payment.pk})
    return asked
