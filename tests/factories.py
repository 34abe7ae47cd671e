"""Rows for tests: every argument has a default, every default is believable."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from itertools import count

from django.contrib.auth.models import Permission
from django.utils import timezone

from accounts.models import User
from movies.models import Genre, Language, Movie
from theaters.models import (
    City,
    Price,
    PriceCard,
    RefundRule,
    Screen,
    Seat,
    SeatCategory,
    SeatLayout,
    Showtime,
    Theater,
    TicketType,
)

number = count(1)


def create_user(email=None, **fields):
    user = User(email=email or f"customer{next(number)}@example.com", **fields)
    user.set_password("demo")
    user.save()
    return user


def create_staff(*permissions, **fields):
    """A member of staff with permissions such as "bookings.check_in_ticket"."""
    user = create_user(is_staff=True, **fields)
    for permission in permissions:
        app, codename = permission.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return user


def create_city(name="Berlin", slug=None):
    return City.objects.get_or_create(slug=slug or name.lower(), defaults={"name": name})[0]


def create_theater(name=None, *, city=None, refund_rules=((1440, 100, True), (120, 50, False)), **fields):
    n = next(number)
    defaults = {
        "slug": f"rialto-{n}",
        "address": "Kantstraße 12",
        "time_zone": "Europe/Berlin",
        "currency": "EUR",
        "tax_name": "VAT",
        "tax_rate": Decimal(7),
        "booking_fee": Decimal("1.00"),
    }
    theater = Theater.objects.create(name=name or f"Rialto {n}", city=city or create_city(), **defaults | fields)
    for minutes, percent, fee_refunded in refund_rules:
        RefundRule.objects.create(theater=theater, minutes_before=minutes, percent=percent, fee_refunded=fee_refunded)
    return theater


def create_screen(theater=None, **fields):
    theater = theater or create_theater()
    screen_number = theater.screens.count() + 1
    return Screen.objects.create(
        theater=theater, **{"number": screen_number, "name": f"Screen {screen_number}"} | fields
    )


def create_category(theater, name="Standard", **fields):
    return SeatCategory.objects.get_or_create(theater=theater, name=name, defaults=fields)[0]


def create_layout(screen=None, *, rows="ABC", seats=6, published=True):
    """Rows of seats of one category, without an aisle."""
    screen = screen or create_screen()
    category = create_category(screen.theater)
    layout = SeatLayout.objects.create(
        screen=screen,
        version=screen.layouts.count() + 1,
        published_at=datetime(2026, 1, 1, tzinfo=UTC) if published else None,
    )
    Seat.objects.bulk_create(
        Seat(layout=layout, row=row, number=str(x + 1), x=x, y=y, category=category)
        for y, row in enumerate(rows)
        for x in range(seats)
    )
    return layout


def create_places(places=12, *, spaces=0, screen=None):
    """A room with free seating; its last places are wheelchair spaces, each with the place before it as companion."""
    layout = create_layout(screen, rows=[""], seats=places)
    SeatLayout.objects.filter(pk=layout.pk).update(has_free_seating=True)
    layout.refresh_from_db()
    seats = list(layout.seats.order_by("x"))
    for n in range(places - 2 * spaces, places, 2):
        companion, space = seats[n], seats[n + 1]
        space.feature, companion.feature, companion.companion_of = "wheelchair", "companion", space
    Seat.objects.bulk_update(seats, ["feature", "companion_of"])
    return layout


def create_ticket_types(theater):
    """Adult (the default) and Child."""
    adult = TicketType.objects.get_or_create(theater=theater, name="Adult", defaults={"is_default": True})[0]
    child = TicketType.objects.get_or_create(theater=theater, name="Child", defaults={"max_age": 12, "order": 1})[0]
    return adult, child


def create_price_card(theater, *, adult="11.50", child="7.50", name=None, **fields):
    """Every category at the same two prices."""
    card = PriceCard.objects.create(theater=theater, name=name or f"Card {next(number)}", **fields)
    for category in theater.seat_categories.all():
        for ticket_type, amount in zip(create_ticket_types(theater), (adult, child), strict=True):
            Price.objects.create(card=card, category=category, ticket_type=ticket_type, amount=Decimal(amount))
    return card


def create_promo_code(theater, code="SUMMER10", **fields):
    """Ten percent off, without limits, unless said otherwise."""
    movies = fields.pop("movies", [])
    promo = theater.promo_codes.create(code=code, **{"kind": "percent", "value": Decimal(10)} | fields)
    promo.movies.set(movies)
    return promo


def create_genre(name="Drama"):
    return Genre.objects.get_or_create(name=name, defaults={"slug": name.lower()})[0]


def create_language(name="English", code="en"):
    return Language.objects.get_or_create(code=code, defaults={"name": name})[0]


def create_movie(title=None, **fields):
    n = next(number)
    defaults = {"slug": f"movie-{n}", "runtime_minutes": 100, "certificate": "FSK 12", "certificate_rule": "From 12."}
    return Movie.objects.create(title=title or f"The {n}th Wave", **defaults | fields)


def create_showtime(*, layout=None, theater=None, starts_at=None, movie=None, price_card=None, **fields):
    """Published, the day after tomorrow at 20:00 in its theater: more than a day ahead whatever the hour."""
    layout = layout or create_layout(create_screen(theater))
    theater = layout.screen.theater
    if starts_at is None:
        day = timezone.now().astimezone(theater.zone).date() + timedelta(days=2)
        starts_at = datetime.combine(day, time(20), theater.zone)
    showtime = Showtime(
        movie=movie or create_movie(),
        screen=layout.screen,
        layout=layout,
        price_card=price_card or theater.price_cards.first() or create_price_card(theater),
        starts_at=starts_at.astimezone(UTC),
        **{"status": Showtime.Status.PUBLISHED} | fields,
    )
    showtime.set_times()
    showtime.save()
    return showtime


def zone_where_it_is(hour):
    """A time zone in which this hour is running, wherever and whenever the test runs."""
    offset = (hour - timezone.now().hour + 12) % 24 - 12
    return f"Etc/GMT{-offset:+d}"


def create_showtime_now(*, minutes=30, hour=12, theater=None, **fields):
    """Begins in so many minutes; by its theater's clock it is past this hour."""
    theater = theater or create_theater(time_zone=zone_where_it_is(hour))
    return create_showtime(theater=theater, starts_at=timezone.now() + timedelta(minutes=minutes), **fields)


def seats_of(showtime, *labels):
    """The seats with these labels, or all of them, in the room's order."""
    seats = showtime.layout.seats.order_by("y", "x")
    return [seat for seat in seats if not labels or seat.label in labels]


def create_member(theater, role, **fields):
    """Somebody who works in a theater: "owner", "manager", "box_office" and so on."""
    user = create_user(is_staff=True, **fields)
    theater.memberships.create(user=user, role=role)
    return user
