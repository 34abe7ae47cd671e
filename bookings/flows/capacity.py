"""How many people the room may hold by law. Whoever sells seats, on the web or at the counter, asks under the lock."""

from datetime import datetime

from bookings.exceptions import RoomFull
from bookings.models import BookedSeat
from theaters.models import Showtime


def check_capacity(showtime: Showtime, *, more: int, now: datetime) -> None:
    """Call it with the showtime locked, before the seats are written. Gives overdue bookings up where that helps.

    Raises RoomFull. They are counted until then, as their money may still come and would find its seats.
    """
    if showtime.people_allowed is None or seats_left(showtime) >= more:
        return
    waiting = BookedSeat.objects.live().filter(showtime=showtime, booking__status="pending").select_related("booking")
    for booking in {booked.booking for booked in waiting if not booked.booking.keeps_seats(now)}:
        booking.give_up(now)
    if (left := seats_left(showtime)) < more:
        raise RoomFull(showtime.people_allowed, left)


def seats_left(showtime: Showtime) -> int:
    return max(0, showtime.people_allowed - BookedSeat.objects.live().filter(showtime=showtime).count())


def check_capacity_early(user, showtime: Showtime, *, more: int) -> None:
    """What can be known without the lock, so that nobody goes to checkout in vain. Raises RoomFull."""
    if showtime.people_allowed is None:
        return
    others = BookedSeat.objects.taken().filter(showtime=showtime)
    left = showtime.people_allowed - others.exclude(booking__user=user, booking__status="pending").count()
    if left < more:
        raise RoomFull(showtime.people_allowed, max(0, left))
