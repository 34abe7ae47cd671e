from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from bookings import holds
from bookings.exceptions import HoldsUnavailable, NotCancellable
from bookings.flows.locking import locked_showtime, patient
from bookings.flows.refunding import owe_refund
from bookings.models import Booking, Mail, Payment, Refund, Ticket
from bookings.pricing import refund_due
from bookings.wakeup import wake


def refundable_now(booking: Booking) -> Decimal:
    """What the customer would get back by the policy frozen on the booking; 0 after its last cutoff. For pages only."""
    return refundable(booking, timezone.now()) if booking.is_confirmed else Decimal(0)


def is_cancellable(booking: Booking) -> bool:
    """Whether the customer may cancel, for pages; `cancel_booking` judges again under the lock."""
    try:
        check_customer_may_cancel(booking, refundable_now(booking))
    except NotCancellable:
        return False
    return booking.is_confirmed


def refundable(booking: Booking, now: datetime) -> Decimal:
    minutes_left = Decimal((booking.showtime.starts_at - now).total_seconds()) / 60
    due = refund_due(booking.refund_policy, booking, minutes_left)
    if minutes_left > 0 and booking.moved_bookings.filter(may_be_refunded=True).exists():
        due = booking.total
    return min(due, booking.paid_with.refundable) if booking.paid_with else due


@patient
def cancel_booking(booking: Booking, *, by, reason: str = "", in_full: bool = False) -> Booking:
    """Cancel a confirmed booking: its seats are free, its tickets void, the refund is written down.

    A customer gets what the frozen policy gives back, and may cancel while that is more than nothing; staff
    (`in_full`) refund all of it at any time. Again: the same booking, nothing new. Raises NotCancellable, Busy.
    """
    with locked_showtime(booking.showtime_id) as (_showtime, now):
        booking.refresh_from_db()
        if booking.status != Booking.Status.CANCELLED:
            cancel_confirmed(booking, now, by=by, reason=reason, in_full=in_full)
            wake("bookings.offer_seats")
    # Again, too: who was first may have died before this line.
    free_holds(booking)
    return booking


def cancel_confirmed(booking: Booking, now: datetime, *, by, reason: str, in_full: bool) -> None:
    if not booking.is_confirmed:
        raise NotCancellable(_("Only a confirmed booking can be cancelled."))
    lock_tickets(booking)
    amount = booking.total if in_full else refundable(booking, now)
    if not in_full:
        check_customer_may_cancel(booking, amount)
    undo(booking, now, by=by, reason=reason)
    refund_bought(booking, amount, reason=Refund.Reason.STAFF if in_full else Refund.Reason.CUSTOMER, by=by)


def undo(booking: Booking, now: datetime, *, by=None, reason: str, mail: str = Mail.Kind.CANCELLED) -> None:
    """Seats free, tickets void, the customer told, in the caller's transaction. For the money see `refund_bought`."""
    booking.status, booking.cancelled_at = Booking.Status.CANCELLED, now
    booking.cancelled_by, booking.reason = by, reason
    booking.save(update_fields=["status", "cancelled_at", "cancelled_by", "reason"])
    booking.release_seats(now)
    live_tickets(booking).update(revoked_at=now)
    if booking.user_id:
        Mail.objects.get_or_create(booking=booking, kind=mail)
        wake("bookings.send_mails")


def refund_bought(booking: Booking, amount: Decimal, *, reason: str, by=None) -> None:
    """Owe so much of what was paid, or what is left of it where some went back in Stripe's dashboard."""
    if booking.paid_with:
        payment = Payment.objects.select_for_update(no_key=True).get(pk=booking.paid_with_id)
        owe_refund(payment, min(amount, payment.refundable), reason=reason, by=by)


def free_holds(booking: Booking) -> None:
    """Who cancels soon after buying still holds the seats in Redis; others shall see them free at once."""
    if booking.user is None:
        return
    seat_ids = list(booking.booked_seats.values_list("seat_id", flat=True))
    try:
        holds.release_seats(booking.showtime_id, holder=holds.holder_of(booking.user), seat_ids=seat_ids)
    except HoldsUnavailable:
        return


def check_customer_may_cancel(booking: Booking, amount: Decimal) -> None:
    if booking.paid_with and booking.paid_with.disputes.blocking().exists():
        raise NotCancellable(_("Your bank has asked for this payment back, and will decide. Please wait for that."))
    if Ticket.objects.admitted().filter(booked_seat__booking=booking).exists():
        raise NotCancellable(_("Somebody has already come in with these tickets, so they cannot be cancelled."))
    if booking.total and not amount:
        raise NotCancellable(_("It is too late to cancel this booking. Please ask at the theater."))
    if not booking.total and booking.showtime.starts_at <= timezone.now():
        raise NotCancellable(_("The showtime has begun, so these tickets cannot be cancelled."))


def lock_tickets(booking: Booking) -> None:
    """Nobody comes in between our look at the tickets and their end."""
    list(live_tickets(booking).select_for_update(no_key=True, of=("self",)))


def live_tickets(booking: Booking):
    return Ticket.objects.live().filter(booked_seat__booking=booking)
