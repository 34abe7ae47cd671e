"""What was asked for last, in the memory of this process."""

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


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
