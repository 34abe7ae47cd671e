import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import strip_tags

from tests.bookings.steps import start
from tests.factories import (
    create_city,
    create_language,
    create_layout,
    create_movie,
    create_showtime,
    create_theater,
    create_user,
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


def test_theater_groups_a_movies_showtimes_by_format_and_language(client):
    theater, movie = create_theater(), create_movie()
    german, english = create_language("German", "de"), create_language()
    evening = timezone.now().astimezone(theater.zone).replace(hour=20, minute=0) + timedelta(days=2)
    kinds = [{"audio_language": german}, {"audio_language": english, "subtitle_language": german}, {"format": "imax"}]
    for n, kind in enumerate([*kinds, *kinds]):
        create_showtime(theater=theater, movie=movie, starts_at=evening - timedelta(minutes=n), **kind)

    text = client.get(theater.get_absolute_url()).text

    variants = re.findall(r'<h4 class="variant">(.*?)</h4>', text)
    assert [strip_tags(variant) for variant in variants] == ["2D · English, German subtitles", "2D · German", "IMAX"]
    assert text.count(f"{movie.title}</a></h3>") == 1
    assert text.count('class="showtime"') == 6


@pytest.mark.parametrize(
    ("seats", "sold", "words"),
    [(20, 0, "Seats available"), (20, 11, "Last 9 seats"), (60, 48, "Filling up"), (2, 2, "Sold out")],
)
def test_theater_says_how_full_it_is_in_words_and_shows_it(client, seats, sold, words):
    showtime = create_showtime(layout=create_layout(rows="A", seats=seats))
    for start_at in range(0, sold, 8):
        labels = [f"A{n + 1}" for n in range(start_at, min(start_at + 8, sold))]
        start(create_user(), showtime, *labels)

    text = client.get(showtime.theater.get_absolute_url()).text

    assert words in text
    assert f'max="{seats}" value="{sold}"' in text


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
    assert f'href="/showtimes/{begun.pk}/' not in response.text


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


@pytest.mark.parametrize(("month", "zone"), [(1, "CET"), (7, "CEST")])
def test_theater_says_by_which_clock_it_is_on_that_day_and_not_today(client, month, zone):
    theater = create_theater()
    create_showtime(theater=theater, starts_at=datetime(2077, month, 9, 20, tzinfo=theater.zone))

    assert f"All times are local to Berlin ({zone})." in client.get(theater.get_absolute_url()).text
