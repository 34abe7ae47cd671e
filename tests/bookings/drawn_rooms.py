"""Rooms drawn as text, for the tests of who could sit where."""

from bookings.seating.rooms import COMPANION, LOVE_SEAT, RESTRICTED, WHEELCHAIR, Place, Room

SIGNS = {"w": WHEELCHAIR, "c": COMPANION, "l": LOVE_SEAT, "r": RESTRICTED}


def drawn(*rows, first_id=1):
    """Places, from the screen backwards: "..w_P": a capital P is a dearer seat, "_" an aisle, "x" a taken seat."""
    places, here = [], first_id
    for y, row in enumerate(rows):
        spaces = {}
        for x, sign in enumerate(row):
            if sign == "_":
                continue
            right = here + 1 if x + 1 < len(row) and row[x + 1] != "_" else None
            place = Place(here, f"{'ABCDEFGHJKLMNOPQ'[y]}{x + 1}", int(sign == "P"), y, x, SIGNS.get(sign, ""), right)
            if sign == "w":
                spaces[x] = here
            if sign == "c":
                beside = spaces.get(x - 1) or (here + 1 if x + 1 < len(row) and row[x + 1] == "w" else None)
                place = Place(here, place.label, 0, y, x, COMPANION, right, beside)
            places.append(place)
            here += 1
    return places


def drawn_room(*rows):
    places = drawn(*rows)
    signs = [sign for row in rows for sign in row if sign != "_"]
    return Room(places, closed=[place.id for place, sign in zip(places, signs, strict=True) if sign == "x"])


def marked(room, *marks, sign="^"):
    """The places above which the sign stands, row by row: "  ^^"."""
    at = {(place.depth, place.side): place for place in room.places.values()}
    return [at[y, x] for y, row in enumerate(marks) for x, mark in enumerate(row) if mark == sign]


def labels(places):
    return [place.label for place in places]
