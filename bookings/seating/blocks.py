"""The best seats for a party: side by side, in the middle, about two thirds of the way back, nobody left alone.

The order of wishes is seats.io's (same row, side by side, no single seat left; then with one; then nearby rows:
https://docs.seats.io/docs/api/best-available), the best place that of a cinema: two thirds back in the middle, and from
there rather back than front (features A2.11). Who cannot sit together is divided so that nobody sits alone and children
never without a grown-up (features A2.14).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import hypot

from bookings.seating.rooms import LOVE_SEAT, RESTRICTED, Place, Room
from bookings.seating.singles import judge, left_alone

ROW = 2.0  # A row is about as deep as two seats are wide.
BACK = 2 / 3
NOBODY, BY_NEED, BY_CHOICE = range(3)
APART = 4.0  # To sit near each other counts so many times as much as to sit well.
MOST_PARTS = 4
WAYS = 4  # to divide a party into so many parts, the most even ones
ANCHORS = 12  # The best places for the first part of a divided party, from which the others are looked for.


@dataclass(frozen=True)
class Block:
    """Seats side by side. `cost` is how far it is from the best place, in seats, with what is left beside it."""

    places: tuple[Place, ...]
    cost: float
    leaves: int  # NOBODY alone, or a single seat: BY_NEED where that cannot be avoided, else BY_CHOICE

    @cached_property
    def ids(self) -> frozenset[int]:
        return frozenset(place.id for place in self.places)

    @cached_property
    def middle(self) -> float:
        return (self.places[0].side + self.places[-1].side) / 2

    def distance(self, other: "Block") -> float:
        return hypot(ROW * (self.places[0].depth - other.places[0].depth), self.middle - other.middle)


class Search:
    """For one party in one room. `grounds` are sets of ids of the seats it may be given: the first in which it fits.

    `near` are places that it has lost: those nearest to them are the best now.
    """

    def __init__(
        self, room: Room, grounds: Iterable[set[int]], around: Place | None = None, near: Sequence[Place] = ()
    ):
        self.room, self.around = room, around
        self.free = room.for_everybody()
        # Not everybody wants to share a sofa, nobody a pillar: only where nothing else is left, or asked for.
        plain = {place.id for place in room.places.values() if place.feature not in (RESTRICTED, LOVE_SEAT)}
        grounds = [ground & self.free for ground in grounds]
        self.grounds = [ground & plain for ground in grounds] + grounds
        deep = [place.depth for place in room.places.values()]
        wide = [place.side for place in room.places.values()]
        self.depth = min(deep) + BACK * (max(deep) - min(deep)) if deep else 0
        self.side = (min(wide) + max(wide)) / 2 if wide else 0
        if near:
            self.depth = sum(place.depth for place in near) / len(near)
            self.side = sum(place.side for place in near) / len(near)
        self.found: dict[tuple, list[Block]] = {}

    def together(self, party: int) -> Block | None:
        """A seat asked for by name is given even where the rule will have something to say about it."""
        for n in range(len(self.grounds)):
            blocks = [block for block in self.blocks(party, n) if self.has_the_seat(block)]
            if not self.around:
                blocks = [block for block in blocks if block.leaves != BY_CHOICE]
            if blocks:
                return min(blocks, key=lambda block: (block.leaves, block.cost))
        return None

    def divided(self, party: int, most: int) -> list[Block] | None:
        """In as few parts as will do, at most so many, of two people at least."""
        for n in range(len(self.grounds)):
            for count in range(2, min(party // 2, most, MOST_PARTS) + 1):
                ways = [way for sizes in even_parts(party, count) for way in self.ways(sizes, n)]
                if ways:
                    return min(ways, key=self.cost_of)
        return None

    def blocks(self, size: int, n: int) -> list[Block]:
        """All in the n-th ground, with whole love seats."""
        if (size, n) not in self.found:
            rows = filter(self.room.has_whole_pairs, self.room.blocks(size, self.grounds[n]))
            self.found[size, n] = [Block(tuple(row), self.cost(row), self.what_is_left(row)) for row in rows]
        return self.found[size, n]

    def what_is_left(self, places: list[Place]) -> int:
        if not left_alone(self.room, places, self.free):
            return NOBODY
        return BY_CHOICE if judge(self.room, places, self.free) else BY_NEED

    def cost(self, places: list[Place]) -> float:
        depth, middle = places[0].depth, (places[0].side + places[-1].side) / 2
        ends = ((places[0], -1), (places[-1], 1))
        singles = sum(self.room.single_beside(place, step, self.free) is not None for place, step in ends)
        is_in_front = depth < self.depth
        return hypot(ROW * (depth - self.depth), middle - self.side) + singles + is_in_front / 100

    def has_the_seat(self, block: Block) -> bool:
        return self.around is None or self.around.id in block.ids

    def ways(self, sizes: tuple[int, ...], n: int) -> Iterator[list[Block]]:
        """Parts of these sizes near each other: around the seat asked for, or around the best places."""
        blocks = {size: self.blocks(size, n) for size in set(sizes)}
        for first in set(sizes):
            others = sorted(sizes, reverse=True)
            others.remove(first)
            anchors = sorted(filter(self.has_the_seat, blocks[first]), key=lambda block: block.cost)
            for anchor in anchors[:ANCHORS]:
                if (way := grown(anchor, others, blocks)) and self.may_be_held(way):
                    yield way

    def may_be_held(self, way: list[Block]) -> bool:
        return not judge(self.room, [place for block in way for place in block.places], self.free)

    def cost_of(self, way: list[Block]) -> float:
        """Near each other, in parts of much the same size, and well seated."""
        sizes = [len(block.places) for block in way]
        return APART * spread(way) + max(sizes) - min(sizes) + sum(block.cost for block in way) / len(way)


def grown(anchor: Block, others: list[int], blocks: dict[int, list[Block]]) -> list[Block] | None:
    """The anchor and, for each size, the block nearest to those before."""
    way, taken = [anchor], set(anchor.ids)
    for size in others:
        free = [block for block in blocks[size] if taken.isdisjoint(block.ids)]
        if not free:
            return None
        way.append(min(free, key=lambda block: (min(map(block.distance, way)), block.leaves, block.cost)))
        taken |= way[-1].ids
    return way


def spread(way: list[Block]) -> float:
    return sum(min(map(block.distance, way[:n])) for n, block in enumerate(way) if n)


def even_parts(party: int, count: int) -> list[tuple[int, ...]]:
    return sorted(parts(party, count), key=lambda sizes: sizes[0] - sizes[-1])[:WAYS]


def parts(party: int, count: int, most: int | None = None) -> Iterator[tuple[int, ...]]:
    """7 in 2 -> (5, 2), (4, 3): the ways to divide a party into so many parts of two or more."""
    most = party if most is None else most
    if count == 1:
        if 2 <= party <= most:
            yield (party,)
        return
    for first in range(min(most, party - 2 * (count - 1)), 1, -1):
        for rest in parts(party - first, count - 1, first):
            yield (first, *rest)


def find_seats(
    room: Room,
    *,
    party: int,
    children: int = 0,
    grounds: Iterable[set[int]] | None = None,
    around: int | None = None,
    near: Iterable[int] = (),
) -> list[list[Place]]:
    """The best free seats for so many people, in one block or, where none is free, in parts near each other.

    `grounds` are the seats they wish for, as sets of ids: the first in which they fit side by side is taken. `around`
    is a seat that must be among them, `near` are seats to be as near to as can be. No part is of one person, or has no
    grown-up. Empty: not possible.
    """
    place = room.places.get(around)
    lost = [room.places[seat] for seat in near if seat in room.places]
    search = Search(room, grounds if grounds is not None else [set(room.places)], place, lost)
    if around is not None and (place is None or around not in search.free):
        return []
    if block := search.together(party):
        return [list(block.places)]
    way = search.divided(party, most=party - children if children else party) or []
    return [list(block.places) for block in sorted(way, key=lambda block: (block.places[0].depth, block.middle))]
