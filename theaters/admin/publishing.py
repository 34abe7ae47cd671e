"""What is missing before showtimes may be sold: a check that can be shown, and the steps of the sale themselves."""

from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import DateTimeField, Func
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from theaters.models import Seat, Showtime
from theaters.money import MINIMUM_CHARGE, format_money


class NotPossible(Exception):
    """Its text is a sentence for staff."""


@dataclass(frozen=True)
class Findings:
    """`errors` keep it from being published; `warnings` are for somebody to look at. Both are sentences with links."""

    errors: list = field(default_factory=list)
    warnings: list = field(default_factory=list)


class PublishCheck:
    """For any number of showtimes: what follows from room and price card is looked up once for each pair."""

    def __init__(self):
        self.known = {}

    def of(self, showtime) -> Findings:
        room = self.once(("room", showtime.layout_id, showtime.price_card_id), self.of_room, showtime)
        movie = self.once(("movie", showtime.movie_id), self.of_movie, showtime.movie)
        ages = self.once(("ages", showtime.movie_id, showtime.theater.pk), self.of_ages, showtime)
        return Findings(
            [*of_times(showtime), *movie.errors, *room.errors, *ages.errors],
            [*ages.warnings, *movie.warnings, *room.warnings],
        )

    def once(self, key, look, *args) -> Findings:
        if key not in self.known:
            self.known[key] = look(*args)
        return self.known[key]

    def of_movie(self, movie) -> Findings:
        there, words = ("movies_movie_change", movie.pk), {"movie": movie}
        found = Findings()
        if not movie.runtime_minutes:
            found.errors.append(linked(_("%(movie)s has no runtime yet.") % words, *there))
        if not movie.distributor:
            found.warnings.append(linked(_("%(movie)s has no distributor yet.") % words, *there))
        return found

    def of_ages(self, showtime) -> Findings:
        found, movie, theater = Findings(), showtime.movie, showtime.theater
        words = {"movie": movie, "theater": theater, "city": theater.city}
        if not showtime.certificate.code:
            sentence = _("%(movie)s has no certificate yet.") % words
            found.warnings.append(linked(sentence, "movies_movie_change", movie.pk))
        if not theater.city.country and movie.certificates.all():
            sentence = _("%(city)s has no country yet, so certificates of countries do not hold there.") % words
            found.warnings.append(linked(sentence, "theaters_city_change", theater.city_id))
        ages = list(theater.ticket_types.values_list("max_age", flat=True))
        if ages and not any(map(showtime.certificate.admits, ages)):
            sentence = _("All ticket types of %(theater)s are for people too young for %(movie)s.") % words
            found.errors.append(linked(sentence, "theaters_tickettype_add", words=_("Add one")))
        return found

    def of_room(self, showtime) -> Findings:
        found, theater = Findings(), showtime.theater
        card = "theaters_pricecard_change", showtime.price_card_id
        if not showtime.layout.is_published:
            layout = "theaters_seatlayout_change", showtime.layout_id
            found.errors.append(linked(_("The seat layout is not published yet."), *layout, words=_("Publish it")))
        if not theater.ticket_types.exists():
            sentence = _("%(theater)s has no ticket type yet.") % {"theater": theater}
            found.errors.append(linked(sentence, "theaters_tickettype_add", words=_("Add one")))
        if missing := showtime.missing_prices():
            cells = ", ".join(f"{category} / {ticket_type}" for category, ticket_type in missing)
            words = {"card": showtime.price_card, "cells": cells}
            sentence = _("The price card “%(card)s” lacks prices: %(cells)s.") % words
            found.errors.append(linked(sentence, *card, words=_("Enter them")))
        if dear := dear_spaces(showtime):
            found.warnings.append(
                linked(dear, "theaters_seatlayout_change", showtime.layout_id, words=_("See the room"))
            )
        if cheap := too_cheap(showtime):
            found.warnings.append(linked(cheap, *card, words=_("See the price card")))
        return found


