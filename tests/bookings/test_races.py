"""Many for one seat, in threads on real PostgreSQL and Redis. See also test_money_races.py.

Each race has a control: the same with the lock and the constraint taken away oversells, so the test can fail.
"""

import re
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from django.utils import timezone

from bookings import flows, holds
from bookings.flows import admission
from bookings.flows import booking as booking_flow
from bookings.models import BookedSeat, Ticket
from bookings.models.tickets import TicketQuerySet
from tests.bookings.steps import open_session, quote, start
from tests.bookings.threads import all_at_once, kinds
from tests.bookings.unlocked import CROWD, after
from tests.factories import create_showtime, create_showtime_now, create_user

pytestmark = pytest.mark.django_db(transaction=True)


def start_calls(showtime, seats, crowd=CROWD):
    quoted = quote(showtime, *seats)
    return [
        partial(flows.start_booking, create_user(f"crowd{n}@example.com"), showtime=showtime, quote=quoted)
        for n in range(crowd)
    ]


def test_fifty_hold_one_seat_then_one_has_it_and_the_others_hear_it(showtime):
    users = [create_user(f"crowd{n}@example.com") for n in range(CROWD)]
    seat_id = showtime.layout.seats.first().pk

    results = all_at_once([partial(flows.hold_seats, user, showtime=showtime, seat_ids=[seat_id]) for user in users])

    assert kinds(results) == {"Hold": 1, "SeatsTaken": CROWD - 1}


def test_control_fifty_hold_one_seat_without_the_script_then_many_have_it(showtime, redis, monkeypatch):
    """Look first, then take, in two steps instead of one script."""
    users = [create_user(f"crowd{n}@example.com") for n in range(10)]
    seat_id, together = showtime.layout.seats.first().pk, Barrier(10)

    def look_then_take(showtime_id, seat_ids, *, holder, **options):
        seats = f"{{holds}}:showtime:{showtime_id}"
        lost = {seat_id for seat_id in seat_ids if redis.hexists(seats, seat_id)}
        together.wait(timeout=30)
        redis.hset(seats, seat_ids[0], f"9999999999999|{holder}")
        return timezone.now() + timedelta(minutes=10), lost, "the same memory"

    monkeypatch.setattr(holds, "hold_seats", look_then_take)

    results = all_at_once([partial(flows.hold_seats, user, showtime=showtime, seat_ids=[seat_id]) for user in users])

    assert kinds(results) == {"Hold": 10}


def test_fifty_book_one_seat_then_one_has_it_and_the_others_hear_it(showtime):
    results = all_at_once(start_calls(showtime, ["A1"]))

    assert kinds(results) == {"Booking": 1, "SeatsTaken": CROWD - 1}
    assert BookedSeat.objects.live().count() == 1


def test_fifty_book_one_seat_with_the_constraint_alone_then_one_has_it(showtime, without_lock, monkeypatch):
    after(monkeypatch, booking_flow, "take_seats_from_overdue", Barrier(CROWD))

    results = all_at_once(start_calls(showtime, ["A1"]))

    assert kinds(results) == {"Booking": 1, "SeatsTaken": CROWD - 1}
    assert BookedSeat.objects.live().count() == 1


def test_control_fifty_book_one_seat_without_lock_and_constraint_then_it_is_oversold(
    showtime, without_lock, without_constraints, monkeypatch
):
    after(monkeypatch, booking_flow, "take_seats_from_overdue", Barrier(CROWD))

    results = all_at_once(start_calls(showtime, ["A1"]))

    assert kinds(results) == {"Booking": CROWD}
    assert BookedSeat.objects.live().count() == CROWD


@pytest.mark.parametrize("step", ["hold", "book"])
def test_overlapping_seats_in_opposite_order_then_no_deadlock_and_each_seat_once(showtime, step):
    forwards = quote(showtime, "A1", "A2", "A3", "A4")
    backwards = type(forwards)(forwards.tariff, forwards.lines[::-1])
    users = [create_user(f"crowd{n}@example.com") for n in range(CROWD)]

    def go(user, quoted):
        if step == "book":
            return flows.start_booking(user, showtime=showtime, quote=quoted)
        return flows.hold_seats(user, showtime=showtime, seat_ids=[line.seat.pk for line in quoted.lines])

    results = all_at_once([partial(go, user, (forwards, backwards)[n % 2]) for n, user in enumerate(users)])

    assert kinds(results) == {"Booking" if step == "book" else "Hold": 1, "SeatsTaken": CROWD - 1}


def test_groups_of_four_into_twenty_seats_then_five_win_and_nobody_gets_a_part(db):
    showtime = create_showtime()
    labels = [seat.label for seat in showtime.layout.seats.order_by("y", "x")][:16]
    groups = [labels[n % 4 * 4 : n % 4 * 4 + 4] for n in range(40)]
    users = [create_user(f"crowd{n}@example.com") for n in range(40)]

    results = all_at_once(
        [
            partial(flows.start_booking, user, showtime=showtime, quote=quote(showtime, *group))
            for user, group in zip(users, groups, strict=True)
        ]
    )

    assert kinds(results) == {"Booking": 4, "SeatsTaken": 36}
    assert BookedSeat.objects.live().count() == 16


def test_fifty_scans_of_one_ticket_then_one_comes_in_and_the_others_hear_when_and_by_whom(ann, sandbox):
    serial = ticket_of_today(ann, sandbox)
    usher = create_user(name="Anna")

    results = all_at_once([partial(flows.admit, serial, by=usher)] * CROWD)

    assert sorted(result.verdict for result in results) == ["already"] * (CROWD - 1) + ["welcome"]
    [reason] = {result.reason for result in results if result.verdict == "already"}
    assert re.fullmatch(r"Already in since \d\d:\d\d, by Anna\.", reason)


def test_control_scans_of_one_ticket_without_the_condition_in_the_update_then_all_come_in(ann, sandbox, monkeypatch):
    """Judged before the UPDATE alone, however carefully."""
    serial = ticket_of_today(ann, sandbox)
    monkeypatch.setattr(TicketQuerySet, "admissible", lambda tickets, at: tickets)
    after(monkeypatch, admission, "refusal", Barrier(10))

    results = all_at_once([partial(flows.admit, serial, by=ann)] * 10)

    assert [result.verdict for result in results] == ["welcome"] * 10


def test_control_scans_of_one_ticket_with_the_condition_in_a_list_of_ids_then_all_come_in(ann, sandbox, monkeypatch):
    """What a join in the UPDATE would become: a list of rows judged before the wait for the others' row lock."""
    serial = ticket_of_today(ann, sandbox)
    admissible, all_are_here = TicketQuerySet.admissible, Barrier(10)

    def judged_before(tickets, at):
        ids = list(admissible(tickets, at).values_list("pk", flat=True))
        all_are_here.wait(timeout=30)
        return tickets.filter(pk__in=ids)

    monkeypatch.setattr(TicketQuerySet, "admissible", judged_before)

    results = all_at_once([partial(flows.admit, serial, by=ann)] * 10)

    assert [result.verdict for result in results] == ["welcome"] * 10


def ticket_of_today(ann, sandbox):
    session_id = open_session(start(ann, create_showtime_now(), "A1"))
    sandbox.pay(session_id)
    flows.confirm_booking(session_id)
    return Ticket.objects.get().serial


def test_held_by_one_then_fifty_others_see_it(ann, showtime):
    flows.hold_seats(ann, showtime=showtime, seat_ids=[showtime.layout.seats.first().pk])

    results = all_at_once([partial(holds.held_seats, showtime.pk)] * CROWD)

    assert [len(held) for held in results] == [1] * CROWD
