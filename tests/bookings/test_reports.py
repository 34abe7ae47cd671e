"""Every report is what plain SQL says, over random sales of three houses in three currencies."""

import csv
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO, StringIO

import pytest
from django.db import connection
from openpyxl import load_workbook

from bookings.audit import audit
from bookings.models import Booking
from bookings.reports import REPORTS, Selection
from bookings.reports.files import as_csv, as_xlsx
from bookings.reports.sold import THEATER, business_day
from tests.bookings.random_sales import DST, shared_chain

pytestmark = pytest.mark.django_db

SINCE, UNTIL = date(2025, 10, 24), date(2025, 11, 3)
BOOKED = """
    FROM bookings_booking b JOIN theaters_showtime s ON s.id = b.showtime_id
    JOIN theaters_screen r ON r.id = s.screen_id JOIN theaters_theater t ON t.id = r.theater_id
    JOIN movies_movie m ON m.id = s.movie_id
"""
SEATS = BOOKED + "JOIN bookings_bookedseat k ON k.booking_id = b.id"
SOLD = "b.status = 'confirmed' AND k.released_at IS NULL AND s.business_date BETWEEN %(since)s AND %(until)s"
TICKET_TAX = """
    CASE WHEN k.price > 0
    THEN round(k.tax * k.price / (k.price + k.fee), CASE b.currency WHEN 'JPY' THEN 0 ELSE 2 END) ELSE 0 END
"""


def on_day(moment):
    day = f"date(({moment} AT TIME ZONE t.time_zone) - interval '6 hours')"
    return day, f"{day} BETWEEN %(since)s AND %(until)s"


SOLD_DAY, SOLD_THEN = on_day("b.confirmed_at")
MONEY = f"{BOOKED} JOIN bookings_payment p ON p.booking_id = b.id"
BACK = f"{MONEY} JOIN bookings_refund f ON f.payment_id = p.id AND f.status IN ('created', 'pending', 'succeeded')"
# {report: (its columns to group by, its sums, the same in SQL)}
BY_HAND = {
    "box-office": (
        "theater_name movie_title distributor day ticket_type_name currency",
        "admits comps gross tax net",
        f"""SELECT t.name, m.title, m.distributor, s.business_date, y.name, b.currency, count(*),
            count(*) FILTER (WHERE k.price = 0),
            sum(k.price + CASE WHEN b.tax_included THEN 0 ELSE {TICKET_TAX} END), sum({TICKET_TAX}),
            sum(k.price - CASE WHEN b.tax_included THEN {TICKET_TAX} ELSE 0 END)
            {SEATS} JOIN theaters_tickettype y ON y.id = k.ticket_type_id WHERE {SOLD} GROUP BY 1, 2, 3, 4, 5, 6""",
    ),
    "sales": (
        "theater_name day currency",
        "bookings tickets seats_price fees sold_total",
        f"""SELECT t.name, {SOLD_DAY}, b.currency, count(DISTINCT b.id), count(*), sum(k.price),
            sum(k.fee), sum(k.total)
            {SEATS} WHERE b.status IN ('confirmed', 'cancelled') AND {SOLD_THEN} GROUP BY 1, 2, 3""",
    ),
    "fees": (
        "theater_name day currency",
        "fees",
        f"""SELECT t.name, {SOLD_DAY}, b.currency, sum(k.fee)
            {SEATS} WHERE b.confirmed_at IS NOT NULL AND {SOLD_THEN} GROUP BY 1, 2, 3 HAVING sum(k.fee) > 0""",
    ),
    "tax": (
        "theater_name tax_rate currency what",
        "gross tax",
        f"""SELECT t.name, b.tax_rate, b.currency, 'Sold', sum(k.total), sum(k.tax)
            {SEATS} WHERE b.confirmed_at IS NOT NULL AND {SOLD_THEN} GROUP BY 1, 2, 3
            UNION ALL SELECT name, tax_rate, currency, 'Refunded', -sum(amount), -sum(
                round(amount * tax_total / total, CASE currency WHEN 'JPY' THEN 0 ELSE 2 END))
            FROM (SELECT t.name, b.*, f.amount {BACK}
                WHERE p.id = b.paid_with_id AND f.sale_id IS NULL AND {on_day("f.created_at")[1]}
            UNION ALL SELECT t.name, b.*, f.amount {BOOKED} JOIN bookings_refund f ON f.sale_id = b.id
                WHERE {on_day("f.created_at")[1]}
            UNION ALL SELECT t.name, b.*, e.credit {BOOKED} JOIN bookings_exchange e ON e.old_id = b.id
                WHERE {on_day("e.done_at")[1]}) AS undone GROUP BY 1, 2, 3""",
    ),
    "tender": (
        "theater_name currency",
        "received refunded charged_back",
        f"""SELECT name, currency, sum(came), sum(went), sum(lost) FROM (
            SELECT t.name, b.currency, p.amount AS came, 0 AS went, 0 AS lost
            {MONEY} WHERE p.status = 'paid' AND {on_day("p.paid_at")[1]}
            UNION ALL SELECT t.name, b.currency, 0, f.amount, 0 {BACK} WHERE {on_day("f.created_at")[1]}
            UNION ALL SELECT t.name, b.currency, e.credit, e.credit, 0
            {BOOKED} JOIN bookings_exchange e ON e.old_id = b.id WHERE {on_day("e.done_at")[1]}
            UNION ALL SELECT t.name, b.currency, 0, 0, d.amount
            {MONEY} JOIN bookings_dispute d ON d.payment_id = p.id
            WHERE d.status = 'lost' AND {on_day("d.opened_at")[1]}) AS money GROUP BY 1, 2""",
    ),
    "refunds": (
        "theater_name reference currency",
        "back",
        f"""SELECT t.name, b.reference, f.currency, sum(f.amount) {BACK}
            WHERE {on_day("f.created_at")[1]} GROUP BY 1, 2, 3""",
    ),
    "occupancy": (
        "theater_name movie_title day screen_name",
        "sold capacity",
        """SELECT t.name, m.title, s.business_date, r.name,
            sum((SELECT count(*) FROM bookings_bookedseat k JOIN bookings_booking b ON b.id = k.booking_id
                WHERE k.showtime_id = s.id AND b.status = 'confirmed' AND k.released_at IS NULL)),
            sum(least(20, s.legal_capacity, r.legal_capacity))
            FROM theaters_showtime s JOIN theaters_screen r ON r.id = s.screen_id
            JOIN theaters_theater t ON t.id = r.theater_id JOIN movies_movie m ON m.id = s.movie_id
            WHERE s.business_date BETWEEN %(since)s AND %(until)s GROUP BY 1, 2, 3, 4""",
    ),
    "no-shows": (
        "theater_name movie_title day ticket_type_name",
        "sold admitted not_admitted",
        f"""SELECT t.name, m.title, s.business_date, y.name, count(*), count(c.id), count(*) - count(c.id)
            {SEATS} JOIN theaters_tickettype y ON y.id = k.ticket_type_id
            LEFT JOIN bookings_ticket c
            ON c.booked_seat_id = k.id AND c.revoked_at IS NULL AND c.checked_in_at IS NOT NULL
            WHERE {SOLD} GROUP BY 1, 2, 3, 4""",
    ),
}


