"""Redis is a courtesy: one page finds out that it does not answer, and the next ones do not ask.

All that this process wants of Redis goes through one breaker: caches and holds (settings.CACHES), and the messages to
the worker (celery.py). After a failure everybody hears "no" at once for PAUSE_SECONDS; then a single caller tries, and
its success lets the others in again. No lock: at worst two try at the same time.
"""

import logging
import time

from kombu.exceptions import OperationalError
from redis import Redis
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import TimeoutError as NoAnswer

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 2
TROUBLE = (NoConnection, NoAnswer, OperationalError, OSError)


class Breaker:
    """`with breaker:` around a call to Redis. Raises redis' own ConnectionError while it is open."""

    def __init__(self):
        self.close()

    @property
    def is_open(self) -> bool:
        return self.try_again_at > 0

    def close(self) -> None:
        self.try_again_at = 0.0

    def open(self) -> None:
        self.try_again_at = time.monotonic() + PAUSE_SECONDS

    def __enter__(self):
        if not self.is_open:
            return
        if time.monotonic() < self.try_again_at:
            raise NoConnection("Redis did not answer a moment ago.")
        self.open()  # for the others, until this try has ended

    def __exit__(self, kind, error, traceback):
        if kind and issubclass(kind, TROUBLE):
            if not self.is_open:
                logger.warning("Redis does not answer; selling goes on without it", extra={"kind": kind.__name__})
            self.open()
        elif self.is_open:
            logger.warning("Redis answers again")
            self.close()


redis_breaker = Breaker()


class CourteousRedis(Redis):
    """What django-redis hands out. A pipeline would pass the breaker by; we need none."""

    def execute_command(self, *args, **options):
        with redis_breaker:
            return super().execute_command(*args, **options)
