"""The queue before the seats of a showtime in a rush: who comes in, in which order, how fast, whose place it is."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bookings import waiting_room
from bookings.exceptions import HoldsUnavailable
from tests.bookings.waiting_room_steps import pass_time
from tests.factories import create_showtime

pytestmark = pytest.mark.django_db


@pytest.fixture
def hot(db):
    """One a minute, however many inside."""
    return create_showtime(has_waiting_room=True, waiting_room_rate=1, waiting_room_places=100)


@pytest.fixture
def announced(db):
    begins = timezone.now() + timedelta(minutes=30)
    return create_showtime(has_waiting_room=True, waiting_room_rate=60, waiting_room_places=100, on_sale_from=begins)


def come(showtime, *people):
    return [waiting_room.enter(showtime, who) for who in people]


def states(showtime, *people):
    return [waiting_room.ask(showtime.pk, who).state for who in people]


def set_rate(showtime, rate, places=100):
    showtime.waiting_room_rate, showtime.waiting_room_places = rate, places
    showtime.save()


def test_first_of_three_then_inside_and_the_others_stand_in_the_order_of_coming(hot):
    places = come(hot, "a", "b", "c")

    assert [(place.state, place.ahead) for place in places] == [("inside", 0), ("waiting", 0), ("waiting", 1)]
    assert (places[-1].waiting, places[-1].inside) == (2, 1)


def test_coming_again_then_the_same_place(hot):
    come(hot, "a", "b", "c", "d")

    assert [waiting_room.enter(hot, who).ahead for who in ("d", "c", "b", "c", "d")] == [2, 1, 0, 1, 2]


def test_minute_by_minute_then_one_goes_in_by_the_clock_of_redis(hot, redis):
    come(hot, "a", "b", "c")
    for _n in range(10):
        assert states(hot, "b", "c") == ["waiting", "waiting"]

    pass_time(redis, hot, 60, seen=False)

    assert states(hot, "c", "b") == ["waiting", "inside"]


def test_ten_a_second_in_an_hour_of_nobody_asking_then_five_seconds_are_saved_up_and_no_more(hot, redis):
    set_rate(hot, 60)
    come(hot, *(f"person {n}" for n in range(20)))
    pass_time(redis, hot, 3600, seen=False)

    assert waiting_room.look(hot).inside == 5


def test_as_many_inside_as_may_be_then_nobody_more_until_one_leaves(hot, redis):
    set_rate(hot, 6000, places=2)
    come(hot, "a", "b", "c", "d")
    pass_time(redis, hot, 60, inside=False)
    assert states(hot, "a", "b", "c", "d") == ["inside", "inside", "waiting", "waiting"]

    waiting_room.leave(hot.pk, "a")

    assert states(hot, "a", "b", "c", "d") == ["gone", "inside", "inside", "waiting"]


def test_time_inside_is_over_then_the_next_comes_in_and_one_can_queue_anew(hot, redis, settings):
    set_rate(hot, 6000, places=1)
    settings.WAITING_ROOM_STAY_SECONDS = 600
    come(hot, "a", "b")
    pass_time(redis, hot, 599, seen=False)
    assert states(hot, "a", "b") == ["inside", "waiting"]
    pass_time(redis, hot, 2, seen=False)
    assert states(hot, "a", "b") == ["gone", "inside"]

    again = waiting_room.enter(hot, "a")

    assert (again.state, again.has_lost_turn) == ("waiting", True)


def test_each_step_inside_then_the_full_time_again(hot, redis):
    come(hot, "a", "b")
    for _n in range(3):
        pass_time(redis, hot, 400)
        assert waiting_room.enter(hot, "a").is_inside


def test_called_and_not_come_then_the_turn_is_lost_to_the_next(hot, redis):
    set_rate(hot, 6000, places=1)
    come(hot, "a", "b", "c")
    pass_time(redis, hot, 10, seen=False, inside=False)
    waiting_room.leave(hot.pk, "a")
    assert states(hot, "c") == ["waiting"]  # b is called, and was there a moment ago

    pass_time(redis, hot, 301, seen=False)

    assert states(hot, "c", "b") == ["inside", "gone"]


def test_away_at_their_turn_then_it_costs_nobody_a_minute_and_waits_for_them(hot, redis):
    come(hot, "a", "b", "c")
    pass_time(redis, hot, 100)  # nobody has asked for so long that b counts as away
    assert states(hot, "c") == ["inside"]

    come(hot, "d")
    assert states(hot, "b") == ["waiting"]
    assert waiting_room.find(hot.pk, "d").ahead == 1
    pass_time(redis, hot, 60, seen=False)
    assert states(hot, "d", "b") == ["waiting", "inside"]


def test_away_for_longer_than_a_turn_lasts_then_at_the_end_again(hot, redis):
    come(hot, "a", "b", "c")
    pass_time(redis, hot, 200)
    states(hot, "a", "c")
    pass_time(redis, hot, 301, seen=False)

    assert states(hot, "b") == ["gone"]
    assert waiting_room.enter(hot, "b").has_lost_turn


def test_before_the_sale_then_nobody_goes_in_and_at_its_beginning_the_order_is_by_lot(announced, redis):
    people = [f"person {n}" for n in range(40)]
    assert {place.state for place in come(announced, *people)} == {"lobby"}
    come(announced, *people)  # reloading changes nothing
    pass_time(redis, announced, 1801, seen=False)
    announced.on_sale_from -= timedelta(seconds=1801)

    late = waiting_room.enter(announced, "late")

    order = sorted(people, key=lambda who: waiting_room.lot_of(announced, who))
    ahead = {who: waiting_room.find(announced.pk, who).ahead for who in order[1:]}
    assert waiting_room.find(announced.pk, order[0]).is_inside
    assert list(ahead.values()) == list(range(39))
    assert late.ahead == 39
    assert order != people


def test_shortly_before_the_sale_then_they_are_told_to_ask_one_after_the_other(announced, redis):
    people = sorted((f"person {n}" for n in range(200)), key=lambda who: waiting_room.lot_of(announced, who))
    come(announced, *people)
    pass_time(redis, announced, 1790, seen=False)

    first, soon, last = (waiting_room.ask(announced.pk, people[n]).ask_again_in for n in (0, 20, 199))

    assert first < soon < last < 130


def test_leaving_the_lobby_and_coming_again_then_the_same_lot(announced):
    come(announced, *"abcdefgh")
    before = waiting_room.find(announced.pk, "c").number

    waiting_room.leave(announced.pk, "c")

    assert waiting_room.enter(announced, "c").number == before
    assert waiting_room.lot_of(create_showtime(), "c") != before


def test_signing_in_then_the_better_place_counts_and_the_other_is_gone(hot):
    come(hot, "a", "guest-1", "user-1", "user-2", "guest-2")

    assert waiting_room.enter(hot, "user-1", guest="guest-1").ahead == 0
    assert waiting_room.enter(hot, "user-2", guest="guest-2").ahead == 1
    assert waiting_room.look(hot).waiting == 2


def test_signing_in_inside_then_it_is_still_one_person(hot):
    come(hot, "guest-1", "user-1")

    assert waiting_room.enter(hot, "user-1", guest="guest-1").is_inside
    assert (waiting_room.look(hot).inside, waiting_room.look(hot).waiting) == (1, 0)
    assert states(hot, "guest-1") == ["gone"]


def test_holding_seats_then_inside_until_they_are_over_without_waiting(hot):
    come(hot, "a", "b")
    until = timezone.now() + timedelta(minutes=20)

    waiting_room.stay(hot.pk, "b", until)

    assert states(hot, "b") == ["inside"]
    assert abs(waiting_room.find(hot.pk, "b").until - until) < timedelta(seconds=1)


def test_redis_has_forgotten_then_browsers_bring_their_places_back_once(hot, redis):
    _a, b, c = come(hot, "a", "b", "c")
    redis.flushall()
    come(hot, "first", "new")

    again = [waiting_room.enter(hot, who, number=p.number, epoch=p.epoch) for who, p in (("c", c), ("b", b))]

    assert [place.ahead for place in again] == [0, 0]
    assert waiting_room.find(hot.pk, "new").ahead == 2
    waiting_room.leave(hot.pk, "b")
    assert waiting_room.enter(hot, "b", number=b.number, epoch=b.epoch).ahead == 2


def test_paused_then_nobody_goes_in_and_afterwards_not_all_at_once(hot, redis):
    set_rate(hot, 0)
    come(hot, "a", "b", "c")
    pass_time(redis, hot, 300, seen=False)
    assert states(hot, "a", "b", "c") == ["waiting"] * 3

    set_rate(hot, 1)
    waiting_room.look(hot)

    assert states(hot, "a", "b", "c") == ["inside", "waiting", "waiting"]


def test_who_stands_far_behind_then_asks_seldom_and_counts_as_there_all_the_same(hot):
    set_rate(hot, 60)
    come(hot, *(f"person {n}" for n in range(400)))

    asks = [waiting_room.ask(hot.pk, f"person {n}").ask_again_in for n in (5, 100, 399)]

    assert asks[0] == 5
    assert asks == sorted(asks)
    assert asks[2] > 30


def test_rules_are_old_then_one_of_those_who_ask_is_told_to_read_them(hot, redis):
    come(hot, "a", "b")
    assert not waiting_room.ask(hot.pk, "b").is_stale
    pass_time(redis, hot, 6)

    assert [waiting_room.ask(hot.pk, "b").is_stale for _n in range(3)] == [True, False, False]


def test_last_step_is_a_day_ago_then_redis_forgets_the_room(hot, redis):
    come(hot, "a", "b")
    lives = {key: redis.pttl(key) for key in redis.keys("{room:*")}

    assert len(lives) == 4
    assert all(0 < life <= 24 * 60 * 60 * 1000 for life in lives.values())


def test_taken_away_then_nobody_waits_and_nothing_is_left(hot, redis):
    come(hot, "a", "b")

    waiting_room.close(hot.pk)

    assert states(hot, "a", "b") == ["closed", "closed"]
    assert redis.keys("{room:*") == []


def test_without_redis_then_it_says_so(hot, no_redis):
    with pytest.raises(HoldsUnavailable):
        waiting_room.enter(hot, "a")
