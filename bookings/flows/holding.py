from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from bookings import holds
from bookings.exceptions import BadChoice, HoldsUnavailable, SaleClosed, SeatsTaken
from bookings.flows.locking import locked_showtime, patient
from bookings.models import BookedSeat, Booking
from theaters.models import Showtime


@dataclass(frozen=True)
class Hold:
    seats: list
    expires_at: datetime


@patient
def hold_seats(user, *, showtime: Showtime, seat_ids: list[int]) -> Hold:
    """Hold seats for a signed-in customer, all or none, for HOLD_SECONDS.

    Raises BadChoice for seats that the map does not offer, SeatsTaken for those that somebody else has, SaleClosed.
    Without Redis the hold is a promise of the session only: the database decides when the booking starts.
    """
    if not showtime.is_on_sale:
        raise SaleClosed
    seats = chosen_seats(showtime, seat_ids)
    taken = set(
        BookedSeat.objects.taken()
        .filter(showtime=showtime, seat__in=seats)
        .exclude(booking__user=user, booking__status="pending")
        .values_list("seat_id", flat=True)
    )
    if taken:
        raise SeatsTaken(seat for seat in seats if seat.pk in taken)
    try:
        expires_at, lost = holds.hold_seats(showtime.pk, seat_ids, holder=holds.holder_of(user))
    except HoldsUnavailable:
        expires_at, lost = timezone.now() + timedelta(seconds=settings.HOLD_SECONDS), set()
    if lost:
        raise SeatsTaken(seat for seat in seats if seat.pk in lost)
    return Hold(seats, expires_at)


def chosen_seats(showtime: Showtime, seat_ids: list[int]) -> list:
    """The seats behind the ids, by row and place; raises BadChoice with a sentence."""
    if not seat_ids:
        raise BadChoice(_("Please choose at least one seat."))
    if len(seat_ids) > settings.MAX_SEATS_PER_BOOKING:
        raise BadChoice(
            _("You can book up to %(most)d seats at once. Please take some away.")
            % {"most": settings.MAX_SEATS_PER_BOOKING}
        )
    if len(set(seat_ids)) < len(seat_ids):
        raise BadChoice(_("A seat was chosen twice. Please choose again."))
    seats = list(showtime.layout.seats.filter(pk__in=seat_ids).select_related("category").order_by("y", "x"))
    if len(seats) < len(seat_ids):
        raise BadChoice(_("One of these seats is not in this room. Please choose from the map."))
    blocked = [seat.label for seat in seats if seat.pk in showtime.blocked_seat_ids()]
    if blocked:
        raise BadChoice(_("Seat %(seat)s is not for sale. Please choose another.") % {"seat": ", ".join(blocked)})
    return seats


@patient
def release_seats(user, *, showtime: Showtime) -> None:
    """Give the seats back: the hold, and the booking that waits for its payment, unless the money is on its way."""
    with locked_showtime(showtime.pk) as (_showtime, now):
        for booking in user.bookings.filter(showtime=showtime, status=Booking.Status.PENDING):
            if not booking.is_being_paid:
                booking.give_up(now)
    try:
        holds.release_seats(showtime.pk, holder=holds.holder_of(user))
    except HoldsUnavailable:
        return


def current_hold(user, *, showtime: Showtime, promised: Hold | None) -> Hold | None:
    """The double check of checkout: the seats the session promises, if Redis too says they are this customer's.

    Without Redis the session's promise stands alone, until its end.
    """
    if promised is None:
        return None
    try:
        held = holds.held_seats(showtime.pk)
    except HoldsUnavailable:
        return promised if promised.expires_at > timezone.now() else None
    me = holds.holder_of(user)
    mine = [held[seat.pk] for seat in promised.seats if seat.pk in held and held[seat.pk].holder == me]
    if len(mine) < len(promised.seats):
        return None
    return Hold(promised.seats, min(hold.expires_at for hold in mine))
