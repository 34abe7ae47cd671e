"""Who sits where when a showtime moves to another room: plain arithmetic, no query, no request.

A party stays side by side where it was side by side, everybody gets a seat as good as theirs or better, a wheelchair
space for a wheelchair, with those beside it who were beside it, and nobody half of a love seat. Whoever cannot be
placed so is left out with a reason: better a person at the counter decides than a rule is bent in silence.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.seating.rooms import COMPANION, LOVE_SEAT, RESTRICTED, WHEELCHAIR, Place, Room

ROUNDS = 4


@dataclass(frozen=True)
class Sitter:
    """One person: `key` names them for the caller, `place` is the seat they have now."""

    key: int
    place: Place

    @property
    def in_wheelchair(self) -> bool:
        return self.place.feature == WHEELCHAIR


@dataclass(frozen=True)
class Party:
    """A booking. One that is not seated had no place left in an earlier move: what it has are the seats it bought."""

    key: int
    sitters: tuple[Sitter, ...]
    is_seated: bool = True

    def groups(self) -> list[list[Sitter]]:
        """Those who sit side by side now, from left to right."""
        groups: list[list[Sitter]] = []
        for sitter in sorted(self.sitters, key=lambda one: (one.place.depth, one.place.side, one.key)):
            near = [group for group in groups if any(sitter.place.is_beside(other.place) for other in group)]
            groups = [group for group in groups if group not in near] + [[*chain(*near), sitter]]
        return groups

    def urgency(self) -> tuple:
        """Who is hardest to place comes first: wheelchairs, then the best seats, then the largest parties."""
        places = [sitter.place for sitter in self.sitters]
        has_wheelchair = any(sitter.in_wheelchair for sitter in self.sitters)
        return not has_wheelchair, -max((place.rank for place in places), default=0), -len(places), self.key


@dataclass
class Plan:
    """`seats`: {key of the sitter: Place}; `left_out`: {key of the party: why}."""

    seats: dict[int, Place] = field(default_factory=dict)
    left_out: dict[int, str] = field(default_factory=dict)

    def fingerprint(self, *context) -> str:
        """The same for the same plan in the same circumstances."""
        seats = sorted((key, place.id) for key, place in self.seats.items())
        told = json.dumps([seats, sorted(self.left_out), [str(fact) for fact in context]])
        return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


def blocks(room: Room, size: int, *, with_companions: bool) -> Iterable[list[Place]]:
    """All free places side by side, so many; and wheelchair spaces with companion seats that are theirs by name."""
    yield from room.blocks(size, room.free)
    if with_companions:
        yield from spaces_with_companions(room, size)


def spaces_with_companions(room: Room, size: int) -> Iterable[list[Place]]:
    for space in room.places.values():
        theirs = [place for place in room.places.values() if place.companion_of == space.id]
        block = [space, *(place for place in theirs if place.id in room.free)][:size]
        if space.id in room.free and len(block) == size:
            yield block


def plan_seats(parties: Iterable[Party], room: Room, *, apart: bool = False) -> Plan:
    """Place as many as will fit; `apart` lets a party be divided rather than left out.

    Whoever found nothing goes first in the next round; the plan that leaves out the fewest people is taken.
    """
    order = sorted(parties, key=Party.urgency)
    sizes = {party.key: len(party.sitters) for party in order}
    before, best, fewest = set(room.free), Plan(), None
    for _round in range(ROUNDS):
        room.free = set(before)
        plan = place_in_order(order, room, apart=apart)
        missing = sum(sizes[key] for key in plan.left_out)
        if fewest is None or missing < fewest:
            best, fewest = plan, missing
        if not missing:
            break
        order = sorted(order, key=lambda party: party.key not in plan.left_out)
    return best


def place_in_order(order: list[Party], room: Room, *, apart: bool) -> Plan:
    plan = Plan()
    moving = []
    for party in sorted(order, key=lambda party: not party.is_seated):
        if all(sitter.place.id in room.free for sitter in party.sitters):  # the same room: they keep their seats
            plan.seats |= {sitter.key: room.places[sitter.place.id] for sitter in party.sitters}
            room.take(sitter.place for sitter in party.sitters)
        else:
            moving.append(party.key)
    for party in order:
        if party.key in moving:
            place_party(party, room, plan, apart=apart)
    return plan


def place_party(party: Party, room: Room, plan: Plan, *, apart: bool) -> None:
    """All of them or none."""
    found: dict[int, Place] = {}
    for group in party.groups():
        placed = place_group(group, room, apart=apart)
        if placed is None:
            room.give_back(found.values())
            plan.left_out[party.key] = why_left_out(group)
            return
        found |= placed
    plan.seats |= found


def place_group(group: list[Sitter], room: Room, *, apart: bool) -> dict[int, Place] | None:
    if (best := best_block(group, room)) is not None:
        room.take(best.values())
        return best
    if not apart or len(group) == 1 or any(sitter.in_wheelchair for sitter in group):
        return None
    middle = (len(group) + 1) // 2
    left = place_group(group[:middle], room, apart=True)
    right = place_group(group[middle:], room, apart=True) if left is not None else None
    if right is None:
        room.give_back(left.values() if left else [])
        return None
    return left | right


def best_block(group: list[Sitter], room: Room) -> dict[int, Place] | None:
    best, least = None, None
    has_wheelchair = any(sitter.in_wheelchair for sitter in group)
    for block in blocks(room, len(group), with_companions=has_wheelchair):
        if seated := seat(group, block, room):
            cost = sum(distance(sitter.place, seated[sitter.key]) for sitter in group)
            # A single free seat beside a party is hard to sell.
            cost += sum(bool(room.single_beside(block[end], step, room.free)) for end, step in ((0, -1), (-1, 1)))
            if least is None or (cost, block[0].id) < least:
                best, least = seated, (cost, block[0].id)
    return best


def seat(group: list[Sitter], block: list[Place], room: Room) -> dict[int, Place] | None:
    """Each sitter's place in the block, from left to right if that is fair, else the best to whom had the best."""
    if not room.has_whole_pairs(block):
        return None
    if accompanied([sitter.place for sitter in group]) > accompanied(block):
        return None
    with_wheelchair = any(sitter.in_wheelchair for sitter in group)
    for key in (left_to_right, best_first):
        pairs = []
        for is_space in (True, False):
            sitters = [sitter for sitter in group if sitter.in_wheelchair is is_space]
            places = [place for place in block if (place.feature == WHEELCHAIR) is is_space]
            if len(sitters) != len(places):
                return None
            sitters.sort(key=lambda sitter: key(sitter.place))
            pairs += zip(sitters, sorted(places, key=key), strict=True)
        if all(is_as_good(sitter.place, place, with_wheelchair=with_wheelchair) for sitter, place in pairs):
            return {sitter.key: place for sitter, place in pairs}
    return None


