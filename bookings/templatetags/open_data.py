"""What pages say to machines about their showtimes, and the price in words, from the same description."""

import json

from django import template
from django.utils.safestring import SafeString

from bookings.open_data import json_ld
from bookings.open_data.showtimes import describe, words_of_price

register = template.Library()
# As in django.utils.html.json_script: no text can end the script that it stands in.
ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


@register.simple_tag
def describe_showtimes(showtimes):
    """Write on each what it is `described` as, for all at once."""
    for showtime, description in zip(showtimes, describe(showtimes), strict=True):
        showtime.described = description
    return ""


@register.simple_tag
def movie_as_data(movie, showtimes):
    return script(json_ld.of_movie(movie, [showtime.described for showtime in showtimes]))


@register.simple_tag
def theater_as_data(theater, showtimes):
    described = [showtime.described for showtime in showtimes]
    return script(json_ld.of_theater(theater, theater.screens.count(), described))


def script(data: dict) -> SafeString:
    """Data, which no browser runs, so that our policy lets it stand in the page."""
    text = json.dumps(data, ensure_ascii=False).translate(ESCAPES)
    return SafeString(f'<script type="application/ld+json">{text}</script>')


@register.filter
def price_in_words(showtime):
    """EUR 12.50, or from EUR 12.50: of one ticket, all in. Nothing where none is to be had here."""
    described = getattr(showtime, "described", None)
    return words_of_price(described) if described else ""
