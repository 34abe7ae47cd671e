"""When a showtime may be planned and published; the answers are sentences for staff."""

from datetime import timedelta

from django.db import IntegrityError, OperationalError, transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _

from theaters.admin.clock import moments_of, never_shown, on_the_wall
from theaters.models import PriceCard, SeatLayout, Showtime


class NotPossible(Exception):
    """Its text is a sentence for staff."""


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
    if other is None:
        return ""
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


def publish_problems(showtime) -> list:
    problems = []
    if not showtime.movie.runtime_minutes:
        problems.append(_("%(movie)s has no runtime yet.") % {"movie": showtime.movie})
    if not showtime.layout.is_published:
        problems.append(_("The seat layout is not published yet."))
    if not showtime.theater.ticket_types.exists():
        problems.append(_("%(theater)s has no ticket type yet.") % {"theater": showtime.theater})
    if missing := showtime.missing_prices():
        cells = ", ".join(f"{category} / {ticket_type}" for category, ticket_type in missing)
        problems.append(
            format_html(
                '{} <a href="{}">{}</a>',
                _("The price card “%(card)s” lacks prices: %(cells)s.") % {"card": showtime.price_card, "cells": cells},
                reverse("admin:theaters_pricecard_change", args=[showtime.price_card.pk]),
                _("Enter them"),
            )
        )
    return problems


def publish(showtime):
    """Raises NotPossible with all that is missing."""
    with transaction.atomic():
        showtime.refresh_from_db(from_queryset=Showtime.objects.select_for_update(no_key=True, of=("self",)))
        if showtime.status == Showtime.Status.CANCELLED:
            raise NotPossible(_("It is cancelled. Make a new one."))
        if problems := publish_problems(showtime):
            raise NotPossible(format_html("{}" + " {}" * (len(problems) - 1), *problems))
        showtime.status = Showtime.Status.PUBLISHED
        showtime.save(update_fields=["status"])


def copy_showtime(source, *, days):
    """A draft at the same time of the wall clock so many days later. Raises NotPossible."""
    theater = source.theater
    wall = on_the_wall(source.starts_at, theater) + timedelta(days=days)
    moments = moments_of(wall, theater.zone)
    if not moments:
        raise NotPossible(never_shown(wall, theater))
    copy = Showtime(
        movie=source.movie,
        screen=source.screen,
        layout=newest_layout(source.screen) or source.layout,
        starts_at=moments[0],
        format=source.format,
        audio_language_id=source.audio_language_id,
        subtitle_language_id=source.subtitle_language_id,
        attributes=source.attributes,
        is_listed=source.is_listed,
    )
    if not source.movie.runtime_minutes:
        raise NotPossible(_("%(movie)s has no runtime yet.") % {"movie": source.movie})
    copy.set_times()
    copy.price_card = card_for_copy(source, copy)
    save_unless_taken(copy)
    return copy


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
