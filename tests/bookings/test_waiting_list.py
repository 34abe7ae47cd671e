"""Who waits for seats of a sold-out showtime: in order, together, and kept for them until the offer is over."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from bookings import flows, holds
from bookings.exceptions import HoldsUnavailable, NoWaiting, RoomFull, SeatsTaken
from bookings.flows.locking import database_now
from bookings.models import BookedSeat, Booking, OfferedSeat, WaitingEntry, WaitingMail
from bookings.seat_states import read_seat_states
from tests.bookings.counter_steps import open_shift, sell
from tests.bookings.spaces import create_room_with_spaces, sell_others
from tests.bookings.steps import buy, hold, lapse, open_session, start
from tests.bookings.test_best_seats import create_room
from tests.bookings.waiting_steps import fill, give_back, wait
from tests.factories import create_user, seats_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_are_in_order")]


@pytest.fixture
def showtime(db):
    """Two rows of four."""
    return create_room(rows="AB", seats=4)


@pytest.fixture
def sold_out(showtime, cashier):
    return fill(showtime, cashier)


def offered_to(user):
    return [offered.seat.label for offered in OfferedSeat.objects.live().filter(entry__user=user).order_by("seat__x")]


def end_offer(user):
    """Its time is over."""
    user.waiting_entries.update(offered_until=database_now() - timedelta(seconds=1))


def test_two_singles_free_then_no_offer_for_three(ann, showtime, sold_out):
    wait(ann, showtime, 3)

    give_back(sold_out, "A1", "A4", "B2")

    assert flows.offer_free_seats() == 0
    assert not WaitingMail.objects.exists()


def test_three_side_by_side_free_then_they_are_kept_for_half_an_hour_and_a_mail_says_so(ann, showtime, sold_out):
    entry = wait(ann, showtime, 3)
    give_back(sold_out, "A1", "B2", "B3", "B4")

    assert flows.offer_free_seats() == 1

    entry.refresh_from_db()
    flows.send_due_mails()
    assert offered_to(ann) == ["B2", "B3", "B4"]
    assert timedelta(minutes=29) < entry.offered_until - database_now() <= timedelta(minutes=30)
    letter = next(letter for letter in mail.outbox if letter.to == [ann.email])
    assert "B2, B3, B4" in letter.body
    assert entry.leave_url in letter.body
    assert flows.offer_free_seats() == 0


def test_offered_seats_then_nobody_else_has_them_on_the_web_or_at_the_counter(ann, bob, showtime, sold_out, cashier):
    wait(ann, showtime, 2)
    give_back(sold_out, "A1", "A2")
    flows.offer_free_seats()
    open_shift(cashier, showtime)

    for attempt in (
        lambda: hold(bob, showtime, "A1"),
        lambda: start(bob, showtime, "A1"),
        lambda: flows.set_aside(cashier, showtime=showtime, seat_ids=[seats_of(showtime, "A1")[0].pk]),
        lambda: sell(cashier, showtime, "A1"),
    ):
        with pytest.raises(SeatsTaken):
            attempt()
    assert read_seat_states(showtime, bob).held == {seat.pk for seat in seats_of(showtime, "A1", "A2")}
    assert read_seat_states(showtime, ann).yours == {seat.pk for seat in seats_of(showtime, "A1", "A2")}


def test_offer_taken_then_it_is_bought_the_ordinary_way_and_the_entry_is_gone(ann, showtime, sold_out, sandbox):
    entry = wait(ann, showtime, 2)
    give_back(sold_out, "A1", "A2")
    flows.offer_free_seats()
    entry.refresh_from_db()

    held = hold(ann, showtime, "A1", "A2")
    booking = buy(sandbox, ann, showtime, "A1", "A2")

    assert held.expires_at == entry.offered_until
    assert booking.is_confirmed
    assert not WaitingEntry.objects.exists()
    assert not OfferedSeat.objects.exists()


def test_offered_seats_held_with_a_need_then_checkout_still_knows_it(ann, showtime, sold_out):
    wait(ann, showtime, 2)
    give_back(sold_out, "A1", "A2")
    flows.offer_free_seats()

    held = hold(ann, showtime, "A1", "A2", need=True)

    assert flows.current_hold(ann, showtime=showtime, promised=held) == held
    assert held.need


def test_offered_seat_is_sold_after_all_then_nobody_holds_it(ann, bob, showtime, sandbox):
    buy(sandbox, bob, showtime, "A1")
    until = database_now() + timedelta(minutes=30)
    entry = WaitingEntry.objects.create(user=ann, showtime=showtime, party=1, offers_made=1, offered_until=until)
    OfferedSeat.objects.create(entry=entry, showtime=showtime, seat=seats_of(showtime, "A1")[0])

    with pytest.raises(SeatsTaken):
        hold(ann, showtime, "A1")

    entry.delete()  # only to have the books in order


def test_first_who_came_is_asked_first_unless_the_seats_do_not_fit(ann, bob, showtime, sold_out):
    for user, party in ((ann, 3), (bob, 2), (cora := create_user(), 2)):
        wait(user, showtime, party)

    give_back(sold_out, "A1", "A2")
    flows.offer_free_seats()
    assert (offered_to(ann), offered_to(bob), offered_to(cora)) == ([], ["A1", "A2"], [])

    give_back(sold_out, "B1", "B2", "B3")
    flows.offer_free_seats()
    assert offered_to(ann) == ["B1", "B2", "B3"]
    assert offered_to(cora) == []


def test_offer_lapses_then_the_seats_go_to_the_next_and_after_two_one_rests_with_a_word(ann, bob, showtime, sold_out):
    wait(ann, showtime, 2)
    wait(bob, showtime, 2)
    give_back(sold_out, "A1", "A2")
    flows.offer_free_seats()

    end_offer(ann)
    flows.offer_free_seats()
    assert (offered_to(ann), offered_to(bob)) == ([], ["A1", "A2"])

    ann.waiting_entries.update(paused_until=None)
    end_offer(bob)
    flows.offer_free_seats()
    assert offered_to(ann) == ["A1", "A2"]

    end_offer(ann)
    flows.offer_free_seats()
    ann.waiting_entries.update(paused_until=None)
    assert flows.offer_free_seats() == 0
    assert ann.waiting_entries.get().rests
    assert list(WaitingMail.objects.filter(entry__user=ann).order_by("pk").values_list("kind", "nth")) == [
        ("waiting_offer", 1),
        ("waiting_offer", 2),
        ("waiting_rests", 2),
    ]
    flows.send_due_mails()


def test_offer_declined_then_the_next_one_is_asked_and_the_lapses_stay_as_they_were(
    ann, bob, showtime, sold_out, redis
):
    wait(ann, showtime, 2)
    wait(bob, showtime, 2)
    give_back(sold_out, "A1", "A2")
    flows.offer_free_seats()
    hold(ann, showtime, "A1", "A2")

    flows.release_seats(ann, showtime=showtime)
    flows.offer_free_seats()

    assert (offered_to(ann), offered_to(bob)) == ([], ["A1", "A2"])
    assert redis.hget(f"{{holds}}:customer:{holds.holder_of(ann)}", "lapses") in (None, b"0")


def test_overdue_offer_then_whoever_wants_the_seats_gives_it_up_without_a_worker(ann, bob, showtime, sold_out, sandbox):
    wait(ann, showtime, 2)
    give_back(sold_out, "A1", "A2")
    flows.offer_free_seats()
    end_offer(ann)

    booking = buy(sandbox, bob, showtime, "A1", "A2")

    assert booking.is_confirmed
    assert not OfferedSeat.objects.exists()
    assert ann.waiting_entries.get().offered_until is None


def test_without_a_worker_then_who_waits_is_still_asked_before_everybody_else(ann, bob, showtime, sold_out):
    wait(ann, showtime, 2)
    give_back(sold_out, "A1", "A2", "B4")

    with pytest.raises(SeatsTaken):
        hold(bob, showtime, "A1", "A2")

    assert offered_to(ann) == ["A1", "A2"]
    assert hold(bob, showtime, "B4").seats == seats_of(showtime, "B4")


def test_redis_emptied_after_the_offer_then_the_seats_stay_theirs(ann, bob, showtime, sold_out, redis, sandbox):
    wait(ann, showtime, 2)
    give_back(sold_out, "A1", "A2")
    flows.offer_free_seats()
    promised = hold(ann, showtime, "A1", "A2")
    redis.flushall()

    with pytest.raises(SeatsTaken):
        hold(bob, showtime, "A2")

    assert flows.current_hold(ann, showtime=showtime, promised=promised) == promised
    assert buy(sandbox, ann, showtime, "A1", "A2").is_confirmed


def test_without_redis_then_offers_are_made_kept_and_bought(ann, bob, showtime, sold_out, sandbox, monkeypatch):
    def away(*args, **kwargs):
        raise HoldsUnavailable

    monkeypatch.setattr(holds, "run", away)
    wait(ann, showtime, 2)
    give_back(sold_out, "A1", "A2")

    assert flows.offer_free_seats() == 1
    with pytest.raises(SeatsTaken):
        hold(bob, showtime, "A2")
    assert hold(ann, showtime, "A1", "A2").seats == seats_of(showtime, "A1", "A2")
    assert buy(sandbox, ann, showtime, "A1", "A2").is_confirmed


def test_seats_that_somebody_holds_on_the_map_then_they_are_not_offered(ann, bob, showtime, sold_out):
    give_back(sold_out, "A1", "A2", "A3", "A4")
    hold(bob, showtime, "A1", "A2", "A3", "A4")
    wait(ann, showtime, 2)

    assert flows.offer_free_seats() == 0


def test_late_money_for_seats_that_are_offered_by_now_then_it_goes_back(ann, bob, showtime, sandbox, settings):
    late = start(bob, showtime, *[seat.label for seat in seats_of(showtime)])
    session_id = open_session(late)
    wait(ann, showtime, 2)
    lapse(late, seconds=settings.BOOKING_GRACE_SECONDS + 60)
    holds.release_seats(showtime.pk, holder=holds.holder_of(bob))
    flows.offer_free_seats()
    sandbox.pay(session_id)

    booking = flows.confirm_booking(session_id)

    assert booking.status == Booking.Status.EXPIRED
    assert [refund.reason for refund in late.payments.get().refunds.all()] == ["seats_gone"]
    assert len(offered_to(ann)) == 2


def test_legal_capacity_then_what_is_offered_counts(ann, bob, showtime, sandbox):
    showtime.screen.legal_capacity = 2
    showtime.screen.save()
    sold = buy(sandbox, bob, showtime, "A1", "A2")
    wait(ann, showtime, 2)
    flows.cancel_booking(sold, by=bob, in_full=True)
    flows.offer_free_seats()

    with pytest.raises(RoomFull):
        hold(bob, showtime, "B4")
    assert buy(sandbox, ann, showtime, *offered_to(ann)).is_confirmed


def test_spaces_on_general_sale_then_the_waiting_list_offers_none(ann, sandbox):
    showtime = create_room_with_spaces("room")
    sell_others(sandbox, showtime)
    WaitingEntry.objects.create(user=ann, showtime=showtime, party=2)

    assert flows.offer_free_seats() == 0
    assert offered_to(ann) == []


def test_too_many_for_any_row_then_they_are_divided_only_where_they_have_said_so(ann, bob, showtime, sold_out):
    wait(ann, showtime, 6)
    wait(bob, showtime, 6, apart=True)

    give_back(sold_out, *sold_out)
    flows.offer_free_seats()

    assert offered_to(ann) == []
    assert len(offered_to(bob)) == 6


def test_near_the_start_then_offers_are_shorter_and_in_the_last_quarter_of_an_hour_there_are_none(ann, sandbox):
    soon, late = (create_room(starts_at=timezone.now() + timedelta(minutes=n), rows="A", seats=2) for n in (60, 14))
    sold = buy(sandbox, create_user(), soon, "A1", "A2")
    entry = wait(ann, soon, 2)
    flows.cancel_booking(sold, by=sold.user, in_full=True)
    flows.offer_free_seats()

    entry.refresh_from_db()
    assert timedelta(minutes=14) < entry.offered_until - database_now() <= timedelta(minutes=15)
    with pytest.raises(NoWaiting):
        wait(ann, late, 2)


def test_showtime_is_called_off_then_the_offer_is_taken_back_and_told_once(ann, bob, showtime, sold_out, manager):
    wait(ann, showtime, 2)
    wait(bob, showtime, 3)
    give_back(sold_out, "A1", "A2")
    flows.offer_free_seats()

    for _twice in range(2):
        flows.cancel_showtime(showtime, by=manager, reason="The projector is broken.")

    assert not OfferedSeat.objects.exists()
    assert [(letter.kind, letter.user) for letter in WaitingMail.objects.all()] == [("waiting_taken_back", ann)]
    flows.send_due_mails()
    assert flows.offer_free_seats() == 0


def test_somebody_joins_then_who_holds_seats_cannot_draw_that_out_for_long(ann, bob, showtime, sold_out, redis):
    give_back(sold_out, "A1")
    hold(bob, showtime, "A1")

    wait(ann, showtime, 2)

    assert redis.sismember(f"{{holds}}:asked:{showtime.pk}", seats_of(showtime, "A1")[0].pk)


def test_joined_twice_then_it_is_one_entry_with_the_later_wish_and_the_first_place(ann, showtime, sold_out):
    first = wait(ann, showtime, 2)
    again = wait(ann, showtime, 3, children=1)

    assert (again.pk, again.joined_at) == (first.pk, first.joined_at)
    assert WaitingEntry.objects.get().party == 3


def test_wish_changed_while_seats_are_kept_then_it_is_refused_and_after_that_it_is_not(ann, showtime, sold_out):
    wait(ann, showtime, 2)
    give_back(sold_out, "A1", "A2")
    flows.offer_free_seats()

    with pytest.raises(NoWaiting, match="just now"):
        wait(ann, showtime, 3)
    end_offer(ann)

    assert wait(ann, showtime, 3).party == 3
    assert not OfferedSeat.objects.exists()


def test_there_are_seats_or_the_theater_keeps_no_list_then_nobody_waits(ann, showtime):
    with pytest.raises(NoWaiting, match="right now"):
        wait(ann, showtime, 2)
    showtime.theater.waiting_lists = False
    showtime.theater.save()
    with pytest.raises(NoWaiting, match="keeps no"):
        wait(ann, showtime, 9)


def test_the_showtime_is_over_then_who_waited_is_forgotten(ann, showtime, sold_out):
    wait(ann, showtime, 2)
    showtime.starts_at -= timedelta(days=3)
    showtime.set_times()
    showtime.save()

    assert flows.forget_who_waited() == 1
    assert BookedSeat.objects.live().count() == 8
