"""Rooms from a few words: rows "A-N", 18 chairs each, an aisle after the sixth."""

from itertools import groupby

from django.db import transaction
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from theaters.models import Seat

MAX_ACROSS = MAX_ROWS = 40
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def generate_seats(
    layout, *, rows, seats, categories, skip="IO", aisles_after=(), right_to_left=False, short_rows=None
) -> list[Seat]:
    """The unsaved seats of a room, row by row from the screen, each row from the left.

    `rows` is text such as "A-N", "A-F,AA-CC" or "1-12". `categories` pairs such text, or "*", with a category;
    later pairs win. `aisles_after` counts chairs of a full row from the left. `short_rows` maps a row to its
    fewer chairs, which stand in the middle. Raises ValueError with a sentence for staff. See also `save_seats`.
    """
    names = row_names(rows, skip)
    aisles = _checked_aisles(aisles_after, seats)
    category_of = _categories_by_row(names, categories, skip)
    chairs_in = dict.fromkeys(names, seats) | _checked_short_rows(short_rows or {}, names, seats)
    room = []
    for y, row in enumerate(names):
        chairs = chairs_in[row]
        first = (seats - chairs) // 2
        for position in range(chairs):
            column = first + position
            room.append(
                Seat(
                    layout=layout,
                    row=row,
                    number=str(chairs - position if right_to_left else position + 1),
                    x=column + sum(aisle <= column for aisle in aisles),
                    y=y,
                    category=category_of[row],
                )
            )
    return room


@transaction.atomic
def save_seats(seats) -> list[Seat]:
    """Store new seats and who sits beside whom; `companion_of` may already point at another of them."""
    seats = list(seats)
    companions = [(seat, seat.companion_of) for seat in seats if seat.companion_of]
    for seat, _wheelchair in companions:
        seat.companion_of = None
    Seat.objects.bulk_create(seats)
    for seat, wheelchair in companions:
        seat.companion_of = wheelchair
    link_neighbours(seats)
    Seat.objects.bulk_update(seats, ["next_to_right", "companion_of", "partner"])
    return seats


def link_neighbours(seats) -> None:
    """Who sits beside whom, up to the aisle; love seats side by side are pairs, counted from the left."""
    at = {(seat.x, seat.y): seat for seat in seats}
    for seat in seats:
        seat.next_to_right, seat.partner = at.get((seat.x + 1, seat.y)), None
    for left in sorted(seats, key=lambda seat: (seat.y, seat.x)):
        right = left.next_to_right
        if right and left.partner is None and left.feature == right.feature == Seat.Feature.LOVE_SEAT:
            left.partner, right.partner = right, left


def number_rows(seats, rows: set[int], *, from_right: bool) -> None:
    """Count the seats of some rows (by their `y`) anew, from 1, and store the numbers."""
    chosen = sorted((seat for seat in seats if seat.y in rows), key=lambda seat: (seat.y, seat.x))
    for _y, row in groupby(chosen, key=lambda seat: seat.y):
        for number, seat in enumerate(sorted(row, key=lambda seat: seat.x, reverse=from_right), start=1):
            seat.number = str(number)
    on_the_way = Concat(Value("~"), Cast("x", CharField()))
    # By way of numbers that nobody has: no two seats of a row may share one, not even for a moment.
    Seat.objects.filter(pk__in=[seat.pk for seat in chosen]).update(number=on_the_way)
    Seat.objects.bulk_update(chosen, ["number"])


def count_through(layout) -> None:
    """From 1 to the last seat, without rows: the places of a room with free seating."""
    seats = list(layout.seats.order_by("y", "x"))
    for number, seat in enumerate(seats, start=1):
        seat.row, seat.number = "", str(number)
    Seat.objects.bulk_update(seats, ["row", "number"])


