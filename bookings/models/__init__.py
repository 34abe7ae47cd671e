from bookings.models.bookings import BookedSeat, Booking, new_reference
from bookings.models.breakdowns import Breakdown, BreakdownShare
from bookings.models.cancellations import ShowtimeCancellation
from bookings.models.inspections import Inspection, Trouble
from bookings.models.mail import Mail
from bookings.models.moves import MovedBooking, ShowtimeMove
from bookings.models.payments import Dispute, Payment, Refund, StripeEvent
from bookings.models.scans import DoorScan
from bookings.models.tickets import Ticket

__all__ = [
    "BookedSeat",
    "Booking",
    "Breakdown",
    "BreakdownShare",
    "Dispute",
    "DoorScan",
    "Inspection",
    "Mail",
    "MovedBooking",
    "Payment",
    "Refund",
    "ShowtimeCancellation",
    "ShowtimeMove",
    "StripeEvent",
    "Ticket",
    "Trouble",
    "new_reference",
]
