"""What is made of the programme alone, kept in the memory of this process.

It is good as long as the programme has the same version and the clock stands in the same step. What is sold meanwhile
is seen with the next step, and so is what the clock alone changes: steps of 10 seconds end on whole minutes, and so
do sales. In Redis it would cost a journey and a copy more, and there would be nothing without Redis.
"""

import hashlib
import time
from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from django.conf import settings
from django.core.cache.backends.locmem import LocMemCache

from movies import programme

Made = TypeVar("Made")

# What was asked for longest ago goes.
MOST = 128
memory = LocMemCache("kept", {"OPTIONS": {"MAX_ENTRIES": MOST}})
# One makes what is missing, the others wait for it instead of making the same. Pages are made of parts, so these have
# locks of their own: nobody waits for a page who has a part.
PAGES, PARTS = ([Lock() for _n in range(64)] for _kind in range(2))


def kept_or_made(
    known: object, make: Callable[[], Made], *, locks: list[Lock], is_worth: Callable[[Made], bool] = bool
) -> Made:
    """What `make` makes, or has made before for the same `known`: all that it may depend on beside the programme.

    A copy, as the memory pickles: what one does to theirs does not come to others.
    """
    if not settings.KEEP_PAGES_SECONDS:
        return make()
    key = hashlib.sha256(repr(known).encode()).hexdigest()
    state = programme.version(), int(time.time() // settings.KEEP_PAGES_SECONDS)
    found = memory.get(key)
    if found and found[0] == state:
        return found[1]
    with locks[int(key, 16) % len(locks)]:
        found = memory.get(key)
        if found and found[0] == state:
            return found[1]
        made = make()
        if is_worth(made):
            memory.set(key, (state, made), settings.KEEP_PAGES_SECONDS)
        return made
