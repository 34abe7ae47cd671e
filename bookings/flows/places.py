"""Free seating: customers say how many places they need, and the house picks them, at random so that few collide.

Each place is a seat like any other, so whatever holds, sells and checks seats counts the places, too.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.exceptions import BadChoice, BookingError, SeatsTaken
from bookings.flows.holding import Hold, hold_seats
from bookings.flows.seating import allowed
from bookings.flows.selling import seat_ids_not_at_the_counter, set_aside
from bookings.protection import KEPT_FEATURES, protection_of
from bookings.seat_states import SeatStates, read_seat_states
from theaters.known import seats_of_room
from theaters.models import Seat, Showtime
from theaters.models.house_seats import seat_ids_not_on_the_web

# Each failure means that somebody else was quicker, so the places run out long before.
TRIES = 50

Taken = TypeVar("Taken")


class TooFewPlaces(BookingError):
    """`left` is how many there are: of the wheelchair spaces, of a `kind` where there are several, or of all."""

    def __init__(self, left: int, *, kind: str = "", of_spaces: bool = False):
        self.left = left
        sentence = too_few_spaces(left) if of_spaces else too_few_of(left) if kind else too_few(left)
        super().__init__(sentence % {"left": left, "kind": kind})


def too_few(left: int) -> str:
    if not left:
        return _("No place is left.")
    return ngettext(
        "Only %(left)d place is left. Please choose fewer.",
        "Only %(left)d places are left. Please choose fewer.",
        left,
    )


def too_few_of(left: int) -> str:
    if not left:
        return _("“%(kind)s”: no place is left.")
    return ngettext(
        "“%(kind)s”: only %(left)d place is left. Please choose fewer.",
        "“%(kind)s”: only %(left)d places are left. Please choose fewer.",
        left,
    )


def too_few_spaces(left: int) -> str:
    if not left:
        return _("No wheelchair space is left.")
    return ngettext("Only %(left)d wheelchair space is left.", "Only %(left)d wheelchair spaces are left.", left)


@dataclass(frozen=True)
class Places:
    """How many of each seat category, by its id; `spaces` for wheelchairs come beside them."""

    by_category: dict[int, int] = field(default_factory=dict)
    spaces: int = 0

    @property
    def count(self) -> int:
        return sum(self.by_category.values()) + self.spaces

    @classmethod
    def of(cls, seats: Iterable[Seat]) -> "Places":
        seats = list(seats)
        spaces = sum(seat.feature == Seat.Feature.WHEELCHAIR for seat in seats)
        others = Counter(seat.category_id for seat in seats if seat.feature != Seat.Feature.WHEELCHAIR)
        return cls(dict(others), spaces)


def hold_places(user, *, showtime: Showtime, wanted: Places) -> Hold:
    """As `hold_seats`, which refuses what it refuses; raises TooFewPlaces with how many are left."""
    not_for_sale = seat_ids_not_on_the_web(showtime)

    def hold(seat_ids: list[int]) -> Hold:
        return hold_seats(user, showtime=showtime, seat_ids=seat_ids, need=wanted.spaces > 0)

    return take_places(user, showtime, wanted, not_for_sale, hold)


def set_places_aside(by, *, showtime: Showtime, wanted: Places) -> list[Seat]:
    """At the counter; as `set_aside`."""
    not_for_sale = seat_ids_not_at_the_counter(showtime, by)
    return take_places(by, showtime, wanted, not_for_sale, lambda ids: set_aside(by, showtime=showtime, seat_ids=ids))


def take_places(
    user, showtime: Showtime, wanted: Places, not_for_sale: set[int], take: Callable[[list[int]], Taken]
) -> Taken:
    if not wanted.count:
        raise BadChoice(_("Please say how many places you need."))

    def pick_and_take() -> Taken:
        return take(FreePlaces(showtime, read_seat_states(showtime, user), not_for_sale).pick(wanted))

    for _try in range(TRIES):
        with suppress(SeatsTaken):
            return pick_and_take()
    return pick_and_take()


class FreePlaces:
    """What somebody could have: free, or theirs already. Wheelchair spaces and their companion seats are kept."""

    def __init__(self, showtime: Showtime, states: SeatStates, not_for_sale: set[int]):
        protection = protection_of(showtime, timezone.now())
        gone = states.booked | states.held | not_for_sale
        room = seats_of_room(showtime).values()
        self.categories = {seat.category_id: seat.category for seat in room if seat.feature not in KEPT_FEATURES}
        self.categories_of_spaces = {seat.category_id for seat in room if seat.feature == Seat.Feature.WHEELCHAIR}
        seats = [seat for seat in room if seat.pk not in gone]
        random.shuffle(seats)
        # Theirs first, so that whoever changes the number keeps what they have; what was released last of all.
        seats.sort(key=lambda seat: (seat.pk not in states.yours, seat.feature in KEPT_FEATURES))
        self.companions = [seat for seat in seats if seat.feature == Seat.Feature.COMPANION]
        beside = Counter(seat.companion_of_id for seat in self.companions)
        self.spaces = [seat for seat in seats if seat.feature == Seat.Feature.WHEELCHAIR]
        self.spaces.sort(key=lambda seat: (seat.pk not in states.yours, -beside[seat.pk]))
        self.for_everybody = [seat for seat in seats if seat.pk not in protection.kept]
        self.allowed = allowed(showtime, states)

    def left(self, category: int | None = None) -> int:
        """For somebody without a wheelchair."""
        seats = [seat for seat in self.for_everybody if category in (None, seat.category_id)]
        return min(len(seats), self.allowed)

    @property
    def has_spaces(self) -> bool:
        return bool(self.categories_of_spaces)

    @property
    def spaces_left(self) -> int:
        return min(len(self.spaces), self.allowed)

    def pick(self, wanted: Places) -> list[int]:
        """Raises TooFewPlaces. A companion seat goes to who comes with the space: nobody else can have it."""
        if len(self.spaces) < wanted.spaces:
            raise TooFewPlaces(len(self.spaces), of_spaces=True)
        picked = {seat.pk for seat in self.spaces[: wanted.spaces]}
        theirs = [seat for seat in self.companions if seat.companion_of_id in picked]
        for category, count in wanted.by_category.items():
            found = [seat.pk for seat in [*theirs, *self.for_everybody] if seat.category_id == category]
            found = [pk for pk in dict.fromkeys(found) if pk not in picked]
            if len(found) < count:
                kind = str(self.categories.get(category, "")) if len(self.categories) > 1 else ""
                raise TooFewPlaces(min(len(found), self.allowed), kind=kind)
            picked.update(found[:count])
        if wanted.count > self.allowed:
            raise TooFewPlaces(self.allowed)
        return list(picked)