@pytest.fixture(scope="module")
def chain(django_db_setup, django_db_blocker):
    with shared_chain(django_db_blocker, seed=2025) as chain:
        yield chain


def choose(chain, **fields):
    return Selection(**{"theaters": tuple(chain.theaters), "since": SINCE, "until": UNTIL} | fields)


def by_hand(slug):
    keys, _sums, sql = BY_HAND[slug]
    n = len(keys.split())
    with connection.cursor() as cursor:
        cursor.execute(sql, {"since": SINCE, "until": UNTIL})
        return {row[:n]: tuple(map(Decimal, row[n:])) for row in cursor.fetchall()}


def by_report(slug, selection):
    keys, sums, _sql = (part.split() for part in BY_HAND[slug])
    grouped = defaultdict(lambda: [Decimal(0)] * len(sums))
    for row in REPORTS[slug].table(selection).rows:
        key = tuple(row[name] for name in keys)
        grouped[key] = [had + row[name] for had, name in zip(grouped[key], sums, strict=True)]
    return {key: tuple(values) for key, values in grouped.items() if slug != "refunds" or any(values)}


def test_there_is_enough_to_compare_and_the_books_are_in_order(chain):
    statuses = set(Booking.objects.values_list("status", flat=True))

    assert Booking.objects.count() >= 60
    assert statuses == set(Booking.Status.values)
    assert [(result.invariant.code, result.examples) for result in audit() if result.broken] == []


@pytest.mark.parametrize("slug", sorted(REPORTS))
def test_every_report_is_what_plain_sql_says(chain, slug):
    assert by_hand(slug)
    assert by_report(slug, choose(chain)) == by_hand(slug)


@pytest.mark.parametrize("slug", sorted(REPORTS))
def test_theater_and_movie_then_the_same_report_is_only_theirs(chain, slug):
    theater, movie = chain.theaters[0], chain.movies[0]
    whole = REPORTS[slug].table(choose(chain)).rows
    titled = {"movie_title"} <= {column.name for column in REPORTS[slug].columns}

    part = REPORTS[slug].table(choose(chain, theaters=(theater,), movie_id=movie.pk)).rows

    assert part
    assert {row["theater_name"] for row in part} == {"Rialto"}
    if titled:
        assert part == [row for row in whole if (row["theater_name"], row["movie_title"]) == ("Rialto", "=1+1")]


