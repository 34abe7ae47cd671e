from bookings.models.bookings import BookedSeat, Booking, new_reference
from bookings.models.cancellations import ShowtimeCancellation
from bookings.models.inspections import Inspection, Trouble
from bookings.models.mail import Mail
from bookings.models.payments import Dispute, Payment, Refund, StripeEvent
from bookings.models.scans import DoorScan
from bookings.models.tickets import Ticket

__all__ = [
    "BookedSeat",
    "Booking",
    "Dispute",
    "DoorScan",
    "Inspection",
    "Mail",
    "Payment",
    "Refund",
    "ShowtimeCancellation",
    "StripeEvent",
    "Ticket",
    "Trouble",
    "new_reference",
]
