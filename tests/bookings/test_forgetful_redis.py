"""Redis loses its memory in mid-sale: the session's promise and the database bring the holds back."""

from functools import partial
from random import Random
from threading import Event

import pytest
from django.db.models import Count
from django.urls import reverse

from bookings import flows, holds, scripts, tasks
from bookings.exceptions import SeatsTaken
from bookings.models import BookedSeat, Booking
from tests.bookings.steps import buy, hold, lapse, pass_time, quote, start
from tests.bookings.test_hold_limits import lapse_hold
from tests.bookings.threads import all_at_once, kinds
from tests.factories import create_layout, create_showtime, create_user, seats_of


@pytest.fixture
def customer(client, ann):
    client.force_login(ann)
    return client


def url(name, showtime):
    return reverse(f"bookings:{name}", args=[showtime.pk])


def hold_by_page(client, showtime, *labels):
    return client.post(url("hold", showtime), {"seats": [seat.pk for seat in seats_of(showtime, *labels)]})


def holders(showtime):
    return {held.holder for held in holds.held_seats(showtime.pk).values()}


def test_forgotten_between_hold_and_checkout_then_checkout_holds_them_again_and_sells(
    customer, ann, bob, showtime, sandbox, redis
):
    hold_by_page(customer, showtime, "A1", "A2")
    redis.flushall()

    assert customer.get(url("checkout", showtime)).status_code == 200
    assert holders(showtime) == {holds.holder_of(ann)}
    with pytest.raises(SeatsTaken):
        hold(bob, showtime, "A2")
    assert customer.post(url("checkout", showtime)).status_code == 303


def test_forgotten_then_held_again_for_the_time_that_was_left_and_not_for_more(customer, showtime, redis, settings):
    hold_by_page(customer, showtime, "A1")
    (before,) = holds.held_seats(showtime.pk).values()
    redis.flushall()
    settings.HOLD_SECONDS = 6000

    customer.get(url("checkout", showtime))

    (after,) = holds.held_seats(showtime.pk).values()
    assert abs((after.expires_at - before.expires_at).total_seconds()) < 5


def test_forgotten_and_held_by_somebody_else_first_then_409_with_the_seat_named_and_the_rest_kept(
    customer, bob, showtime, redis
):
    hold_by_page(customer, showtime, "A1", "A2")
    redis.flushall()
    hold(bob, showtime, "A1")

    answer = customer.post(url("checkout", showtime))

    assert (answer.status_code, "Seat A1 has just been taken" in answer.text) == (409, True)
    assert [str(seat.pk) in answer.context["this_page"] for seat in seats_of(showtime, "A1", "A2")] == [False, True]
    assert not Booking.objects.exists()


def test_forgotten_and_booked_by_somebody_else_first_then_409(customer, bob, showtime, redis):
    hold_by_page(customer, showtime, "A1")
    redis.flushall()
    start(bob, showtime, "A1")
    redis.flushall()

    assert customer.get(url("checkout", showtime)).status_code == 409


def test_held_again_once_then_a_hold_that_is_gone_is_409_as_ever(customer, showtime, redis):
    hold_by_page(customer, showtime, "A1")
    redis.flushall()
    customer.get(url("checkout", showtime))
    redis.delete(f"{{holds}}:showtime:{showtime.pk}")

    assert customer.post(url("checkout", showtime)).status_code == 409


def test_forgotten_after_the_promise_was_over_then_409(customer, showtime, redis, settings):
    settings.HOLD_SECONDS = 0
    hold_by_page(customer, showtime, "A1")
    redis.flushall()

    assert customer.post(url("checkout", showtime)).status_code == 409


def test_held_while_redis_was_away_then_it_learns_of_the_hold_at_checkout(customer, ann, showtime, monkeypatch):
    def no_answer(_alias):
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(scripts, "get_redis_connection", no_answer)
        assert hold_by_page(customer, showtime, "A1").status_code == 302

    assert customer.get(url("checkout", showtime)).status_code == 200
    assert holders(showtime) == {holds.holder_of(ann)}


@pytest.mark.django_db
def test_pending_booking_forgotten_then_the_map_shows_it_all_the_same(client, ann, bob, showtime, redis):
    start(ann, showtime, "A1")
    redis.flushall()
    client.force_login(bob)

    states = client.get(url("seat_states", showtime)).json()

    assert states["held"] == [seat.pk for seat in seats_of(showtime, "A1")]


