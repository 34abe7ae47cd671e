"""What a moviegoer finds beside a movie. Each tag asks once a request, however many cards a page has."""

from django import template

from bookings.because import suggest
from bookings.fan_forms import OpeningForm
from movies.models import Review

SHOWN = 10

register = template.Library()


def once(request, name, read):
    if not hasattr(request, name):
        setattr(request, name, read())
    return getattr(request, name)


def city_of(request) -> str:
    return request.session.get("city", "")


@register.simple_tag(takes_context=True)
def suggestions(context, but=None):
    """Of what they have not seen, by what they have."""
    request = context.get("request")
    return suggest(request.user, city=city_of(request), but=but or None) if request else []


@register.simple_tag(takes_context=True)
def is_watched(context, movie):
    """Whether it is on their watchlist."""
    request = context.get("request")
    if not request or not request.user.is_authenticated:
        return False
    mine = once(request, "watched_ids", lambda: set(request.user.watchlist.values_list("movie_id", flat=True)))
    return movie.pk in mine


@register.simple_tag(takes_context=True)
def my_review(context, movie):
    """Theirs of this movie, or None."""
    request = context.get("request")
    if not request or not request.user.is_authenticated:
        return None
    return once(request, "my_reviews", lambda: {one.movie_id: one for one in request.user.reviews.all()}).get(movie.pk)


@register.simple_tag(takes_context=True)
def may_review(context, movie):
    """Whether they were there."""
    request = context.get("request")
    if not request or not request.user.is_authenticated:
        return False
    return request.user.bookings.seen().filter(showtime__movie=movie).exists()


@register.simple_tag
def reviews_of(movie):
    """{"average", "number", "latest"}, of those that staff have read."""
    approved = Review.objects.approved().filter(movie=movie)
    verdict = approved.verdict()
    return verdict | {"latest": approved.select_related("user")[:SHOWN] if verdict["number"] else []}


@register.simple_tag(takes_context=True)
def opening_form(context, movie):
    """The form of “tell me when booking opens”; None where the movie is on sale in the visitor's city."""
    request = context.get("request")
    if not request or movie.showtimes.on_sale().in_city(city_of(request)).exists():
        return None
    return OpeningForm(user=request.user, home_city=city_of(request))


@register.simple_tag(takes_context=True)
def is_told(context, movie):
    """Whether they will be told of it already."""
    request = context.get("request")
    if not request or not request.user.is_authenticated:
        return False
    wishes = request.user.opening_alerts.filter(movie=movie, confirmed_at__isnull=False)
    return wishes.exclude(mails__kind="opening", mails__status="sent").exists()


@register.filter
def stars(average):
    """4.25 -> ★★★★☆"""
    full = min(max(round(average), 0), 5)
    return "★" * full + "☆" * (5 - full)
