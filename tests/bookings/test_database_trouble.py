"""PostgreSQL makes us wait, picks us as a victim, cuts the line: nothing is half done, and the next try succeeds."""

from contextlib import contextmanager
from functools import partial

import pytest
from django.db import OperationalError, connection, connections
from django.db.models import QuerySet
from django.urls import reverse
from psycopg import IsolationLevel

from bookings import flows
from bookings.exceptions import Busy
from bookings.flows import locking
from bookings.models import BookedSeat, Booking, Mail, Payment, Refund, Ticket
from tests.bookings.steps import buy, deliver, events, open_session, quote, start
from tests.bookings.threads import in_a_thread, wait_until_somebody_waits
from tests.factories import seats_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def somebody():
    """Somebody else's connection to the same database."""
    other = connections.create_connection("default")
    yield other
    other.close()


@pytest.fixture
def impatient():
    """Who waits for a lock waits 0.2 seconds instead of 3."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 200")
    yield
    connection.close()


@pytest.fixture
def no_second_try(monkeypatch):
    monkeypatch.setattr(locking, "PAUSES_IN_SECONDS", ())


@contextmanager
def transaction_of(other):
    """A transaction that somebody else ends when they like: gives a function that says one more sentence in it."""
    other.set_autocommit(False)
    with other.cursor() as cursor:
        yield cursor.execute
    other.rollback()


def lock(say, showtime):
    say("UPDATE theaters_showtime SET status = status WHERE id = %s", [showtime.pk])


def test_line_cut_while_the_session_is_saved_then_503_and_one_line_in_the_log(
    ann, showtime, client, monkeypatch, caplog
):
    client.force_login(ann)

    def lose_the_line(*args, **kwargs):
        raise OperationalError("terminating connection due to administrator command")

    monkeypatch.setattr(QuerySet, "update", lose_the_line)

    answer = client.post(reverse("bookings:hold", args=[showtime.pk]), {"seats": seats_of(showtime, "A1")[0].pk})

    assert (answer.status_code, "try again" in answer.content.decode().lower()) == (503, True)
    assert [line.exc_info for line in caplog.records if line.name == "django.request"] == [None]


# --- Waiting for the lock ---------------------------------------------------------------------------


def test_lock_held_for_too_long_then_busy_with_the_choice_kept_and_one_click_more_buys(
    client, ann, showtime, sandbox, somebody, impatient
):
    client.force_login(ann)
    checkout = reverse("bookings:checkout", args=[showtime.pk])
    hold_url = reverse("bookings:hold", args=[showtime.pk])
    client.post(hold_url, {"seats": [seat.pk for seat in seats_of(showtime, "A1")]})

    with transaction_of(somebody) as say:
        lock(say, showtime)
        answer = client.post(checkout, {"total": "12.50"})

    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "Your seats are still held" in answer.content.decode()
    assert f'action="{checkout}"' in answer.content.decode()
    assert '<input type="hidden" name="total" value="12.50">' in answer.content.decode()
    assert not Booking.objects.exists()
    assert client.post(checkout, {"total": "12.50"}).status_code == 303


def test_release_while_the_lock_is_held_then_503_in_words_and_the_seats_are_still_yours(
    client, ann, showtime, somebody, impatient
):
    client.force_login(ann)
    booking = start(ann, showtime, "A1")

    with transaction_of(somebody) as say:
        lock(say, showtime)
        answer = client.post(reverse("bookings:release", args=[showtime.pk]))

    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "Your seats are still held" in answer.content.decode()
    booking.refresh_from_db()
    assert booking.is_pending


def test_webhook_while_the_lock_is_held_then_503_and_the_next_one_confirms(
    client, ann, showtime, sandbox, somebody, impatient
):
    booking = start(ann, showtime, "A1")
    sandbox.pay(open_session(booking))
    event = events(sandbox, "checkout.session.completed")[0]

    with transaction_of(somebody) as say:
        lock(say, showtime)
        assert deliver(client, event).status_code == 503

    assert_whole(booking, Booking.Status.PENDING)
    assert deliver(client, event).status_code == 200
    assert_whole(booking, Booking.Status.CONFIRMED)


def test_slow_statement_then_busy(ann, showtime, somebody):
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 200")

    with transaction_of(somebody) as say:
        say("LOCK TABLE bookings_bookedseat")
        with pytest.raises(Busy):
            start(ann, showtime, "A1")

    connection.close()
    assert_whole(start(ann, showtime, "A1"), Booking.Status.PENDING)


# --- Victims ----------------------------------------------------------------------------------------


def deadlock(somebody, booking):
    """Cancel a booking while somebody holds its tickets and then wants its showtime; what came of the cancelling."""
    with transaction_of(somebody) as say:
        # PostgreSQL picks who notices it: not us.
        say("SET LOCAL deadlock_timeout = '30s'")
        say("UPDATE bookings_ticket SET serial = serial")
        cancelled = in_a_thread(partial(flows.cancel_booking, booking, by=booking.user))
        wait_until_somebody_waits()
        lock(say, booking.showtime)
    return cancelled()


def test_deadlock_then_the_victim_tries_again_and_succeeds(ann, showtime, sandbox, somebody):
    booking = buy(sandbox, ann, showtime, "A1")

    assert deadlock(somebody, booking) == booking

    assert_whole(booking, Booking.Status.CANCELLED)


def test_control_deadlock_without_a_second_try_then_busy(ann, showtime, sandbox, somebody, no_second_try):
    booking = buy(sandbox, ann, showtime, "A1")

    result = deadlock(somebody, booking)

    assert (type(result), result.__cause__.__cause__.sqlstate) == (Busy, "40P01")
    assert_whole(booking, Booking.Status.CONFIRMED)


def serialization_failure(somebody, start_booking):
    """Start a booking, in a database with another isolation level, while somebody changes the showtime."""

    def strictly():
        connection.ensure_connection()
        connection.connection.isolation_level = IsolationLevel.REPEATABLE_READ
        return start_booking()

    with transaction_of(somebody) as say:
        lock(say, start_booking.args[1])
        started = in_a_thread(strictly)
        wait_until_somebody_waits()
        somebody.commit()
    return started()


def test_serialization_failure_then_tried_again(ann, showtime, somebody):
    booking = serialization_failure(somebody, partial(start, ann, showtime, "A1"))

    assert_whole(booking, Booking.Status.PENDING)


def test_control_serialization_failure_without_a_second_try_then_busy(ann, showtime, somebody, no_second_try):
    result = serialization_failure(somebody, partial(start, ann, showtime, "A1"))

    assert (type(result), result.__cause__.__cause__.sqlstate) == (Busy, "40001")
    assert not Booking.objects.exists()


def test_another_isolation_level_in_the_database_then_ours_holds(somebody):
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_isolation = 'serializable'")
        connection.set_autocommit(False)
        cursor.execute("SHOW transaction_isolation")
        level = cursor.fetchone()[0]
    connection.rollback()
    connection.close()

    assert level == "read committed"


def test_trouble_that_stays_then_three_tries_also_where_one_flow_calls_another(monkeypatch):
    monkeypatch.setattr(locking, "PAUSES_IN_SECONDS", (0, 0))
    tries = []

    @locking.patient
    def inner():
        tries.append(1)
        raise OperationalError("connection refused")

    with pytest.raises(Busy):
        locking.patient(inner)()

    assert len(tries) == 3


# --- The line is cut --------------------------------------------------------------------------------


class CutBefore:
    """Ends our connection, as `pg_terminate_backend` does, before the nth statement that it sees."""

    def __init__(self, nth, other):
        self.left, self.other = nth, other

    def __call__(self, execute, sql, params, many, context):
        self.left -= 1
        if self.left == 0:
            cut(context["connection"], self.other)
        return execute(sql, params, many, context)


def cut(ours, other):
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [ours.connection.info.backend_pid])


# Each step of the journey, ready to be taken.


def to_hold(sandbox, user, showtime):
    seat_ids = [seat.pk for seat in seats_of(showtime, "A1", "A2")]
    return partial(flows.hold_seats, user, showtime=showtime, seat_ids=seat_ids)


def to_start(sandbox, user, showtime):
    return partial(flows.start_booking, user, showtime=showtime, quote=quote(showtime, "A1", "A2"))


def to_pay(sandbox, user, showtime):
    """The first attempt, which the booking begins with, has come to nothing."""
    to_start(sandbox, user, showtime)()
    Payment.objects.all().delete()
    return partial(flows.start_payment, Booking.objects.get())


def to_confirm(sandbox, user, showtime):
    session_id = open_session(to_start(sandbox, user, showtime)())
    sandbox.pay(session_id)
    return partial(flows.confirm_booking, session_id)


def to_cancel(sandbox, user, showtime):
    return partial(flows.cancel_booking, to_confirm(sandbox, user, showtime)(), by=user)


def to_release(sandbox, user, showtime):
    to_start(sandbox, user, showtime)()
    return partial(flows.release_seats, user, showtime=showtime)


STATUS_AFTER = {
    to_start: "pending",
    to_pay: "pending",
    to_confirm: "confirmed",
    to_cancel: "cancelled",
    to_release: "expired",
}


@pytest.mark.parametrize("ready", [to_hold, *STATUS_AFTER])
def test_line_cut_before_any_statement_of_a_step_then_the_step_is_done_once(
    ready, sandbox, ann, showtime, somebody, monkeypatch
):
    monkeypatch.setattr(locking, "PAUSES_IN_SECONDS", (0, 0))
    statements, done = 0, False
    while not done:
        statements += 1
        step = ready(sandbox, ann, showtime)
        knife = CutBefore(statements, somebody)
        with connection.execute_wrapper(knife):
            step()
        done = knife.left > 0
        assert Booking.objects.count() == (ready is not to_hold)
        for booking in Booking.objects.all():
            assert_whole(booking, STATUS_AFTER[ready])
        forget_bookings()

    assert statements > 3


def test_control_line_cut_without_a_second_try_then_busy_and_nothing_half_done(
    ann, showtime, sandbox, somebody, no_second_try
):
    confirm = to_confirm(sandbox, ann, showtime)

    with connection.execute_wrapper(CutBefore(12, somebody)), pytest.raises(Busy):
        confirm()

    connection.close()
    assert_whole(Booking.objects.get(), Booking.Status.PENDING)


@pytest.mark.parametrize("ready", STATUS_AFTER)
def test_answer_to_the_commit_is_lost_then_it_is_read_back_and_not_done_twice(
    ready, sandbox, ann, showtime, somebody, monkeypatch
):
    step = ready(sandbox, ann, showtime)
    ours = connections["default"]
    commit, lost = ours._commit, []

    def commit_and_lose_the_answer():
        commit()
        if not lost:
            lost.append(True)
            cut(ours, somebody)
            raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(ours, "_commit", commit_and_lose_the_answer)
    step()

    assert lost
    assert_whole(Booking.objects.get(), STATUS_AFTER[ready])


# --- All or nothing ---------------------------------------------------------------------------------

# By state of the booking: seats that it keeps, live tickets, paid payments, mails, refunds.
WHOLE = {
    "pending": (True, False, 0, [], 0),
    "expired": (False, False, 0, [], 0),
    "confirmed": (True, True, 1, ["tickets"], 0),
    "cancelled": (False, False, 1, ["cancelled", "tickets"], 1),
}


def assert_whole(booking, status):
    """The booking is in that state, and so is everything that belongs to it."""
    booking.refresh_from_db()
    keeps_seats, has_tickets, paid, mails, refunds = WHOLE[booking.status]
    seats = booking.booked_seats.count()
    assert booking.status == status
    assert BookedSeat.objects.live().filter(booking=booking).count() == (seats if keeps_seats else 0)
    assert Ticket.objects.live().filter(booked_seat__booking=booking).count() == (seats if has_tickets else 0)
    assert booking.payments.filter(status=Payment.Status.PAID).count() == paid
    assert booking.payments.count() <= 1
    assert sorted(Mail.objects.filter(booking=booking).values_list("kind", flat=True)) == mails
    assert Refund.objects.filter(payment__booking=booking).count() == refunds
    assert flows.inspect_books().is_clean


def forget_bookings():
    """Room for the next round."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE bookings_booking, bookings_stripeevent CASCADE")
