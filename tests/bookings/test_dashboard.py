"""The office's front page: the house today."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from bookings import flows
from bookings.models import Booking, Ticket, Trouble
from tests.bookings.steps import buy
from tests.bookings.test_film_weeks import manager_of
from tests.factories import create_showtime_now, create_staff, create_theater, seats_of, zone_where_it_is
from theaters.models import SeatOutage, Showtime

pytestmark = pytest.mark.django_db


@pytest.fixture
def tonight():
    return create_showtime_now()


def front_page(client, user, **asked):
    client.force_login(user)
    return client.get(reverse("admin:index"), asked)


def test_manager_then_seats_sales_movies_and_refunds_of_today(client, ann, bob, tonight, sandbox):
    buy(sandbox, ann, tonight, "A1", "A2", "A3")
    flows.cancel_booking(buy(sandbox, bob, tonight, "B1"), by=bob, in_full=True)
    flows.admit(Ticket.objects.live().first().serial, by=create_staff())

    page = front_page(client, manager_of(tonight.theater)).text

    for words in ("3 of 18, 17 %", "1 <small>of 3", "EUR 50.00", "4 tickets", "Cancelled by the theater", "EUR 34.50"):
        assert words in page
    assert "Nothing needs you" in page


def test_fewer_people_by_law_than_seats_then_the_house_is_full_earlier(client, ann, tonight, sandbox):
    Showtime.objects.update(legal_capacity=6)
    booking = buy(sandbox, ann, tonight, "A1", "A2", "A3")
    Booking.objects.filter(pk=booking.pk).update(seat_labels=[])  # a move had no seat for them; the sale stands

    page = front_page(client, manager_of(tonight.theater)).text

    assert "3 of 6, 50 %" in page
    assert "3 tickets" in page


def test_usher_then_how_full_it_gets_and_no_money(client, ann, tonight, sandbox):
    buy(sandbox, ann, tonight, "A1", "A2", "A3")

    page = front_page(client, manager_of(tonight.theater, "usher")).text

    assert "3 of 18, 17 %" in page
    assert "EUR" not in page
    assert "needs you" not in page


def test_another_theater_then_nothing_of_it(client, ann, tonight, sandbox):
    buy(sandbox, ann, tonight, "A1", "A2", "A3")
    other = create_theater("Elsewhere")

    page = front_page(client, manager_of(other), theater=tonight.theater.slug).text

    assert tonight.theater.name not in page
    assert tonight.movie.title not in page
    assert "0 of 0" in page or "0 <small>" in page


def test_one_theater_then_the_front_page_names_it_and_its_day(client, tonight):
    page = front_page(client, manager_of(tonight.theater)).text

    assert f"{tonight.theater}, {tonight.theater.today:%A %-d %B}</h2>" in page


def test_programmer_then_no_dashboard(client, tonight):
    page = front_page(client, manager_of(tonight.theater, "programmer"))

    assert page.status_code == 200
    assert "today-heading" not in page.text


def test_two_currencies_then_two_charts_and_no_sum(client, ann, tonight, sandbox):
    dollars = create_showtime_now(theater=create_theater("Paragon", currency="USD", time_zone=zone_where_it_is(12)))
    buy(sandbox, ann, tonight, "A1")
    buy(sandbox, ann, dollars, "A1")
    head_office = create_staff("bookings.view_booking")

    page = front_page(client, head_office).text
    assert ("Sales by hour in EUR" in page, "Sales by hour in USD" in page) == (True, True)
    assert "25.00" not in page

    assert "EUR" not in front_page(client, head_office, theater=dollars.theater.slug).text


def test_broken_seat_sold_and_trouble_then_they_need_somebody(client, ann, tonight, sandbox):
    booking = buy(sandbox, ann, tonight, "A1")
    SeatOutage.objects.create(seat=seats_of(tonight, "A1")[0], reason="Torn", starts_at=timezone.now())
    Trouble.objects.create(kind="refund_failed", about="refund 1", words="Pay it back.", booking=booking)
    Trouble.objects.create(kind="orphan_money", about="cs_1", words="Whose is it?")

    theirs = front_page(client, manager_of(tonight.theater)).text
    whole = front_page(client, create_staff("bookings.view_booking", "bookings.view_trouble")).text

    assert "1 seat that is out of order is sold" in theirs
    assert "Refund that failed: 1" in theirs
    assert ("Money without a booking: 1" in theirs, "Money without a booking: 1" in whole) == (False, True)


def test_film_week_over_then_it_waits_to_be_closed(client, tonight):
    theater, boss = tonight.theater, manager_of(tonight.theater)
    last = theater.film_week_of(theater.today - timedelta(days=14))
    theater.film_week_returns.create(starts_on=last[0], ends_on=last[1], closed_by=boss)

    page = front_page(client, boss).text

    assert f"of {theater} can be closed" in page
    assert f"day={last[1] + timedelta(days=1)}" in page


def test_queries_then_the_same_for_one_theater_and_many(client, tonight, django_assert_max_num_queries):
    boss = create_staff(is_superuser=True)
    front_page(client, boss)
    counts = []
    for _round in range(2):
        with django_assert_max_num_queries(100) as captured:
            client.get(reverse("admin:index"))
        counts.append(len(captured))
        for _n in range(3):
            create_showtime_now()

    assert counts[0] == counts[1] <= 30
