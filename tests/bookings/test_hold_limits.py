"""How much one may hold at once, for how long, and what happens to those who hold without buying."""

from datetime import UTC, datetime
from itertools import cycle

import pytest

from bookings import flows, holds
from bookings.exceptions import CoolingDown, HoldsFull, TooManyHeld
from bookings.models import Booking, Payment
from tests.bookings.steps import buy, hold, lapse, open_session, pass_time, start
from tests.factories import create_showtime, create_staff


def seconds_left(moment):
    return round((moment - datetime.now(UTC)).total_seconds(), -1)


def held_by(holder, *showtimes):
    return sum(held.holder == holder for pk in showtimes for held in holds.held_seats(pk).values())


def lapse_hold(redis, holder="ann", *, showtime=1, times=1):
    for _again in range(times):
        holds.hold_seats(showtime, [11], holder=holder)
        pass_time(redis, 601)


def minutes_until_cool_down(redis, hold_again):
    """Every nine minutes, so that nothing lapses by itself."""
    for minutes in range(0, 200, 9):
        try:
            hold_again()
        except CoolingDown:
            return minutes
        pass_time(redis, 540)
    return None


class TestAtOnce:
    def test_ninth_seat_over_two_showtimes_then_nothing_is_held_and_the_others_are_named(self):
        holds.hold_seats(1, [11, 12, 13, 14, 15], holder="ann")

        with pytest.raises(HoldsFull) as full:
            holds.hold_seats(2, [21, 22, 23, 24], holder="ann")

        assert full.value.others == {1: 5}
        assert (held_by("ann", 1), held_by("ann", 2)) == (5, 0)

    def test_third_showtime_then_nothing_is_held(self):
        holds.hold_seats(1, [11], holder="ann")
        holds.hold_seats(2, [21], holder="ann")

        with pytest.raises(HoldsFull) as full:
            holds.hold_seats(3, [31], holder="ann")

        assert full.value.others == {1: 1, 2: 1}
        assert held_by("ann", 3) == 0

    def test_other_seats_of_the_same_showtime_then_the_old_ones_no_longer_count(self):
        holds.hold_seats(1, range(8), holder="ann")
        holds.hold_seats(1, range(8, 14), holder="ann")

        assert holds.hold_seats(2, [21, 22], holder="ann")[1] == set()

    def test_given_back_then_there_is_room_again(self):
        holds.hold_seats(1, range(8), holder="ann")
        holds.release_seats(1, holder="ann")

        assert holds.hold_seats(2, range(8), holder="ann")[1] == set()

    def test_some_of_them_given_back_then_the_rest_counts(self):
        holds.hold_seats(1, [11, 12, 13], holder="ann")
        holds.release_seats(1, holder="ann", seat_ids=[11])

        with pytest.raises(HoldsFull) as full:
            holds.hold_seats(2, range(8), holder="ann")
        assert full.value.others == {1: 2}

    def test_lapsed_then_there_is_room_again(self, redis):
        holds.hold_seats(1, range(8), holder="ann")
        pass_time(redis, 601)

        assert holds.hold_seats(2, range(8), holder="ann")[1] == set()

    def test_refused_for_a_seat_of_somebody_else_then_it_does_not_count(self):
        holds.hold_seats(1, [11], holder="bob")
        holds.hold_seats(1, range(5, 12), holder="ann")

        assert holds.hold_seats(2, range(8), holder="ann")[1] == set()

    def test_limit_of_one_customer_then_the_next_has_their_own(self):
        holds.hold_seats(1, range(8), holder="ann")

        assert holds.hold_seats(1, range(8, 16), holder="bob")[1] == set()

    def test_all_keys_lie_in_one_slot_of_a_cluster(self, redis):
        holds.epoch()
        holds.hold_seats(1, [11], holder="ann")

        assert {key.partition(b"}")[0] for key in redis.keys("*")} == {b"{holds"}


