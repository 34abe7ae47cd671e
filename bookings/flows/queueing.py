"""Who need not stand in the queue of a waiting room (see waiting_room.py), and who has no more business inside."""

from datetime import datetime

from bookings import holds, waiting_room
from bookings.exceptions import HoldsUnavailable
from bookings.models import Booking
from theaters.models import Showtime


def keeps_seats_until(user, showtime: Showtime) -> datetime | None:
    """Until when the customer holds seats, may pay for some, or is offered some by the waiting list; None without any.

    Raises HoldsUnavailable.
    """
    me = holds.holder_of(user)
    ends = [held.expires_at for held in holds.held_seats(showtime.pk).values() if held.holder == me]
    ends += user.bookings.waiting().filter(showtime=showtime).values_list("expires_at", flat=True)
    ends += user.waiting_entries.offered().filter(showtime=showtime).values_list("offered_until", flat=True)
    return max(ends, default=None)


def leave_waiting_room(booking: Booking) -> None:
    """After the commit: who has their tickets makes room for the next. Redis knows whether there is a waiting room."""
    if not booking.is_confirmed:
        return
    try:
        waiting_room.leave(booking.showtime_id, waiting_room.name_of_account(booking.user_id))
    except HoldsUnavailable:
        return  # their time inside ends by itself
