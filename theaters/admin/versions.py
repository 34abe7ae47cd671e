"""From one version of a room to the next: publish it, see what is different, move showtimes to it."""

from dataclasses import dataclass

from django.db import OperationalError, transaction
from django.db.models import Count, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from theaters.admin.publishing import PublishCheck
from theaters.admin.room_words import room_problems
from theaters.admin.scheduling import newest_layout
from theaters.models import HouseSeats, Seat, SeatLayout, SeatOutage, Showtime
from theaters.models.house_seats import carry_seats
from theaters.rows import count_through


class NotPublishable(Exception):
    """Its text is sentences for staff."""


@transaction.atomic
def publish(layout: SeatLayout) -> None:
    """From now on the layout does not change. What is broken or kept in the version before stays so in this one."""
    seats = list(layout.seats.all())
    problems = room_problems(seats)
    if layout.has_free_seating and any(seat.feature == Seat.Feature.LOVE_SEAT for seat in seats):
        problems.append(_("Where seating is free, nobody sells love seats. Make them seats without a feature."))
    if problems:
        raise NotPublishable(" ".join(problems))
    before = newest_layout(layout.screen)
    published = SeatLayout.objects.filter(pk=layout.pk, published_at=None).update(published_at=Now())
    if published and layout.has_free_seating:
        count_through(layout)
    if published and before:
        carry_outages(before, layout)
        for kept in before.house_seats.filter(showtime=None):
            words = {"reason": kept.reason, "owner": kept.owner, "release_minutes": kept.release_minutes}
            carry_seats(kept, HouseSeats(layout=layout, **words))


def carry_outages(before: SeatLayout, layout: SeatLayout) -> None:
    seats = {seat.label: seat for seat in layout.seats.all()}
    lasting = SeatOutage.objects.filter(Q(ends_at=None) | Q(ends_at__gt=Now()), seat__layout=before)
    SeatOutage.objects.bulk_create(
        SeatOutage(seat=seats[old.seat.label], reason=old.reason, starts_at=old.starts_at, ends_at=old.ends_at)
        for old in lasting.select_related("seat")
        if old.seat.label in seats
    )


def differences(old: SeatLayout, new: SeatLayout) -> list[tuple[str, list[str]]]:
    """[(what happened, labels)], of what happened at all."""
    before, after = described(old), described(new)
    changed = [label for label in after if label in before and before[label] != after[label]]
    found = [
        (_("gone"), [label for label in before if label not in after]),
        (_("new"), [label for label in after if label not in before]),
        (_("changed"), changed),
    ]
    return [(word, labels) for word, labels in found if labels]


def described(layout: SeatLayout) -> dict[str, tuple]:
    seats = layout.seats.select_related("companion_of")
    return {seat.label: (seat.category_id, seat.feature, seat.is_blocked, str(seat.companion_of)) for seat in seats}


@dataclass
class Movable:
    """A showtime to come on another version. `tickets` are what keeps it there."""

    showtime: Showtime
    tickets: int
    waiting: int

    @property
    def stays(self):
        return bool(self.tickets or self.waiting)


def movable(layout: SeatLayout) -> list[Movable]:
    showtimes = Showtime.objects.filter(screen=layout.screen, starts_at__gt=Now()).exclude(layout=layout)
    live = Q(booked_seats__released_at=None)
    showtimes = showtimes.exclude(status=Showtime.Status.CANCELLED).annotate(
        tickets=Count("booked_seats", filter=live & Q(booked_seats__booking__status="confirmed")),
        waiting=Count("booked_seats", filter=live & Q(booked_seats__booking__status="pending")),
    )
    found = showtimes.select_related("movie", "screen__theater", "layout__screen__theater")
    return [Movable(showtime, showtime.tickets, showtime.waiting) for showtime in found]


def move_showtimes(layout: SeatLayout) -> tuple[int, list[str]]:
    """Move those without a live seat. Gives how many, and a sentence for each that could not be moved."""
    moved, left = 0, []
    for row in movable(layout):
        if row.stays:
            continue
        try:
            sentence = move_showtime(row.showtime.pk, layout)
        except OperationalError:  # somebody holds the lock for longer than we wait
            sentence = _("%(showtime)s is being booked just now. Please try again.") % {"showtime": row.showtime}
        left += [sentence] if sentence else []
        moved += not sentence
    return moved, left


@transaction.atomic
def move_showtime(pk: int, layout: SeatLayout) -> str:
    """Under the showtime's lock, as whoever sells takes it, too; a sentence where it stays as it is."""
    locked = Showtime.objects.select_for_update(no_key=True, of=("self",))
    showtime = locked.select_related("movie", "screen__theater", "price_card", "layout").get(pk=pk)
    if showtime.booked_seats.live().exists():
        return _("%(showtime)s stays as it is: somebody has just booked.") % {"showtime": showtime}
    before, showtime.layout = showtime.layout, layout
    if showtime.status == Showtime.Status.PUBLISHED and PublishCheck().of_room(showtime).errors:
        words = {"showtime": showtime, "card": showtime.price_card}
        return _("%(showtime)s stays as it is: the price card “%(card)s” lacks prices for the new room.") % words
    showtime.save(update_fields=["layout"])
    for entry in showtime.waiting_entries.exclude(offered_until=None):
        entry.take_back()
    for kept in showtime.house_seats.filter(layout=before):
        kept.layout = layout
        carry_seats(kept, kept)
    return ""
