from bookings.models.bookings import BookedSeat, Booking, new_reference
from bookings.models.cancellations import ShowtimeCancellation
from bookings.models.inspections import Inspection, Trouble
from bookings.models.mail import Mail
from bookings.models.payments import Dispute, Payment, Refund, StripeEvent
from bookings.models.promos import PromoCode, Redemption
from bookings.models.reports import FilmWeekReturn, ReportMail, ReportSubscription
from bookings.models.shifts import CashMovement, Shift
from bookings.models.tickets import Ticket

__all__ = [
    "BookedSeat",
    "Booking",
    "CashMovement",
    "Dispute",
    "FilmWeekReturn",
    "Inspection",
    "Mail",
    "Payment",
    "PromoCode",
    "Redemption",
    "Refund",
    "ReportMail",
    "ReportSubscription",
    "Shift",
    "ShowtimeCancellation",
    "StripeEvent",
    "Ticket",
    "Trouble",
    "new_reference",
]
