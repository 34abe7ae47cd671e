from bookings.models.booked_seats import BookedSeat
from bookings.models.bookings import Booking, new_reference
from bookings.models.breakdowns import Breakdown, BreakdownShare
from bookings.models.cancellations import ShowtimeCancellation
from bookings.models.inspections import Inspection, Trouble
from bookings.models.mail import Mail
from bookings.models.moves import MovedBooking, ShowtimeMove
from bookings.models.payments import Dispute, Payment, Refund, StripeEvent
from bookings.models.promos import PromoCode, Redemption
from bookings.models.reports import FilmWeekReturn, ReportMail, ReportSubscription
from bookings.models.scans import DoorScan
from bookings.models.shifts import CashMovement, Shift
from bookings.models.tickets import Ticket
from bookings.models.waiting import OfferedSeat, WaitingEntry, WaitingMail

__all__ = [
    "BookedSeat",
    "Booking",
    "Breakdown",
    "BreakdownShare",
    "CashMovement",
    "Dispute",
    "DoorScan",
    "FilmWeekReturn",
    "Inspection",
    "Mail",
    "MovedBooking",
    "OfferedSeat",
    "Payment",
    "PromoCode",
    "Redemption",
    "Refund",
    "ReportMail",
    "ReportSubscription",
    "Shift",
    "ShowtimeCancellation",
    "ShowtimeMove",
    "StripeEvent",
    "Ticket",
    "Trouble",
    "WaitingEntry",
    "WaitingMail",
    "new_reference",
]
