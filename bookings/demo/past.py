"""A past of any length: showtimes in every room back through the years, and who came to them.

Rooms and prices go to PostgreSQL by COPY; the many rows it writes itself, so that none passes through Python.
See past_sales.py for what was sold.
"""

import json
from dataclasses import replace

from django.db import connection
from django.db.models import Max, Min

from bookings.demo.bulk import copy_rows
from bookings.demo.people import NAMES, SURNAMES
from bookings.pricing import price_parts
from bookings.tariffs import NOTHING, Tariff
from theaters.models import HouseSeats, Screen, Seat

REGULAR = "regular@example.com"
# A room plays every three hours from ten in the morning, so a film and all around it has to be shorter.
SLOTS, LONGEST = 5, 180
SCREEN = {
    **dict.fromkeys(("number", "screen", "layout", "theater", "card", "preshow", "cleaning", "closes"), "bigint"),
    "zone": "text",
    "last_day": "date",
    "next_day": "date",
    "currency": "text",
    "tax_name": "text",
    "tax_rate": "numeric",
    "tax_included": "boolean",
    "fee_taxed": "boolean",
    "refund_policy": "jsonb",
    "exchange_rule": "jsonb",
}
SEAT = {
    **dict.fromkeys(("layout", "nth", "seat", "ticket_type"), "bigint"),
    "label": "text",
    **dict.fromkeys(("price", "fee", "tax", "total", "counter_tax", "counter_total"), "numeric"),
}
SHOWTIMES = """
    INSERT INTO theaters_showtime (id, movie_id, screen_id, layout_id, price_card_id, starts_at, ends_at, free_at,
        sales_close_at, business_date, format, audio_language_id, attributes, status, is_listed)
    SELECT %(base)s + n, film.id, screen, layout, card, start, ends, ends + cleaning * interval '1 minute',
        start + closes * interval '1 minute', day, '2d', film.language_id, '{}', 'published', true
    FROM generate_series(1, %(showtimes)s) AS n
    CROSS JOIN LATERAL ( -- the oldest first; back from the last day, and on from the next one
        SELECT CASE WHEN n <= %(past)s THEN %(past)s - n ELSE n - %(past)s - 1 END AS away, n <= %(past)s AS is_past
    ) AS place
    JOIN scale_screen ON number = away %% %(screens)s
    CROSS JOIN LATERAL (SELECT away / %(screens)s / %(slots)s AS days, away / %(screens)s %% %(slots)s AS nth) AS turn
    CROSS JOIN LATERAL (
        SELECT CASE WHEN is_past THEN last_day - days ELSE next_day + days END::date AS day,
            CASE WHEN is_past THEN %(slots)s - 1 - nth ELSE nth END AS slot
    ) AS planned
    CROSS JOIN LATERAL (
        SELECT (day + time '10:00' + slot * interval '3 hours') AT TIME ZONE zone AS start
    ) AS begins
    JOIN ( -- another programme every week
        SELECT id, language_id, runtime_minutes, row_number() OVER (ORDER BY id) - 1 AS nth, count(*) OVER () AS films
        FROM movies_movie WHERE runtime_minutes <= %(longest)s AND (release_on IS NULL OR release_on <= current_date)
    ) AS film ON film.nth = ((day - date '1895-12-28') / 7 * 3 + slot + number) %% films
    CROSS JOIN LATERAL (SELECT start + (preshow + runtime_minutes) * interval '1 minute' AS ends) AS over
"""
PEOPLE = """
    INSERT INTO accounts_user (id, email, name, password, date_joined, is_active, is_staff, is_superuser)
    SELECT %(base)s + n,
        CASE n WHEN 1 THEN %(regular)s ELSE 'customer' || lpad(n::text, 7, '0') || '@example.com' END,
        (%(names)s::text[])[1 + n %% %(many_names)s] || ' ' || (%(surnames)s::text[])[1 + n %% %(many_surnames)s],
        %(password)s, now() - n %% 1000 * interval '1 day', true, false, false
    FROM generate_series(1, %(users)s) AS n
"""
ADDRESSES = """
    INSERT INTO account_emailaddress (email, verified, "primary", user_id)
    SELECT email, true, true, id FROM accounts_user WHERE id > %(base)s
"""