def name_rows(seats) -> None:
    """Give places that were counted through rows and numbers again, so that staff can draw with them."""
    in_order = sorted((seat for seat in seats if not seat.row), key=lambda seat: (seat.y, seat.x))
    for n, (_y, row) in enumerate(groupby(in_order, key=lambda seat: seat.y)):
        for number, seat in enumerate(row, start=1):
            seat.row, seat.number = LETTERS[n % 26] * (1 + n // 26), str(number)


def copy_seats(source, layout) -> list[Seat]:
    """The unsaved seats of `layout`, alike those of `source`."""
    there = source.seats.select_related("category")
    copies = {
        old.pk: Seat(
            layout=layout,
            row=old.row,
            number=old.number,
            x=old.x,
            y=old.y,
            category=old.category,
            feature=old.feature,
            is_blocked=old.is_blocked,
        )
        for old in there
    }
    for old in there:
        if old.companion_of_id:
            copies[old.pk].companion_of = copies[old.companion_of_id]
    name_rows(copies.values())
    return list(copies.values())


def row_names(text, skip="") -> list[str]:
    """ "A-C,AA-BB,7" -> A B C AA BB 7, without the letters to skip."""
    names = [
        name
        for part in str(text).upper().split(",")
        if part.strip()
        for name in _expand(part.strip())
        if name[0] not in skip.upper()
    ]
    if not names:
        raise ValueError(_("Name at least one row, such as A-N."))
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(_("Row %(row)s is named twice.") % {"row": twice[0]})
    if len(names) > MAX_ROWS:
        raise ValueError(_("A room has at most %(limit)s rows.") % {"limit": MAX_ROWS})
    return names


def _expand(part):
    first, dash, last = (word.strip() for word in part.partition("-"))
    last = last if dash else first
    if first.isascii() and first.isdigit() and last.isascii() and last.isdigit() and len(last) <= 4:
        names = [str(number) for number in range(int(first), int(last) + 1)]
    elif _is_letters(first) and _is_letters(last) and len(first) == len(last):
        names = [letter * len(first) for letter in LETTERS[LETTERS.index(first[0]) : LETTERS.index(last[0]) + 1]]
    else:
        names = []
    if not names:
        raise ValueError(_("“%(part)s” is no range of rows. Write it like A-N, AA-CC or 1-12.") % {"part": part})
    return names


def _is_letters(name):
    """A, or the same letter up to four times: AA, BBB."""
    return 1 <= len(name) <= 4 and name[0] in LETTERS and name == name[0] * len(name)


def _checked_aisles(aisles_after, seats):
    if seats < 1:
        raise ValueError(_("A row has at least one seat."))
    aisles = sorted(set(aisles_after))
    for aisle in aisles:
        if not 1 <= aisle < seats:
            raise ValueError(
                _("An aisle after seat %(aisle)s is not inside a row of %(seats)s.") % {"aisle": aisle, "seats": seats}
            )
    if seats + len(aisles) > MAX_ACROSS:
        raise ValueError(_("A row is at most %(limit)s places wide, aisles included.") % {"limit": MAX_ACROSS})
    return aisles


def _checked_short_rows(short_rows, names, seats):
    short = {str(row).upper(): chairs for row, chairs in short_rows.items()}
    for row, chairs in short.items():
        if row not in names:
            raise ValueError(_("There is no row %(row)s in this room.") % {"row": row})
        if not 1 <= chairs <= seats:
            raise ValueError(_("Row %(row)s must have between 1 and %(seats)s seats.") % {"row": row, "seats": seats})
    return short


def _categories_by_row(names, categories, skip):
    category_of = {}
    for text, category in categories:
        chosen = names if text.strip() == "*" else row_names(text, skip)
        for row in chosen:
            if row not in names:
                raise ValueError(_("There is no row %(row)s in this room.") % {"row": row})
        category_of |= dict.fromkeys(chosen, category)
    without = [row for row in names if row not in category_of]
    if without:
        raise ValueError(_("These rows have no seat category yet: %(rows)s.") % {"rows": ", ".join(without)})
    return category_of
