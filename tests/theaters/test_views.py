from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import (
    create_city,
    create_layout,
    create_movie,
    create_showtime,
    create_theater,
    zone_where_it_is,
)

pytestmark = pytest.mark.django_db


def queries_of(client, url):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_theaters_lists_them_by_city_with_their_contact(client):
    create_theater("Rialto", city=create_city("Berlin"), phone="+49 30 123", email="kasse@rialto.example")
    create_theater("Astor", city=create_city("Aachen"))

    response = client.get("/theaters/")

    assert [theater.name for theater in response.context["theaters"]] == ["Astor", "Rialto"]
    assert 'href="tel:+4930123"' in response.text
    assert 'href="mailto:kasse@rialto.example"' in response.text


def test_theater_shows_a_days_programme_by_movie(client):
    theater = create_theater("Rialto", slug="rialto")
    second = create_showtime(theater=theater, movie=create_movie("Zebra"))
    first = create_showtime(theater=theater, movie=create_movie("Aal"))

    response = client.get("/theaters/rialto/")

    assert response.context["showtimes"] == [first, second]
    assert "Kantstraße 12" in response.text


def test_theater_begins_with_its_own_day_and_not_with_the_servers(client):
    theater = create_theater(time_zone="Pacific/Auckland")
    soon = timezone.now() + timedelta(minutes=30)
    create_showtime(theater=theater, starts_at=soon)

    assert client.get(theater.get_absolute_url()).context["day"] == theater.business_date_of(soon)


def test_theater_lists_what_has_begun_without_a_link(client):
    theater = create_theater(time_zone=zone_where_it_is(12))
    begun = create_showtime(theater=theater, starts_at=timezone.now() - timedelta(minutes=30))
    create_showtime(theater=theater, starts_at=timezone.now() + timedelta(minutes=1))

    response = client.get(f"{theater.get_absolute_url()}?date={begun.business_date}")

    assert "Sale has ended" in response.text
    assert f"/showtimes/{begun.pk}/" not in response.text


def test_theater_says_sold_out_in_words(client):
    showtime = create_showtime(layout=create_layout(rows="A", seats=2))
    showtime.layout.seats.update(is_blocked=True)

    assert "Sold out" in client.get(showtime.theater.get_absolute_url()).text


def test_theater_says_its_refund_policy_in_words(client):
    theater = create_theater()

    text = client.get(theater.get_absolute_url()).text

    assert "Up to 24 hours before the start: 100% of the price, and the booking fee." in text
    assert "Up to 2 hours before the start: 50% of the price, without the booking fee." in text


def test_theater_without_showtimes_says_so(client):
    assert "No showtimes are announced here" in client.get(create_theater().get_absolute_url()).text


@pytest.mark.parametrize("date", ["soon", "2020-01-01", "9999-12-31"])
def test_theater_with_an_impossible_day_shows_the_first_one(client, date):
    showtime = create_showtime()

    response = client.get(f"{showtime.theater.get_absolute_url()}?date={date}")

    assert response.context["showtimes"] == [showtime]
    assert response.context["note"]


def test_theater_asks_as_much_for_thirty_showtimes_as_for_one(client):
    theater = create_theater()
    create_showtime(theater=theater)
    for_one = queries_of(client, theater.get_absolute_url())
    for _n in range(29):
        create_showtime(theater=theater)

    assert queries_of(client, theater.get_absolute_url()) == for_one


def test_theaters_asks_as_much_for_thirty_as_for_one(client):
    create_theater()
    for_one = queries_of(client, "/theaters/")
    for _n in range(29):
        create_theater()

    assert queries_of(client, "/theaters/") == for_one


def test_choose_city_keeps_it_and_comes_back(client):
    create_city("Berlin")

    response = client.post("/city/", {"city": "berlin", "next": "/movies/?q=x"})

    assert (response.status_code, response["Location"]) == (302, "/movies/?q=x")
    assert client.session["city"] == "berlin"


@pytest.mark.parametrize("city", ["", "atlantis"])
def test_choose_city_takes_anything_else_for_everywhere(client, city):
    client.post("/city/", {"city": city})

    assert client.session["city"] == ""


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_choose_city_leads_nowhere_else(client, elsewhere):
    assert client.post("/city/", {"city": "", "next": elsewhere})["Location"] == "/"


def test_choose_city_is_a_post(client):
    assert client.get("/city/").status_code == 405


def test_choose_city_comes_back_to_a_page_that_names_no_other_city(client):
    create_city("Berlin")

    assert '<input type="hidden" name="next" value="/movies/?q=x">' in client.get("/movies/?q=x&city=kiel&page=2").text
