"""What was asked for last, in the memory of this process."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

Thing = TypeVar("Thing")
# Seconds. Who has waited so long for somebody else to make it (they may be waiting for a server) makes it, too.
PATIENCE = 2


class Recent(Generic[Thing]):
    """Things by key, for several threads; who was asked for longest ago goes."""

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


def found_or_made(
    find: Callable[[], Thing | None],
    make: Callable[[], Thing],
    *,
    is_good: Callable[[Thing | None], bool],
    is_still_good: Callable[[Thing | None], bool],
    lock: Lock,
) -> Thing:
    """One makes what is missing, the others wait for that; or take what `is_still_good` until it is there."""
    found = find()
    if is_good(found):
        return found
    may_wait = not is_still_good(found)
    is_my_turn = lock.acquire(timeout=PATIENCE if may_wait else 0)
    if not (is_my_turn or may_wait):
        return found
    try:
        found = find()
        return found if is_good(found) else make()
    finally:
        if is_my_turn:
            lock.release()