def linked(sentence, name, *args, words=None):
    return format_html('{} <a href="{}">{}</a>', sentence, reverse(f"admin:{name}", args=args), words or _("Enter it"))


def of_times(showtime) -> list:
    found = []
    if showtime.starts_at <= timezone.now():
        found.append(_("It has begun already, so nobody could buy a ticket for it."))
    if showtime.on_sale_from and showtime.on_sale_from >= showtime.sales_close_at:
        found.append(_("Its sale would begin after it has ended. Choose an earlier beginning."))
    return found


def dear_spaces(showtime) -> str:
    """Wheelchair spaces are sold at all price levels (28 CFR 36.302(f)(3)), and so at the lowest, too."""
    prices = showtime.price_card.prices.filter(ticket_type=showtime.theater.default_ticket_type())
    amounts = dict(prices.values_list("category", "amount"))
    seats = showtime.layout.seats.filter(is_blocked=False, category__in=amounts).order_by()
    features = seats.values_list("feature", "category").distinct()
    spaces = [amounts[category] for feature, category in features if feature == Seat.Feature.WHEELCHAIR]
    if not spaces or min(spaces) <= min(amounts[category] for _feature, category in features):
        return ""
    words = {"price": format_money(min(spaces), showtime.theater.currency)}
    return _("The cheapest wheelchair space is %(price)s, other seats cost less: spaces belong at every price.") % words


def too_cheap(showtime) -> str:
    """Cards take no amount below a minimum; a single ticket with its fee may be less. Free ones are not paid at all."""
    theater = showtime.theater
    least = MINIMUM_CHARGE.get(theater.currency)
    amounts = [amount for amount in showtime.price_card.cells().values() if amount]
    if not least or not amounts or min(amounts) + theater.booking_fee >= least:
        return ""
    sentence = _("A single ticket for %(price)s, with its fee, is less than %(least)s: no card can be charged with it.")
    return sentence % {
        "price": format_money(min(amounts), theater.currency),
        "least": format_money(least, theater.currency),
    }


def locked(showtime):
    """Read anew under its lock; to be called within a transaction."""
    showtime.refresh_from_db(from_queryset=Showtime.objects.select_for_update(no_key=True, of=("self",)))


def publish(showtime, check=None):
    """Raises NotPossible with all that is missing."""
    with transaction.atomic():
        locked(showtime)
        if showtime.status == Showtime.Status.CANCELLED:
            raise NotPossible(_("It is cancelled. Make a new one."))
        if errors := (check or PublishCheck()).of(showtime).errors:
            raise NotPossible(format_html("{}" + " {}" * (len(errors) - 1), *errors))
        showtime.status = Showtime.Status.PUBLISHED
        showtime.save(update_fields=["status"])


def close_sale(showtime):
    """From now on nothing more is sold; who is paying already keeps the seats."""
    with transaction.atomic():
        locked(showtime)
        # Read after the lock came: no booking made before it may look late.
        clock = Func(function="clock_timestamp", output_field=DateTimeField())
        now = Showtime.objects.annotate(now=clock).values_list("now", flat=True).get(pk=showtime.pk)
        if showtime.status != Showtime.Status.PUBLISHED or now >= showtime.sales_close_at:
            raise NotPossible(_("Nothing is on sale here that could be closed."))
        showtime.sale_closed_at = showtime.sales_close_at = now
        showtime.save(update_fields=["sale_closed_at", "sales_close_at"])


def reopen_sale(showtime):
    """The sale goes on until its ordinary end."""
    with transaction.atomic():
        locked(showtime)
        if hasattr(showtime, "breakdown"):  # of an app that knows this one
            raise NotPossible(_("It broke off, and its customers get money back: nothing more can be sold for it."))
        ordinary_end = showtime.ordinary_end_of_sale
        if showtime.sale_closed_at is None or timezone.now() >= ordinary_end:
            raise NotPossible(_("Its sale was not closed by hand, or it is over by now."))
        showtime.sale_closed_at, showtime.sales_close_at = None, ordinary_end
        showtime.save(update_fields=["sale_closed_at", "sales_close_at"])
