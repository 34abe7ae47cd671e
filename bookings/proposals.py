"""Where somebody could sit whose seat is broken."""

from dataclasses import dataclass

from django.db.models import Q
from django.db.models.functions import Now

from bookings.models import BookedSeat, Booking
from bookings.seat_states import read_seat_states
from theaters.models import Seat, SeatOutage, Showtime
from theaters.models.house_seats import seat_ids_not_on_the_web

MOST = 3


@dataclass
class Hit:
    """A booking that has a broken seat, and the free seats that could stand in for it."""

    booking: Booking
    showtime: Showtime
    proposals: list[Seat]


def bookings_hit(outage: SeatOutage, user) -> list[Hit]:
    """Of showtimes to come in the outage's time, by their start."""
    sold = BookedSeat.objects.taken().filter(seat=outage.seat, showtime__starts_at__gte=outage.starts_at)
    sold = sold.filter(Q(showtime__ends_at__gt=Now()) & ~Q(showtime__status=Showtime.Status.CANCELLED))
    if outage.ends_at:
        sold = sold.filter(showtime__starts_at__lt=outage.ends_at)
    rows = sold.select_related("booking__user", "showtime__movie", "showtime__screen__theater", "seat")
    rows = rows.select_related("showtime__layout", "showtime__price_card").order_by("showtime__starts_at")
    return [Hit(row.booking, row.showtime, free_seats_like(row.seat, row.showtime, user)) for row in rows]


def free_seats_like(seat: Seat, showtime: Showtime, user) -> list[Seat]:
    """Of the same category and kind, in the same row or the nearest; a clear view for a restricted one is fine, too."""
    states = read_seat_states(showtime, user)
    gone = seat_ids_not_on_the_web(showtime) | states.booked | states.held | states.yours | {seat.pk}
    kinds = {seat.feature, ""} if seat.feature == Seat.Feature.RESTRICTED else {seat.feature}
    alike = showtime.layout.seats.filter(category=seat.category_id, feature__in=kinds).exclude(pk__in=gone)
    return sorted(alike, key=lambda other: (abs(other.y - seat.y), abs(other.x - seat.x), other.x))[:MOST]
