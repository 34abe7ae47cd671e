"""What the cheapest and the dearest seat of each showtime cost, all in, for many showtimes in a dozen queries."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count

from bookings.models import BookedSeat
from bookings.pricing import price_of_one
from bookings.tariffs import Tariff
from theaters.models import Price, Seat, Showtime, Surcharge, TaxRule, TicketType
from theaters.models.seats_left import count_left


@dataclass(frozen=True)
class PriceRange:
    """What one seat costs that is bought on its own, fees and taxes in it, of those that are left; None: no price.

    For the ticket type that the seat map prices with. Of a room that is sold out, what its seats did cost.
    """

    currency: str
    lowest: Decimal | None
    highest: Decimal | None
    availability: str  # as pages say it, see theaters.models.seats_left


def price_ranges(showtimes: list[Showtime]) -> dict[int, PriceRange]:
    """{showtime id: its range}. They come with theater and screen loaded."""
    tariffs, seats, taken = tariffs_of(showtimes), seats_of(showtimes), seats_taken(showtimes)
    types = default_ticket_types(showtimes)
    count_left(showtimes)
    ranges = {}
    for showtime in showtimes:
        tariff, kind = tariffs[showtime.pk], types.get(showtime.screen.theater_id)
        left = seats[showtime.layout_id] - taken[showtime.pk]
        cells = {category: tariff.cells.get((category, kind)) for category in seats[showtime.layout_id]}
        prices = {category: price_of_one(tariff, amount) for category, amount in cells.items() if amount is not None}
        offered = [price for category, price in prices.items() if left[category] > 0] or list(prices.values())
        lowest, highest = min(offered, default=None), max(offered, default=None)
        ranges[showtime.pk] = PriceRange(tariff.currency, lowest, highest, showtime.availability)
    return ranges


def tariffs_of(showtimes: Iterable[Showtime]) -> dict[int, Tariff]:
    """{showtime id: today's tariff}. See also `promises.todays_tariff`, which asks for one."""
    theaters = {showtime.screen.theater_id for showtime in showtimes}
    cells, rules = defaultdict(dict), defaultdict(list)
    for price in Price.objects.filter(card__in={showtime.price_card_id for showtime in showtimes}).order_by():
        cells[price.card_id][price.category_id, price.ticket_type_id] = price.amount
    surcharges = {(one.theater_id, one.format): one for one in Surcharge.objects.filter(theater__in=theaters)}
    for rule in TaxRule.objects.filter(theater__in=theaters).newest_first():
        rules[rule.theater_id].append(rule)
    return {
        showtime.pk: Tariff.of(
            showtime.theater,
            cells[showtime.price_card_id],
            surcharge=surcharges.get((showtime.theater.pk, showtime.format)),
            tax_rules=[rule for rule in rules[showtime.theater.pk] if rule.is_in_force_on(showtime.business_date)],
        )
        for showtime in showtimes
    }


def default_ticket_types(showtimes: Iterable[Showtime]) -> dict[int, int]:
    """{theater id: the ticket type of its seat maps}, see also `Theater.default_ticket_type`."""
    theaters = {showtime.screen.theater_id for showtime in showtimes}
    rows = TicketType.objects.filter(theater__in=theaters).order_by("is_default", "-order", "-pk")
    return dict(rows.values_list("theater", "pk"))


def seats_of(showtimes: Iterable[Showtime]) -> dict[int, Counter]:
    """{layout id: {seat category id: seats}}"""
    seats = Seat.objects.filter(layout__in={showtime.layout_id for showtime in showtimes}, is_blocked=False)
    return tally(seats, "layout", "category")


def seats_taken(showtimes: Iterable[Showtime]) -> dict[int, Counter]:
    """{showtime id: {seat category id: seats}}; holds are not counted."""
    return tally(BookedSeat.objects.taken().filter(showtime__in=showtimes), "showtime", "seat__category")


def tally(rows, key: str, category: str) -> dict[int, Counter]:
    found = defaultdict(Counter)
    for one, kind, count in rows.order_by().values_list(key, category).annotate(Count("pk")):
        found[one][kind] = count
    return found
