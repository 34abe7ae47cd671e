"""What is taken in a showtime, from the memory of this process as long as nothing has changed.

Every hold, and every transaction that has locked the showtime, leaves a new mark in Redis (`holds.last_change`). While
the mark is the same, and no hold has ended by its time, nobody asks the database. A change whose mark was lost with
Redis is seen KEEP_PAGES_SECONDS later. Nothing is sold by this: it is what maps and polls show.
"""

import json
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Generic, TypeVar

from django.conf import settings

from bookings import holds
from bookings.exceptions import HoldsUnavailable
from bookings.models import WaitingEntry
from bookings.seat_states import Taken, read_taken
from theaters.models import Showtime

Thing = TypeVar("Thing")


class Recent(Generic[Thing]):
    """The things that were asked for last, by key; for several threads."""

    def __init__(self, *, at_most: int):
        self.at_most, self.things, self.lock = at_most, OrderedDict(), Lock()

    def get(self, key) -> Thing | None:
        with self.lock:
            if key in self.things:
                self.things.move_to_end(key)
            return self.things.get(key)

    def keep(self, key, thing: Thing | None) -> None:
        with self.lock:
            self.things[key] = thing
            self.things.move_to_end(key)
            if len(self.things) > self.at_most:
                self.things.popitem(last=False)


@dataclass(frozen=True)
class Snapshot:
    """`waiting`: the ids of those on the waiting list."""

    taken: Taken
    waiting: frozenset[int]
    mark: str
    good_until: float
    answers: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    def states_for(self, mark: str) -> tuple[str, bytes]:
        """(version, JSON) of the seats' states, as seen by who holds seats under this mark (`seat_states.mark_of`)."""
        mark = mark if mark in self.taken.marks else ""
        if mark not in self.answers:
            states = self.taken.seen_under(mark).to_json()
            self.answers[mark] = states["version"], json.dumps(states).encode()
        return self.answers[mark]

    def is_good(self, mark: str) -> bool:
        return self.mark == mark and time.monotonic() < self.good_until


# Some ten kilobytes each where many people hold seats.
snapshots: Recent[Snapshot] = Recent(at_most=256)


def snapshot_of(showtime_id: int) -> Snapshot | None:
    """None where there is no such showtime, or it is not published yet."""
    if not settings.KEEP_PAGES_SECONDS:
        return read_snapshot(showtime_id, "")
    try:
        mark = holds.last_change(showtime_id)
    except HoldsUnavailable:
        return read_snapshot(showtime_id, "")
    found = snapshots.get(showtime_id)
    if found is None or not found.is_good(mark):
        found = read_snapshot(showtime_id, mark)
        snapshots.keep(showtime_id, found)
    return found


def read_snapshot(showtime_id: int, mark: str) -> Snapshot | None:
    """Anew. The mark was read before: what changes meanwhile has another one."""
    if not Showtime.objects.exclude(status=Showtime.Status.DRAFT).filter(pk=showtime_id).exists():
        return None
    taken = read_taken(showtime_id)
    waiting = frozenset(WaitingEntry.objects.order_by().filter(showtime=showtime_id).values_list("user_id", flat=True))
    good_for = settings.KEEP_PAGES_SECONDS
    if taken.changes_at:
        good_for = min(good_for, (taken.changes_at - datetime.now(UTC)).total_seconds())
    return Snapshot(taken, waiting, mark, time.monotonic() + good_for)