def left_to_right(place: Place) -> tuple:
    return place.side, place.id


def best_first(place: Place) -> tuple:
    return -place.rank, place.feature == RESTRICTED, place.feature != COMPANION, place.side, place.id


def is_as_good(old: Place, new: Place, *, with_wheelchair: bool) -> bool:
    """A companion seat is kept for companions, and a restricted view is for whom has bought one."""
    if new.rank < old.rank or (new.feature == WHEELCHAIR) != (old.feature == WHEELCHAIR):
        return False
    if new.feature == COMPANION and not (with_wheelchair or old.feature == COMPANION):
        return False
    return new.feature != RESTRICTED or old.feature == RESTRICTED


def accompanied(block: list[Place]) -> int:
    """How many wheelchair spaces have somebody on a chair beside them."""
    chairs = [place for place in block if place.feature != WHEELCHAIR]
    return sum(any(space.is_beside(chair) for chair in chairs) for space in block if space.feature == WHEELCHAIR)


def distance(old: Place, new: Place) -> float:
    """How much worse than staying: as far from the screen, on the same side, and no better than was paid for."""
    better = new.rank - old.rank + (new.feature == LOVE_SEAT != old.feature)
    return 10 * abs(new.depth - old.depth) + 6 * abs(new.side - old.side) + 3 * better


def why_left_out(group: list[Sitter]) -> str:
    if any(sitter.in_wheelchair for sitter in group):
        return _("No free wheelchair space as good, with the seats beside it that they need.")
    many = len(group)
    sentence = ngettext("No seat as good is free.", "No %(many)d seats as good are free side by side.", many)
    return sentence % {"many": many}
