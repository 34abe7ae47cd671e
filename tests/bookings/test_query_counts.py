"""Pages ask the database as often for thirty rows as for one."""

from copy import copy

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings.models import Booking, Ticket
from tests.bookings.steps import buy, start
from tests.factories import create_layout, create_showtime, create_staff, create_user

pytestmark = pytest.mark.django_db


def queries(client, django_assert_max_num_queries, url):
    with django_assert_max_num_queries(1000) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_bookings_page_then_the_same_for_one_and_thirty(client, ann, django_assert_max_num_queries, settings):
    settings.MAX_SHOWTIMES_HELD = settings.MAX_SEATS_PER_BOOKING = 30
    client.force_login(ann)
    start(ann, create_showtime(), "A1")
    client.get(reverse("bookings:bookings"))
    one = queries(client, django_assert_max_num_queries, reverse("bookings:bookings"))

    for _n in range(29):
        start(ann, create_showtime(), "A1")

    assert queries(client, django_assert_max_num_queries, reverse("bookings:bookings")) == one


def test_seat_map_then_the_same_for_six_and_three_hundred_seats(client, ann, django_assert_max_num_queries):
    client.force_login(ann)
    small = create_showtime(layout=create_layout(rows="A", seats=6))
    large = create_showtime(layout=create_layout(rows="ABCDEFGHJKLMNPQ", seats=20))
    counts = set()

    for showtime in (small, large):
        url = reverse("bookings:seat_map", args=[showtime.pk])
        client.get(url)
        counts.add(queries(client, django_assert_max_num_queries, url))

    assert len(counts) == 1


def test_seat_states_read_anew_then_three_looks_however_many_seats(client, showtime, django_assert_num_queries):
    url = reverse("bookings:seat_states", args=[showtime.pk])

    with django_assert_num_queries(3):  # the showtime, its booked seats, who waits for some
        client.get(url)


@pytest.mark.parametrize("model", ["booking", "mail", "refund", "payment", "ticket"])
def test_office_lists_then_the_same_for_one_and_thirty(client, sandbox, ann, django_assert_max_num_queries, model):
    from bookings import flows
    from tests.bookings.steps import buy

    client.force_login(create_staff(is_superuser=True))
    url = reverse(f"admin:bookings_{model}_changelist")
    flows.cancel_booking(buy(sandbox, ann, create_showtime(), "A1"), by=ann, in_full=True)
    client.get(url)
    one = queries(client, django_assert_max_num_queries, url)

    for _n in range(7):
        flows.cancel_booking(buy(sandbox, ann, create_showtime(), "A1", "A2", "A3", "A4"), by=ann, in_full=True)

    assert queries(client, django_assert_max_num_queries, url) == one


def rows_read(search):
    """The most rows that any step of the plans of these queries had of a table of sales."""
    with CaptureQueriesContext(connection) as queries:
        search()
    with connection.cursor() as cursor:
        # As in a large house, where reading a whole table never pays.
        cursor.execute("SET LOCAL enable_seqscan = off")
        for query in queries.captured_queries:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query['sql']}")
            yield from rows_of(cursor.fetchone()[0][0]["Plan"])


def rows_of(step):
    if step.get("Relation Name", "").startswith("bookings_"):
        yield step["Actual Loops"] * (step["Actual Rows"] + step.get("Rows Removed by Filter", 0))
    for below in step.get("Plans", []):
        yield from rows_of(below)


def test_search_at_the_counter_then_it_reads_what_it_finds_and_no_other_sale(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    for label in ("A2", "A3", "A4", "A5", "A6"):
        other = start(create_user(), showtime, label)
    others = [copy(other) for _n in range(500)]  # of so few as six it does not matter how they are read
    for number, one in enumerate(others):
        one.pk, one.reference = None, f"AAAA-AAAA-{number:04}"
    Booking.objects.bulk_create(others)
    here = Booking.objects.for_listing().filter(showtime__screen__theater=showtime.theater)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

    for words in (booking.reference, Ticket.objects.get(booked_seat__booking=booking).serial, "Ann@Example.com"):
        assert here.matching(words).get() == booking
        # The six seats lie together on one page, so that one or two of them may be looked at for nothing.
        assert max(rows_read(lambda words=words: list(here.matching(words)[:20]))) <= 2, words
