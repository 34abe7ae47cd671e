"""Pages are made once for all strangers: nothing of one visitor is ever on the page of another."""

import re

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.test import Client
from django.urls import include, path

from movies.keeping import MOST, memory
from movies.kept_pages import HOLE, LARGEST, kept_page
from tests.factories import create_city, create_movie, create_showtime, create_theater, create_user
from theaters.access import COOKIE as ACCESS
from theaters.access import signer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("keeping")]
TOKEN = re.compile(r'(?<=name="csrfmiddlewaretoken" value=")[^"]+')
PAGES = ["/", "/movies/", "/movies/?q=night", "/movies/night-train/", "/theaters/", "/theaters/rialto/"]


@pytest.fixture
def house(db):
    """A movie in Berlin, another one in Hamburg."""
    create_showtime(movie=create_movie("Harbour Lights"), theater=create_theater(city=create_city("Hamburg")))
    movie = create_movie("Night Train", slug="night-train")
    return create_showtime(movie=movie, theater=create_theater("Rialto", slug="rialto"), attributes=["captions"])


def visitor(*, city="", cookies=(), user=None, **headers):
    client = Client(**headers)
    if user:
        client.force_login(user)
    if city:
        client.post("/city/", {"city": city})
    client.cookies.load(dict(cookies))
    return client


def visitors(ann):
    """Everybody that a page could tell from others, and some that it could not."""
    yield "stranger", visitor()
    yield "with a city", visitor(city="hamburg")
    yield "with needs", visitor(cookies={ACCESS: signer().sign("captions.wheelchair")})
    yield "with forged needs", visitor(cookies={ACCESS: "captions:forged"})
    yield "in the dark", visitor(cookies={"theme": "dark"})
    yield "who reads Arabic", visitor(cookies={"django_language": "ar"})
    yield "whose browser reads Arabic", visitor(HTTP_ACCEPT_LANGUAGE="ar")
    yield "on another host", visitor(HTTP_HOST="localhost")
    yield "by htmx", visitor(HTTP_HX_REQUEST="true", HTTP_HX_CURRENT_URL="http://testserver/secret")
    yield "with a session that is over", visitor(cookies={"sessionid": "x" * 32})
    yield "with cookies of others", visitor(cookies={"_ga": "secret", "csrftoken": "y" * 32})
    yield "from elsewhere", visitor(HTTP_REFERER="http://secret.example/", REMOTE_ADDR="203.0.113.7")
    yield "Ann", visitor(user=ann)
    yield "Ann with a city", visitor(user=ann, city="hamburg")


def shown(client, address):
    """What they see and what they are sent with it, without what is new each time."""
    response = client.get(address)
    assert response.status_code == 200
    headers = {name: value for name, value in response.headers.items() if name != "X-Request-ID"}
    return TOKEN.sub("", response.text), headers, sorted(response.cookies)


def queries(client, address, captured):
    with captured(100) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


@pytest.mark.parametrize("address", PAGES)
def test_second_stranger_then_one_query(house, address, django_assert_max_num_queries):
    assert queries(Client(), address, django_assert_max_num_queries) > 1
    assert queries(Client(), address, django_assert_max_num_queries) == 1


def test_every_visitor_then_sees_what_would_be_made_for_them_alone(house, settings):
    ann = create_user(name="Ann Secret")

    def seen_by(people):
        addresses = ["/", "/movies/?q=night", "/movies/night-train/"]
        return {(name, address): shown(client, address) for name, client in people for address in addresses}

    settings.KEEP_PAGES_SECONDS = 0
    alone = seen_by(visitors(ann))
    settings.KEEP_PAGES_SECONDS = 10**10

    assert seen_by(visitors(ann)) == alone
    assert seen_by(reversed(list(visitors(ann)))) == alone
    assert len(memory._cache) == 3 * 8 + 3  # six share with another; numbers beside filters
    assert not any(b"Secret" in text or b"secret" in text for text in memory._cache.values())


def test_forms_of_a_kept_page_then_take_their_own_visitor_and_nobody_else(house):
    first, second = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    tokens = [set(TOKEN.findall(client.get("/").text)) for client in (first, second)]

    assert [len(found) for found in tokens] == [1, 1]
    (mine,), (theirs,) = tokens
    assert second.post("/city/", {"city": "hamburg", "csrfmiddlewaretoken": mine}).status_code == 403
    assert second.post("/city/", {"city": "hamburg", "csrfmiddlewaretoken": theirs}).status_code == 302
    assert "Now showing in Hamburg" in second.get("/").text
    assert "Now showing in Hamburg" not in first.get("/").text


def test_kept_page_then_every_new_visitor_gets_a_secret_of_their_own(house):
    secrets = {Client().get("/").cookies["csrftoken"].value for _n in range(3)}
    client = Client()
    client.get("/")

    assert len(secrets) == 3
    assert client.get("/").cookies["csrftoken"].value == client.cookies["csrftoken"].value
    assert HOLE.decode() not in client.get("/").text


