from bookings.models.bookings import BookedSeat, Booking, new_reference
from bookings.models.cancellations import ShowtimeCancellation
from bookings.models.inspections import Inspection, Trouble
from bookings.models.mail import Mail
from bookings.models.payments import Dispute, Payment, Refund, StripeEvent
from bookings.models.reports import FilmWeekReturn, ReportMail, ReportSubscription
from bookings.models.tickets import Ticket

__all__ = [
    "BookedSeat",
    "Booking",
    "Dispute",
    "FilmWeekReturn",
    "Inspection",
    "Mail",
    "Payment",
    "Refund",
    "ReportMail",
    "ReportSubscription",
    "ShowtimeCancellation",
    "StripeEvent",
    "Ticket",
    "Trouble",
    "new_reference",
]
