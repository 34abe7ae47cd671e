"""Which seats staff mean, and what is wrong with a room, in words."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from theaters.models import Seat

SINGLE = re.compile(r"(\D+|\d+[/ ])(\d+)")
SPAN = re.compile(r"(\D+|\d+[/ ])(\d+)\s*-\s*(\D+|\d+[/ ])?(\d+)")


def find_seats(room, text):
    """The seats of "F7, G1-G4, H"; raises ValidationError naming the part that is none."""
    by_row = {}
    for seat in room:
        by_row.setdefault(seat.row.upper(), {})[seat.number] = seat
    found = []
    for part in filter(None, (part.strip().upper() for part in text.split(","))):
        found += by_row[part].values() if part in by_row else find_part(by_row, part)
    return list(dict.fromkeys(found))


def find_part(by_row, part):
    """One seat or a range in a row: F7, G1-G4, G1-4. In rows with numbers: 3/7, 3/1-4."""
    single, span = SINGLE.fullmatch(part), SPAN.fullmatch(part)
    first_row = last_row = None
    if single:
        first_row, first = single.groups()
        last_row, last = first_row, first
    elif span:
        first_row, first, last_row, last = span.groups()
        last_row = last_row or first_row
    row = by_row.get(first_row.rstrip("/ ")) if first_row and first_row == last_row else None
    if row is None or first not in row or last not in row:
        raise ValidationError(_("“%(part)s” is no seat or row of this room."), params={"part": part})
    low, high = sorted((int(first), int(last)))
    return [seat for number, seat in row.items() if number.isdigit() and low <= int(number) <= high]


def room_problems(room, *, is_finished=True):
    """Why a layout cannot be published or, unfinished, not even be kept: sentences."""
    if not room:
        return [_("The room has no seats.")]
    by_id = {seat.pk: seat for seat in room}
    problems = []
    for seat in room:
        wheelchair = by_id.get(seat.companion_of_id)
        if seat.companion_of_id and (wheelchair is None or wheelchair.feature != Seat.Feature.WHEELCHAIR):
            problems.append(
                _("%(seat)s is the companion seat of a seat that is no wheelchair space. Change it first.")
                % {"seat": seat}
            )
        elif is_finished and seat.feature == Seat.Feature.COMPANION and not seat.companion_of_id:
            problems.append(_("%(seat)s is a companion seat: say of which wheelchair space.") % {"seat": seat})
    return problems + (love_seat_problems(room) if is_finished else [])


def love_seat_problems(room):
    """Love seats are sold in pairs, so as many must stand side by side as two divides."""
    love = {(seat.x, seat.y): seat for seat in room if seat.feature == Seat.Feature.LOVE_SEAT}
    problems = []
    for (x, y), seat in love.items():
        if (x - 1, y) in love:
            continue
        length = 1
        while (x + length, y) in love:
            length += 1
        if length % 2:
            problems.append(_("The love seats from %(seat)s on are no pairs.") % {"seat": seat})
    return problems
