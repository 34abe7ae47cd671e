"""When a showtime may be planned; the answers are sentences for staff."""

from datetime import timedelta

from django.db import IntegrityError, OperationalError, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from theaters.admin.clock import moments_of, never_shown, on_the_wall
from theaters.admin.publishing import NotPossible
from theaters.models import PriceCard, SeatLayout, Showtime


def newest_layout(screen):
    return SeatLayout.objects.filter(screen=screen, published_at__isnull=False).first()


def choose_card(showtime):
    """Raises NotPossible when no card applies."""
    theater = showtime.theater
    if card := PriceCard.choose(theater, showtime.starts_at, showtime.format):
        return card
    sentence = _("No price card of %(theater)s applies on %(day)s at %(time)s. Choose one, or change when one applies.")
    words = {
        "theater": theater,
        "day": date_format(theater.business_date_of(showtime.starts_at), "l"),
        "time": clock(showtime.starts_at, theater),
    }
    raise NotPossible(sentence % words)


def overlap(showtime) -> str:
    """What else is on the screen then. See also the exclusion constraint on Showtime, which has the last word."""
    if showtime.status == Showtime.Status.CANCELLED:
        return ""
    others = Showtime.objects.exclude(status=Showtime.Status.CANCELLED).exclude(pk=showtime.pk)
    others = others.filter(screen=showtime.screen, starts_at__lt=showtime.free_at, free_at__gt=showtime.starts_at)
    other = others.select_related("movie").first()
    return taken_words(showtime, other) if other else ""


def taken_words(showtime, other) -> str:
    theater = showtime.theater
    sentence = _(
        "%(movie)s runs on %(screen)s from %(start)s until %(end)s; the room is free again at %(free)s. "
        "This showtime needs it from %(from)s to %(to)s."
    )
    return sentence % {
        "movie": other.movie,
        "screen": showtime.screen.name,
        "start": clock(other.starts_at, theater),
        "end": clock(other.ends_at, theater),
        "free": clock(other.free_at, theater),
        "from": clock(showtime.starts_at, theater),
        "to": clock(showtime.free_at, theater),
    }


def clock(moment, theater):
    return f"{on_the_wall(moment, theater):%H:%M}"


def copy_showtime(source, *, days):
    """A draft at the same time of the wall clock so many days later. Raises NotPossible."""
    theater = source.theater
    wall = on_the_wall(source.starts_at, theater) + timedelta(days=days)
    moments = moments_of(wall, theater.zone)
    if not moments:
        raise NotPossible(never_shown(wall, theater))
    if len(moments) > 1:
        raise NotPossible(comes_twice(wall))
    copy = twin(source)
    copy.layout = newest_layout(source.screen) or source.layout
    copy.starts_at = moments[0]
    if not source.movie.runtime_minutes:
        raise NotPossible(_("%(movie)s has no runtime yet.") % {"movie": source.movie})
    copy.set_times()
    copy.price_card = card_for_copy(source, copy)
    save_unless_taken(copy)
    return copy


def comes_twice(wall) -> str:
    sentence = _("The clocks go back that night: %(time)s comes twice. Copy it on the board, which asks which one.")
    return sentence % {"time": f"{wall:%H:%M}"}


def twin(source):
    """The same movie in the same way on the same screen, a draft that is not planned yet."""
    return Showtime(
        movie=source.movie,
        screen=source.screen,
        format=source.format,
        audio_language_id=source.audio_language_id,
        subtitle_language_id=source.subtitle_language_id,
        attributes=source.attributes,
        is_listed=source.is_listed,
    )


def card_for_copy(source, copy):
    """By the rules of the new day, unless staff had chosen another card than the rules."""
    by_rule = PriceCard.choose(source.theater, source.starts_at, source.format)
    if source.price_card != by_rule:
        return source.price_card
    return choose_card(copy)


def save_unless_taken(showtime):
    for _attempt in range(2):
        if sentence := overlap(showtime):
            raise NotPossible(sentence)
        try:
            with transaction.atomic():
                showtime.save()
        except (IntegrityError, OperationalError):
            continue  # somebody was faster: now their showtime can be seen and named
        return
    raise NotPossible(_("Somebody else is planning this screen right now. Please try again."))
