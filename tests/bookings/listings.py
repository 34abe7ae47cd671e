"""A programme of many kinds of showtimes, and what pages, JSON-LD and feeds say of them."""

import json
import random
import re
from datetime import datetime, time, timedelta
from decimal import Decimal
from html import unescape

from django.utils import timezone

from bookings.models import ShowtimeMove
from tests.factories import (
    create_category,
    create_city,
    create_language,
    create_layout,
    create_movie,
    create_price_card,
    create_screen,
    create_showtime,
    create_staff,
    create_theater,
)
from theaters.models import Format, Showtime

EVERY = timedelta(hours=4)
LISTED = re.compile(r'<a class="showtime" href="(.*?)">(.*?)</a>', re.DOTALL)


def create_houses():
    """Two theaters with laws, fees, rooms and cards of their own: (theater, its layouts, its cards)."""
    berlin = create_theater(order_fee=Decimal("1.50"), fee_percent=Decimal(3), fee_cap=Decimal("1.20"))
    new_york = create_theater(
        city=create_city("New York", "new-york"),
        time_zone="America/New_York",
        currency="USD",
        tax_included=False,
        tax_rate=Decimal("8.875"),
        booking_fee_taxed=False,
    )
    berlin.tax_rules.create(name="GST", rate=18, price_over=12)
    berlin.tax_rules.create(name="GST", rate=5, valid_until=timezone.now().date() + timedelta(days=4))
    for theater in (berlin, new_york):
        theater.surcharges.create(format=Format.THREE_D, name="Glasses", amount=Decimal("2.30"))
        layouts = [create_layout(create_screen(theater), rows="AB", seats=4) for _n in range(2)]
        for layout in layouts:
            layout.seats.filter(row="B").update(category=create_category(theater, "Premium", order=1))
        cards = [create_price_card(theater, adult=amount) for amount in ("9.90", "14.35")]
        for card in cards:
            card.prices.filter(category__name="Premium").update(amount=Decimal("17.77"))
        yield theater, layouts, cards


def create_programme(count, seed=1):
    """So many showtimes of every kind within the next two weeks."""
    dice, houses = random.Random(seed), list(create_houses())
    movies = [create_movie(), create_movie("<b>Tom & “Jerry”</b></script>")]
    languages = [None, create_language(), create_language("Portuguese", "pt-BR")]
    staff = create_staff()
    for number in range(count):
        theater, layouts, cards = houses[number % 2]
        nth = number // 4
        tomorrow = timezone.now().astimezone(theater.zone).date() + timedelta(days=1)
        first = datetime.combine(tomorrow, time(11), theater.zone)
        showtime = create_showtime(
            layout=layouts[number // 2 % 2],
            starts_at=first + timedelta(days=nth // 3) + nth % 3 * EVERY,
            movie=dice.choice(movies),
            price_card=dice.choice(cards),
            format=dice.choice(Format.values),
            audio_language=dice.choice(languages),
            subtitle_language=dice.choice(languages),
            on_sale_from=dice.choice([None, None, timezone.now() + timedelta(hours=1)]),
            status=dice.choice(["published"] * 9 + ["cancelled"]),
        )
        if dice.random() < 0.1:
            move(showtime, staff)
    return list(Showtime.objects.for_listing())


def move(showtime, staff):
    """On record; where it is now it is already."""
    ShowtimeMove.objects.create(
        showtime=showtime,
        old_starts_at=showtime.starts_at - timedelta(minutes=90),
        new_starts_at=showtime.starts_at,
        old_layout=showtime.layout,
        new_layout=showtime.layout,
        reason="The reel came late.",
        by=staff,
        fingerprint="f",
    )


def data_in(page):
    """The nodes of its JSON-LD."""
    (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    return json.loads(text)["@graph"]


def screenings_in(page):
    return {node["url"]: node for node in data_in(page) if node["@type"] == "ScreeningEvent"}


def listed_in(page):
    """{address: (the start's and the end's datetime, the words)} of the showtimes that one can read and click."""
    return {
        path: (re.findall(r'datetime="(.*?)"', block), unescape(re.sub(r"<[^>]+>|\s+", " ", block)))
        for path, block in LISTED.findall(page)
    }


def whole_feed(client, path="/feeds/showtimes.json"):
    """All pages of it."""
    answer = client.get(path).json()
    further = answer["next"]
    return answer["showtimes"] + (whole_feed(client, further.removeprefix("http://testserver")) if further else [])
