"""How many people the room may hold by law. Whoever sells seats, on the web or at the counter, asks under the lock."""

from datetime import datetime

from bookings.exceptions import RoomFull
from bookings.models import BookedSeat, OfferedSeat
from theaters.models import Showtime


def check_capacity(showtime: Showtime, *, more: int, now: datetime, user=None) -> None:
    """Call it with the showtime locked, before the seats are written. Gives overdue bookings up where that helps.

    What the waiting list offers counts, but for what it offers `user`. Raises RoomFull. Overdue bookings are counted
    until then, as their money may still come and would find its seats.
    """
    if showtime.people_allowed is None or seats_left(showtime, user) >= more:
        return
    waiting = BookedSeat.objects.live().filter(showtime=showtime, booking__status="pending").select_related("booking")
    for booking in {booked.booking for booked in waiting if not booked.booking.keeps_seats(now)}:
        booking.give_up(now)
    if (left := seats_left(showtime, user)) < more:
        raise RoomFull(showtime.people_allowed, left)


def seats_left(showtime: Showtime, user) -> int:
    booked = BookedSeat.objects.live().filter(showtime=showtime).count()
    return max(0, showtime.people_allowed - booked - offered_to_others(showtime, user))


def offered_to_others(showtime: Showtime, user) -> int:
    """And not booked by them yet."""
    booked = BookedSeat.objects.live().filter(showtime=showtime).values("seat")
    return OfferedSeat.objects.live().but_for(user).filter(showtime=showtime).exclude(seat__in=booked).count()


def check_capacity_early(user, showtime: Showtime, *, more: int) -> None:
    """What can be known without the lock, so that nobody goes to checkout in vain. Raises RoomFull."""
    if showtime.people_allowed is None:
        return
    others = BookedSeat.objects.taken().filter(showtime=showtime)
    left = showtime.people_allowed - offered_to_others(showtime, user)
    left -= others.exclude(booking__user=user, booking__status="pending").count()
    if left < more:
        raise RoomFull(showtime.people_allowed, max(0, left))
