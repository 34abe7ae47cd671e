"""The rule that no single seat is left behind: which seats a choice would leave alone, and what to choose instead.

A seat is left alone when nobody could sit beside whoever takes it, and somebody could before. Exempt are

- seats at an aisle or a wall: somebody alone likes to sit there (ThunderTix "Allow Aisle", its default,
  https://admin.thundertix.com/discussions/25890). A wheelchair space is no aisle: a seat between it and a taken one is
  alone (their known fault, which takes the gap beside one for an aisle);
- what cannot be avoided: as many seats cannot be had in the same stretch of free seats, no dearer, without leaving one
  alone (seats.io, "unless it's not possible in that row": docs.seats.io/docs/renderer/config-numberofplacestoselect).
  So nobody is sent across the room, or to a dearer seat, and the rule never costs a sale;
- love seats, which are sold in pairs and nobody else is sent to, and choices with a wheelchair space or a companion
  seat;
- the end of the sale and somebody alone in a room that is still empty: see `is_judged`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from bookings.seating.rooms import LOVE_SEAT, Place, Room, is_for_everybody

# Towards the start every seat sold is better than a neat row; until half is sold there are pairs for everybody.
LAST_MINUTES = 30
ALONE_BELOW = 0.5
MOST_FIXES = 2


@dataclass(frozen=True)
class Verdict:
    """`alone`: the seats that would be left so and need not; `fixes`: what to take instead, the nearest first.

    Either both are empty or neither.
    """

    alone: tuple[Place, ...] = ()
    fixes: tuple[tuple[Place, ...], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.fixes)


def is_judged(*, party: int, taken_share: float, minutes_left: float) -> bool:
    """`taken_share` is from 0 to 1, of the seats for sale; `minutes_left` until the start."""
    return minutes_left > LAST_MINUTES and (party > 1 or taken_share >= ALONE_BELOW)


def left_alone(room: Room, chosen: Iterable[Place], free: set[int]) -> list[Place]:
    """`free` are the seats that everybody may be offered, the chosen ones included or not."""
    chosen = list(chosen)
    rest = free - {place.id for place in chosen}
    singles = {room.single_beside(place, step, rest) for place in chosen for step in (-1, 1)} - {None}
    alone = [one for one in singles if one.feature != LOVE_SEAT and not room.is_at_end(one)]
    return sorted(alone, key=lambda one: (one.depth, one.side))


def judge(room: Room, chosen: Iterable[Place], free: set[int] | None = None) -> Verdict:
    """What a choice of free seats leaves alone, and at most MOST_FIXES others of as many seats, no dearer, that do not.

    `free`, where it is known already: `room.for_everybody()`.
    """
    chosen = list(chosen)
    if not all(is_for_everybody(place) for place in chosen):
        return Verdict()
    free = room.for_everybody() if free is None else free
    alone, kept, ways = [], [], []
    for stretch in stretches(room, free, chosen):
        here = [place for place in stretch if place in chosen]
        is_love_seat = any(place.feature == LOVE_SEAT for place in here)
        singles = [] if is_love_seat else left_alone(room, here, free)
        others = instead_of(room, here, stretch, free) if singles else []
        if others:
            alone += singles
            ways.append(others)
        else:
            kept += here
    fixes = [tuple(chain(kept, *(way[min(n, len(way) - 1)] for way in ways))) for n in range(MOST_FIXES) if ways]
    return Verdict(tuple(alone), tuple(dict.fromkeys(tuple(sorted(fix, key=in_order)) for fix in fixes)))


def in_order(place: Place) -> tuple:
    return place.depth, place.side


def stretches(room: Room, free: set[int], chosen: list[Place]) -> list[list[Place]]:
    """The free seats side by side around those chosen, the chosen ones included."""
    found, seen = [], set()
    for place in sorted(chosen, key=in_order):
        if place.id not in seen:
            left = reversed(list(walk(room, place, -1, free)))
            found.append([*left, place, *walk(room, place, 1, free)])
            seen |= {one.id for one in found[-1]}
    return found


def walk(room: Room, place: Place, step: int, free: set[int]) -> Iterable[Place]:
    while (place := room.beside(place, step)) is not None and place.id in free:
        yield place


def instead_of(room: Room, here: list[Place], stretch: list[Place], free: set[int]) -> list[list[Place]]:
    """As many seats side by side in the same stretch that leave nobody alone, the nearest first."""
    inside = {place.id for place in stretch if place.feature != LOVE_SEAT}
    windows = [
        block
        for block in room.blocks(len(here), inside)
        if is_no_dearer(block, here) and not left_alone(room, block, free)
    ]
    middle = sum(place.side for place in here) / len(here)
    return sorted(windows, key=lambda block: (abs(sum(one.side for one in block) / len(block) - middle), block[0].side))


def is_no_dearer(block: list[Place], than: list[Place]) -> bool:
    ranks = (sorted(place.rank for place in places) for places in (block, than))
    return all(new <= old for new, old in zip(*ranks, strict=True))
