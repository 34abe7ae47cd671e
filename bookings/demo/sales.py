"""What the box office of one theater has sold already, so that the office's first page has a day to show."""

import uuid
from itertools import cycle, islice

from django.contrib.auth import get_user_model
from django.utils import timezone

from bookings import flows
from bookings.demo.people import BOX_OFFICE, THEIR_THEATER
from bookings.models import Booking, Payment
from bookings.pricing import quote_seats
from bookings.promises import counter_tariff
from theaters.models import Seat, Showtime
from theaters.models.house_seats import seat_ids_not_on_the_web

SHOWTIMES = 12
PARTIES = [2, 2, 4, 1, 2, 3, 2]
BUSY = [4, 6, 3, 7, 5]


def sell_tickets():
    """For the next showtimes, by card. Where anything was sold before, nothing."""
    if Booking.objects.exists():
        return
    cashier = get_user_model().objects.get(email=BOX_OFFICE)
    showtimes = Showtime.objects.published().filter(screen__theater__slug=THEIR_THEATER, starts_at__gt=timezone.now())
    for showtime, parties in zip(showtimes.order_by("starts_at", "pk")[:SHOWTIMES], cycle(BUSY), strict=False):
        tariff = counter_tariff(showtime)
        ticket_type = showtime.theater.ticket_types.get(is_default=True)
        rows = popular_rows(showtime)
        for size, row in zip(islice(cycle(PARTIES), parties), rows, strict=False):
            middle = (len(row) - size) // 2
            quote = quote_seats(tariff, [(seat, ticket_type) for seat in row[middle : middle + size]])
            flows.sell_at_counter(showtime, flows.Sale(quote, Payment.Tender.CARD_TERMINAL, uuid.uuid4()), by=cashier)


def popular_rows(showtime) -> list[list[Seat]]:
    """Rows of ordinary seats, those in the middle of the room first."""
    kept = seat_ids_not_on_the_web(showtime)
    rows = {}
    for seat in showtime.layout.seats.filter(feature="").select_related("category").order_by("y", "x"):
        if seat.pk not in kept:
            rows.setdefault(seat.y, []).append(seat)
    middle = sum(rows) / len(rows)
    return [rows[y] for y in sorted(rows, key=lambda y: abs(y - middle))]
