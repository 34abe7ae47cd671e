"""Many for one seat, in threads on real PostgreSQL and Redis.

Each race has a control: the same with the lock and the constraint taken away oversells, so the test can fail.
"""

import re
from contextlib import contextmanager
from functools import partial
from threading import Barrier

import pytest
from django.db import connection, transaction

from bookings import flows, holds
from bookings.flows import admission, paying, settling
from bookings.flows import booking as booking_flow
from bookings.flows.locking import database_now
from bookings.models import BookedSeat, Booking, Mail, Payment, Refund, Ticket
from bookings.models.tickets import TicketQuerySet
from tests.bookings.steps import lapse, open_session, quote, start
from tests.bookings.threads import all_at_once, kinds
from tests.factories import create_showtime, create_showtime_now, create_user
from theaters.models import Showtime

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 50


@contextmanager
def no_lock(showtime_id):
    """What `locked_showtime` would be without FOR UPDATE."""
    with transaction.atomic():
        yield Showtime.objects.select_related("movie", "screen__theater").get(pk=showtime_id), database_now()


@pytest.fixture
def without_lock(monkeypatch):
    monkeypatch.setattr(booking_flow, "locked_showtime", no_lock)
    monkeypatch.setattr(paying, "locked_showtime", no_lock)
    monkeypatch.setattr(settling, "locked_showtime", no_lock)


@pytest.fixture
def without_constraints():
    """Take the unique indexes away that have the last word, and bring them back over empty tables."""
    names = ("seat_sold_once_per_showtime", "one_live_ticket_per_booked_seat", "mail_once_per_booking_and_kind")
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE indexname = ANY(%s)", [list(names)])
        indexes = dict(cursor.fetchall())
        cursor.execute(
            "SELECT conname, conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conname = ANY(%s)",
            [list(names)],
        )
        constraints = cursor.fetchall()
        for name, table, _definition in constraints:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
            del indexes[name]
        for name in indexes:
            cursor.execute(f"DROP INDEX {name}")
    yield
    for model in (Ticket, Mail, BookedSeat):
        model.objects.all().delete()
    with connection.cursor() as cursor:
        for definition in indexes.values():
            cursor.execute(definition)
        for name, table, definition in constraints:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def after(monkeypatch, module, name, together):
    """Nobody goes on from this function before everybody is through it."""
    original = getattr(module, name)

    def wait_for_all(*args, **kwargs):
        result = original(*args, **kwargs)
        together.wait(timeout=30)
        return result

    monkeypatch.setattr(module, name, wait_for_all)


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


def test_control_fifty_hold_one_seat_without_the_script_then_many_have_it(redis):
    """Look first, then take, in two steps instead of one script."""

    together = Barrier(10)

    def look_then_take(holder):
        is_free = not redis.hexists("{holds}:showtime:1", "7")
        together.wait(timeout=30)
        return is_free and redis.hset("{holds}:showtime:1", "7", f"9999999999999|{holder}") is not None

    results = all_at_once([partial(look_then_take, f"user-{n}") for n in range(10)])

    assert results == [True] * 10


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


def test_double_click_on_pay_then_one_booking_and_one_session(ann, showtime, sandbox):
    quoted = quote(showtime, "A1", "A2")

    def click():
        return flows.start_payment(flows.start_booking(ann, showtime=showtime, quote=quoted))

    results = all_at_once([click] * 20)

    assert set(results) == {sandbox.sessions[0]["url"]}
    assert (Booking.objects.count(), Payment.objects.count(), len(sandbox.sessions)) == (1, 1, 1)


def test_paid_a_hundred_times_at_once_then_confirmed_once(ann, showtime, sandbox):
    session_id = open_session(start(ann, showtime, "A1", "A2"))
    sandbox.pay(session_id)

    results = all_at_once([partial(flows.confirm_booking, session_id)] * 100)

    assert kinds(results) == {"Booking": 100}
    assert (Ticket.objects.count(), Mail.objects.count(), Refund.objects.count()) == (2, 1, 0)


