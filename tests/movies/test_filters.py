"""Every filter is an address, they compose, and each count is what its choice then shows."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from movies import pages
from movies.filters import Finder
from movies.forms import FilterForm
from movies.models import Credit
from tests.bookings.steps import start
from tests.factories import (
    create_city,
    create_genre,
    create_language,
    create_layout,
    create_movie,
    create_screen,
    create_showtime,
    create_theater,
    create_user,
    seats_of,
)
from tests.movies.test_views import in_days, queries_of, show_many, titles
from theaters.models import Seat
from theaters.rows import link_neighbours

pytestmark = pytest.mark.django_db


def count_of(response):
    return response.context["page"].paginator.count


@pytest.fixture
def programme():
    """Two cities, four movies, showtimes of many kinds, one of them still to come."""
    berlin = create_theater("Rialto", slug="rialto")
    hamburg = create_theater("Astor", slug="astor", city=create_city("Hamburg"))
    german, english = create_language("German", "de"), create_language()
    movies = {}
    for title, genre, language, runtime in (
        ("Nachtzug nach Triest", "Drama", german, 97),
        ("Salt and Lightning", "Western", english, 121),
        ("Velvet Static", "Drama", english, 88),
    ):
        movies[title] = create_movie(title, language=language, runtime_minutes=runtime)
        movies[title].genres.add(create_genre(genre))
    Credit.objects.create(movie=movies["Velvet Static"], role="cast", name="Ida Lupine")
    soon = create_movie("Comet Season", language=german, release_on=timezone.localdate() + timedelta(days=40))
    soon.genres.add(create_genre("Drama"))
    nachtzug, salt, velvet = movies.values()
    create_showtime(theater=berlin, movie=nachtzug, starts_at=in_days(2, berlin, 10), attributes=["relaxed"])
    create_showtime(theater=berlin, movie=nachtzug, starts_at=in_days(3, berlin, 20), attributes=["captions"])
    create_showtime(theater=hamburg, movie=salt, starts_at=in_days(2, hamburg, 20), format="imax")
    create_showtime(theater=berlin, movie=salt, starts_at=in_days(4, berlin, 15), audio_language=german)
    layout = create_layout(create_screen(hamburg), rows="A", seats=4)
    layout.seats.filter(number="1").update(feature=Seat.Feature.WHEELCHAIR)
    create_showtime(layout=layout, movie=velvet, starts_at=in_days(5, hamburg, 23), attributes=["captions"])
    seats = list(Seat.objects.filter(layout__screen__theater=hamburg))
    link_neighbours([seat for seat in seats if seat.layout_id == layout.pk])
    Seat.objects.bulk_update(seats, ["next_to_right"])
    return berlin


FILTERS = ["time", "genre", "language", "format", "city", "need", "seats", "date"]
CHOSEN = ["", "genre=drama", "city=berlin", "need=captions", "q=nachtzug", "time=evening&city=hamburg", "language=de"]


@pytest.mark.parametrize("chosen", CHOSEN)
def test_every_count_is_what_its_choice_then_shows(programme, chosen):
    form = FilterForm(QueryDict(chosen))
    wrong = []
    for name in FILTERS:
        for value, promised in form.counts[name].items():
            # A further need comes beside those that are chosen; of anything else there is one.
            choice = [*form.chosen.get("need", []), value] if name == "need" else value
            shown = Finder(form.chosen | {name: choice}).movies().count()
            wrong += [] if shown == promised else [(name, value, promised, shown)]

    assert wrong == []
    assert chosen or all(form.counts[name] for name in FILTERS)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("time=morning", ["Nachtzug nach Triest"]),
        ("time=late", ["Velvet Static"]),
        ("time=evening&city=berlin", ["Nachtzug nach Triest"]),
        ("need=captions", ["Nachtzug nach Triest", "Velvet Static"]),
        ("need=captions&need=wheelchair", ["Velvet Static"]),
        ("need=captions&need=relaxed", []),  # each by another showtime
        ("seats=3", ["Velvet Static"]),
        ("seats=4", []),  # one of the four is for a wheelchair
        ("q=lupnie&need=captions", ["Velvet Static"]),
        ("genre=drama&language=de", ["Nachtzug nach Triest", "Comet Season"]),
        ("genre=western&format=imax&city=hamburg&time=evening", ["Salt and Lightning"]),
        ("genre=western&format=imax&city=berlin", []),
    ],
)
def test_filters_compose(client, programme, query, expected):
    assert titles(client.get(f"/movies/?{query}")) == expected


@pytest.mark.parametrize("query", ["time=dawn", "need=captions&need=x", "seats=99&seats=x", "sort=random"])
def test_what_makes_no_sense_then_left_out(client, programme, query):
    assert count_of(client.get(f"/movies/?{query}")) == 4


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("", ["Nachtzug nach Triest", "Salt and Lightning", "Velvet Static", "Comet Season"]),
        ("soonest", ["Nachtzug nach Triest", "Salt and Lightning", "Velvet Static", "Comet Season"]),
        ("title", ["Comet Season", "Nachtzug nach Triest", "Salt and Lightning", "Velvet Static"]),
        ("newest", ["Comet Season", "Nachtzug nach Triest", "Salt and Lightning", "Velvet Static"]),
        ("shortest", ["Velvet Static", "Nachtzug nach Triest", "Comet Season", "Salt and Lightning"]),
    ],
)
def test_movies_come_in_the_order_that_is_wished(client, programme, sort, expected):
    assert titles(client.get(f"/movies/?sort={sort}")) == expected


def test_soonest_is_the_soonest_that_fits(client, programme):
    assert titles(client.get("/movies/?time=evening")) == ["Salt and Lightning", "Nachtzug nach Triest"]


def test_seat_sold_then_the_party_finds_no_place(client, programme):
    velvet = Seat.objects.get(feature=Seat.Feature.WHEELCHAIR).layout.showtimes.get()
    start(create_user(), velvet, seats_of(velvet)[2].label)
    cache.clear()

    assert titles(client.get("/movies/?seats=3")) == []
    assert titles(client.get("/movies/?seats=2")) == []


def test_typing_error_then_the_movie_and_a_word_about_it(client, programme):
    response = client.get("/movies/?q=nahctzug+nach")

    assert titles(response) == ["Nachtzug nach Triest"]
    assert "Nothing is called “nahctzug nach”. This comes close:" in response.text


def test_chosen_filters_are_links_that_take_each_away(client, programme):
    response = client.get("/movies/?genre=western&format=imax&page=1")

    links = {one["words"]: one["url"] for one in response.context["taken_away"]}
    assert links == {"Western": "/movies/?format=imax", "IMAX": "/movies/?genre=western"}


# --- when nothing fits ----------------------------------------------------------------------------------


def test_nothing_fits_then_each_filter_to_drop_and_what_it_gives(client, programme):
    response = client.get("/movies/?genre=western&format=imax&city=berlin")

    ways = {way["words"]: way["count"] for way in response.context["ways_out"]}
    assert ways == {"IMAX": 1, "Berlin": 1}
    for way in response.context["ways_out"]:
        assert count_of(client.get(way["url"])) == way["count"]
    assert "Without IMAX: 1 movie" in response.text


def test_nothing_fits_on_a_day_then_the_next_that_has_some(client, programme):
    day = in_days(2, programme).date()
    response = client.get(f"/movies/?genre=western&city=berlin&date={day}")

    later = response.context["next_day"]
    assert (later["business_date"], later["count"]) == (in_days(4, programme).date(), 1)
    assert titles(client.get(later["url"])) == ["Salt and Lightning"]
    assert f"On {later['business_date']:%A %-d %B}: 1 movie" in response.text


def test_nothing_fits_in_the_visitors_city_then_the_link_leads_out_of_it(client, programme):
    client.post("/city/", {"city": "berlin"})
    response = client.get("/movies/?format=imax")

    urls = {way["words"]: way["url"] for way in response.context["ways_out"]}
    assert titles(client.get(urls["Berlin"])) == ["Salt and Lightning"]


def test_nothing_fits_even_so_then_it_is_said(client, programme):
    response = client.get("/movies/?q=zzzz&genre=western")

    assert [way["words"] for way in response.context["ways_out"]] == ["“zzzz”"]
    assert "taken each filter away in turn" in client.get("/movies/?q=zzzz&genre=drama&date=2077-01-01").text


# --- long lists -----------------------------------------------------------------------------------------


def test_pages_show_each_movie_once_in_a_stable_order(client):
    show_many(30)
    seen = titles(client.get("/movies/")) + titles(client.get("/movies/?page=2"))

    assert len(seen) == len(set(seen)) == 30


def test_very_long_list_then_counted_only_so_far_and_said(client, monkeypatch):
    monkeypatch.setattr(pages, "MOST", 24)
    show_many(26)
    response = client.get("/movies/?page=2")

    assert (count_of(response), len(titles(response))) == (24, 24)
    assert "More than 24 movies" in response.text
    assert "There are more." in response.text


@pytest.mark.parametrize("query", ["q=wave", "genre=drama&need=captions&city=berlin&sort=title"])
def test_browse_asks_as_much_for_fifty_movies_as_for_five(client, query):
    layout, url = show_many(5, attributes=["captions"]), f"/movies/?{query}"
    client.get(url)
    for_five = queries_of(client, url)
    show_many(45, create_layout(create_screen(layout.screen.theater)), attributes=["captions"])

    assert queries_of(client, url) == for_five <= 18


def test_nothing_found_asks_no_more_than_once_for_each_filter(client, programme):
    url = "/movies/?genre=western&format=imax&city=berlin&time=late&need=captions&date=2077-01-01"
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        client.get(url)

    assert len(queries) <= 24
