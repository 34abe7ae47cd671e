"""Holds: the fast, polite first answer to “is this seat free?”.

A showtime's holds are one hash, `{holds}:showtime:<id>`, seat id -> `<expiry in ms>|<holder>`. Beside it each customer
has one, `{holds}:customer:<holder>`: what they hold of which showtime, since when, and how many of their holds have
lapsed in a row. One script changes both, so the limits are as exact as the seats; the braces keep all of it in one slot
of a Redis Cluster. The scripts are in `lua/`.

Expiry is a comparison with Redis's own clock inside the script, so there is nothing to sweep; the keys go by themselves
when the last hold is over, a customer's when their lapses are forgotten. A hold promises courtesy only: PostgreSQL
decides. Without Redis every function raises HoldsUnavailable, and the sale goes on. `epoch` tells when Redis has lost
its memory.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from django.conf import settings

from bookings.exceptions import CoolingDown, HoldsFull
from bookings.scripts import connected, run

# Holding the same seats again draws a hold out to so many times HOLD_SECONDS: ten times more (WCAG 2.2.1) while nobody
# else has asked for one of them, then twice in all.
LONGEST_HOLD_ALONE = 11
LONGEST_HOLD = 2
# Who lapses twice today and once in a month has done nothing.
LAPSES_REMEMBERED_SECONDS = 24 * 60 * 60
# Where the scripts publish the id of a showtime whose map has changed.
CHANGES = "{holds}:changes"
EPOCH = "{holds}:epoch"


@dataclass(frozen=True)
class Held:
    """One held seat: who holds it and until when (UTC)."""

    holder: str
    expires_at: datetime


def holder_of(user) -> str:
    """The name under which a signed-in customer holds seats."""
    return name_of(user.pk)


def name_of(user_id: int | None) -> str:
    return f"user-{user_id}"


def hold_seats(
    showtime_id: int, seat_ids: Iterable[int], *, holder: str, seconds: float | None = None, limited: bool = True
) -> tuple[datetime | None, set[int], str]:
    """Hold all the seats for one holder, or none, in one round trip.

    Returns (end of the hold, empty set, `epoch()`), or (None, ids of the seats that somebody else holds, epoch). The
    same holder again is no conflict: the new choice replaces the old one and the time starts anew, for the same seats
    until LONGEST_HOLD_ALONE, or LONGEST_HOLD if somebody else has asked for one. `seconds` defaults to HOLD_SECONDS.
    Raises HoldsUnavailable and, unless `limited` is false (for staff, and for what the database has granted), HoldsFull
    and CoolingDown.
    """
    milliseconds = _milliseconds(settings.HOLD_SECONDS if seconds is None else seconds)
    limits = [
        settings.MAX_SEATS_PER_BOOKING if limited else 0,
        settings.MAX_SHOWTIMES_HELD,
        _milliseconds(settings.HOLD_SECONDS * LONGEST_HOLD),
        _milliseconds(settings.HOLD_SECONDS * LONGEST_HOLD_ALONE),
        settings.MAX_LAPSED_HOLDS,
        _milliseconds(settings.COOL_DOWN_SECONDS),
        _milliseconds(LAPSES_REMEMBERED_SECONDS),
    ]
    keys = [_showtime_key(showtime_id), _customer_key(holder), _asked_key(showtime_id), EPOCH]
    fresh = uuid.uuid4().hex
    epoch, verdict, *answer = run("hold", keys, holder, showtime_id, milliseconds, fresh, *limits, *seat_ids)
    match verdict:
        case b"held":
            return _moment(answer[0]), set(), epoch.decode()
        case b"lost":
            return None, {int(seat_id) for seat_id in answer}, epoch.decode()
        case b"full":
            raise HoldsFull({int(pk): int(seats) for pk, seats in zip(answer[::2], answer[1::2], strict=True)})
        case _:
            raise CoolingDown(_moment(answer[0]))


def release_seats(showtime_id: int, *, holder: str, seat_ids: Iterable[int] = ()) -> int:
    """Give back what a holder holds of a showtime, or only these seats; returns how many. Raises HoldsUnavailable."""
    return run("release", [_showtime_key(showtime_id), _customer_key(holder)], holder, showtime_id, *seat_ids)


def restore_seats(showtime_id: int, seat_ids: Iterable[int], *, holder: str, seconds: float) -> int:
    """Put seats back that Redis has forgotten, against no limit; returns how many. Raises HoldsUnavailable."""
    keys = [_showtime_key(showtime_id), _customer_key(holder)]
    return run("restore", keys, holder, showtime_id, _milliseconds(seconds), *seat_ids)


def note_paid(showtime_id: int, seat_ids: Iterable[int], *, holder: str, bought: bool) -> None:
    """The seats are bought, which ends the row of lapses, or being paid: no hold that could lapse or count.

    Raises HoldsUnavailable.
    """
    run("settle", [_customer_key(holder)], showtime_id, int(bought), *seat_ids)


def note_asked(showtime_id: int) -> None:
    """Somebody waits for seats of this showtime: who holds some now cannot draw it out for long. Raises
    HoldsUnavailable.
    """
    keys = [_showtime_key(showtime_id), _asked_key(showtime_id)]
    run("ask", keys, _milliseconds(settings.HOLD_SECONDS * LONGEST_HOLD_ALONE))


def held_seats(showtime_id: int) -> dict[int, Held]:
    """All live holds of a showtime, {seat id: Held}, in one round trip. Raises HoldsUnavailable."""
    answer = [part.decode() for part in run("list", [_showtime_key(showtime_id)])]
    held = {}
    for seat_id, value in zip(answer[::2], answer[1::2], strict=True):
        expiry, holder = value.split("|", 1)
        held[int(seat_id)] = Held(holder, _moment(expiry))
    return held


def epoch() -> str:
    """A mark that stays the same as long as Redis forgets nothing. Raises HoldsUnavailable."""
    return run("epoch", [EPOCH], uuid.uuid4().hex).decode()


def announce(showtime_id: int) -> None:
    """Tell the open maps that the database has changed; holds tell by themselves. Raises HoldsUnavailable."""
    run("announce", [], showtime_id)


def last_changes(showtime_id: int) -> tuple[str, str]:
    """Two marks: another first one when the database has changed, another second one when anything has.

    Empty when nothing has for a day. Raises HoldsUnavailable.
    """
    with connected() as connection:
        keys = f"{{holds}}:sold:{showtime_id}", f"{{holds}}:changed:{showtime_id}"
        sold, changed = connection.mget(keys)
        return (sold or b"").decode(), (changed or b"").decode()


@contextmanager
def changes() -> Iterator[Callable[[float], int | None]]:
    """What changes on any map from now on: a function that waits so many seconds at most for the next showtime's id.

    It, too, raises HoldsUnavailable.
    """
    with connected() as connection:
        feed = connection.pubsub(ignore_subscribe_messages=True)
        with closing(feed):
            feed.subscribe(CHANGES)
            yield partial(_next_change, feed)


def _next_change(feed, seconds: float) -> int | None:
    message = feed.get_message(timeout=seconds)
    return int(message["data"]) if message and message["type"] == "message" else None


def _showtime_key(showtime_id: int) -> str:
    return f"{{holds}}:showtime:{showtime_id}"


def _customer_key(holder: str) -> str:
    return f"{{holds}}:customer:{holder}"


def _asked_key(showtime_id: int) -> str:
    return f"{{holds}}:asked:{showtime_id}"


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)


def _moment(milliseconds) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
