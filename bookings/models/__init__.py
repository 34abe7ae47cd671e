from bookings.models.booked_seats import BookedSeat
from bookings.models.bookings import Booking, new_reference
from bookings.models.breakdowns import Breakdown, BreakdownShare
from bookings.models.cancellations import ShowtimeCancellation
from bookings.models.exchanges import Exchange
from bookings.models.finding import TicketRequest
from bookings.models.inspections import Inspection, Trouble
from bookings.models.mail import Mail
from bookings.models.moves import MovedBooking, ShowtimeMove
from bookings.models.openings import OpeningAlert, OpeningMail
from bookings.models.payments import Dispute, Payment, Refund
from bookings.models.promos import PromoCode, Redemption
from bookings.models.push import Push, PushSubscription
from bookings.models.releases import SeatRelease
from bookings.models.reports import FilmWeekReturn, ReportMail, ReportSubscription
from bookings.models.scans import DoorScan
from bookings.models.sharing import SeatShare
from bookings.models.shifts import CashMovement, Shift
from bookings.models.stripe_events import StripeEvent
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
    "Exchange",
    "FilmWeekReturn",
    "Inspection",
    "Mail",
    "MovedBooking",
    "OfferedSeat",
    "OpeningAlert",
    "OpeningMail",
    "Payment",
    "PromoCode",
    "Push",
    "PushSubscription",
    "Redemption",
    "Refund",
    "ReportMail",
    "ReportSubscription",
    "SeatRelease",
    "SeatShare",
    "Shift",
    "ShowtimeCancellation",
    "ShowtimeMove",
    "StripeEvent",
    "Ticket",
    "TicketRequest",
    "Trouble",
    "WaitingEntry",
    "WaitingMail",
    "new_reference",
]
