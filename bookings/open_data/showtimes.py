"""The description of a showtime: plain values, as docs/showtimes.schema.json has them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import Count, F, Max
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import Change
from bookings.models import ShowtimeMove
from bookings.open_data.prices import PriceRange, price_ranges
from movies.renditions import card_of
from theaters.models import Showtime, Theater
from theaters.money import format_money

AHEAD = timedelta(days=14)


def showtimes_ahead():
    """Those of the next two weeks that anybody may know of: listed, and not over; the cancelled ones, too."""
    coming = Showtime.objects.on_the_programme().filter(starts_at__lt=Now() + AHEAD)
    return coming.for_listing().order_by("starts_at", "pk")


def describe(showtimes: Iterable[Showtime]) -> list[dict]:
    """One description each, in their order; as many queries for a thousand as for one."""
    showtimes = list(showtimes)
    if not showtimes:
        return []
    ranges, revisions, earlier = price_ranges(showtimes), revisions_of(showtimes), earlier_starts(showtimes)
    return [
        description(showtime, ranges[showtime.pk], earlier.get(showtime.pk)) | revisions.get(showtime.pk, UNCHANGED)
        for showtime in showtimes
    ]


def description(showtime: Showtime, prices: PriceRange, earlier: datetime | None) -> dict:
    movie, theater = showtime.movie, showtime.theater
    return {
        "id": showtime.pk,
        "url": absolute(showtime.get_absolute_url()),
        "status": status_of(showtime, earlier),
        "starts_at": local(showtime.starts_at, theater),
        "ends_at": local(showtime.ends_at, theater),
        "previous_starts_at": local(earlier, theater),
        "movie": {
            "title": movie.title,
            "url": absolute(movie.get_absolute_url()),
            "runtime_minutes": movie.runtime_minutes,
            "certificate": showtime.certificate.code,
            "picture": card_of(movie).get("url"),
        },
        "theater": description_of_theater(theater),
        "screen": showtime.screen.name,
        "format": showtime.format,
        "audio_language": showtime.audio_language.code if showtime.audio_language else None,
        "subtitle_language": showtime.subtitle_language.code if showtime.subtitle_language else None,
        "attributes": list(showtime.attributes),
        "in_words": in_words(showtime),
        "sale": sale_of(showtime, prices),
        "price": price_of(prices),
    }


def in_words(showtime: Showtime) -> str:
    """IMAX · Japanese, German subtitles · Open captions"""
    subtitles = showtime.subtitle_language and _("%(language)s subtitles") % {"language": showtime.subtitle_language}
    languages = ", ".join(str(one) for one in (showtime.audio_language, subtitles) if one)
    return " · ".join(str(one) for one in (showtime.get_format_display(), languages, *showtime.attribute_labels) if one)


def description_of_theater(theater: Theater) -> dict:
    return {
        "name": theater.name,
        "url": absolute(theater.get_absolute_url()),
        "address": theater.address,
        "city": theater.city.name,
        "country": theater.city.country or None,
        "time_zone": theater.time_zone,
    }


def absolute(path: str) -> str:
    return settings.SITE_URL + path


def local(moment: datetime | None, theater: Theater) -> str | None:
    """By the theater's clock, with its offset from UTC."""
    return moment.astimezone(theater.zone).isoformat(timespec="seconds") if moment else None


def status_of(showtime: Showtime, earlier: datetime | None) -> str:
    if showtime.status == Showtime.Status.CANCELLED:
        return "cancelled"
    return "rescheduled" if earlier else "scheduled"


def sale_of(showtime: Showtime, prices: PriceRange) -> dict:
    return {
        "state": state_of_sale(showtime, prices),
        "begins_at": local(showtime.on_sale_from, showtime.theater),
        "ends_at": local(showtime.sales_close_at, showtime.theater),
        "last_seats": prices.availability == "last",
    }


def state_of_sale(showtime: Showtime, prices: PriceRange) -> str:
    if showtime.is_announced:
        return "announced"
    if not showtime.is_on_sale:
        return "closed"
    return "sold_out" if prices.availability == "sold_out" else "open"


def words_of_price(described: dict) -> str:
    """EUR 12.50, or from EUR 12.50: of one ticket, all in. Nothing where none is to be had."""
    price = described["price"]
    if price is None or described["sale"]["state"] not in ("open", "announced"):
        return ""
    lowest = format_money(Decimal(price["lowest"]), price["currency"])
    return lowest if price["lowest"] == price["highest"] else _("from %(price)s") % {"price": lowest}


def price_of(prices: PriceRange) -> dict | None:
    """Amounts as text: numbers of JSON are no decimal fractions."""
    if prices.lowest is None:
        return None
    return {"lowest": str(prices.lowest), "highest": str(prices.highest), "currency": prices.currency}


def earlier_starts(showtimes: Iterable[Showtime]) -> dict[int, datetime]:
    """{showtime id: when it was to begin before it was moved last}"""
    moves = ShowtimeMove.objects.filter(showtime__in=showtimes).exclude(old_starts_at=F("new_starts_at"))
    return dict(moves.order_by("created_at", "pk").values_list("showtime", "old_starts_at"))


# Older than the history.
UNCHANGED = {"revision": 0, "updated_at": None}


def revisions_of(showtimes: Iterable[Showtime]) -> dict[int, dict]:
    """{showtime id: how often it was changed, and when the last time}, from the history that the database keeps."""
    ids = [showtime.pk for showtime in showtimes]
    changes = Change.objects.filter(table=Showtime._meta.db_table, row__in=ids).order_by().values_list("row")
    return {
        pk: {"revision": count, "updated_at": at.astimezone(UTC).isoformat(timespec="seconds")}
        for pk, count, at in changes.annotate(Count("pk"), Max("at"))
    }
