"""Who has which seat of a showtime: booked (database) + held (Redis). One query, one round trip."""

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from django.db.models import CharField, Value
from django.utils.crypto import salted_hmac

from bookings import holds
from bookings.exceptions import HoldsUnavailable
from bookings.holds import Held
from bookings.models import BookedSeat, Booking, OfferedSeat
from theaters.models import Showtime

OFFERED = "offered"


@dataclass
class SeatStates:
    """As one customer sees it, seat ids by state; a seat in none of them is available.

    `expires_at`: until when yours are yours; `mark`: by which a customer finds their own in `Taken.seen_by_all`.
    """

    held: set[int] = field(default_factory=set)
    booked: set[int] = field(default_factory=set)
    yours: set[int] = field(default_factory=set)
    expires_at: datetime | None = None
    mark: str = ""

    def of(self, seat_id: int) -> str:
        for state in ("yours", "booked", "held"):
            if seat_id in getattr(self, state):
                return state
        return "available"

    def to_json(self) -> dict:
        states = {
            "held": sorted(self.held),
            "booked": sorted(self.booked),
            "yours": sorted(self.yours),
            "expires_at": self.expires_at.isoformat() if self.expires_at else None,
        }
        version = hashlib.blake2b(json.dumps(states).encode(), digest_size=8).hexdigest()
        return {"version": version, **states}


@dataclass(frozen=True)
class Taken:
    """What is not free in a showtime. Seats of a booking that waits for its payment are held by its customer, and what
    the waiting list offers somebody by them.
    """

    showtime_id: int
    booked: frozenset[int]
    held: dict[int, Held]
    # As the database says, and what of it the waiting list offers.
    pending: dict[int, Held] = field(default_factory=dict)
    offered: dict[int, Held] = field(default_factory=dict)

    def seen_by(self, user) -> SeatStates:
        return self.seen_under(mark_of(self.showtime_id, holds.holder_of(user)) if user.is_authenticated else "")

    def seen_under(self, mark: str) -> SeatStates:
        """By who holds seats under this mark, whoever that is."""
        mine = self.marks.get(mark, [])
        until = min((self.held[seat_id].expires_at for seat_id in mine), default=None)
        return SeatStates(self.held.keys() - set(mine), set(self.booked), set(mine), until, mark)

    def kept_from(self, user, seat_ids) -> set[int]:
        """Of these seats, those that the database gives to somebody else."""
        me = holds.holder_of(user)
        kept = {seat_id for seats in (self.pending, self.offered) for seat_id in seats if seats[seat_id].holder != me}
        return (kept | self.booked).intersection(seat_ids)

    def offered_until(self, user, seat_ids) -> datetime | None:
        """Until when the waiting list keeps all of these seats for the customer; None where it does not."""
        me = holds.holder_of(user)
        offers = [self.offered.get(seat_id) for seat_id in seat_ids]
        return offers[0].expires_at if all(offer and offer.holder == me for offer in offers) else None

    def has_pending(self, user) -> bool:
        return holds.holder_of(user) in {held.holder for held in self.pending.values()}

    def seen_by_all(self) -> dict:
        """For everybody at once: a customer finds their own seats by their mark."""
        return {"booked": sorted(self.booked), "held": dict(sorted(self.marks.items()))}

    @cached_property
    def marks(self) -> dict[str, list[int]]:
        """What is held, by the mark of its holder."""
        seats = defaultdict(list)
        for seat_id in sorted(self.held):
            seats[self.held[seat_id].holder].append(seat_id)
        return {mark_of(self.showtime_id, holder): ids for holder, ids in seats.items()}

    @property
    def changes_at(self) -> datetime | None:
        """When the first hold ends by itself."""
        return min((held.expires_at for held in self.held.values()), default=None)


def mark_of(showtime_id: int, holder: str) -> str:
    """Tells one's own held seats from others', in this showtime only, and nobody's name."""
    return salted_hmac("bookings.seat_states", f"{showtime_id} {holder}").hexdigest()[:12]


def read_seat_states(showtime: Showtime, user) -> SeatStates:
    return read_taken(showtime.pk).seen_by(user)


def read_taken(showtime_id: int, in_redis: dict[int, Held] | None = None) -> Taken:
    """`in_redis`, where it is known already: inside a transaction nobody asks Redis."""
    held = held_in_redis(showtime_id) if in_redis is None else in_redis
    return with_holds(read_sold(showtime_id), held)


def read_sold(showtime_id: int) -> Taken:
    """As the database says it, without what is only held."""
    booked, pending, offered = set(), {}, {}
    for seat_id, status, user_id, until in rows_of(showtime_id):
        if status == Booking.Status.CONFIRMED:
            booked.add(seat_id)
        else:
            (offered if status == OFFERED else pending)[seat_id] = Held(holds.name_of(user_id), until)
    return Taken(showtime_id, frozenset(booked), {}, pending, offered)


def with_holds(sold: Taken, in_redis: dict[int, Held]) -> Taken:
    """An offer stands whatever Redis says; who has booked what was offered has it longer, or for good."""
    held = in_redis | sold.offered
    held |= {seat_id: first_to_end(booking, held.get(seat_id)) for seat_id, booking in sold.pending.items()}
    return replace(sold, held={seat_id: hold for seat_id, hold in held.items() if seat_id not in sold.booked})


def rows_of(showtime_id: int):
    """(seat id, status of its booking or OFFERED, whose it is, until when), in one query."""
    taken = BookedSeat.objects.order_by().taken().filter(showtime=showtime_id)
    offered = OfferedSeat.objects.order_by().live().filter(showtime=showtime_id)
    kept = offered.values_list("seat_id", Value(OFFERED, CharField()), "entry__user_id", "entry__offered_until")
    fields = ("seat_id", "booking__status", "booking__user_id", "booking__expires_at")
    return taken.values_list(*fields).union(kept, all=True)


def held_in_redis(showtime_id: int) -> dict[int, Held]:
    try:
        return holds.held_seats(showtime_id)
    except HoldsUnavailable:
        return {}


def first_to_end(booking: Held, hold: Held | None) -> Held:
    """The database says who has it, Redis may say that they have it for less long."""
    return min(booking, hold, key=lambda held: held.expires_at) if hold and hold.holder == booking.holder else booking
