"""Access needs: set once, without an account, kept in the visitor's browser alone."""

import pytest
from django.apps import apps
from django.core import signing
from django.urls import reverse

from movies.models import Movie
from tests.bookings.spaces import create_room_with_spaces
from tests.bookings.test_pages import seat_map, seats_on, words
from tests.factories import create_movie, create_showtime, create_theater, create_user
from theaters.access import COOKIE

pytestmark = pytest.mark.django_db


def set_needs(client, *needs, **fields):
    return client.post(reverse("theaters:access"), {"need": needs} | fields)


def in_order(page, *phrases):
    """Whether they stand on the page one after the other."""
    places = [words(page).find(phrase) for phrase in phrases]
    return -1 not in places and places == sorted(places)


def row_counts():
    return {model._meta.label: model._base_manager.count() for model in apps.get_models()}


@pytest.fixture
def captioned(db):
    """Two showtimes of a movie in one evening, the later one with captions."""
    theater, movie = create_theater("Rialto"), create_movie("Velvet Static", slug="velvet")
    plain = create_showtime(theater=theater, movie=movie)
    starts_at = plain.free_at
    return create_showtime(layout=plain.layout, movie=movie, starts_at=starts_at, attributes=["captions"])


def test_set_then_kept_in_a_cookie_that_is_the_same_for_everybody_and_in_no_table(client):
    client.force_login(create_user())
    client.get("/")
    before = row_counts()

    answer = set_needs(client, "wheelchair", "captions", "nonsense")
    said = client.cookies[COOKIE].value
    client.logout()
    set_needs(client, "captions", "wheelchair")

    assert answer.status_code == 302
    assert said.partition(":")[0] == "captions.wheelchair"
    assert client.cookies[COOKIE].value == said
    assert client.cookies[COOKIE]["httponly"]
    assert client.cookies[COOKIE]["samesite"] == "Lax"
    del before["accounts.Session"]
    assert {label: row_counts()[label] for label in before} == before


@pytest.mark.parametrize("forged", ["wheelchair", "captions:x", signing.Signer(salt="theirs").sign("captions"), ""])
def test_cookie_that_is_not_ours_then_no_needs_and_no_trouble(client, captioned, forged):
    client.cookies[COOKIE] = forged

    page = client.get("/movies/velvet/")

    assert page.status_code == 200
    assert "Fits your access needs" not in words(page)


def test_forgotten_then_the_cookie_goes(client):
    set_needs(client, "captions")
    assert 'value="captions" checked' in client.get("/access/").text

    page = client.post("/access/", {"clear": "1"}, follow=True)

    assert "Your access needs are forgotten." in words(page)
    assert client.cookies[COOKIE].value == ""
    assert "checked" not in page.text


@pytest.mark.parametrize(("back", "goes_to"), [("/movies/velvet/", "/movies/velvet/"), ("//evil.example", "/access/")])
def test_set_on_the_way_then_back_where_one_came_from_and_nowhere_else(client, back, goes_to):
    assert set_needs(client, "captions", next=back)["Location"] == goes_to


def test_with_a_need_then_what_fits_is_marked_and_first_everywhere(client, captioned):
    pages = ["/", "/movies/velvet/", f"/theaters/{captioned.theater.slug}/"]
    for page in pages:
        assert "Fits your access needs" not in words(client.get(page))
    set_needs(client, "captions")

    for page in pages:
        assert in_order(client.get(page), "Fits your access needs", "No open captions"), page


def test_browsing_with_a_need_then_only_what_fits_until_one_takes_it_away(client, captioned):
    create_showtime(movie=create_movie("Plain Song", slug="plain"))
    set_needs(client, "captions")

    filtered = client.get("/movies/")
    everything = client.get("/movies/?need=")

    assert "1 movie" in words(filtered)
    assert "Plain Song" not in words(filtered)
    assert 'href="/movies/?need="' in filtered.text
    assert '<input type="hidden" name="need" value="">' in filtered.text
    assert "2 movies" in words(everything)
    assert "No open captions" in words(everything)


def test_showtime_that_does_not_fit_then_its_map_warns_before_the_choice(client, captioned):
    plain = captioned.movie.showtimes.exclude(pk=captioned.pk).get()
    set_needs(client, "captions", "relaxed")

    assert "This showtime has no open captions. This showtime is not a relaxed screening." in words(
        seat_map(client, plain)
    )
    assert "This showtime has no open captions." not in words(seat_map(client, captioned))


def test_with_a_wheelchair_then_the_map_offers_the_spaces_and_the_hold_needs_no_other_word(client):
    room = create_room_with_spaces()
    client.force_login(create_user())
    set_needs(client, "wheelchair")

    boxes = seats_on(seat_map(client, room))
    space = boxes["A1"]
    held = client.post(reverse("bookings:hold", args=[room.pk]), {"seats": [space["value"]]})

    assert space["data-state"] == "available"
    assert held.status_code == 302


def test_last_space_sold_then_the_programme_says_that_none_is_free(client):
    room = create_room_with_spaces()
    set_needs(client, "wheelchair")
    assert "Fits your access needs" in words(client.get(room.movie.get_absolute_url()))
    room.layout.seats.filter(feature="wheelchair").update(is_blocked=True)

    assert "No wheelchair space free" in words(client.get(room.movie.get_absolute_url()))
    assert "No wheelchair space is free at this showtime." in words(seat_map(client, room))


@pytest.mark.parametrize("path", ["/", "/movies/", "/movies/velvet/", "/theaters/{}/"])
def test_needs_then_as_many_queries_for_one_showtime_as_for_four(
    client, captioned, path, django_assert_max_num_queries
):
    set_needs(client, "captions", "wheelchair")
    path = path.format(captioned.theater.slug)

    def count():
        with django_assert_max_num_queries(100) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    count()
    before = count()
    for _n in range(3):
        create_showtime(
            theater=captioned.theater, movie=Movie.objects.get(), starts_at=captioned.starts_at, attributes=["captions"]
        )

    assert count() == before
