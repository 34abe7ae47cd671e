"""A room with places for wheelchairs, and what is sold in it."""

from bookings.exceptions import BookingError
from tests.bookings.steps import buy
from tests.bookings.test_best_seats import create_room
from tests.factories import create_user, seats_of
from theaters.models import Seat


def create_room_with_spaces(rule="never", *, rows="AB", seats=6, **fields):
    """Row A: a space, two companion seats beside it, an ordinary seat, and at the other end a companion and a space."""
    showtime = create_room(rows=rows, seats=seats, **fields)
    theater = showtime.theater
    theater.space_release = rule
    theater.save()
    mark(showtime, "A1", ["A2", "A3"])
    mark(showtime, "A6", ["A5"])
    return showtime


def mark(showtime, label, companions):
    (space,) = seats_of(showtime, label)
    showtime.layout.seats.filter(pk=space.pk).update(feature=Seat.Feature.WHEELCHAIR)
    theirs = [seat.pk for seat in seats_of(showtime, *companions)]
    showtime.layout.seats.filter(pk__in=theirs).update(feature=Seat.Feature.COMPANION, companion_of=space)


def others(showtime):
    """The labels of the seats for everybody."""
    return [seat.label for seat in seats_of(showtime) if seat.feature == ""]


def sell_others(sandbox, showtime, *but):
    """Every ordinary seat but these is sold; the bookings."""
    labels = [label for label in others(showtime) if label not in but]
    return [buy(sandbox, create_user(), showtime, *labels[n : n + 8]) for n in range(0, len(labels), 8)]


def outcome(step, *args, **kwargs):
    """The kind of its refusal, or None."""
    try:
        step(*args, **kwargs)
    except BookingError as error:
        return type(error)
    return None
