"""What people type is forgiven: their typing errors, their accents, half a name."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from movies.models import Credit, Movie
from movies.search import find
from tests.factories import create_movie

pytestmark = pytest.mark.django_db


@pytest.fixture
def movies():
    """By the first letters of their titles."""
    fox = create_movie("The Clockmaker's Fox")
    beekeeper = create_movie("The Winter Beekeeper", original_title="Зимовий пасічник")
    orsini = create_movie("Madame Orsini ne dort pas")
    lightning = create_movie("Salt and Lightning", original_title="La sal y el relámpago")
    dune = create_movie("Dune")
    Credit.objects.create(movie=fox, role=Credit.Role.DIRECTOR, name="Ásta Þorsteinsdóttir")
    Credit.objects.create(movie=lightning, role=Credit.Role.CAST, name="Marisol Etcheverry")
    Credit.objects.create(movie=orsini, role=Credit.Role.CAST, name="Simone Vautrin")
    return {movie.pk: movie.title for movie in (fox, beekeeper, orsini, lightning, dune)}


def found(movies, q):
    return [movies[hit.movie] for hit in find(q)]


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("clockmaker", "The Clockmaker's Fox"),
        ("CLOCKM", "The Clockmaker's Fox"),
        ("fox clockmaker", "The Clockmaker's Fox"),
        ("relampago", "Salt and Lightning"),
        ("RELÁMPAGO", "Salt and Lightning"),
        ("пасічник", "The Winter Beekeeper"),
        ("vautrin madame", "Madame Orsini ne dort pas"),
    ],
)
def test_name_as_it_is_written_then_found_and_said_so(movies, typed, title):
    (hit, *_others) = find(typed)

    assert (movies[hit.movie], hit.is_called_so) == (title, True)


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("clokmaker", "The Clockmaker's Fox"),  # a letter missing
        ("clcokmaker", "The Clockmaker's Fox"),  # two changed places
        ("clockmakkers fox", "The Clockmaker's Fox"),  # one too many
        ("beekeaper", "The Winter Beekeeper"),  # a wrong one
        ("winterbeekeeper", "The Winter Beekeeper"),  # no space
        ("dnue", "Dune"),
        ("marisol echeverri", "Salt and Lightning"),  # people, too
        ("vuatrin", "Madame Orsini ne dort pas"),
        ("asta thorsteinsdottir", "The Clockmaker's Fox"),
    ],
)
def test_name_with_a_typing_error_then_found_all_the_same(movies, typed, title):
    assert found(movies, typed) == [title]


def test_what_is_called_so_comes_before_what_looks_alike(movies):
    alike = create_movie("Saltwater Lightnings")
    movies[alike.pk] = alike.title

    assert found(movies, "salt and lightning") == ["Salt and Lightning", "Saltwater Lightnings"]
    assert [hit.is_called_so for hit in find("salt and lightning")] == [True, False]


def test_person_who_was_looked_for_is_named(movies):
    assert [hit.person for hit in find("etcheverry")] == ["Marisol Etcheverry"]
    assert [hit.person for hit in find("dune")] == [""]


@pytest.mark.parametrize("typed", ["zzzz", "", "   ", "!?&|:*()'\\", "x" * 5000, "xq", "12 34"])
def test_nonsense_then_nothing(movies, typed):
    assert find(typed) == []


def test_new_title_then_found_at_once(movies):
    movie = create_movie("Untitled")
    movie.title = "Perihelion"
    movie.save()

    assert [hit.movie for hit in find("perihelon")] == [movie.pk]
    assert find("untitled") == []


def test_search_asks_twice_whatever_there_is(movies):
    with CaptureQueriesContext(connection) as queries:
        find("marisol echeverri")

    assert len(queries) == 2


def test_search_goes_by_its_indexes():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT 1 FROM movies_movie WHERE search_trigrams && movies_trigrams('dune')")
        alike = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("EXPLAIN SELECT 1 FROM movies_credit WHERE search_words @@ to_tsquery('simple', 'dune:*')")
        called = "\n".join(line for (line,) in cursor.fetchall())

    assert "movies_movie_trigrams" in alike
    assert "movies_credit_words" in called


# --- suggestions --------------------------------------------------------------------------------------


def test_suggestions_name_the_movie_and_why_and_say_how_many(client, movies):
    answer = client.get("/suggestions/?q=etchevery").json()

    slug = Movie.objects.get(title="Salt and Lightning").slug
    assert f'data-url="/movies/{slug}/"' in answer["options"]
    assert "<b>Salt and Lightning</b> <small>with Marisol Etcheverry</small>" in answer["options"]
    assert answer["said"] == "1 suggestion"


def test_suggestions_escape_what_staff_have_typed(client):
    create_movie("<b onclick=x>Dune</b>")

    assert "&lt;b onclick=x&gt;Dune&lt;/b&gt;" in client.get("/suggestions/?q=dune").json()["options"]


def test_suggestions_for_nonsense_then_none_and_said(client, movies):
    assert client.get("/suggestions/?q=zzzz").json() == {"options": "", "said": "No suggestions"}
    assert client.get("/suggestions/").json()["options"] == ""


def test_suggestions_are_a_get(client):
    assert client.post("/suggestions/", {"q": "dune"}).status_code == 405


def test_suggestions_ask_as_much_for_one_as_for_seven(client):
    counts = set()
    for n in (1, 10):
        for _movie in range(n):
            create_movie("Perihelion")
        with CaptureQueriesContext(connection) as queries:
            client.get("/suggestions/?q=perihelion")
        counts.add(len(queries))

    assert counts == {3}
