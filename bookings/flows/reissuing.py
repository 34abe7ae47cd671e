from django.contrib.admin.models import CHANGE, LogEntry
from django.utils.translation import gettext as _

from bookings.exceptions import NotReissuable
from bookings.flows.locking import locked_showtime
from bookings.flows.mailing import resend_tickets
from bookings.models import Booking, Ticket


def reissue_tickets(booking: Booking, *, by, reason: str = "") -> list[Ticket]:
    """Where a code has got into wrong hands, or paper got lost: the old ones are void, new ones go out by mail.

    Returns the new ones.

    Who is in stays in: a used ticket is not replaced. Raises NotReissuable, Busy.
    """
    with locked_showtime(booking.showtime_id) as (showtime, now):
        booking.refresh_from_db()
        if not booking.is_confirmed or showtime.status != "published" or now >= showtime.ends_at:
            raise NotReissuable(
                _("Only tickets of a confirmed booking can be issued anew, until the showtime is over.")
            )
        # Locked, so that nobody comes in between our look and their end.
        tickets = Ticket.objects.live().filter(booked_seat__booking=booking)
        unused = [row.pk for row in tickets.select_for_update(no_key=True, of=("self",)) if not row.checked_in_at]
        if not unused:
            raise NotReissuable(_("Everybody has come in with these tickets already."))
        Ticket.objects.filter(pk__in=unused).update(revoked_at=now)
        new = Ticket.objects.issue_for(booking)
        words = f"{_('Tickets issued anew: %d.') % len(new)} {reason}".strip()
        LogEntry.objects.log_actions(by.pk, [booking], CHANGE, words)
        resend_tickets(booking)
    return new
