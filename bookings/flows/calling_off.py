"""A whole showtime is called off: the sale stops at once, then one booking after the other is cancelled."""

import logging
from datetime import datetime

from django.utils.translation import gettext as _

from bookings.exceptions import Busy, NotCancellable
from bookings.flows.cancelling import free_holds, refund_bought, undo, worth
from bookings.flows.locking import locked_showtime, patient
from bookings.flows.offered import take_offers_back
from bookings.models import Booking, Mail, Refund, ShowtimeCancellation
from bookings.wakeup import wake
from theaters.models import Showtime

logger = logging.getLogger(__name__)


@patient
def cancel_showtime(showtime: Showtime, *, by, reason: str) -> ShowtimeCancellation:
    """Stop the sale for good and write down that all bookings are to be cancelled; the worker does that next.

    Again: the same cancellation, nothing new. Raises NotCancellable for a draft, Busy.
    """
    with locked_showtime(showtime.pk) as (showtime, now):
        if showtime.status == Showtime.Status.DRAFT:
            raise NotCancellable(_("A draft is not on sale: delete it instead."))
        cancellation, _is_new = ShowtimeCancellation.objects.get_or_create(
            showtime=showtime, defaults={"by": by, "reason": reason}
        )
        if cancellation.finished_at and showtime.bookings.filter(status__in=Booking.LIVE).exists():
            call_off_anew(cancellation, now, by=by, reason=reason)
        showtime.status = Showtime.Status.CANCELLED
        showtime.save(update_fields=["status"])
        take_offers_back(showtime)
        wake("bookings.finish_cancellations")
    return cancellation


def call_off_anew(cancellation: ShowtimeCancellation, now: datetime, *, by, reason: str) -> None:
    """It was published again and has sold since. Of the first time the row's history and its bookings tell."""
    cancellation.by, cancellation.reason, cancellation.created_at, cancellation.finished_at = by, reason, now, None
    cancellation.save(update_fields=["by", "reason", "created_at", "finished_at"])


def finish_cancellations() -> int:
    """Go on with all cancellations that are not finished; returns how many. A dead worker only delays them."""
    unfinished = ShowtimeCancellation.objects.filter(finished_at=None).select_related("showtime", "by")
    for cancellation in unfinished:
        finish(cancellation)
    return len(unfinished)


def finish(cancellation: ShowtimeCancellation) -> None:
    """Cancel what is left. Where one booking resists, the others go on, and the next run tries it again."""
    live = Booking.objects.filter(showtime=cancellation.showtime_id, status__in=Booking.LIVE).select_related("user")
    for booking in live:
        try:
            cancel_with_showtime(booking, cancellation)
        except Busy:
            logger.warning("booking not cancelled yet, will try again", extra={"booking": booking.pk})
        except Exception:  # whatever one booking suffers from, the others are cancelled
            logger.exception("booking not cancelled, will try again", extra={"booking": booking.pk})
    with locked_showtime(cancellation.showtime_id) as (_showtime, now):
        if not live.all().exists():
            cancellation.finished_at = now
            cancellation.save(update_fields=["finished_at"])


def cancel_with_showtime(booking: Booking, cancellation: ShowtimeCancellation) -> None:
    with locked_showtime(booking.showtime_id) as (_showtime, now):
        booking.refresh_from_db()
        if booking.is_pending:
            # Money that still comes finds a cancelled showtime, and goes back.
            booking.give_up(now, reason=cancellation.reason)
        elif booking.is_confirmed:
            undo(booking, now, by=cancellation.by, reason=cancellation.reason, mail=Mail.Kind.SHOWTIME_CANCELLED)
            refund_bought(booking, worth(booking), reason=Refund.Reason.SHOWTIME_CANCELLED, by=cancellation.by)
    free_holds(booking)
