"""The journey of a booking, one function a step: hold seats, start the booking, pay, confirm, cancel, admit.

The only place that opens transactions. Each flow checks cheaply, locks the showtime (the one lock there is), reads
again, returns early when it is already done, judges, writes. Network comes before the transaction or after the
commit. Every step may happen twice. See docs/locking.md.
"""

from bookings.flows.admission import Admission, Door, admit, undo_admission
from bookings.flows.booking import start_booking
from bookings.flows.breaking_off import break_off, finish_breakdowns
from bookings.flows.calling_off import cancel_showtime, finish_cancellations
from bookings.flows.cancelling import cancel_booking, is_cancellable, left_of, refundable_now, worth
from bookings.flows.cancelling_seats import cancel_seats, refunds_by_seat
from bookings.flows.closing_weeks import close_weeks
from bookings.flows.counter_refunds import pay_out_at_counter, refund_at_counter
from bookings.flows.events import act_on_event
from bookings.flows.exchanging import check_exchangeable, check_number, exchange_terms, is_exchangeable, start_exchange
from bookings.flows.expiring import (
    ask_about_money_on_its_way,
    end_abandoned_sessions,
    expire_booking,
    expire_overdue,
)
from bookings.flows.finding import ask_for_tickets, send_found_tickets
from bookings.flows.forgetting import anonymise_old_bookings, clear_old_sessions, erase_person, reasons_to_keep
from bookings.flows.holding import current_hold, hold_seats, release_seats, restore_holds
from bookings.flows.inspecting import inspect_books
from bookings.flows.mailing import remind_customers, resend_tickets, send_due_mails
from bookings.flows.money_back import note_dispute, note_refund
from bookings.flows.moving import check_movable, move_showtime
from bookings.flows.offered import has_offer
from bookings.flows.opening_alerts import ask_for_alert, confirm_alert, order_alert, stop_alert, tell_of_openings
from bookings.flows.paying import start_payment
from bookings.flows.places import FreePlaces, Places, hold_places, set_places_aside
from bookings.flows.planning import plan_move
from bookings.flows.pushing import send_due_pushes, subscribe, unsubscribe
from bookings.flows.queueing import keeps_seats_until
from bookings.flows.reconciling import is_reconciling, reconcile
from bookings.flows.redeeming import with_code
from bookings.flows.refunding import send_again
from bookings.flows.reissuing import reissue_tickets
from bookings.flows.releasing import review_releases
from bookings.flows.repaying import send_due_refunds
from bookings.flows.report_mailing import send_due_reports
from bookings.flows.scanning import receive_scan
from bookings.flows.seating import ANY, LOWEST, Proposal, Wish, best_seats
from bookings.flows.selling import FREE, TENDERS, Sale, give_back, sell_at_counter, set_aside
from bookings.flows.settling import confirm_booking
from bookings.flows.sharing import live_tickets, share_seat, shared_ticket, take_back
from bookings.flows.shifts import close_shift, move_cash, open_shift
from bookings.flows.waiting import (
    check_can_wait,
    forget_who_waited,
    join_waiting_list,
    leave_waiting_list,
    offer_free_seats,
)

__all__ = [
    "ANY",
    "FREE",
    "LOWEST",
    "TENDERS",
    "Admission",
    "Door",
    "FreePlaces",
    "Places",
    "Proposal",
    "Sale",
    "Wish",
    "act_on_event",
    "admit",
    "anonymise_old_bookings",
    "ask_about_money_on_its_way",
    "ask_for_alert",
    "ask_for_tickets",
    "best_seats",
    "break_off",
    "cancel_booking",
    "cancel_seats",
    "cancel_showtime",
    "check_can_wait",
    "check_exchangeable",
    "check_movable",
    "check_number",
    "clear_old_sessions",
    "close_shift",
    "close_weeks",
    "confirm_alert",
    "confirm_booking",
    "current_hold",
    "end_abandoned_sessions",
    "erase_person",
    "exchange_terms",
    "expire_booking",
    "expire_overdue",
    "finish_breakdowns",
    "finish_cancellations",
    "forget_who_waited",
    "give_back",
    "has_offer",
    "hold_places",
    "hold_seats",
    "inspect_books",
    "is_cancellable",
    "is_exchangeable",
    "is_reconciling",
    "join_waiting_list",
    "keeps_seats_until",
    "leave_waiting_list",
    "left_of",
    "live_tickets",
    "move_cash",
    "move_showtime",
    "note_dispute",
    "note_refund",
    "offer_free_seats",
    "open_shift",
    "order_alert",
    "pay_out_at_counter",
    "plan_move",
    "reasons_to_keep",
    "receive_scan",
    "reconcile",
    "refund_at_counter",
    "refundable_now",
    "refunds_by_seat",
    "reissue_tickets",
    "release_seats",
    "remind_customers",
    "resend_tickets",
    "restore_holds",
    "review_releases",
    "sell_at_counter",
    "send_again",
    "send_due_mails",
    "send_due_pushes",
    "send_due_refunds",
    "send_due_reports",
    "send_found_tickets",
    "set_aside",
    "set_places_aside",
    "share_seat",
    "shared_ticket",
    "start_booking",
    "start_exchange",
    "start_payment",
    "stop_alert",
    "subscribe",
    "take_back",
    "tell_of_openings",
    "undo_admission",
    "unsubscribe",
    "with_code",
    "worth",
]
