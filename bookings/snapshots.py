"""What is taken in a showtime, from the memory of this process as long as nothing has changed.

Redis keeps two marks of each showtime (`holds.last_changes`): one is new after every hold, and both are after every
transaction that has locked the showtime. While a mark is the same, and nothing has ended by its time, nobody asks
again. A change whose mark was lost with Redis is seen KEEP_PAGES_SECONDS later. Nothing is sold by this: it is what
maps and polls show, and what a hold is courteous about.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock

from django.conf import settings

from bookings import holds
from bookings.exceptions import HoldsUnavailable
from bookings.models import WaitingEntry
from bookings.seat_states import Taken, held_in_redis, read_sold, with_holds
from movies.recent import Recent, Thing, found_or_made
from theaters.models import Showtime


@dataclass(frozen=True)
class Sold:
    """What the database says. `waiting`: the ids of those on the waiting list."""

    showtime: Showtime
    taken: Taken
    waiting: frozenset[int]
    mark: str
    good_until: float


@dataclass(frozen=True)
class Snapshot:
    """What everybody sees: sold, and held."""

    showtime: Showtime
    taken: Taken
    waiting: frozenset[int]
    mark: tuple[str, str]
    good_until: float
    answers: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    def states_for(self, mark: str) -> tuple[str, bytes]:
        """(version, JSON) of the seats' states, as seen by who holds seats under this mark (`seat_states.mark_of`)."""
        mark = mark if mark in self.taken.marks else ""
        if mark not in self.answers:
            states = self.taken.seen_under(mark).to_json()
            self.answers[mark] = states["version"], json.dumps(states).encode()
        return self.answers[mark]


class Memory(Recent[Thing]):
    def __init__(self):
        # Some ten kilobytes each where many people hold seats.
        super().__init__(at_most=256)
        self.locks = [Lock() for _n in range(64)]


_sold: Memory[Sold] = Memory()
_snapshots: Memory[Snapshot] = Memory()
# Seconds: longer than it takes to read a showtime anew.
A_MOMENT = 1


def snapshot_of(showtime_id: int) -> Snapshot | None:
    """None where there is no such showtime, or it is not published yet."""
    marks = marks_of(showtime_id)

    def read():
        sold = sold_under(showtime_id, marks and marks[0])
        if sold is None:
            return None
        taken = with_holds(sold.taken, held_in_redis(showtime_id))
        return Snapshot(sold.showtime, taken, sold.waiting, marks, min(sold.good_until, good_for(taken)))

    return remembered_or_read(_snapshots, showtime_id, marks, read)


def sold_of(showtime_id: int) -> Sold | None:
    """Without what is held."""
    marks = marks_of(showtime_id)
    return sold_under(showtime_id, marks and marks[0])


def marks_of(showtime_id: int) -> tuple[str, str] | None:
    """Read before what they stand for: what changes meanwhile has others. None: nothing is to be kept."""
    try:
        return holds.last_changes(showtime_id) if settings.KEEP_PAGES_SECONDS else None
    except HoldsUnavailable:
        return None


def sold_under(showtime_id: int, mark: str | None) -> Sold | None:
    def read():
        showtime = Showtime.objects.exclude(status=Showtime.Status.DRAFT).filter(pk=showtime_id).first()
        if showtime is None:
            return None
        taken = read_sold(showtime_id)
        waiting = WaitingEntry.objects.order_by().filter(showtime=showtime_id).values_list("user_id", flat=True)
        return Sold(showtime, taken, frozenset(waiting), mark, good_for(with_holds(taken, {})))

    return remembered_or_read(_sold, showtime_id, mark, read)


def remembered_or_read(memory: Memory, showtime_id: int, mark, read: Callable):
    if mark is None:
        return read()  # good for nobody else, so nobody waits for it

    def read_and_keep():
        found = read()
        memory.keep(showtime_id, found)
        return found

    return found_or_made(
        lambda: memory.get(showtime_id),
        read_and_keep,
        is_good=lambda found: is_good(found, mark),
        is_still_good=lambda found: is_good(found, mark, late=A_MOMENT),
        lock=memory.locks[showtime_id % len(memory.locks)],
    )


def is_good(found: Sold | Snapshot | None, mark, late: float = 0) -> bool:
    """`late`: seconds by which its time may be over."""
    return found is not None and mark is not None and found.mark == mark and time.monotonic() < found.good_until + late


def good_for(taken: Taken) -> float:
    """Until when, by time.monotonic(), if nothing happens."""
    seconds = settings.KEEP_PAGES_SECONDS
    if taken.changes_at:
        seconds = min(seconds, (taken.changes_at - datetime.now(UTC)).total_seconds())
    return time.monotonic() + seconds


def forget() -> None:
    """For tests, whose databases begin anew."""
    for memory in (_sold, _snapshots):
        memory.things.clear()
