"""The shop without its lock, without its constraints: for the controls of races."""

from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from bookings.flows import booking as booking_flow
from bookings.flows import cancelling, exchanging, expiring, paying, settling
from bookings.flows.locking import database_now
from bookings.models import BookedSeat, Booking, Exchange, Mail, Payment, Refund, Ticket
from theaters.models import Showtime

CROWD = 50


@contextmanager
def no_lock(showtime_id, savepoint=True):
    """What `locked_showtime` would be without FOR UPDATE."""
    with transaction.atomic():
        yield Showtime.objects.select_related("movie", "screen__theater").get(pk=showtime_id), database_now()


@contextmanager
def no_lock_on_sides(booking):
    """What `locked_sides` would be."""
    with no_lock(booking.showtime_id) as found:
        yield found


@contextmanager
def no_locks(*showtime_ids):
    """What `locked_showtimes` would be."""
    with transaction.atomic():
        yield Showtime.objects.select_related("movie", "screen__theater").in_bulk(showtime_ids), database_now()


@pytest.fixture
def without_lock(monkeypatch):
    for flow in (booking_flow, cancelling, expiring):
        monkeypatch.setattr(flow, "locked_showtime", no_lock)
    for flow in (paying, settling):
        monkeypatch.setattr(flow, "locked_sides", no_lock_on_sides)
    monkeypatch.setattr(exchanging, "locked_showtimes", no_locks)


@pytest.fixture
def without_constraints():
    """Take the unique indexes away that have the last word, and bring them back over empty tables."""
    names = (
        "seat_sold_once_per_showtime",
        "one_live_ticket_per_booked_seat",
        "one_open_payment_per_booking",
        "mail_once_per_booking_and_kind",
    )
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
    Booking.objects.update(paid_with=None)
    for model in (Ticket, Mail, BookedSeat, Refund, Payment, Exchange):
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
