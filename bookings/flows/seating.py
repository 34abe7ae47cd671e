"""The best seats of a showtime for a party, and the rule that no single seat is left behind, on what is free just now.

Read without a lock: two who choose in the same instant may still leave a seat alone. That is a pity and no fault.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from math import inf

from django.utils import timezone

from bookings.exceptions import LeavesAlone
from bookings.protection import protection_of
from bookings.seat_states import SeatStates, read_seat_states
from bookings.seating.blocks import find_seats
from bookings.seating.companions import find_with_space
from bookings.seating.rooms import Place, Room, side_by_side
from bookings.seating.singles import is_judged, judge
from theaters.models import Seat, Showtime, Theater
from theaters.models.house_seats import seat_ids_not_on_the_web

LOWEST, ANY = "", "any"


@dataclass(frozen=True)
class Wish:
    """How many, how many of them children, and at which price: LOWEST, ANY, or the id of a seat category as text.

    `need`: one of them uses a wheelchair.
    """

    party: int
    children: int = 0
    price: str = LOWEST
    need: bool = False


@dataclass(frozen=True)
class Proposal:
    """`parts` are lists of seats side by side, the front one first; none when they cannot sit together. `left` is how
    many seats there are to choose from, at the price they wish for.
    """

    parts: list[list[Seat]]
    left: int

    @property
    def seats(self) -> list[Seat]:
        return [seat for part in self.parts for seat in part]


def best_seats(
    showtime: Showtime,
    wish: Wish,
    states: SeatStates,
    *,
    not_for_sale: set[int],
    around: int | None = None,
    near: Iterable[int] = (),
) -> Proposal:
    """Free seats for a party. Nothing is held.

    `around` is a seat that was asked for, `near` are seats that were lost: what is proposed is no dearer than they
    are, where that is possible.
    """
    closed = states.booked | states.held | not_for_sale
    protection = protection_of(showtime, timezone.now())
    room = room_of(showtime, closed=closed, released=set() if wish.need else protection.released)
    asked_for = [around] if around else list(near)
    grounds = grounds_around(room, asked_for) if asked_for else grounds_by_price(room, wish.price)
    left = min(len((room.free if wish.need else room.for_everybody()) & grounds[-1]), allowed(showtime, states))
    if left < wish.party:
        return Proposal([], left)
    if wish.need:
        found = find_with_space(room, party=wish.party, children=wish.children, grounds=grounds, around=around)
    else:
        found = find_seats(room, party=wish.party, children=wish.children, grounds=grounds, around=around, near=near)
    return Proposal(seats_behind(showtime, found), left)


def allowed(showtime: Showtime, states: SeatStates) -> float:
    """How many more people the room may hold by law."""
    if showtime.people_allowed is None:
        return inf
    return max(0, showtime.people_allowed - len(states.booked | states.held))


def grounds_by_price(room: Room, price: str) -> list[set[int]]:
    """The cheapest seats alone, then those with the next dearer ones: nobody is sold more than they asked for."""
    places = room.places.values()
    if price == ANY:
        return [set(room.places)]
    if price != LOWEST:
        return [{place.id for place in places if str(place.category) == price}]
    return [up_to(room, rank) for rank in sorted({place.rank for place in places})] or [set()]


def grounds_around(room: Room, seat_ids: list[int]) -> list[set[int]]:
    ranks = [room.places[seat].rank for seat in seat_ids if seat in room.places]
    return [*([up_to(room, max(ranks))] if ranks else []), set(room.places)]


def up_to(room: Room, rank: int) -> set[int]:
    return {place.id for place in room.places.values() if place.rank <= rank}


def check_nobody_is_left_alone(user, showtime: Showtime, seats: list[Seat], *, keep: bool, now: datetime) -> None:
    """Raises LeavesAlone by the theater's rule; `keep` is the customer's answer where the rule only warns."""
    rule = showtime.theater.single_seats
    warns = rule == Theater.SingleSeats.WARN
    if rule == Theater.SingleSeats.OFF or user.is_staff or (keep and warns) or showtime.layout.has_free_seating:
        return
    states, not_for_sale = read_seat_states(showtime, user), seat_ids_not_on_the_web(showtime)
    closed = states.booked | states.held | not_for_sale
    room = room_of(showtime, closed=closed)
    for_sale = len(room.places.keys() - not_for_sale)
    taken_share = len(closed - not_for_sale) / for_sale if for_sale else 1
    minutes_left = (showtime.starts_at - now).total_seconds() / 60
    if not is_judged(party=len(seats), taken_share=taken_share, minutes_left=minutes_left):
        return
    verdict = judge(room, [room.places[seat.pk] for seat in seats])
    if verdict:
        fixes = [seats_behind(showtime, [fix])[0] for fix in verdict.fixes]
        raise LeavesAlone([place.label for place in verdict.alone], fixes, may_keep=warns)


def room_of(showtime: Showtime, *, closed: set[int], released: Iterable[int] = ()) -> Room:
    """`released` are wheelchair spaces and companion seats that are like any other seat now."""
    places = places_of(showtime.layout_id, ranks_of(showtime))
    if showtime.layout.has_free_seating:
        places = side_by_side(place for place in places if place.id not in closed)
    return Room([replace(one, feature="") if one.id in released else one for one in places], closed=closed)


def seats_behind(showtime: Showtime, found: Iterable[Iterable[Place]]) -> list[list[Seat]]:
    parts = [[place.id for place in part] for part in found]
    seats = showtime.layout.seats.select_related("category").in_bulk([seat_id for part in parts for seat_id in part])
    return [[seats[seat_id] for seat_id in part] for part in parts]


def ranks_of(showtime: Showtime) -> dict[int, int]:
    """{seat category id: how dear it is}, by the price that the map shows."""
    prices = showtime.price_card.prices.filter(ticket_type=showtime.theater.default_ticket_type())
    amounts: dict[int, Decimal] = dict(prices.values_list("category_id", "amount"))
    order = sorted(set(amounts.values()))
    return {category: order.index(amount) + 1 for category, amount in amounts.items()}


def places_of(layout_id: int, ranks: dict[int, int]) -> list[Place]:
    """The seats of a layout, counted in rows and places."""
    return [
        Place(
            id=seat.pk,
            label=seat.label,
            rank=ranks.get(seat.category_id, 0),
            depth=seat.y,
            side=seat.x,
            feature=seat.feature,
            right=seat.next_to_right_id,
            companion_of=seat.companion_of_id,
            category=seat.category_id,
        )
        for seat in Seat.objects.filter(layout=layout_id).order_by("y", "x")
    ]
