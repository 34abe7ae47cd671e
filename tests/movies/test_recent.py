"""One makes what is missing, and the others wait for it, or do not have to."""

from threading import Barrier, Event, Lock

import pytest

from movies import recent
from movies.recent import found_or_made
from tests.bookings.threads import all_at_once, in_a_thread


class Shelf:
    """`good` and `still` are what is good today, and what was until a moment ago."""

    def __init__(self, thing=None, *, good="new", still="old"):
        self.thing, self.good, self.still = thing, good, still
        self.lock, self.made, self.is_begun, self.may_end = Lock(), 0, Event(), Event()

    def make(self):
        self.made += 1
        self.is_begun.set()
        assert self.may_end.wait(30)
        self.thing = self.good
        return self.thing

    def ask(self):
        return found_or_made(
            lambda: self.thing,
            self.make,
            is_good=lambda thing: thing == self.good,
            is_still_good=lambda thing: thing == self.still,
            lock=self.lock,
        )


@pytest.mark.parametrize("thing", [None, "long out of date"])
def test_many_want_what_is_missing_then_it_is_made_once_for_all(thing):
    shelf = Shelf(thing)
    together = Barrier(5)

    def ask():
        together.wait(30)
        return shelf.ask()

    def let_it_end():
        together.wait(30)
        assert shelf.is_begun.wait(30)
        shelf.may_end.set()

    assert all_at_once([ask, ask, ask, ask, let_it_end])[:4] == ["new"] * 4
    assert shelf.made == 1


def test_somebody_makes_it_anew_then_the_others_take_the_one_before_at_once():
    shelf = Shelf("old")
    first = in_a_thread(shelf.ask)
    assert shelf.is_begun.wait(30)

    assert [shelf.ask() for _n in range(3)] == ["old"] * 3

    shelf.may_end.set()
    assert first() == "new"
    assert (shelf.ask(), shelf.made) == ("new", 1)


def test_who_makes_it_hangs_then_whoever_has_waited_long_enough_makes_it_too(monkeypatch):
    monkeypatch.setattr(recent, "PATIENCE", 0.01)
    shelf = Shelf()
    first = in_a_thread(shelf.ask)
    assert shelf.is_begun.wait(30)
    shelf.is_begun.clear()
    second = in_a_thread(shelf.ask)

    assert shelf.is_begun.wait(30)

    shelf.may_end.set()
    assert (first(), second(), shelf.made) == ("new", "new", 2)


def test_making_breaks_then_the_next_one_can_make_it():
    shelf = Shelf()
    shelf.make = lambda: 1 / 0
    for _try in range(2):
        with pytest.raises(ZeroDivisionError):
            shelf.ask()
    del shelf.make
    shelf.may_end.set()

    assert shelf.ask() == "new"