def write_people(users: int, password: str) -> int:
    """The regular first, then everybody else; returns the id before theirs. All share a password."""
    base = next_ids("accounts_user", users)
    names = {"names": NAMES, "many_names": len(NAMES), "surnames": SURNAMES, "many_surnames": len(SURNAMES)}
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, {"base": base, "users": users, "password": password, "regular": REGULAR} | names)
        cursor.execute(ADDRESSES, {"base": base})
    return base


def write_showtimes(showtimes: int, upcoming: int) -> int:
    """The oldest first, around those that are there; returns the id before theirs."""
    screens = list(Screen.objects.filter(layouts__published_at__isnull=False).distinct().select_related("theater"))
    copy_rows("scale_screen", SCREEN, [row_of(number, screen) for number, screen in enumerate(screens)])
    copy_rows("scale_seat", SEAT, [row for screen in screens for row in seat_rows(screen)])
    base = next_ids("theaters_showtime", showtimes)
    around = max(screen.theater.preshow_minutes + screen.theater.cleaning_minutes for screen in screens)
    words = {"base": base, "showtimes": showtimes, "past": showtimes - upcoming, "screens": len(screens)}
    with connection.cursor() as cursor:
        cursor.execute(SHOWTIMES, words | {"slots": SLOTS, "longest": LONGEST - around})
        cursor.execute("CREATE INDEX ON scale_seat (layout, nth)")
    return base


def next_ids(table: str, count: int) -> int:
    """Takes so many ids, and says which came before them."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")  # noqa: S608, a name of ours
        base = cursor.fetchone()[0]
        cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, base + count])
    return base


def layout_of(screen):
    return screen.layouts.exclude(published_at=None).latest("version")


def row_of(number, screen) -> list:
    """In the order of SCREEN."""
    theater = screen.theater
    days = screen.showtimes.aggregate(first=Min("business_date"), last=Max("business_date"))
    card = theater.price_cards.order_by("priority", "pk").first()
    ids = [number, screen.pk, layout_of(screen).pk, theater.pk, card.pk]
    times = [theater.preshow_minutes, theater.cleaning_minutes, theater.sales_close_minutes, theater.time_zone]
    first, last = days["first"] or theater.today, days["last"]
    around = [first.fromordinal(first.toordinal() - 1), last.fromordinal(last.toordinal() + 1) if last else first]
    money = [theater.currency, theater.tax_name, theater.tax_rate, theater.tax_included, theater.booking_fee_taxed]
    return ids + times + around + money + [json.dumps(theater.refund_policy), json.dumps(theater.exchange_rule)]


def seat_rows(screen) -> list:
    """In the order of SEAT: what anybody may sit on, from the middle of the room, with what it costs them."""
    theater, layout = screen.theater, layout_of(screen)
    card = theater.price_cards.order_by("priority", "pk").first()
    tariff = replace(Tariff.of(theater, card.cells()), order_fee=NOTHING)
    at_counter = tariff.without_fees()
    adult, *_others, other = theater.ticket_types.order_by("-is_default", "order")
    seats = layout.seats.filter(is_blocked=False).exclude(feature__in=[Seat.Feature.WHEELCHAIR, Seat.Feature.COMPANION])
    seats = list(seats.exclude(pk__in=HouseSeats.objects.filter(layout=layout).values("seats")))
    middle = sum(seat.y for seat in seats) / len(seats)
    seats.sort(key=lambda seat: (abs(seat.y - middle), seat.y, seat.x))
    for nth, seat in enumerate(seats):
        ticket_type = adult if nth % 4 else other
        amount = tariff.cells[seat.category_id, ticket_type.pk]
        ids = [layout.pk, nth, seat.pk, ticket_type.pk, seat.label]
        yield [*ids, *price_parts(tariff, amount), *price_parts(at_counter, amount)[2:]]
