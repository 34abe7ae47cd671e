"""Wheelchair spaces and companion seats: for whom they are kept, and when everybody may have them.

What is kept is sold on the website only to those who say that they need it. Nobody proves it, and of the answer
nothing stays (28 CFR 36.302(f)(8): a purchaser may be asked to attest, not to prove). When it goes on general sale is
the theater's rule; 36.302(f)(5) allows three conditions. Each is judged anew whenever it matters, from what is sold at
that moment, so nothing rests on the worker; flows/releasing.py writes down what came of it.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import Count, Exists, OuterRef, Q

from bookings.models import BookedSeat, Booking
from theaters.models import Seat, Showtime, Theater
from theaters.money import decimal_places

KEPT_FEATURES = (Seat.Feature.WHEELCHAIR, Seat.Feature.COMPANION)
Rule = Theater.SpaceRelease


@dataclass(frozen=True)
class Due:
    """Seats that the rule gives free now, and the condition: of so many other seats for sale so many are sold."""

    rule: str
    area: str
    seats: tuple[Seat, ...]
    general: int
    sold: int


@dataclass(frozen=True)
class Protection:
    """All wheelchair spaces and companion seats of a showtime, and what of them is due to everybody."""

    seats: tuple[Seat, ...]
    due: tuple[Due, ...]

    @cached_property
    def released(self) -> set[int]:
        return {seat.pk for due in self.due for seat in due.seats}

    @cached_property
    def kept(self) -> set[int]:
        return {seat.pk for seat in self.seats} - self.released


def protection_of(showtime: Showtime, now: datetime) -> Protection:
    """By what is sold at this moment; it lasts only under the showtime's lock."""
    seats = tuple(showtime.layout.seats.filter(feature__in=KEPT_FEATURES).order_by("y", "x"))
    return Protection(seats, tuple(due_now(showtime, seats, now)) if seats else ())


def due_now(showtime: Showtime, seats: tuple[Seat, ...], now: datetime):
    rule = showtime.theater.space_release
    if rule == Rule.NEVER:
        return
    minutes = timedelta(minutes=showtime.theater.space_release_minutes)
    if rule == Rule.MINUTES and now < showtime.starts_at - minutes:
        return
    area_of, others = areas(showtime, rule), count_others(showtime)
    room = tally(others.values())
    totals = defaultdict(list)
    for category, count in others.items():
        totals[area_of.get(category, "")].append(count)
    by_area = defaultdict(list)
    for seat in seats:
        by_area[area_of.get(seat.category_id, "")].append(seat)
    for area, of_area in by_area.items():
        # Where there is nothing else to sell, as in an area of wheelchair spaces, the room is what counts.
        general, sold = tally(totals[area]) if totals[area] else room
        if rule == Rule.MINUTES or 0 < general == sold:
            yield Due(rule, area, tuple(of_area), general, sold)


def areas(showtime: Showtime, rule: str) -> dict[int, str]:
    """{seat category id: its area}; without an entry, the room."""
    if rule == Rule.AREA:
        return dict(showtime.theater.seat_categories.values_list("pk", "name"))
    if rule == Rule.PRICE:
        prices = showtime.price_card.prices.filter(ticket_type=showtime.theater.default_ticket_type())
        currency = showtime.theater.currency
        prices = prices.values_list("category", "amount")
        return {category: f"{currency} {amount:.{decimal_places(currency)}f}" for category, amount in prices}
    return {}


def count_others(showtime: Showtime) -> dict[int, tuple[int, int]]:
    """{seat category id: (seats for everybody, sold of them)}; what the house keeps for itself is not sold."""
    sold = BookedSeat.objects.live().filter(showtime=showtime, booking__status=Booking.Status.CONFIRMED)
    is_sold = Q(Exists(sold.filter(seat=OuterRef("pk"))))
    others = showtime.layout.seats.exclude(feature__in=KEPT_FEATURES).exclude(pk__in=showtime.blocked_seat_ids())
    counts = others.order_by().values("category").annotate(general=Count("pk"), sold=Count("pk", filter=is_sold))
    return {count["category"]: (count["general"], count["sold"]) for count in counts}


def tally(counts) -> tuple[int, int]:
    counts = list(counts)
    return sum(general for general, _sold in counts), sum(sold for _general, sold in counts)
