"""Holds: the fast, polite first answer to “is this seat free?”. The only module that talks to Redis.

A showtime's holds are one hash, `holds:{<showtime id>}`, seat id -> `<expiry in ms>|<holder>`; the braces keep
all of a showtime in one slot of a Redis Cluster. Expiry is a comparison with Redis's own clock inside the script,
so there is nothing to sweep; the key itself goes when the last hold is over. A hold promises courtesy only: the
unique constraint in PostgreSQL decides. Without Redis every function raises HoldsUnavailable, and the sale goes on.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django_redis import get_redis_connection
from redis.commands.core import Script
from redis.exceptions import RedisError

from bookings.exceptions import HoldsUnavailable

CLOCK = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function read(value)
  local expiry, holder = string.match(value, '^(%d+)|(.*)$')
  return tonumber(expiry), holder
end
"""

# KEYS: the hash. ARGV: holder, milliseconds, seat ids. All the seats or none.
# Holding again replaces the holder's earlier choice. The key must never live shorter than its longest hold.
HOLD = (
    CLOCK
    + """
local key, me, ms = KEYS[1], ARGV[1], tonumber(ARGV[2])
local wanted, lost = {}, {}
for i = 3, #ARGV do wanted[ARGV[i]] = true end
local held = redis.call('HGETALL', key)
for i = 1, #held, 2 do
  local expiry, holder = read(held[i + 1])
  if expiry > now and holder ~= me and wanted[held[i]] then lost[#lost + 1] = held[i] end
end
if #lost > 0 then return {0, unpack(lost)} end
for i = 1, #held, 2 do
  local expiry, holder = read(held[i + 1])
  if expiry <= now or (holder == me and not wanted[held[i]]) then redis.call('HDEL', key, held[i]) end
end
local value = string.format('%.0f|%s', now + ms, me)
for i = 3, #ARGV do redis.call('HSET', key, ARGV[i], value) end
if redis.call('PTTL', key) < ms then redis.call('PEXPIRE', key, ms) end
return {1, string.format('%.0f', now + ms)}
"""
)

RELEASE = (
    CLOCK
    + """
local released = 0
local held = redis.call('HGETALL', KEYS[1])
for i = 1, #held, 2 do
  local _, holder = read(held[i + 1])
  if holder == ARGV[1] then released = released + redis.call('HDEL', KEYS[1], held[i]) end
end
return released
"""
)

LIST = (
    CLOCK
    + """
local live = {}
local held = redis.call('HGETALL', KEYS[1])
for i = 1, #held, 2 do
  local expiry, holder = read(held[i + 1])
  if expiry > now then
    live[#live + 1] = held[i]
    live[#live + 1] = held[i + 1]
  end
end
return live
"""
)

_scripts: dict[str, Script] = {}


@dataclass(frozen=True)
class Held:
    """One held seat: who holds it and until when (UTC)."""

    holder: str
    expires_at: datetime


def holder_of(user) -> str:
    """The name under which a signed-in customer holds seats."""
    return f"user-{user.pk}"


def hold_seats(
    showtime_id: int, seat_ids: Iterable[int], *, holder: str, seconds: int | None = None
) -> tuple[datetime | None, set[int]]:
    """Hold all the seats for one holder, or none, in one round trip.

    Returns (end of the hold, empty set), or (None, ids of the seats that somebody else holds). The same holder
    again is no conflict: the new choice replaces the old one and the time starts anew. `seconds` defaults to
    HOLD_SECONDS. Raises HoldsUnavailable.
    """
    milliseconds = (settings.HOLD_SECONDS if seconds is None else seconds) * 1000
    won, *answer = _run(HOLD, showtime_id, holder, milliseconds, *sorted(seat_ids))
    if not won:
        return None, {int(seat_id) for seat_id in answer}
    return _moment(answer[0]), set()


def release_seats(showtime_id: int, *, holder: str) -> int:
    """Give back all that a holder holds of a showtime; returns how many seats. Raises HoldsUnavailable."""
    return _run(RELEASE, showtime_id, holder)


def held_seats(showtime_id: int) -> dict[int, Held]:
    """All live holds of a showtime, {seat id: Held}, in one round trip. Raises HoldsUnavailable."""
    answer = [part.decode() for part in _run(LIST, showtime_id)]
    held = {}
    for seat_id, value in zip(answer[::2], answer[1::2], strict=True):
        expiry, holder = value.split("|", 1)
        held[int(seat_id)] = Held(holder, _moment(expiry))
    return held


def _moment(milliseconds) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)


def _run(lua: str, showtime_id: int, *args):
    try:
        connection = get_redis_connection("holds")
        script = _scripts.setdefault(lua, Script(connection, lua))
        return script(keys=[f"holds:{{{showtime_id}}}"], args=args, client=connection)
    except (RedisError, OSError) as error:
        raise HoldsUnavailable from error
