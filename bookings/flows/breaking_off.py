"""A showtime breaks off after it has begun: who was in and who was not get back what staff have chosen, each once."""

import logging
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from bookings.exceptions import Busy, NotCancellable
from bookings.flows.cancelling import lock_tickets, refund_bought, undo, worth
from bookings.flows.locking import locked_showtime, patient
from bookings.flows.mailing import write_mail
from bookings.models import Booking, Breakdown, BreakdownShare, Mail, Refund, Ticket
from bookings.wakeup import wake
from theaters.models import Showtime
from theaters.money import rounded

logger = logging.getLogger(__name__)


@patient
def break_off(showtime: Showtime, *, by, reason: str, percent_admitted: Decimal, percent_absent: Decimal) -> Breakdown:
    """Write down what everybody gets back and end the sale; the worker goes through the bookings next.

    Again: the same breakdown, nothing new. Raises NotCancellable before the start, Busy.
    """
    with locked_showtime(showtime.pk) as (showtime, now):
        if showtime.status != Showtime.Status.PUBLISHED:
            raise NotCancellable(_("Only a published showtime can break off."))
        if now < showtime.starts_at:
            raise NotCancellable(_("This showtime has not begun: move it, or call it off."))
        breakdown, is_new = Breakdown.objects.get_or_create(
            showtime=showtime,
            defaults={
                "by": by,
                "reason": reason,
                "percent_admitted": percent_admitted,
                "percent_absent": percent_absent,
            },
        )
        if is_new:
            showtime.sale_closed_at, showtime.sales_close_at = now, min(now, showtime.sales_close_at)
            showtime.save(update_fields=["sale_closed_at", "sales_close_at"])
        wake("bookings.finish_breakdowns")
    return breakdown


def finish_breakdowns() -> int:
    """Go on with all that are not finished; returns how many. A dead worker only delays them."""
    unfinished = Breakdown.objects.filter(finished_at=None).select_related("showtime", "by")
    for breakdown in unfinished:
        finish(breakdown)
    return len(unfinished)


def finish(breakdown: Breakdown) -> None:
    """Where one booking resists, the others go on, and the next run tries it again. See also calling_off.py."""
    left = Booking.objects.filter(showtime=breakdown.showtime_id, status__in=Booking.LIVE, breakdown_share=None)
    for booking in left.select_related("user"):
        try:
            see_to(booking, breakdown)
        except Busy:
            logger.warning("booking not seen to yet, will try again", extra={"booking": booking.pk})
        except Exception:  # whatever one booking suffers from, the others get their money
            logger.exception("booking not seen to, will try again", extra={"booking": booking.pk})
    with locked_showtime(breakdown.showtime_id) as (_showtime, now):
        if not left.all().exists():
            breakdown.finished_at = now
            breakdown.save(update_fields=["finished_at"])


def see_to(booking: Booking, breakdown: Breakdown) -> None:
    with locked_showtime(booking.showtime_id) as (_showtime, now):
        booking.refresh_from_db()
        if booking.is_pending:
            # Money that still comes finds that the sale is over, and goes back.
            booking.give_up(now, reason=breakdown.reason)
        elif booking.is_confirmed and not BreakdownShare.objects.filter(booking=booking).exists():
            pay_share(booking, breakdown, now)


def pay_share(booking: Booking, breakdown: Breakdown, now: datetime) -> None:
    lock_tickets(booking)
    share = share_of(booking, breakdown)
    share.save()
    if not share.amount:
        return
    if share.amount == worth(booking):
        undo(booking, now, by=breakdown.by, reason=breakdown.reason, mail=Mail.Kind.SHOWTIME_CANCELLED)
    else:
        write_mail(booking, Mail.Kind.BROKEN_OFF)
    refund_bought(booking, share.amount, reason=Refund.Reason.BREAKDOWN, by=breakdown.by)


def share_of(booking: Booking, breakdown: Breakdown) -> BreakdownShare:
    """Seat by seat: so much of what it cost, by whether somebody came in with its ticket. Not saved."""
    amount, admitted, absent = Decimal(0), 0, 0
    admitted_with = Ticket.objects.admitted().filter(booked_seat__booking=booking)
    were_in = set(admitted_with.values_list("booked_seat_id", flat=True))
    for booked in booking.booked_seats.standing():
        is_in = booked.pk in were_in
        admitted, absent = admitted + is_in, absent + (not is_in)
        amount += booked.total * (breakdown.percent_admitted if is_in else breakdown.percent_absent) / 100
    amount = min(rounded(amount, booking.currency), worth(booking))
    return BreakdownShare(breakdown=breakdown, booking=booking, admitted=admitted, absent=absent, amount=amount)
