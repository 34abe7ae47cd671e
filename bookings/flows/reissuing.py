from datetime import datetime

from django.contrib.admin.models import CHANGE, LogEntry
from django.utils.translation import gettext as _

from bookings.exceptions import NotReissuable
from bookings.flows.locking import locked_showtime
from bookings.flows.mailing import resend_tickets
from bookings.models import Booking, SeatShare, Ticket


def reissue_tickets(booking: Booking, *, by, reason: str = "") -> list[Ticket]:
    """Where a code has got into wrong hands, or paper got lost: the old ones are void, new ones go out by mail.

    Returns the new ones. What was shared is shared no more: nobody knows which way the code went.

    Who is in stays in: a used ticket is not replaced. Raises NotReissuable, Busy.
    """
    with locked_showtime(booking.showtime_id) as (showtime, now):
        booking.refresh_from_db()
        if not booking.is_confirmed or showtime.status != "published" or now >= showtime.ends_at:
            raise NotReissuable(
                _("Only tickets of a confirmed booking can be issued anew, until the showtime is over.")
            )
        new = issue_anew(booking, Ticket.objects.filter(booked_seat__booking=booking), now)
        if not new:
            raise NotReissuable(_("Everybody has come in with these tickets already."))
        SeatShare.objects.filter(booked_seat__booking=booking).end(now)
        words = f"{_('Tickets issued anew: %d.') % len(new)} {reason}".strip()
        LogEntry.objects.log_actions(by.pk, [booking], CHANGE, words)
    return new


def issue_anew(booking: Booking, tickets, now: datetime) -> list[Ticket]:
    """Those of the tickets that nobody has used, in the caller's transaction; all of the booking's go out by mail."""
    # Locked, so that nobody comes in between our look and their end.
    live = tickets.live().select_for_update(no_key=True, of=("self",))
    unused = [row.pk for row in live if not row.checked_in_at]
    if not unused:
        return []
    Ticket.objects.filter(pk__in=unused).update(revoked_at=now)
    new = Ticket.objects.issue_for(booking)
    resend_tickets(booking)
    return new