class TestOnEnd:
    def test_nobody_else_asks_then_ten_times_more_time_is_given_and_no_eleventh(self, redis):
        holds.hold_seats(1, [11, 12], holder="ann")
        left = []
        for _press in range(11):
            pass_time(redis, 600 - 1)
            left.append(seconds_left(holds.hold_seats(1, [11, 12], holder="ann")[0]))

        assert left == [600] * 10 + [10]

    def test_somebody_else_has_asked_then_the_same_seats_end_after_twice_the_time(self, redis):
        holds.hold_seats(1, [11, 12], holder="ann")
        assert holds.hold_seats(1, [10, 11], holder="bob")[:2] == (None, {11})
        pass_time(redis, 500)
        more, _lost, _epoch = holds.hold_seats(1, [11, 12], holder="ann")
        pass_time(redis, 500)
        capped, _lost, _epoch = holds.hold_seats(1, [11], holder="ann")

        assert (seconds_left(more), seconds_left(capped)) == (600, 200)

    def test_asked_for_before_ann_had_them_then_that_is_forgotten(self, redis):
        holds.hold_seats(1, [11], holder="zoe")
        holds.hold_seats(1, [11], holder="bob")
        holds.release_seats(1, holder="zoe")
        holds.hold_seats(1, [11], holder="ann")
        for _press in range(3):
            pass_time(redis, 500)
            expires_at, _lost, _epoch = holds.hold_seats(1, [11], holder="ann")

        assert seconds_left(expires_at) == 600

    def test_another_choice_then_it_has_its_full_time(self, redis):
        for seats in ([11, 12], [11, 12], [12, 13]):
            expires_at, _lost, _epoch = holds.hold_seats(1, seats, holder="ann")
            pass_time(redis, 500)

        assert seconds_left(expires_at) == 600

    def test_to_and_fro_for_ever_then_each_twenty_minutes_count_as_a_lapse(self, redis):
        choices = cycle(([11], [12]))

        assert minutes_until_cool_down(redis, lambda: holds.hold_seats(1, next(choices), holder="ann")) == 3 * 27

    def test_given_back_and_taken_again_for_ever_then_it_counts_just_so(self, redis):
        def take_again():
            holds.release_seats(1, holder="ann")
            holds.hold_seats(1, [11], holder="ann")

        assert minutes_until_cool_down(redis, take_again) == 3 * 27

    def test_given_back_and_a_pause_then_the_clock_starts_anew(self, redis):
        for _again in range(9):
            holds.hold_seats(1, [11], holder="ann")
            pass_time(redis, 540)
            holds.release_seats(1, holder="ann")
            pass_time(redis, 601)

        assert holds.hold_seats(1, [11], holder="ann")[1] == set()


class TestLapses:
    def test_two_lapses_then_a_third_hold_is_welcome(self, redis):
        lapse_hold(redis, times=2)

        assert holds.hold_seats(2, [21], holder="ann")[1] == set()

    def test_three_lapses_in_a_row_then_no_hold_for_ten_minutes_from_the_third(self, redis):
        lapse_hold(redis, times=3)

        with pytest.raises(CoolingDown) as cool:
            holds.hold_seats(2, [21], holder="ann")
        assert seconds_left(cool.value.until) == 600
        assert held_by("ann", 2) == 0

        pass_time(redis, 600)
        assert holds.hold_seats(2, [21], holder="ann")[1] == set()

    def test_after_the_cool_down_then_it_takes_three_again(self, redis):
        lapse_hold(redis, times=3)
        pass_time(redis, 600)
        lapse_hold(redis, times=2)

        assert holds.hold_seats(2, [21], holder="ann")[1] == set()

    def test_somebody_elses_lapses_then_no_matter(self, redis):
        lapse_hold(redis, times=3)

        assert holds.hold_seats(1, [11], holder="bob")[1] == set()

    def test_given_back_by_the_button_then_neither_a_lapse_nor_the_end_of_the_row(self, redis):
        lapse_hold(redis, times=2)
        holds.hold_seats(1, [11], holder="ann")
        holds.release_seats(1, holder="ann")
        lapse_hold(redis, showtime=2)

        with pytest.raises(CoolingDown):
            holds.hold_seats(1, [11], holder="ann")

    def test_given_back_after_the_end_then_it_has_lapsed_all_the_same(self, redis):
        lapse_hold(redis, times=2)
        lapse_hold(redis)
        holds.release_seats(1, holder="ann")

        with pytest.raises(CoolingDown):
            holds.hold_seats(1, [11], holder="ann")

    def test_reload_and_double_click_then_one_hold_lapses_once(self, redis):
        for _click in range(5):
            holds.hold_seats(1, [11], holder="ann")
        pass_time(redis, 601)
        lapse_hold(redis)

        assert holds.hold_seats(1, [11], holder="ann")[1] == set()

    def test_bought_then_the_row_begins_anew(self, redis):
        lapse_hold(redis, times=2)
        holds.hold_seats(1, [11], holder="ann")
        holds.note_paid(1, [11], holder="ann", bought=True)
        lapse_hold(redis, times=2)

        assert holds.hold_seats(1, [11], holder="ann")[1] == set()

    def test_bought_in_the_cool_down_then_it_is_over(self, redis):
        lapse_hold(redis, times=3)
        holds.note_paid(1, [11], holder="ann", bought=True)

        assert holds.hold_seats(1, [11], holder="ann")[1] == set()

    def test_money_on_its_way_then_no_lapse_but_the_row_stays(self, redis):
        lapse_hold(redis, times=2)
        holds.hold_seats(1, [11], holder="ann")
        holds.note_paid(1, [11], holder="ann", bought=False)
        pass_time(redis, 601)
        lapse_hold(redis)

        with pytest.raises(CoolingDown):
            holds.hold_seats(1, [11], holder="ann")

    def test_a_day_without_holds_then_lapses_are_forgotten(self, redis):
        lapse_hold(redis, times=2)

        assert 86_000 < redis.ttl("{holds}:customer:ann") <= 86_400


