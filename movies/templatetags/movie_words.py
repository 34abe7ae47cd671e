from urllib.parse import urlsplit
from zlib import crc32

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from movies.renditions import card_of, sources

register = template.Library()
register.filter("sources", sources)
register.filter("card_of", card_of)


@register.filter
def runtime(minutes):
    """112 -> 1 h 52 min"""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(minutes)s min") % {"minutes": rest}
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": rest}


@register.filter
def tone(movie):
    """Which of the five colours a movie without a poster gets; always the same one."""
    return crc32(movie.slug.encode()) % 5 + 1


@register.filter
def is_awaited(movie):
    """Announced for a day to come."""
    return movie.release_on is not None and movie.release_on > timezone.localdate()


@register.simple_tag
def certificates_of(movie, showtimes=()):
    """Those of the countries in which these showtimes are; of all, where there are none."""
    return movie.certificates_at(showtimes or ())


@register.filter
def host(url):
    return (urlsplit(url).hostname or "").removeprefix("www.")


@register.filter
def movies_on(day, counts):
    """3 movies: by the day, from the counts of a filter."""
    count = counts[day.isoformat()]
    return ngettext("%(count)s movie", "%(count)s movies", count) % {"count": count}
