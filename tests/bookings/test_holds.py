from datetime import UTC, datetime

import pytest

from bookings import holds
from bookings.exceptions import HoldsUnavailable


def held_by(showtime_id=1):
    return {seat_id: hold.holder for seat_id, hold in holds.held_seats(showtime_id).items()}


def test_hold_then_seats_are_the_holders_for_ten_minutes():
    expires_at, lost, _epoch = holds.hold_seats(1, [11, 12], holder="ann")

    assert lost == set()
    assert 595 < (expires_at - datetime.now(UTC)).total_seconds() <= 601
    assert held_by() == {11: "ann", 12: "ann"}


def test_hold_of_a_held_seat_then_nothing_is_held_and_the_lost_seat_is_named():
    holds.hold_seats(1, [11, 12], holder="ann")

    assert holds.hold_seats(1, [12, 13, 14], holder="bob")[:2] == (None, {12})
    assert held_by() == {11: "ann", 12: "ann"}


def test_hold_again_then_the_new_choice_replaces_the_old():
    holds.hold_seats(1, [11, 12], holder="ann")
    holds.hold_seats(1, [12, 13], holder="ann")

    assert held_by() == {12: "ann", 13: "ann"}


def test_hold_of_another_showtime_then_both_stay():
    holds.hold_seats(1, [11], holder="ann")
    holds.hold_seats(2, [11], holder="bob")

    assert (held_by(1), held_by(2)) == ({11: "ann"}, {11: "bob"})


def test_release_then_only_the_holders_own_seats_are_free():
    holds.hold_seats(1, [11], holder="ann")
    holds.hold_seats(1, [12], holder="bob")

    assert holds.release_seats(1, holder="ann") == 1
    assert held_by() == {12: "bob"}


def test_hold_that_ran_out_then_the_seat_is_free_without_a_sweeper(redis):
    holds.hold_seats(1, [11], holder="ann", seconds=0)
    holds.hold_seats(1, [12], holder="bob")

    assert held_by() == {12: "bob"}
    assert holds.hold_seats(1, [11], holder="bob")[1] == set()


def test_short_hold_then_a_longer_one_of_the_showtime_lives_on(redis):
    holds.hold_seats(1, [11], holder="ann", seconds=500)
    holds.hold_seats(1, [12], holder="bob", seconds=5)

    assert 490 < redis.ttl("{holds}:showtime:1") <= 500


def test_last_hold_over_then_the_key_goes_by_itself(redis):
    holds.hold_seats(1, [11], holder="ann", seconds=100)

    assert 0 < redis.pttl("{holds}:showtime:1") <= 100_000


def test_redis_that_does_not_answer_then_every_call_says_so(settings, no_redis):
    for call in (
        lambda: holds.hold_seats(1, [11], holder="ann"),
        lambda: holds.release_seats(1, holder="ann"),
        lambda: holds.held_seats(1),
    ):
        with pytest.raises(HoldsUnavailable):
            call()