@pytest.mark.parametrize("slug", sorted(REPORTS))
def test_totals_then_a_line_for_each_currency_and_never_their_sum(chain, slug):
    table = REPORTS[slug].table(choose(chain))

    totals = table.totals()

    has_currency = "currency" in {column.name for column in table.columns}
    assert [line["currency"] for line in totals] == (["EUR", "JPY", "USD"] if has_currency else [None])
    for column in (column for column in table.columns if column.sums):
        for line in totals:
            rows = [row for row in table.rows if row.get("currency") == line["currency"]]
            assert line[column.name] == sum(row[column.name] for row in rows)


def test_box_office_and_fees_then_they_make_up_what_customers_paid(chain):
    """Nothing of a seat's total is lost or counted twice between the ticket, its fee and their taxes."""
    lines = REPORTS["box-office"].table(choose(chain)).totals()
    sql = f"""SELECT b.currency, sum(k.total) - sum(k.fee)
        - sum(CASE WHEN b.tax_included THEN 0 ELSE k.tax - {TICKET_TAX} END) {SEATS} WHERE {SOLD} GROUP BY 1"""
    with connection.cursor() as cursor:
        cursor.execute(sql, {"since": SINCE, "until": UNTIL})
        expected = dict(cursor.fetchall())

    assert {line["currency"]: line["gross"] for line in lines} == expected


def test_day_of_the_house_then_sql_and_python_agree_through_the_nights_when_clocks_change(chain):
    moments = [night + timedelta(minutes=minutes) for night in DST for minutes in range(-300, 600, 150)]
    for theater in chain.theaters:
        booking = Booking.objects.filter(**{THEATER: theater}, confirmed_at__isnull=False).first()
        for moment in moments:
            Booking.objects.filter(pk=booking.pk).update(confirmed_at=moment)
            found = Booking.objects.annotate(day=business_day("confirmed_at", THEATER)).get(pk=booking.pk)
            assert found.day == theater.business_date_of(moment)
        Booking.objects.filter(pk=booking.pk).update(confirmed_at=booking.confirmed_at)


def test_csv_then_no_cell_is_a_formula_and_the_numbers_are_numbers(chain):
    table = REPORTS["box-office"].table(choose(chain, movie_id=chain.movies[0].pk))

    lines = list(csv.DictReader(StringIO(as_csv(table).decode("utf-8-sig"))))

    assert {line["Movie"] for line in lines} == {"'=1+1"}
    assert {line["Distributor"] for line in lines} == {"'+Plus Films"}
    assert {line["Ticket type"] for line in lines} == {"Adult", "Child", "'@Guest"}
    assert sum(int(line["Admits"]) for line in lines) == sum(row["admits"] for row in table.rows)
    assert {len(line["Gross"].partition(".")[2]) for line in lines if line["Currency"] == "JPY"} == {0}


def test_negative_amounts_then_csv_leaves_them_numbers(chain):
    table = REPORTS["tax"].table(choose(chain))

    lines = list(csv.DictReader(StringIO(as_csv(table).decode("utf-8-sig"))))

    assert min(Decimal(line["Gross"]) for line in lines) < 0
    assert {line["Rate in percent"] for line in lines} == {"7", "8.875", "10"}


def test_xlsx_then_text_is_text_and_amounts_add_up(chain):
    table = REPORTS["box-office"].table(choose(chain, movie_id=chain.movies[0].pk))

    book = load_workbook(BytesIO(as_xlsx(table, title="=2+2", facts=[("Theater", "-Rialto")])))

    head, *lines = book["Lines"].iter_rows()
    names = [cell.value for cell in head]
    movies = {(cell.value, cell.data_type) for line in lines for cell in [line[names.index("Movie")]]}
    assert movies == {("=1+1", "s")}
    gross = sum(Decimal(str(line[names.index("Gross")].value)) for line in lines)
    assert gross == sum(row["gross"] for row in table.rows)
    assert lines[0][names.index("Day")].value == datetime.combine(table.rows[0]["day"], datetime.min.time())
    assert [cell.value for cell in book["About"]["B"]] == ["=2+2", "-Rialto"]


def test_the_same_report_twice_then_the_same_files_byte_by_byte(chain):
    table, again = (REPORTS["sales"].table(choose(chain)) for _n in range(2))

    assert as_csv(table) == as_csv(again)
    assert as_xlsx(table, title="Sales", facts=[]) == as_xlsx(again, title="Sales", facts=[])
