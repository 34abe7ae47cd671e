"""The waiting room: a fair queue before the seat map of a showtime that staff have marked. See docs/waiting-room.md.

Who comes before the sale begins is put in an order by lot, who comes later stands behind them in the order of coming.
A token bucket lets them in, by Redis's own clock, as many a minute and as many at once as the theater wants; it is one
script, which whoever asks for anything runs, so that there is nothing to sweep. A place belongs to an account, or to a
cookie until somebody signs in. Keys: `{room:<id>}:…`, in one slot of a Redis Cluster, gone a day after the last step.

Without Redis every function raises HoldsUnavailable, and the door is open: then PostgreSQL alone decides.
"""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import salted_hmac

from bookings.scripts import run
from theaters.models import Showtime

KEYS = ("set", "queue", "seen", "missed", "inside")
CLOSED = ["closed", 0, 0, 0, 0, 5000, 0, 0, 0, -1, "", ""]
LOTS = 10**15


@dataclass(frozen=True)
class Place:
    """How somebody stands there: `state` is inside, lobby, waiting, gone (not in the queue) or closed (no such room).

    `ahead`, `waiting` and `inside` are people, `until` is when one has to come or be done, `ask_again_in` seconds,
    `pace` people a minute who go by, `seats_left` -1 where nobody has counted; `number` and `epoch` are for a browser's
    memory, see `enter`. `is_stale`: the caller is to tell what has been set and sold (`look`).
    """

    state: str
    ahead: int
    waiting: int
    inside: int
    until: datetime
    ask_again_in: int
    pace: float
    is_stale: bool
    has_lost_turn: bool
    seats_left: int
    number: str
    epoch: str

    @property
    def is_inside(self) -> bool:
        return self.state == "inside"


def name_of_account(user_id: int) -> str:
    return f"user-{user_id}"


def new_guest() -> str:
    return f"guest-{uuid.uuid4().hex}"


def has_opened(showtime: Showtime) -> bool:
    """Who comes much earlier than the sale sees the ordinary page: there is nothing to be had by coming then."""
    if not showtime.has_waiting_room:
        return False
    lobby = timedelta(minutes=settings.WAITING_ROOM_LOBBY_MINUTES)
    return showtime.is_on_sale or (showtime.is_announced and timezone.now() >= showtime.on_sale_from - lobby)


def enter(showtime: Showtime, who: str, *, guest: str = "", number: str = "", epoch: str = "") -> Place:
    """Come to the door: inside, if it is their turn, which begins their time there anew; else in the queue.

    `guest` is who they were before they signed in: the better place counts, and the other one is gone. `number` and
    `epoch` are what their browser remembers of an earlier place: it counts once where Redis has forgotten it.
    """
    return _step("enter", showtime.pk, who, guest, lot_of(showtime, who), number, epoch, *rules_of(showtime))


def ask(showtime_id: int, who: str) -> Place:
    """Where they stand; only Redis is asked."""
    return _step("ask", showtime_id, who)


def look(showtime: Showtime, *, seats_left: int = -1) -> Place:
    """How many wait, and how many are inside. What staff have set is in force, and how many seats are left is known."""
    return _step("look", showtime.pk, "", "", "", "", "", *rules_of(showtime), seats_left)


def find(showtime_id: int, who: str) -> Place:
    """Where they stand, without being seen there."""
    return _step("find", showtime_id, who)


def leave(showtime_id: int, who: str) -> None:
    """They are done, or want no more: their place goes to the next."""
    _step("leave", showtime_id, who)


def close(showtime_id: int) -> None:
    """There is no waiting room any more: whoever still waits may go in."""
    _step("close", showtime_id, "")


def stay(showtime_id: int, who: str, until: datetime) -> None:
    """They hold seats until then, and come in without waiting."""
    _step("stay", showtime_id, who, ceil(until.timestamp() * 1000))


def lot_of(showtime: Showtime, who: str) -> str:
    """In [0, 1), and the same however often somebody leaves and comes again."""
    digest = salted_hmac("bookings.waiting_room", f"{showtime.pk} {who}", algorithm="sha256").hexdigest()
    return f"0.{int(digest, 16) % LOTS:015d}"


def rules_of(showtime: Showtime) -> list:
    """An epoch in case Redis knows nothing, and what staff have set, in people and milliseconds."""
    most = settings.WAITING_ROOM_PLACES if showtime.waiting_room_places is None else showtime.waiting_room_places
    rate = settings.WAITING_ROOM_RATE if showtime.waiting_room_rate is None else showtime.waiting_room_rate
    opens_at = int(showtime.on_sale_from.timestamp() * 1000) if showtime.on_sale_from else 0
    times = (settings.WAITING_ROOM_STAY_SECONDS * 1000, settings.WAITING_ROOM_TURN_SECONDS * 1000)
    return [uuid.uuid4().hex, rate, most, opens_at, *times]


def _step(step: str, showtime_id: int, who: str, *args) -> Place:
    keys = [f"{{room:{showtime_id}}}:{name}" for name in KEYS]
    answer = run("waiting_room", keys, step, who, *args)
    answer = [part.decode() if isinstance(part, bytes) else part for part in answer]
    state, ahead, waiting, inside, until, wait, pace, is_stale, has_lost, *memory = answer + CLOSED[len(answer) :]
    until, wait, pace = datetime.fromtimestamp(int(until) / 1000, UTC), ceil(wait / 1000), int(pace) / 1000
    return Place(state, ahead, waiting, inside, until, wait, pace, bool(is_stale), bool(has_lost), *memory)