@pytest.mark.django_db
class TestInTheFlow:
    def test_hold_of_a_third_showtime_then_a_sentence_that_names_the_others(self, ann):
        first, second, third = (create_showtime() for _n in range(3))
        hold(ann, first, "A1", "A2")
        hold(ann, second, "A1")

        with pytest.raises(TooManyHeld) as error:
            hold(ann, third, "A1")

        assert error.value.others == {first: 2, second: 1}
        assert f"3 seats for “{first.movie}” and “{second.movie}”" in str(error.value)

    def test_staff_then_no_limit(self, redis):
        manager = create_staff()
        for _n in range(4):
            hold(manager, create_showtime(), "A1", "A2", "A3")
            pass_time(redis, 100)
        pass_time(redis, 601)

        hold(manager, create_showtime(), "A1")
        for _n in range(3):
            start(manager, create_showtime(), "A1")

        assert Booking.objects.waiting().count() == 3

    def test_pending_booking_of_a_third_showtime_then_refused_also_without_redis(self, ann, no_redis):
        for _n in range(2):
            start(ann, create_showtime(), "A1")

        with pytest.raises(TooManyHeld):
            start(ann, create_showtime(), "A1")

    def test_pending_booking_of_a_ninth_seat_then_refused_also_without_redis(self, ann, no_redis):
        first, second = create_showtime(), create_showtime()
        start(ann, first, "A1", "A2", "A3", "A4", "A5")

        with pytest.raises(TooManyHeld) as error:
            start(ann, second, "A1", "A2", "A3", "A4")
        assert error.value.others == {first: 5}
        assert start(ann, second, "A1", "A2", "A3").is_pending

    def test_bookings_that_are_paid_over_or_on_their_way_then_they_do_not_count(self, ann, sandbox):
        buy(sandbox, ann, create_showtime(), "A1")
        lapse(start(ann, create_showtime(), "A1"))
        open_session(start(ann, create_showtime(), "A1"))
        Payment.objects.filter(status=Payment.Status.OPEN).update(status=Payment.Status.PROCESSING)

        for _n in range(2):
            start(ann, create_showtime(), "A1")

        assert Booking.objects.waiting().count() == 2

    def test_other_seats_held_then_the_waiting_booking_is_replaced(self, ann, bob, showtime):
        booking = start(ann, showtime, "A1", "A2")

        hold(ann, showtime, "A3")

        booking.refresh_from_db()
        assert booking.status == Booking.Status.EXPIRED
        assert start(bob, showtime, "A1").is_pending

    def test_same_seats_held_again_then_the_waiting_booking_stays(self, ann, showtime):
        booking = start(ann, showtime, "A1", "A2")

        hold(ann, showtime, "A2", "A1")

        booking.refresh_from_db()
        assert booking.is_pending

    def test_seats_lost_to_another_then_the_waiting_booking_stays(self, ann, bob, showtime):
        booking = start(ann, showtime, "A1")
        hold(bob, showtime, "A2")

        with pytest.raises(Exception, match="A2"):
            hold(ann, showtime, "A1", "A2")

        booking.refresh_from_db()
        assert booking.is_pending

    def test_three_unpaid_bookings_in_a_row_then_cool_down(self, ann, showtime, redis):
        for _n in range(3):
            hold(ann, showtime, "A1")
            lapse(start(ann, showtime, "A1"))
            pass_time(redis, 601)

        with pytest.raises(CoolingDown):
            hold(ann, showtime, "A1")

    @pytest.mark.django_db(transaction=True)
    def test_payment_that_failed_then_no_lapse_and_the_seats_are_free(self, ann, bob, showtime, sandbox, redis):
        lapse_hold(redis, holds.holder_of(ann), showtime=99, times=2)
        hold(ann, showtime, "A1")
        session_id = open_session(start(ann, showtime, "A1"))
        sandbox.pay_later(session_id)
        flows.confirm_booking(session_id)
        sandbox.settle(session_id, succeed=False)
        assert flows.confirm_booking(session_id).status == Booking.Status.FAILED

        assert held_by(holds.holder_of(ann), showtime.pk) == 0
        pass_time(redis, 1201)
        hold(ann, showtime, "A1")

    @pytest.mark.django_db(transaction=True)
    def test_bought_then_earlier_lapses_are_forgiven(self, ann, showtime, sandbox, redis):
        lapse_hold(redis, holds.holder_of(ann), showtime=99, times=2)
        hold(ann, showtime, "A1")
        buy(sandbox, ann, showtime, "A1")
        pass_time(redis, 601)
        lapse_hold(redis, holds.holder_of(ann), showtime=99, times=2)

        hold(ann, showtime, "A2")
