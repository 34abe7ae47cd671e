"""The office with ten thousand of everything: no page asks more often than with one, none shows them all."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings.models import Booking, Ticket
from tests.bookings.steps import buy
from tests.factories import create_showtime_now, create_staff, create_user

pytestmark = pytest.mark.django_db

# Every row of the table once more, so many times, with what must be another each time.
COPIES = """
    INSERT INTO {table} ({columns})
    SELECT {columns} FROM (SELECT (jsonb_populate_record(old, jsonb_build_object({changes}))).*
    FROM {table} AS old, generate_series(1, %(copies)s) AS n WHERE old.id = %(id)s) AS new
"""
COLUMNS = """
    SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns
    WHERE table_name = %s AND is_generated = 'NEVER'
"""
TIMES = "starts_at", "ends_at", "free_at", "sales_close_at", "business_date"
LATER = {column: f"old.{column} + n * interval '1 day'" for column in TIMES}
NEW = "1000000 + n"
TABLES = {
    "movies_movie": {"slug": "'movie-of-many-' || n", "title": "'Movie ' || n"},
    "accounts_user": {"email": "'many' || n || '@example.com'"},
    "theaters_showtime": {"movie_id": NEW} | LATER,
    "bookings_booking": {"reference": "'MANY-' || n", "user_id": NEW, "showtime_id": NEW, "paid_with_id": NEW},
    "bookings_payment": {
        "booking_id": NEW,
        "session_id": "'cs_many_' || n",
        "payment_intent": "'pi_many_' || n",
        "idempotency_key": "'many' || n",
    },
    "bookings_bookedseat": {"booking_id": NEW, "showtime_id": NEW},
    "bookings_ticket": {"booked_seat_id": NEW, "serial": "'MANY' || n"},
    "bookings_mail": {"booking_id": NEW, "message_id": "gen_random_uuid()"},
}
LISTS = [
    *("movies_movie", "accounts_user", "theaters_showtime", "bookings_booking", "bookings_payment"),
    *("bookings_ticket", "bookings_mail"),
]
PAGES = [
    *(f"admin:{name}_changelist" for name in LISTS),
    *("admin:index", "admin:theaters_showtime_board", "admin:bookings_showtimemove_changelist"),
    *("admin:theaters_showtime_plan", "admin:theaters_showtime_add", "admin:bookings_promocode_add"),
    *("bookings:reports", "bookings:film_weeks", "bookings:door"),
]


@pytest.fixture
def booking(sandbox):
    return buy(sandbox, create_user("ann@example.com"), create_showtime_now(), "A1")


def multiply(booking, copies):
    ids = {
        "movies_movie": booking.movie_id,
        "accounts_user": booking.user_id,
        "theaters_showtime": booking.showtime_id,
        "bookings_booking": booking.pk,
        "bookings_payment": booking.paid_with_id,
        "bookings_bookedseat": booking.booked_seats.get().pk,
        "bookings_ticket": Ticket.objects.get(booked_seat__booking=booking).pk,
        "bookings_mail": booking.mails.get().pk,
    }
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table, new in TABLES.items():
            changes = ", ".join(f"'{column}', {value}" for column, value in ({"id": NEW} | new).items())
            cursor.execute(COLUMNS, [table])
            words = {"table": table, "changes": changes, "columns": cursor.fetchone()[0]}
            cursor.execute(COPIES.format(**words), {"copies": copies, "id": ids[table]})
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        # As the server does by itself after a while; taken for empty, the tables would be joined row by row.
        cursor.execute("ANALYZE")


def test_ten_thousand_of_everything_then_as_many_queries_as_with_one(client, booking):
    client.force_login(create_staff(is_superuser=True))

    def queries():
        asked = {}
        for page in PAGES:
            with CaptureQueriesContext(connection) as queries:
                response = client.get(reverse(page))
            assert response.status_code == 200
            asked[page] = len(queries), response.content.count(b"<option") // 500
        return asked

    queries()  # what kinds of rows there are is asked once in a process
    with_one = queries()
    multiply(booking, 10_000)

    assert Booking.objects.count() == 10_001
    assert queries() == with_one