@pytest.mark.django_db
def test_pending_booking_forgotten_then_the_worker_puts_it_back_for_its_remaining_time(ann, showtime, redis):
    booking = start(ann, showtime, "A1", "A2")
    redis.flushall()

    tasks.expire_bookings()

    held = holds.held_seats(showtime.pk)
    assert {seat: hold.holder for seat, hold in held.items()} == {
        seat.pk: holds.holder_of(ann) for seat in seats_of(showtime, "A1", "A2")
    }
    assert all(abs((hold.expires_at - booking.expires_at).total_seconds()) < 5 for hold in held.values())


@pytest.mark.django_db
def test_nothing_forgotten_then_nothing_is_put_back_and_no_hold_is_drawn_out(ann, showtime):
    start(ann, showtime, "A1")
    before = holds.held_seats(showtime.pk)

    assert flows.restore_holds() == 0
    assert holds.held_seats(showtime.pk) == before


@pytest.mark.django_db
def test_put_back_then_bookings_that_are_paid_over_or_given_back_stay_away(ann, bob, showtime, sandbox, redis):
    buy(sandbox, ann, showtime, "A1")
    lapse(start(bob, showtime, "A2"))
    start(create_user(), showtime, "A3").give_up(None)
    redis.flushall()

    assert flows.restore_holds() == 0
    assert holds.held_seats(showtime.pk) == {}


@pytest.mark.django_db
def test_given_back_while_the_worker_puts_it_back_then_the_seat_is_free(ann, showtime, redis, monkeypatch):
    booking = start(ann, showtime, "A1")
    redis.flushall()
    restore = holds.restore_seats

    def too_late(*args, **options):
        flows.release_seats(ann, showtime=showtime)
        return restore(*args, **options)

    monkeypatch.setattr(holds, "restore_seats", too_late)
    flows.restore_holds()

    booking.refresh_from_db()
    assert (booking.status, holds.held_seats(showtime.pk)) == (Booking.Status.EXPIRED, {})


@pytest.mark.django_db
def test_put_back_beside_a_hold_of_somebody_else_then_their_hold_stays(ann, bob, showtime, redis):
    start(ann, showtime, "A1", "A2")
    redis.flushall()
    holds.hold_seats(showtime.pk, [seat.pk for seat in seats_of(showtime, "A1")], holder=holds.holder_of(bob))

    flows.restore_holds()

    assert holders(showtime) == {holds.holder_of(ann), holds.holder_of(bob)}


@pytest.mark.django_db
def test_put_back_in_the_cool_down_and_beside_other_holds_then_no_limit_stands_in_the_way(ann, showtime, redis):
    start(ann, showtime, "A1", "A2")
    redis.flushall()
    me = holds.holder_of(ann)
    lapse_hold(redis, me, showtime=99, times=2)
    holds.hold_seats(98, range(8), holder=me)

    assert flows.restore_holds() == 1
    pass_time(redis, 300)
    assert len(holds.held_seats(showtime.pk)) == 2


@pytest.mark.django_db
def test_without_redis_then_the_worker_goes_on(ann, showtime, no_redis):
    start(ann, showtime, "A1")

    assert flows.restore_holds() == 0


@pytest.mark.django_db(transaction=True)
def test_forgotten_every_few_steps_under_twenty_buyers_then_each_seat_once(redis):
    showtime = create_showtime(layout=create_layout(rows="AB", seats=6))
    labels = [seat.label for seat in seats_of(showtime)]
    done = Event()

    def shop(number):
        choose, buyer = Random(number), create_user()
        for _try in range(6):
            wanted = choose.sample(labels, 2)
            try:
                held = hold(buyer, showtime, *wanted)
                held = flows.current_hold(buyer, showtime=showtime, promised=held)
                if held:
                    return flows.start_booking(buyer, showtime=showtime, quote=quote(showtime, *wanted))
            except SeatsTaken:
                pass
        return None

    def forget():
        while not done.wait(0.01):
            redis.flushall()
            flows.restore_holds()

    def shop_and_count(number):
        try:
            return shop(number)
        finally:
            left.append(number)
            if len(left) == 20:
                done.set()

    left = []
    results = all_at_once([partial(shop_and_count, number) for number in range(20)] + [forget])

    seats = BookedSeat.objects.live().values("seat").annotate(sold=Count("pk"))
    assert set(kinds(results)) == {"Booking", "NoneType"}
    assert {seat["sold"] for seat in seats} == {1}
    assert len(seats) == 2 * kinds(results)["Booking"] >= 8
