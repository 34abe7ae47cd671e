"""One seat of a booking shown to a friend by an address of its own, until it is taken back."""

from datetime import datetime

from django.utils.translation import gettext as _

from bookings.exceptions import LinkOver, NotSharable
from bookings.flows.locking import database_now, locked_showtime, patient
from bookings.flows.reissuing import issue_anew
from bookings.models import Booking, SeatShare, Ticket
from theaters.models import Showtime


@patient
def share_seat(booking: Booking, *, serial: str) -> SeatShare:
    """Share the seat of this ticket. Again: the same share, nothing new. Raises NotSharable, Busy."""
    with locked_showtime(booking.showtime_id) as (showtime, now):
        booking.refresh_from_db()
        tickets = Ticket.objects.live().filter(booked_seat__booking=booking, serial=serial)
        ticket = tickets.select_related("booked_seat").first()
        check_sharable(booking, showtime, ticket, now)
        share, _is_new = SeatShare.objects.get_or_create(booked_seat=ticket.booked_seat, ended_at=None)
    return share


def check_sharable(booking: Booking, showtime: Showtime, ticket: Ticket | None, now: datetime) -> None:
    if not booking.is_confirmed or ticket is None:
        raise NotSharable(_("This ticket is no longer valid, so nothing was shared. Here are your tickets of today."))
    if showtime.status != Showtime.Status.PUBLISHED or now >= showtime.ends_at:
        raise NotSharable(_("This showtime is over, so its tickets cannot be shared any more."))
    if ticket.checked_in_at:
        raise NotSharable(_("Somebody has already come in with this ticket, so it cannot be shared any more."))


@patient
def take_back(booking: Booking, *, serial: str, reissue: bool) -> bool:
    """End the share of a ticket's seat; with `reissue` the code that the friend has seen becomes void.

    Returns whether there is a new ticket; the customer gets it by mail. Again: nothing happens. Raises Busy.
    """
    with locked_showtime(booking.showtime_id) as (showtime, now):
        booking.refresh_from_db()
        # By an old serial, too: the same form may come twice.
        shares = SeatShare.objects.filter(booked_seat__in=booking.booked_seats.filter(tickets__serial=serial))
        seats = list(shares.live().values_list("booked_seat", flat=True))
        was_shared = shares.end(now)
        may_have_new = booking.is_confirmed and showtime.status == Showtime.Status.PUBLISHED and now < showtime.ends_at
        if not (was_shared and reissue and may_have_new):
            return False
        return bool(issue_anew(booking, Ticket.objects.filter(booked_seat__in=seats), now))


def shared_ticket(token: str) -> tuple[SeatShare, Ticket]:
    """What an address shows. Raises LinkOver for one that was taken back, is over, or has never been."""
    share = SeatShare.objects.live().select_related("booked_seat__booking").filter(token=token).first()
    if share is None:
        raise LinkOver
    # The rest of the booking may stand where this seat was given back.
    ticket = live_tickets(share.booked_seat.booking).filter(booked_seat=share.booked_seat).first()
    if ticket is None:
        raise LinkOver
    return share, ticket


def live_tickets(booking: Booking):
    """Those that still let somebody in. Raises LinkOver where there are none."""
    tickets = Ticket.objects.for_printing().filter(booked_seat__booking=booking)
    stands = booking.is_confirmed and booking.showtime.status == Showtime.Status.PUBLISHED
    if not stands or database_now() >= booking.showtime.ends_at or not tickets:
        raise LinkOver
    return tickets
