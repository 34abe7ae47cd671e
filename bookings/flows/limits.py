from datetime import datetime

from django.conf import settings

from bookings.exceptions import SaleClosed, SaleNotBegun, TooManyHeld
from bookings.models import BookedSeat
from theaters.models import Showtime


def check_sale(showtime: Showtime, now: datetime) -> None:
    """Raises SaleNotBegun, SaleClosed."""
    if showtime.sells_at(now):
        return
    if showtime.status == Showtime.Status.PUBLISHED and showtime.opens_after(now):
        raise SaleNotBegun(showtime.on_sale_from.astimezone(showtime.theater.zone))
    raise SaleClosed


def check_limits(user, showtime: Showtime, seats: int) -> None:
    """Beside what waits for its payment elsewhere, may the customer keep these seats? Raises TooManyHeld.

    The database's own count, under the lock on the customer. See also lua/hold.lua, which counts the holds.
    """
    if user.is_staff:
        return
    waiting = user.bookings.waiting().exclude(showtime=showtime)
    others: dict[int, int] = {}
    for pk in BookedSeat.objects.live().filter(booking__in=waiting).values_list("showtime_id", flat=True):
        others[pk] = others.get(pk, 0) + 1
    too_many = sum(others.values()) + seats > settings.MAX_SEATS_PER_BOOKING
    if others and (too_many or len(others) >= settings.MAX_SHOWTIMES_HELD):
        raise too_many_held(others)


def too_many_held(others: dict[int, int]) -> TooManyHeld:
    """`others` is {showtime id: seats}."""
    showtimes = Showtime.objects.for_listing().in_bulk(others)
    return TooManyHeld(
        {showtime: others[pk] for pk, showtime in showtimes.items()},
        most_seats=settings.MAX_SEATS_PER_BOOKING,
        most_showtimes=settings.MAX_SHOWTIMES_HELD,
    )
