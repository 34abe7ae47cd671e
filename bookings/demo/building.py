"""Builds the houses: a theater that is there already is left as it is, with all its rooms and prices."""

from datetime import date
from decimal import Decimal

from django.utils import timezone
from django.utils.text import slugify

from bookings.demo.houses import HOLIDAYS, HOUSES
from theaters.models import (
    City,
    HouseSeats,
    Price,
    PriceCard,
    RefundRule,
    Screen,
    Seat,
    SeatCategory,
    SeatLayout,
    Theater,
    TicketType,
)
from theaters.rows import count_through, generate_seats, save_seats

REFUND_RULES = [
    {"minutes_before": 24 * 60, "percent": 100, "fee_refunded": True},
    {"minutes_before": 2 * 60, "percent": 50, "fee_refunded": False},
]


def create_houses():
    there = set(Theater.objects.values_list("slug", flat=True))
    for house in HOUSES:
        if house.theater["slug"] not in there:
            create_house(house)


def create_house(house):
    defaults = {"name": house.city, "country": house.country}
    city, _is_new = City.objects.get_or_create(slug=slugify(house.city), defaults=defaults)
    theater = Theater.objects.create(city=city, **house.theater)
    RefundRule.objects.bulk_create(RefundRule(theater=theater, **rule) for rule in REFUND_RULES)
    categories = create_categories(theater, house)
    create_prices(theater, house, categories)
    create_rules(theater, house)
    for number, room in enumerate(house.rooms, start=1):
        fields = {"name": room.name, "number": number, "legal_capacity": room.legal_capacity}
        create_room(Screen.objects.create(theater=theater, **fields), room, categories)


def create_categories(theater, house):
    categories = [
        SeatCategory(theater=theater, name=name, look=look, order=order)
        for order, (name, look) in enumerate(house.categories.items())
    ]
    return {category.name: category for category in SeatCategory.objects.bulk_create(categories)}


def create_prices(theater, house, categories):
    ticket_types = TicketType.objects.bulk_create(
        TicketType(theater=theater, order=order, **fields) for order, (_off, fields) in enumerate(house.ticket_types)
    )
    reductions = [Decimal(off) if off else None for off, _fields in house.ticket_types]
    cards = PriceCard.objects.bulk_create(PriceCard(theater=theater, **fields) for fields, _prices in house.cards)
    Price.objects.bulk_create(
        Price(
            card=card,
            category=categories[name],
            ticket_type=ticket_type,
            amount=0 if off is None else Decimal(adult) - off,
        )
        for card, (_fields, prices) in zip(cards, house.cards, strict=True)
        for name, adult in prices.items()
        for ticket_type, off in zip(ticket_types, reductions, strict=True)
    )


def create_rules(theater, house):
    """What stands beside the cards, for this year and the next."""
    for (month, day), name in HOLIDAYS.items():
        for year in (theater.today.year, theater.today.year + 1):
            theater.holidays.create(day=date(year, month, day), name=name)
    for screened, (name, amount) in house.surcharges.items():
        theater.surcharges.create(format=screened, name=name, amount=Decimal(amount))
    for fields in house.promo_codes:
        theater.promo_codes.create(**fields)


def create_room(screen, room, categories):
    layout = SeatLayout.objects.create(
        screen=screen,
        version=1,
        note="Opening night",
        is_curved=room.is_curved,
        has_free_seating=room.has_free_seating,
        published_at=timezone.now(),
    )
    seats = generate_seats(
        layout,
        rows=room.rows,
        seats=room.seats,
        categories=[(rows, categories[name]) for rows, name in room.categories],
        aisles_after=room.aisles,
        right_to_left=room.right_to_left,
        short_rows=room.short_rows,
    )
    furnish(seats, room)
    save_seats(seats)
    if room.has_free_seating:
        count_through(layout)
    if room.kept:
        kept = HouseSeats.objects.create(layout=layout, reason="Guests of the house", release_minutes=30)
        kept.seats.set([seat for seat in seats if seat.label in room.kept])


def furnish(seats, room):
    """Wheelchair spaces and their companions, sofas for two, a view past a pillar, transfer seats, one never sold."""
    by_label = {seat.label: seat for seat in seats}
    for seat in seats:
        if seat.category.look == SeatCategory.Look.SOFA:
            seat.feature = Seat.Feature.LOVE_SEAT
        if seat.category.look == SeatCategory.Look.BALCONY:
            seat.y += 1  # a gap between stalls and balcony
    for space, beside in room.companions.items():
        by_label[space].feature = Seat.Feature.WHEELCHAIR
        for label in beside.split():
            by_label[label].feature = Seat.Feature.COMPANION
            by_label[label].companion_of = by_label[space]
    for label in room.restricted:
        by_label[label].feature = Seat.Feature.RESTRICTED
    for label in room.transfer:
        by_label[label].feature = Seat.Feature.TRANSFER
    for label in room.blocked:
        by_label[label].is_blocked = True
