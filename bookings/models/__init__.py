from bookings.models.bookings import BookedSeat, Booking, new_reference
from bookings.models.mail import Mail
from bookings.models.payments import Payment, Refund, StripeEvent
from bookings.models.tickets import Ticket

__all__ = ["BookedSeat", "Booking", "Mail", "Payment", "Refund", "StripeEvent", "Ticket", "new_reference"]
