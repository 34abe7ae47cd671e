"""Who has which seat of a showtime: booked (database) + held (Redis) + yours. One query, one round trip."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime

from bookings import holds
from bookings.exceptions import HoldsUnavailable
from bookings.models import BookedSeat, Booking
from theaters.models import Showtime


@dataclass
class SeatStates:
    """Seat ids by state; a seat in none of them is available. `expires_at`: until when yours are yours."""

    held: set[int] = field(default_factory=set)
    booked: set[int] = field(default_factory=set)
    yours: set[int] = field(default_factory=set)
    expires_at: datetime | None = None

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


def read_seat_states(showtime: Showtime, user) -> SeatStates:
    states = SeatStates()
    add_booked(states, showtime, user)
    add_held(states, showtime, user)
    return states


def add_booked(states: SeatStates, showtime: Showtime, user) -> None:
    """Sold seats are booked for everybody; seats of a booking that waits for payment are held, or yours."""
    taken = BookedSeat.objects.taken().filter(showtime=showtime)
    for seat_id, status, user_id, expires_at in taken.values_list(
        "seat_id", "booking__status", "booking__user_id", "booking__expires_at"
    ):
        if status == Booking.Status.CONFIRMED:
            states.booked.add(seat_id)
        elif user_id == user.pk:
            states.yours.add(seat_id)
            states.expires_at = expires_at
        else:
            states.held.add(seat_id)


def add_held(states: SeatStates, showtime: Showtime, user) -> None:
    me = holds.holder_of(user)
    try:
        held = holds.held_seats(showtime.pk)
    except HoldsUnavailable:
        return
    for seat_id, hold in held.items():
        if seat_id in states.booked:
            continue
        if hold.holder == me:
            states.yours.add(seat_id)
            states.expires_at = min(hold.expires_at, states.expires_at or hold.expires_at)
        elif seat_id not in states.yours:
            states.held.add(seat_id)
