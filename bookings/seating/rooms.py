"""The room as unbroken rows. Who sits beside whom is data, never the printed number: an aisle breaks a row."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

WHEELCHAIR, COMPANION, LOVE_SEAT, RESTRICTED = "wheelchair", "companion", "love_seat", "restricted"


@dataclass(frozen=True)
class Place:
    """A seat. `rank` grows with its price; `depth` and `side` count rows from the screen and places from the left,
    or say where it is from 0 to 1, in a room of any size: see `in_the_room`.
    """

    id: int
    label: str
    rank: int
    depth: float
    side: float
    feature: str = ""
    right: int | None = None
    companion_of: int | None = None
    category: int | None = None

    def is_beside(self, other: "Place") -> bool:
        return other.id in (self.right, self.companion_of) or self.id in (other.right, other.companion_of)


def is_for_everybody(place: Place) -> bool:
    """Whether a party may be offered this seat without asking for it: not what is kept for wheelchair users and those
    who come with them. Features A2.8; the one place that says so.
    """
    return place.feature not in (WHEELCHAIR, COMPANION)


class Room:
    """The seats of a room and which of them are still free."""

    def __init__(self, places: Iterable[Place], *, closed: Iterable[int] = ()):
        self.places = {place.id: place for place in places}
        self.free = set(self.places) - set(closed)
        self.rows = list(self.unbroken_rows())
        self.at = {place.id: (row, n) for row in self.rows for n, place in enumerate(row)}
        self.other_half = dict(self.love_seats())

    def unbroken_rows(self):
        not_first = {place.right for place in self.places.values()}
        for place in self.places.values():
            if place.id not in not_first:
                row = [place]
                while row[-1].right in self.places:
                    row.append(self.places[row[-1].right])
                yield row

    def love_seats(self):
        for row in self.rows:
            left = None
            for place in row:
                if place.feature != LOVE_SEAT:
                    left = None
                elif left is None:
                    left = place
                else:
                    yield from ((left.id, place.id), (place.id, left.id))
                    left = None

    def for_everybody(self) -> set[int]:
        """The free seats that any party may be offered."""
        return {seat_id for seat_id in self.free if is_for_everybody(self.places[seat_id])}

    def blocks(self, size: int, among: set[int]) -> Iterable[list[Place]]:
        """All places side by side, so many, each of them among these."""
        for row in self.rows:
            begins = 0
            for n, place in enumerate(row):
                if place.id not in among:
                    begins = n + 1
                elif n - begins >= size - 1:
                    yield row[n - size + 1 : n + 1]

    def has_whole_pairs(self, block: list[Place]) -> bool:
        ids = {place.id for place in block}
        return all(self.other_half.get(seat_id, seat_id) in ids for seat_id in ids)

    def beside(self, place: Place, step: int) -> Place | None:
        """The next place to the left (-1) or right (1); None at an aisle or a wall."""
        row, n = self.at[place.id]
        return row[n + step] if 0 <= n + step < len(row) else None

    def single_beside(self, place: Place, step: int, free: set[int]) -> Place | None:
        """The free seat on this side, where the one beyond it is not free or there is none."""
        near = self.beside(place, step)
        if near is None or near.id not in free:
            return None
        far = self.beside(near, step)
        return near if far is None or far.id not in free else None

    def is_at_end(self, place: Place) -> bool:
        return self.beside(place, -1) is None or self.beside(place, 1) is None

    def take(self, places: Iterable[Place]) -> None:
        self.free -= {place.id for place in places}

    def give_back(self, places: Iterable[Place]) -> None:
        self.free |= {place.id for place in places}


def side_by_side(places: Iterable[Place]) -> list[Place]:
    """One long row, the cheapest first: where seating is free, any of them are beside each other."""
    row = sorted(places, key=lambda place: (not is_for_everybody(place), place.rank, place.id))
    rights = [*(place.id for place in row[1:]), None]
    return [replace(place, depth=0, side=n, right=rights[n]) for n, place in enumerate(row)]


def in_the_room(places: Iterable[Place]) -> list[Place]:
    """Give places, whose depth and side are counted in rows and seats, a depth and side from 0 to 1."""
    places = list(places)
    deepest = max((place.depth for place in places), default=0) or 1
    widest = max((place.side for place in places), default=0) or 1
    return [replace(place, depth=place.depth / deepest, side=place.side / widest) for place in places]
