"""What a move of a showtime would mean: read from the tables, judged, nothing written. See also moving.py."""

from copy import copy
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import Prefetch, Q

from bookings.flows.seating import places_of, ranks_of
from bookings.models import BookedSeat, Booking, MovedBooking, OfferedSeat, Payment
from bookings.models.moves import SAME_TIME
from bookings.reseating import Party, Plan, Sitter, plan_seats
from bookings.seating.rooms import Place, Room, in_the_room
from theaters.models import HouseSeats, SeatLayout, Showtime
from theaters.models.house_seats import house_seat_ids


@dataclass
class Step:
    """What the move means for one booking."""

    booking: Booking
    old: list[str]
    new: list[str]
    why_no_seats: str = ""
    is_better: bool = False

    @property
    def is_left_out(self) -> bool:
        return bool(self.why_no_seats)

    @property
    def keeps_seats(self) -> bool:
        return self.old == self.new


@dataclass
class MovePlan:
    """A showtime as it is and as it would be, and what becomes of each booking."""

    showtime: Showtime
    target: Showtime
    bookings: list[Booking]
    waiting: list[Booking]
    seats: Plan
    steps: list[Step]
    fingerprint: str
    # House seats of this showtime that the new room does not have.
    house_seats_lost: list[str]

    @property
    def changes_showtime(self) -> bool:
        """Whether anything but the seats of those who have none would change."""
        return (self.showtime.starts_at, self.showtime.layout_id) != (self.target.starts_at, self.target.layout_id)

    @property
    def told(self) -> list[Step]:
        """Those who get a mail."""
        return self.steps if self.changes_showtime else [step for step in self.steps if not step.keeps_seats]

    @cached_property
    def left_out(self) -> list[Step]:
        return [step for step in self.steps if step.is_left_out]

    @property
    def people(self) -> int:
        """Who will sit there, with those whose payment page stays open."""
        return len(self.seats.seats) + (0 if self.changes_showtime else len(seats_of(self.waiting)))

    @property
    def is_too_full(self) -> bool:
        """Against the law. Who sits in the room already may move in time, however many they are."""
        allowed = self.target.people_allowed
        if allowed is None or self.people <= allowed:
            return False
        now = len(seats_of(self.bookings)) + len(seats_of(self.waiting))
        return self.people > now or self.showtime.screen_id != self.target.screen_id

    def may_be_refunded(self, step: Step) -> bool:
        """Measured against what they have bought, so that three small moves are a large one."""
        first = next(iter(step.booking.moved_bookings.all()), None)
        starts_at = first.move.old_starts_at if first else self.showtime.starts_at
        screen_id = first.move.old_layout.screen_id if first else self.showtime.screen_id
        is_far = abs(self.target.starts_at - starts_at) > SAME_TIME
        return is_far or screen_id != self.target.screen_id or step.is_left_out


def plan_move(showtime: Showtime, *, starts_at: datetime, layout: SeatLayout, apart: bool = False) -> MovePlan:
    """Where everybody would sit. Who only waits for a payment page is not moved: see `give_up_waiting`."""
    target = copy(showtime)
    target.layout, target.screen, target.starts_at = layout, layout.screen, starts_at
    target.set_times()
    bookings, waiting = bookings_of(showtime)
    changes = (showtime.starts_at, showtime.layout_id) != (target.starts_at, target.layout_id)
    ranks = ranks_of(target)
    layouts = {booked.seat.layout_id for booking in bookings for booked in booking.seats_bought} | {layout.pk}
    places = {one: {place.id: place for place in in_the_room(places_of(one, ranks))} for one in layouts}
    new = places[layout.pk]
    house, lost = house_seats_then(showtime, target, new)
    # Who sits on a seat that was closed before the move, too, stays there: that is for another page.
    kept = seats_of(bookings) & showtime.blocked_seat_ids()
    closed = (target.blocked_seat_ids() - kept) | (house - seats_of(bookings))
    closed |= set() if changes else seats_of(waiting) | (offered_in(showtime) - seats_of(bookings))
    plan = plan_seats(parties_of(bookings, places), Room(new.values(), closed=closed), apart=apart)
    last_move = showtime.moves.values_list("pk", flat=True).first()
    facts = (last_move, showtime.starts_at, showtime.layout_id, target.starts_at, layout.pk)
    steps = [step_of(booking, plan, places) for booking in bookings]
    return MovePlan(showtime, target, bookings, waiting, plan, steps, plan.fingerprint(*facts), lost)


def house_seats_then(showtime: Showtime, target: Showtime, places: dict[int, Place]) -> tuple[set[int], list[str]]:
    """(what the house keeps in the room to come, labels it keeps now that are not there)

    Those of this one showtime go along by their labels: see `carry_house_seats`.
    """
    here = copy(target)
    here.layout = showtime.layout
    own = HouseSeats.objects.kept_for(here).filter(showtime=showtime).prefetch_related("seats")
    labels = {seat.label for kept in own for seat in kept.seats.all()}
    carried = {place.id: place.label for place in places.values() if place.label in labels}
    return house_seat_ids(target) | set(carried), sorted(labels - set(carried.values()))


def bookings_of(showtime: Showtime) -> tuple[list[Booking], list[Booking]]:
    """(sold, or paid by a method whose money takes days; waiting for a payment page)"""
    seats = BookedSeat.objects.standing().select_related("seat").order_by("seat__y", "seat__x")
    moves = MovedBooking.objects.select_related("move__old_layout").order_by("pk")
    live = (
        showtime.bookings.filter(status__in=Booking.LIVE)
        .select_related("user")
        .prefetch_related(
            Prefetch("booked_seats", seats, to_attr="seats_bought"),
            Prefetch("moved_bookings", moves),
        )
        .order_by("pk")
    )
    done = Q(status=Booking.Status.CONFIRMED) | Q(payments__status=Payment.Status.PROCESSING)
    moving = list(live.filter(done).distinct())
    return moving, list(live.exclude(pk__in=[booking.pk for booking in moving]))


def seats_of(bookings: list[Booking]) -> set[int]:
    return {booked.seat_id for booking in bookings for booked in booking.seats_bought if not booked.released_at}


def offered_in(showtime: Showtime) -> set[int]:
    """What the waiting list keeps for somebody; a move that changes the showtime takes that back."""
    return set(OfferedSeat.objects.live().filter(showtime=showtime).values_list("seat_id", flat=True))


def parties_of(bookings: list[Booking], places: dict[int, dict[int, Place]]) -> list[Party]:
    return [
        Party(
            booking.pk,
            tuple(Sitter(booked.pk, places[booked.seat.layout_id][booked.seat_id]) for booked in booking.seats_bought),
            is_seated=all(booked.released_at is None for booked in booking.seats_bought),
        )
        for booking in bookings
    ]


def step_of(booking: Booking, plan: Plan, places: dict[int, dict[int, Place]]) -> Step:
    is_seated = all(booked.released_at is None for booked in booking.seats_bought)
    old = [places[booked.seat.layout_id][booked.seat_id] for booked in booking.seats_bought]
    labels = [place.label for place in old] if is_seated else []
    if why := plan.left_out.get(booking.pk):
        return Step(booking, labels, [], why)
    new = sorted((plan.seats[booked.pk] for booked in booking.seats_bought), key=lambda one: (one.depth, one.side))
    return Step(
        booking,
        labels,
        [place.label for place in new],
        is_better=sum(place.rank for place in new) > sum(place.rank for place in old),
    )
