"""Redis, and how the scripts in `lua/` are run there. The only module that talks to it: see holds.py, waiting_room.py.

Without Redis everything here raises HoldsUnavailable, and the sale goes on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django_redis import get_redis_connection
from redis import Redis
from redis.commands.core import Script
from redis.exceptions import RedisError

from bookings.exceptions import HoldsUnavailable

LUA = Path(__file__).parent / "lua"

_scripts: dict[str, Script] = {}


def run(name: str, keys: list[str], *args):
    """What the script answers, in one round trip. Raises HoldsUnavailable."""
    with connected() as connection:
        return _script(name, connection)(keys=keys, args=args, client=connection)


@contextmanager
def connected() -> Iterator[Redis]:
    try:
        yield get_redis_connection("holds")
    except (RedisError, OSError) as error:
        raise HoldsUnavailable from error


def _script(name: str, connection: Redis) -> Script:
    if name not in _scripts:
        parts = [(LUA / f"{part}.lua").read_text() for part in ("common", name)]
        _scripts[name] = Script(connection, "\n".join(parts))
    return _scripts[name]
