"""Seats that are kept for somebody on the waiting list: who wants seats asks here, like everything under the one lock.

Whoever wants the seats of an overdue offer gives it up in the transaction that takes them. Who offers: see waiting.py.
"""

from datetime import datetime

from bookings.exceptions import SeatsTaken
from bookings.models import Booking, OfferedSeat, WaitingEntry
from bookings.wakeup import wake
from theaters.models import Showtime


def offered_until(user, showtime: Showtime, seats: list) -> datetime | None:
    """Until when all of these seats are kept for the customer; None where they are not."""
    mine = OfferedSeat.objects.live().filter(entry__user=user, showtime=showtime, seat__in=seats)
    ends = list(mine.values_list("entry__offered_until", flat=True))
    return ends[0] if ends and len(ends) == len(seats) else None


def has_offer(user, showtime: Showtime) -> bool:
    """Whether the waiting list keeps seats for the customer just now."""
    return user.waiting_entries.offered().filter(showtime=showtime).exists()


def check_not_offered(user, showtime: Showtime, seats: list) -> None:
    """Raises SeatsTaken for seats that are kept for somebody else; with `user` None, for anybody."""
    others = OfferedSeat.objects.live().but_for(user).filter(showtime=showtime, seat__in=seats)
    kept = set(others.values_list("seat_id", flat=True))
    if kept:
        raise SeatsTaken(seat for seat in seats if seat.pk in kept)


def take_from_offers(user, showtime: Showtime, seats: list, now: datetime) -> None:
    """With the showtime locked: give up the overdue offers of these seats. Raises SeatsTaken where one still stands."""
    check_not_offered(user, showtime, seats)
    overdue = WaitingEntry.objects.filter(showtime=showtime, offered_until__lte=now, offered_seats__seat__in=seats)
    for entry in overdue.exclude(user=user).distinct():
        entry.let_go(now)


def decline_offer(user, showtime: Showtime, now: datetime) -> None:
    """With the showtime locked."""
    for entry in user.waiting_entries.filter(showtime=showtime).exclude(offered_until=None):
        entry.let_go(now)
        wake("bookings.offer_seats")


def take_offers_back(showtime: Showtime) -> None:
    """With the showtime locked: it is called off, or moves. Who had an open offer is told."""
    for entry in showtime.waiting_entries.exclude(offered_until=None):
        entry.take_back()


def end_waiting(booking: Booking) -> None:
    """With the showtime locked: who has bought what was offered, or as many seats, waits no longer."""
    for entry in WaitingEntry.objects.filter(user=booking.user_id, showtime=booking.showtime_id):
        seats = booking.booked_seats.live()
        offered = entry.offered_seats.filter(seat__in=seats.values("seat")).exists()
        if offered or seats.count() >= entry.party:
            entry.delete()