def test_no_page_then_is_held_back_by_a_cache_on_the_way(house):
    for _n in range(2):
        response = Client().get("/")
        assert "Cookie" in response["Vary"]
        assert "public" not in response.get("Cache-Control", "")


def test_message_then_is_read_by_its_visitor_once_and_by_nobody_else(house):
    Client().get("/")
    told = Client()
    told.post("/access/", {"need": "captions", "next": "/"})
    words = "Your access needs are kept in this browser."
    same_needs = visitor(cookies={ACCESS: told.cookies[ACCESS].value})

    assert words not in same_needs.get("/").text
    for client, is_told in [(told, True), (told, False), (same_needs, False), (Client(), False)]:
        assert (words in client.get("/").text) == is_told


def test_language_by_address_then_kept_for_whoever_asked_and_for_nobody_else(house):
    for _n in range(2):
        response = Client().get("/?lang=ar")
        assert ('lang="ar"' in response.text, response.cookies["django_language"].value) == (True, "ar")
    assert "django_language" not in Client().get("/").cookies


def test_trailer_then_its_player_is_allowed_on_the_kept_page_too(house):
    house.movie.trailer_url = "https://vimeo.com/123456789"
    house.movie.save()
    policies = [Client().get("/movies/night-train/")["Content-Security-Policy"] for _n in range(2)]

    assert "frame-src https://player.vimeo.com" in policies[0]
    assert policies[0] == policies[1]
    assert "frame-src" not in Client().get("/")["Content-Security-Policy"]


def test_missing_page_then_404_is_not_kept(house):
    assert Client().get("/movies/soon/").status_code == 404
    create_movie(slug="soon")

    assert Client().get("/movies/soon/").status_code == 200


def test_head_then_neither_reads_nor_writes_what_is_kept(house):
    assert Client().head("/").status_code == 200
    assert len(memory._cache) == 0
    assert 'value="/"' in Client().get("/").text
    assert Client().head("/").headers["Content-Length"]


def test_many_addresses_then_the_oldest_go(house, settings):
    for n in range(MOST + 20):
        Client().get(f"/theaters/?utm={n}")

    assert len(memory._cache) <= MOST


def test_numbers_beside_filters_then_are_counted_once_for_all_who_are_signed_in(house, django_assert_max_num_queries):
    ann, bob = (visitor(user=create_user()) for _n in range(2))
    queries(ann, "/movies/", django_assert_max_num_queries)

    counted = [queries(client, "/movies/", django_assert_max_num_queries) for client in (ann, bob)]
    house.movie.save()
    counted += [queries(client, "/movies/", django_assert_max_num_queries) for client in (bob, ann)]

    few, _few, more, _again = counted
    assert counted == [few, few, more, few]
    assert more - few == 3  # most filters, needs, seats side by side


# --- Views that must not be kept ---------------------------------------------------------------------


@kept_page
def odd(request, kind):
    odd.asked.append(request.user)
    match kind:
        case "cookie":
            response = HttpResponse("ok")
            response.set_cookie("secret", len(odd.asked))
            return response
        case "session":
            request.session["city"] = "kiel"
        case "token":
            return HttpResponse(get_token(request))
        case "stream":
            return StreamingHttpResponse(["ok"])
        case "redirect":
            return redirect("/")
        case "created":
            return HttpResponse("ok", status=201)
        case "large":
            return HttpResponse("x" * (LARGEST + 1))
    return HttpResponse("ok")


urlpatterns = [path("odd/<kind>/", odd), path("", include("moviebooking.urls"))]
handler500 = "moviebooking.errors.server_error"


@pytest.fixture
def odd_pages(settings):
    settings.ROOT_URLCONF = __name__
    odd.asked = []


@pytest.mark.parametrize("kind", ["cookie", "session", "token", "stream", "redirect", "created", "large"])
def test_page_that_does_more_than_show_then_is_not_kept(odd_pages, kind):
    answers = [Client().get(f"/odd/{kind}/") for _n in range(2)]

    assert len(memory._cache) == 0
    assert answers[0].status_code == answers[1].status_code == {"created": 201, "redirect": 302}.get(kind, 200)
    if kind in ("cookie", "session", "token"):
        assert all(answer.cookies for answer in answers)
        assert str(answers[0].cookies) != str(answers[1].cookies)


def test_page_that_only_shows_then_is_made_once_for_nobody(odd_pages):
    client = Client()
    client.force_login(create_user())
    client.get("/odd/plain/")
    for _n in range(3):
        assert Client().get("/odd/plain/").text == "ok"

    assert [user.is_authenticated for user in odd.asked] == [True, False]


def test_session_with_anything_else_then_its_page_is_theirs_alone(odd_pages):
    client = Client()
    session = client.session
    session["basket"] = "secret"
    session.save()
    client.get("/odd/plain/")
    client.get("/odd/plain/")

    assert (len(odd.asked), len(memory._cache)) == (2, 0)
