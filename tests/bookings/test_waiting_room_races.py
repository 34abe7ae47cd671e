"""Everybody asks at once: never more go in than may, nobody twice; and what would happen without the script."""

from functools import partial
from threading import Barrier

import pytest

from bookings import waiting_room
from tests.bookings.threads import all_at_once
from tests.bookings.waiting_room_steps import pass_time
from tests.factories import create_showtime

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 30
PLACES = 4


@pytest.fixture
def hot(db):
    return create_showtime(has_waiting_room=True, waiting_room_rate=6000, waiting_room_places=PLACES)


def enter_at_once(showtime, people):
    return all_at_once([partial(waiting_room.enter, showtime, who) for who in people])


def test_thirty_enter_at_once_again_and_again_then_four_are_inside(hot, redis):
    people = [f"person {n}" for n in range(CROWD)]
    for _round in range(4):
        enter_at_once(hot, people)
        pass_time(redis, hot, 10, seen=False, inside=False)
    places = enter_at_once(hot, people)

    assert sum(place.is_inside for place in places) == PLACES
    assert waiting_room.look(hot).inside == PLACES
    assert waiting_room.look(hot).waiting == CROWD - PLACES
    ahead = [
        waiting_room.find(hot.pk, who).ahead for who, place in zip(people, places, strict=True) if not place.is_inside
    ]
    assert sorted(ahead) == list(range(CROWD - PLACES))


def test_one_account_on_thirty_devices_then_one_place_inside(hot, redis):
    waiting_room.enter(hot, "user-2")
    pass_time(redis, hot, 10, seen=False)

    enter_at_once(hot, ["user-1"] * CROWD)

    assert waiting_room.look(hot).inside == 2
    assert waiting_room.look(hot).waiting == 0


def test_thirty_browsers_with_one_guests_place_sign_in_at_once_then_one_account_has_it(hot, redis):
    waiting_room.enter(hot, "guest-1")
    hot.waiting_room_places = 1

    places = all_at_once([partial(waiting_room.enter, hot, f"user-{n}", guest="guest-1") for n in range(CROWD)])

    assert sum(place.is_inside for place in places) == 1
    assert waiting_room.look(hot).inside == 1


def test_control_looked_at_and_let_in_by_two_steps_then_too_many_are_inside(hot):
    """What the script does, but with time between the look and the deed."""
    hot.waiting_room_rate = 0  # the script itself lets nobody in
    together = Barrier(CROWD)

    def look_then_go_in(who):
        is_free = waiting_room.look(hot).inside < PLACES
        together.wait(timeout=30)
        if is_free:
            waiting_room.stay(hot.pk, who, hot.starts_at)

    all_at_once([partial(look_then_go_in, f"person {n}") for n in range(CROWD)])

    assert waiting_room.look(hot).inside == CROWD
