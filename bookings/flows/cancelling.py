from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from bookings import holds
from bookings.exceptions import HoldsUnavailable, NotCancellable, RefundChanged
from bookings.flows.locking import locked_showtime, patient
from bookings.flows.mailing import write_mail
from bookings.flows.refunding import owe_refund
from bookings.models import Booking, Dispute, Mail, Payment, Refund, Ticket
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
    """What the customer gets back for all that stands of it."""
    total, fees = booking.booked_seats.standing().worth()
    if has_right_to_all(booking, now):
        return at_most(booking, now, total)
    left = minutes_left(booking, now)
    return at_most(booking, now, refund_due(booking.refund_policy, booking, left, total=total, fees=fees))


def at_most(booking: Booking, now: datetime, due: Decimal) -> Decimal:
    """No more than is left; and of what an exchange has brought no more than the old tickets would have given."""
    if booking.credit and not has_right_to_all(booking, now):
        own = booking.paid_with.refundable if booking.paid_with else Decimal(0)
        went_back = Refund.objects.effective().filter(sale=booking).total()
        due = min(due, own + max(booking.exchange.cashable - went_back, Decimal(0)))
    return min(due, left_of(booking))


def has_right_to_all(booking: Booking, now: datetime) -> bool:
    """Until the start, when the theater has moved it too far."""
    return now < booking.showtime.starts_at and booking.moved_bookings.filter(may_be_refunded=True).exists()


def minutes_left(booking: Booking, now: datetime) -> Decimal:
    return Decimal((booking.showtime.starts_at - now).total_seconds()) / 60


def left_of(booking: Booking) -> Decimal:
    """What is left of the money behind it."""
    return sum(left_by_payment(booking).values(), Decimal(0))


def left_by_payment(booking: Booking, *, later: tuple[Booking, ...] = ()) -> dict[Payment, Decimal]:
    """Of each payment behind it, the latest first; of what an exchange has brought no more than it took over.

    `later`: the bookings that it was exchanged for, which have paid back of the same money.
    """
    left = {booking.paid_with: booking.paid_with.refundable} if booking.paid_with else {}
    exchange = booking.exchanged_from
    if exchange is None or not exchange.is_done:
        return left
    sales = (booking, *later)
    brought = left_by_payment(exchange.old, later=sales)
    went_back = Refund.objects.effective().filter(sale__in=sales, payment__in=brought.keys()).total()
    rest = max(exchange.credit - went_back, Decimal(0))
    for payment, amount in brought.items():
        left[payment] = min(amount, rest)
        rest -= max(left[payment], Decimal(0))
    return left


def worth(booking: Booking) -> Decimal:
    """What was paid for all that stands of it."""
    return booking.booked_seats.standing().worth()[0]


@patient
def cancel_booking(
    booking: Booking, *, by, reason: str = "", in_full: bool = False, promised: Decimal | None = None
) -> Booking:
    """Cancel a confirmed booking: its seats are free, its tickets void, the refund is written down.

    A customer gets what the frozen policy gives back, and may cancel while that is more than nothing; staff
    (`in_full`) refund all of it at any time. Again: the same booking, nothing new. Raises NotCancellable, Busy,
    RefundChanged where less would come back than was `promised`.
    """
    with locked_showtime(booking.showtime_id) as (_showtime, now):
        booking.refresh_from_db()
        if booking.status != Booking.Status.CANCELLED:
            cancel_confirmed(booking, now, by=by, reason=reason, in_full=in_full, promised=promised)
            wake("bookings.offer_seats")
    # Again, too: who was first may have died before this line.
    free_holds(booking)
    return booking


def cancel_confirmed(
    booking: Booking, now: datetime, *, by, reason: str, in_full: bool, promised: Decimal | None = None
) -> None:
    if not booking.is_confirmed:
        raise NotCancellable(_("Only a confirmed booking can be cancelled."))
    lock_tickets(booking)
    amount = worth(booking) if in_full else refundable(booking, now)
    if not in_full:
        check_customer_may_cancel(booking, amount)
    check_promise(booking, amount, promised)
    undo(booking, now, by=by, reason=reason)
    refund_bought(booking, amount, reason=Refund.Reason.STAFF if in_full else Refund.Reason.CUSTOMER, by=by)


def undo(booking: Booking, now: datetime, *, by=None, reason: str, mail: str | None = Mail.Kind.CANCELLED) -> None:
    """Seats free, tickets void, the customer told, in the caller's transaction. For the money see `refund_bought`.

    Without a mail where another booking's tells them.
    """
    booking.status, booking.cancelled_at = Booking.Status.CANCELLED, now
    booking.cancelled_by, booking.reason = by, reason
    booking.save(update_fields=["status", "cancelled_at", "cancelled_by", "reason"])
    booking.release_seats(now)
    live_tickets(booking).update(revoked_at=now)
    if booking.user_id and mail:
        write_mail(booking, mail)


def refund_bought(booking: Booking, amount: Decimal, *, reason: str, by=None) -> None:
    """Owe so much of what was paid, or what is left of it where some went back in Stripe's dashboard.

    The latest payment first: the one of its own, then those of the tickets that it was exchanged for.
    """
    funds = Payment.objects.filter(pk__in=[payment.pk for payment in booking.funds()]).order_by("-pk")
    locked = list(funds.select_for_update(no_key=True))
    left = left_by_payment(booking)
    for payment in locked:
        part = min(amount, left[payment])
        sale = booking if payment.booking_id != booking.pk else None
        owe_refund(payment, part, reason=reason, by=by, sale=sale)
        amount -= max(part, Decimal(0))


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
    if Dispute.objects.blocking().filter(payment__in=booking.funds()).exists():
        raise NotCancellable(_("Your bank has asked for this payment back, and will decide. Please wait for that."))
    if Ticket.objects.admitted().filter(booked_seat__booking=booking).exists():
        raise NotCancellable(_("Somebody has already come in with these tickets, so they cannot be cancelled."))
    if booking.total and not amount:
        raise NotCancellable(_("It is too late to cancel this booking. Please ask at the theater."))
    if not booking.total and booking.showtime.starts_at <= timezone.now():
        raise NotCancellable(_("The showtime has begun, so these tickets cannot be cancelled."))


def check_promise(booking: Booking, amount: Decimal, promised: Decimal | None) -> None:
    """Nobody gets less than the page has said: a cutoff may have passed meanwhile. Raises RefundChanged."""
    if promised is not None and amount < promised:
        raise RefundChanged(amount, booking.currency)


def lock_tickets(booking: Booking) -> None:
    """Nobody comes in between our look at the tickets and their end."""
    list(live_tickets(booking).select_for_update(no_key=True, of=("self",)))


def live_tickets(booking: Booking):
    return Ticket.objects.live().filter(booked_seat__booking=booking)
