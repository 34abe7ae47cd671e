"""A wheelchair space and seats for those who come with it, as one choice: side by side, nobody alone.

Up to three companions beside a space are the least that is asked for (28 CFR 36.302(f)(4)(i)); where more come than fit
beside it, the others sit near by, and never fewer than two of them (36.302(f)(4)(iv): not isolated from the group).
"""

from collections.abc import Iterable, Iterator
from math import hypot

from bookings.seating.blocks import ROW, find_seats
from bookings.seating.rooms import COMPANION, WHEELCHAIR, Place, Room


def find_with_space(
    room: Room, *, party: int, children: int = 0, grounds: Iterable[set[int]], around: int | None = None
) -> list[list[Place]]:
    """A free space and the best seats for the others, the front part first; empty: not possible.

    `grounds` are sets of ids of seats, the first in which it is possible is taken. `around` is a seat that must be
    among them: a space, one of its companion seats, or a seat beside.
    """
    for ground in grounds:
        free = room.free & ground
        for size in sizes(party):
            if blocks := blocks_of(room, size, free, around):
                best = min(blocks, key=lambda block: cost(room, block))
                rest = seats_near(room, best, party - size, party - children - 1, ground)
                if rest or party == size:
                    return sorted([best, *rest], key=lambda part: (part[0].depth, part[0].side))
    return []


def sizes(party: int) -> Iterator[int]:
    """Of the part with the space: everybody, or as many as leave no single person out."""
    yield party
    yield from range(party - 2, 1, -1)


def blocks_of(room: Room, size: int, free: set[int], around: int | None) -> list[list[Place]]:
    """Seats side by side with one space, without the seats of another one; companions who are its own by name, too."""
    found: list[list[Place]] = []
    for space in room.places.values():
        if space.feature == WHEELCHAIR and space.id in free:
            theirs = {place.id for place in room.places.values() if is_for(place, space)}
            among = {space.id} | theirs & free | room.for_everybody() & free
            found += [block for block in room.blocks(size, among) if space in block and room.has_whole_pairs(block)]
            found += by_name(room, space, theirs & free, size)
    return [block for block in found if around is None or any(place.id == around for place in block)]


def is_for(place: Place, space: Place) -> bool:
    """A companion seat without a name beside it is for any space."""
    return place.feature == COMPANION and place.companion_of in (space.id, None)


def by_name(room: Room, space: Place, theirs: set[int], size: int) -> list[list[Place]]:
    """Rooms whose spaces stand apart from their companion seats, by an aisle or a row."""
    nearest = sorted((room.places[seat] for seat in theirs), key=lambda place: distance(place, space))[: size - 1]
    return [[space, *nearest]] if len(nearest) == size - 1 else []


def cost(room: Room, block: list[Place]) -> tuple:
    """As many own companion seats as can be, nobody else can have them; cheap, in the middle."""
    space = next(place for place in block if place.feature == WHEELCHAIR)
    companions = sum(is_for(place, space) for place in block)
    middle = sum(place.side for place in room.places.values()) / len(room.places)
    return -companions, sum(place.rank for place in block), abs(space.side - middle), -space.depth, block[0].id


def distance(place: Place, other: Place) -> float:
    return hypot(ROW * (place.depth - other.depth), place.side - other.side)


def seats_near(room: Room, block: list[Place], people: int, grown_ups: int, ground: set[int]) -> list[list[Place]]:
    """For those who do not fit beside the space, with a grown-up in each part; `grown_ups`: all but one, who stays."""
    if not people or grown_ups < 1:
        return []
    taken = {place.id for place in block}
    rest = Room(room.places.values(), closed=room.places.keys() - room.free | taken)
    near = [place.id for place in block]
    children = max(people - grown_ups, 0)
    return find_seats(rest, party=people, children=children, grounds=[ground - taken], near=near)
