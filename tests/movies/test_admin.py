import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from movies.models import Movie
from tests.factories import create_genre, create_language, create_movie, create_showtime
from tests.theaters.office import errors, messages_of

ADD = reverse("admin:movies_movie_add")
LIST = reverse("admin:movies_movie_changelist")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def words(**changes):
    formset = {f"{rows}-{kind}_FORMS": 0 for rows in ("certificates", "credits") for kind in ("TOTAL", "INITIAL")}
    return {"title": "Dune", "slug": "dune", "runtime_minutes": "155", **formset, **changes}


def change(movie):
    return reverse("admin:movies_movie_change", args=[movie.pk])


def upload(content=None):
    output = io.BytesIO()
    Image.new("RGB", (1200, 1200), "teal").save(output, "JPEG")
    return SimpleUploadedFile("../poster.jpg", content or output.getvalue(), "image/jpeg")


def test_add_movie_with_genres_credits_and_poster(admin_client):
    credit = {"credits-TOTAL_FORMS": 1, "credits-0-role": "director", "credits-0-name": "D. V.", "credits-0-order": "0"}
    genre, language = create_genre(), create_language()

    admin_client.post(ADD, words(poster=upload(), genres=[genre.pk], language=language.pk, **credit))

    movie = Movie.objects.get()
    assert ([str(credit) for credit in movie.credits.all()], list(movie.genres.all())) == (["Director: D. V."], [genre])
    assert re.fullmatch(r"posters/[0-9a-f]{32}\.webp", movie.poster.name)
    with Image.open(movie.poster.path) as poster:
        assert poster.size == (800, 1200)


def test_add_movie_refuses_a_poster_that_is_no_picture(admin_client):
    response = admin_client.post(ADD, words(poster=upload(b"<svg xmlns='http://www.w3.org/2000/svg'/>")))

    assert errors(response) == {"poster": ["This is no picture we can read. Upload a JPEG, PNG or WebP."]}


def test_change_movie_keeps_or_clears_its_poster(admin_client, media):
    admin_client.post(ADD, words(poster=upload()))
    movie = Movie.objects.get()

    admin_client.post(change(movie), words(title="Dune 2"))
    kept = Movie.objects.get().poster.name
    admin_client.post(change(movie), words(**{"poster-clear": "on"}))

    assert (kept, Movie.objects.get().poster.name) == (movie.poster.name, "")


def test_change_movie_keeps_its_runtime_while_it_has_showtimes(admin_client):
    movie = create_showtime().movie

    response = admin_client.post(change(movie), words(runtime_minutes=""))

    assert errors(response) == {"runtime_minutes": ["The movie has showtimes, so its runtime is needed."]}


def test_change_of_the_runtime_names_the_showtimes_with_old_times(admin_client):
    movie = create_showtime().movie

    response = admin_client.post(change(movie), words(runtime_minutes="120"))

    sentence = "1 showtime to come keeps the old running time until it is saved again."
    assert sentence in messages_of(response)


def test_list_counts_upcoming_showtimes_in_as_many_queries(admin_client):
    movie = create_movie(poster="posters/a.webp")
    create_showtime(movie=movie)
    create_showtime(movie=movie, status="draft")
    admin_client.get(LIST)
    with CaptureQueriesContext(connection) as few:
        page = admin_client.get(LIST).content.decode()
    for _ in range(3):
        create_showtime()
    with CaptureQueriesContext(connection) as many:
        admin_client.get(LIST)

    assert re.findall('field-upcoming_count">(.*?)<', page) == ["1"]
    assert '<img class="poster-thumbnail" src="/media/posters/a.webp" alt=""' in page
    assert len(many) == len(few)


@pytest.mark.parametrize("term", ["dune", "arrakis", "villeneuve"])
def test_list_is_searched_by_titles_and_people(admin_client, term):
    movie = create_movie("Dune", original_title="Arrakis")
    movie.credits.create(role="director", name="Denis Villeneuve")
    create_showtime(movie=movie)
    create_showtime(movie=movie)
    create_movie("Alien")

    found = admin_client.get(LIST, {"q": term}).context["cl"].result_list

    assert [(movie.title, movie.upcoming_count) for movie in found] == [("Dune", 2)]


def test_certificate_of_a_country_then_it_is_entered_with_the_movie(admin_client):
    row = {"country": "US", "code": "R", "min_age": "17", "may_be_accompanied": "on"}
    sent = {"certificates-TOTAL_FORMS": 1, **{f"certificates-0-{name}": value for name, value in row.items()}}

    admin_client.post(ADD, words(content_advice="Flashing lights", **sent))

    movie = Movie.objects.get()
    assert movie.content_advice == "Flashing lights"
    assert str(movie.certificate_in("US")) == "R Under 17 only together with a parent or guardian."


def test_country_in_words_then_the_form_says_how_to_write_it(admin_client):
    row = {"certificates-TOTAL_FORMS": 1, "certificates-0-country": "us", "certificates-0-code": "R"}

    answer = admin_client.post(ADD, words(**row))

    assert "Write the country as two capital letters, like DE or US." in answer.text
    assert not Movie.objects.exists()
