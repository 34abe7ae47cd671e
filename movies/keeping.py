"""What is made of the programme alone, kept in the memory of this process.

It is good as long as the programme has the same version and the clock stands in the same step. What is sold meanwhile
is seen with the next step, and so is what the clock alone changes: steps of 10 seconds end on whole minutes, and so
do sales. In Redis it would cost a journey and a copy more, and there would be nothing without Redis.
"""

import hashlib
import time
from collections.abc import Callable
from threading import Lock
from typing import NamedTuple, TypeVar

from django.conf import settings
from django.core.cache.backends.locmem import LocMemCache

from movies import programme
from movies.recent import found_or_made

Made = TypeVar("Made")

# What was asked for longest ago goes.
MOST = 128
memory = LocMemCache("kept", {"OPTIONS": {"MAX_ENTRIES": MOST}})
# Pages are made of parts, so these have locks of their own: nobody waits for a page who has a part.
PAGES, PARTS = ([Lock() for _n in range(64)] for _kind in range(2))


class State(NamedTuple):
    """Of the programme and the clock: what is made is good for one of them."""

    version: int
    step: int

    def comes_right_after(self, other: "State") -> bool:
        """Nothing has changed but that the clock has gone on."""
        return (self.version, self.step) == (other.version, other.step + 1)


def state_now() -> State:
    return State(programme.version(), int(time.time() // settings.KEEP_PAGES_SECONDS))


def of_this_state(find: Callable[[], tuple[State, Made] | None], make: Callable[[State], Made], *, lock: Lock) -> Made:
    """What `find` finds of today's state, or else what `make` makes.

    Who comes while somebody makes it anew takes what was good until a moment ago, if only the clock has gone on.
    """
    now = state_now()

    def make_now():
        return now, make(now)

    return found_or_made(
        find,
        make_now,
        is_good=lambda found: found is not None and found[0] == now,
        is_still_good=lambda found: found is not None and now.comes_right_after(found[0]),
        lock=lock,
    )[1]


def kept_or_made(
    known: object, make: Callable[[], Made], *, locks: list[Lock], is_worth: Callable[[Made], bool] = bool
) -> Made:
    """What `make` makes, or has made before for the same `known`: all that it may depend on beside the programme.

    A copy, as the memory pickles: what one does to theirs does not come to others.
    """
    if not settings.KEEP_PAGES_SECONDS:
        return make()
    key = hashlib.sha256(repr(known).encode()).hexdigest()

    def make_and_keep(state):
        made = make()
        if is_worth(made):
            memory.set(key, (state, made), 2 * settings.KEEP_PAGES_SECONDS)
        return made

    return of_this_state(lambda: memory.get(key), make_and_keep, lock=locks[int(key, 16) % len(locks)])
