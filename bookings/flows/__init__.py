"""The journey of a booking, one function a step: hold seats, start the booking, pay, confirm, cancel, admit.

The only place that opens transactions. Each flow checks cheaply, locks the showtime (the one lock there is), reads
again, returns early when it is already done, judges, writes. Network comes before the transaction or after the
commit. Every step may happen twice. See docs/locking.md.
"""

from bookings.flows.admission import admit
from bookings.flows.booking import start_booking
from bookings.flows.cancelling import cancel_booking, is_cancellable, refundable_now
from bookings.flows.expiring import (
    ask_about_money_on_its_way,
    end_abandoned_sessions,
    expire_booking,
    expire_overdue,
)
from bookings.flows.holding import current_hold, hold_seats, release_seats
from bookings.flows.mailing import remind_customers, resend_tickets, send_due_mails
from bookings.flows.paying import confirm_booking, start_payment
from bookings.flows.refunding import note_refund, send_again, send_due_refunds

__all__ = [
    "admit",
    "ask_about_money_on_its_way",
    "cancel_booking",
    "confirm_booking",
    "current_hold",
    "end_abandoned_sessions",
    "expire_booking",
    "expire_overdue",
    "hold_seats",
    "is_cancellable",
    "note_refund",
    "refundable_now",
    "release_seats",
    "remind_customers",
    "resend_tickets",
    "send_again",
    "send_due_mails",
    "send_due_refunds",
    "start_booking",
    "start_payment",
]