@pytest.mark.parametrize("round_", range(10))
def test_expiry_against_payment_then_tickets_or_no_money(ann, showtime, sandbox, round_):
    booking = start(ann, showtime, "A1")
    session_id = open_session(booking)
    lapse(booking)

    def pay():
        sandbox.pay(session_id)
        flows.confirm_booking(session_id)

    all_at_once([pay, partial(flows.expire_booking, Booking.objects.get(pk=booking.pk))])
    flows.confirm_booking(session_id)

    booking.refresh_from_db()
    paid = sandbox.sessions[0]["payment_status"] == "paid"
    assert booking.status == (Booking.Status.CONFIRMED if paid else Booking.Status.EXPIRED)
    assert Ticket.objects.live().count() == int(paid)


def test_late_payment_against_the_next_customer_then_tickets_for_one_and_money_back_for_the_other(
    ann, bob, showtime, sandbox
):
    booking = start(ann, showtime, "A1")
    session_id = open_session(booking)
    lapse(booking, seconds=61)
    sandbox.pay(session_id)

    results = all_at_once([partial(flows.confirm_booking, session_id), partial(start, bob, showtime, "A1")])

    booking.refresh_from_db()
    assert BookedSeat.objects.taken().count() == 1
    assert booking.is_confirmed == (kinds(results).get("SeatsTaken") == 1)
    assert Refund.objects.count() == (0 if booking.is_confirmed else 1)


def test_control_late_payment_against_the_next_customer_without_lock_and_constraint_then_it_is_sold_twice(
    ann, bob, showtime, sandbox, without_lock, without_constraints, monkeypatch
):
    booking = start(ann, showtime, "A1")
    session_id = open_session(booking)
    lapse(booking, seconds=61)
    sandbox.pay(session_id)
    both_have_judged = Barrier(2)
    after(monkeypatch, booking_flow, "take_seats_from_overdue", both_have_judged)
    after(monkeypatch, settling, "reason_to_refund", both_have_judged)

    all_at_once([partial(flows.confirm_booking, session_id), partial(start, bob, showtime, "A1")])

    booking.refresh_from_db()
    assert booking.is_confirmed
    assert BookedSeat.objects.taken().get(seat__row="A", seat__number="1").booking.user == bob
    assert not Refund.objects.exists()


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
    monkeypatch.setattr(TicketQuerySet, "admissible", lambda tickets: tickets)
    after(monkeypatch, admission, "refusal", Barrier(10))

    results = all_at_once([partial(flows.admit, serial, by=ann)] * 10)

    assert [result.verdict for result in results] == ["welcome"] * 10


def test_control_scans_of_one_ticket_with_the_condition_in_a_list_of_ids_then_all_come_in(ann, sandbox, monkeypatch):
    """What a join in the UPDATE would become: a list of rows judged before the wait for the others' row lock."""
    serial = ticket_of_today(ann, sandbox)
    admissible, all_are_here = TicketQuerySet.admissible, Barrier(10)

    def judged_before(tickets):
        ids = list(admissible(tickets).values_list("pk", flat=True))
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


def test_cancel_twenty_times_at_once_then_one_refund(ann, showtime, sandbox):
    session_id = open_session(start(ann, showtime, "A1"))
    sandbox.pay(session_id)
    booking = flows.confirm_booking(session_id)

    results = all_at_once(
        [partial(flows.cancel_booking, Booking.objects.get(pk=booking.pk), by=ann, in_full=True) for _n in range(20)]
    )

    assert kinds(results) == {"Booking": 20}
    assert Refund.objects.count() == 1


def test_held_by_one_then_fifty_others_see_it(ann, showtime):
    flows.hold_seats(ann, showtime=showtime, seat_ids=[showtime.layout.seats.first().pk])

    results = all_at_once([partial(holds.held_seats, showtime.pk)] * CROWD)

    assert [len(held) for held in results] == [1] * CROWD
