"""An attempt to pay: written down before Stripe hears of it, so that whoever dies in between leaves a trace."""

from datetime import datetime

from bookings import payments
from bookings.models import Booking, Payment


def write_attempt(booking: Booking, now: datetime) -> Payment:
    """In the caller's transaction, which holds the showtime's lock and has found no other attempt that is open."""
    payment = Payment(
        booking=booking,
        amount=booking.due,
        currency=booking.currency,
        session_expires_at=now + payments.SESSION_LIFE,
    )
    payment.request = payments.session_request(payment)
    payment.save()
    return payment
