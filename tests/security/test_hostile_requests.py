"""Malformed and oversized requests are answered in words, with a status of the 400s, in the shop and in the office."""

import io

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from tests.security.addresses import models_in_the_office, pages_about
from tests.security.test_matrix import ABOUT_A_BOOKING, paths  # noqa: F401, a fixture

pytestmark = pytest.mark.django_db

LONG = "9" * 25
NUL = "a%00b"
INVALID = "%ff%fe%c3%28"
QUERIES = (
    "q",
    "genre",
    "date",
    "page",
    "city",
    "seats",
    "next",
    "o",
    "p",
    "status__exact",
    "id__exact",
    "_to_field",
    "all",
)


@pytest.fixture
def clerk(house):
    """A browser of somebody who may do everything, and that breaks at no answer."""
    client = Client(raise_request_exception=False)
    client.force_login(house.people["admin"])
    return client


def broken(client, *places, post=None):
    """Where the server broke, or answered without words."""
    found = []
    for place in places:
        response = client.get(place) if post is None else client.post(place, post)
        response.getvalue()
        if response.status_code >= 500:
            found.append((response.status_code, place))
    return found


def every_path(paths):  # noqa: F811
    return [*paths.values(), *(path for model in models_in_the_office() for path in pages_about(model).values())]


@pytest.mark.parametrize("value", [NUL, INVALID, LONG])
def test_odd_questions_break_nothing(clerk, paths, value):  # noqa: F811
    question = "&".join(f"{name}={value}" for name in QUERIES)

    assert broken(clerk, *(f"{path}?{question}" for path in every_path(paths))) == []


@pytest.mark.parametrize("value", [NUL, INVALID, LONG, f"-{LONG}"])
def test_odd_ids_break_nothing(clerk, house, value):
    shop = [f"/showtimes/{value}/{page}" for page in ("seats/", "seats.json", "hold/", "release/", "checkout/")]
    shop += [f"/bookings/{value}/{page}" for page in ("", "tickets/", "tickets.pdf", "calendar.ics", "return/", "pay/")]
    shop += [f"/bookings/shared/{value}/", f"/bookings/open/{value}/{value}/", f"/bookings/{value}/apple-wallet/"]
    shop += [f"/movies/{value}/", f"/theaters/{value}/", f"/media/{value}", f"/static/{value}", f"/{value}/"]
    shop += [f"/accounts/password/reset/key/{value}-{value}/", f"/admin/r/{value}/{value}/"]
    roots = [f"/admin/{model._meta.app_label}/{model._meta.model_name}/{value}" for model in models_in_the_office()]
    office = [f"{root}/{page}/" for root in roots for page in ("change", "delete", "history")]
    office += [f"/admin/bookings/booking/{value}/{page}/" for page in ABOUT_A_BOOKING]
    office += [f"/admin/accounts/user/{value}/password/", f"/admin/{value}/"]

    assert broken(clerk, *shop, *office) + broken(clerk, *shop, *office, post={}) == []


@pytest.mark.parametrize("value", ["a\0b", "9" * 25, "x" * 100_000, "\ud800".encode("utf-8", "surrogatepass")])
def test_odd_answers_in_forms_break_nothing(clerk, paths, house, value):  # noqa: F811
    names = ("seats", "city", "next", "code", "name", "email", "login", "password", "password1", "title", "slug", "id")
    names += ("reason", "action", "_selected_action", "select_across", "index", "ticket_type_1", "total", "starts_0")
    names += ("_why",)
    form = dict.fromkeys(names, value)

    assert broken(clerk, *every_path(paths), post=form) == []


def filters_of(model):
    """What the list of a model can be asked for in its address."""
    office = admin.site._registry[model]
    names = [*(name for name in office.list_filter if isinstance(name, str)), *filter(None, [office.date_hierarchy])]
    looks = ("exact", "id__exact", "year")
    return ["q", "o", "p", "id__exact", *(f"{name}__{look}" for name in names for look in looks)]


@pytest.mark.parametrize("value", [NUL, LONG])
def test_odd_filters_of_the_office_break_nothing(clerk, value):
    lists = {model: pages_about(model)["changelist"] for model in models_in_the_office()}
    places = [f"{path}?{name}={value}" for model, path in lists.items() for name in filters_of(model)]

    assert broken(clerk, *places) == []


@pytest.mark.parametrize("value", ["a\0b", "abc"])
def test_odd_selections_in_the_office_break_nothing(clerk, value):
    lists = [pages_about(model)["changelist"] for model in models_in_the_office()]
    for action in ("delete_selected", "try_again"):
        form = {"action": action, "_selected_action": value, "index": "0", "select_across": "0"}
        assert broken(clerk, *lists, post=form) == []


def test_autocomplete_of_the_office_breaks_at_nothing(clerk):
    address = reverse("admin:autocomplete")
    known = "app_label=movies&model_name=movie&field_name=language"
    places = [f"{address}?term={value}&{known}" for value in (NUL, LONG, INVALID)]
    places += [f"{address}?{known.replace('movies', value)}&term=x" for value in (NUL, LONG, INVALID)]
    places += [f"{address}?{known}&term=x&page={value}" for value in (NUL, LONG, "-1")]
    places += [f"/admin/theaters/seat/names/?term={value}" for value in (NUL, LONG)]

    assert broken(clerk, *places) == []


def test_ten_thousand_fields_are_refused_in_words(clerk, house):
    form = {f"field{number}": "1" for number in range(10_000)}
    for path in ("/city/", "/accounts/login/", f"/showtimes/{house.showtime.pk}/hold/", "/admin/movies/movie/add/"):
        response = clerk.post(path, form)
        assert (path, response.status_code) == (path, 400)
        assert "That did not make sense to us" in response.text


def test_ten_megabytes_are_refused_in_words(clerk, house):
    for path in ("/city/", "/accounts/login/", f"/showtimes/{house.showtime.pk}/hold/", "/stripe/webhook/"):
        response = clerk.post(path, "a=" + "x" * 10_000_000, content_type="application/x-www-form-urlencoded")
        assert (path, response.status_code) in {(path, 400), (path, 413)}


BOUNDARY = "multipart/form-data; boundary=x"
BROKEN = [
    ("multipart/form-data", b"no boundary at all"),
    ("multipart/form-data; boundary=", b"----"),
    (f"multipart/form-data; boundary={'x' * 300}", b"too long"),
    (BOUNDARY, b'--x\r\nContent-Disposition: form-data; name="city"\r\n\r\nhalf'),
    (BOUNDARY, b"\0" * 1000),
    (
        BOUNDARY,
        b"--x\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: form-data; name=city\r\n\r\n!\r\n--x--",
    ),
    ("application/x-www-form-urlencoded; charset=no-such", b"city=a"),
    ("application/x-www-form-urlencoded; charset=utf-16", b"city=a"),
    ("application/json", b"{"),
    ("\x00", b"city=a"),
]


@pytest.mark.parametrize(("content_type", "body"), BROKEN)
def test_broken_forms_break_nothing(clerk, house, content_type, body):
    for path in (
        "/city/",
        "/accounts/login/",
        f"/showtimes/{house.showtime.pk}/hold/",
        "/stripe/webhook/",
        "/admin/login/",
    ):
        response = clerk.generic("POST", path, body, content_type=content_type)
        assert (path, response.status_code < 500) == (path, True)


@pytest.mark.parametrize(
    "cookie", ["sessionid=%00", "sessionid=" + "x" * 5000, "csrftoken=\xff; messages=x", "=;;=\0", '"']
)
def test_bad_cookies_break_nothing(house, cookie):
    client = Client(raise_request_exception=False, headers={"cookie": cookie})

    assert broken(client, "/", "/bookings/", "/accounts/login/", "/admin/") == []
    assert broken(client, "/city/", "/accounts/login/", post={"city": "x"}) == []


def test_upload_that_is_no_picture_is_refused_in_words(clerk, house):
    file = io.BytesIO(b"GIF89a<script>alert(1)</script>")
    file.name = "a\0b/../../evil.php"
    response = clerk.post("/admin/movies/movie/add/", {"title": "X", "slug": "x", "poster": file})

    assert response.status_code in {200, 400}


def test_nul_bytes_are_refused_in_words(client, db):
    answers = [client.get("/movies/?q=%00"), client.post("/city/", {"city": "a\0b"})]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert ["That did not make sense to us" in answer.text for answer in answers] == [True, True]
    assert client.get("/movies/%00/").status_code == 404


def test_without_that_refusal_the_office_would_break(clerk, settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "OddRequests" not in name]
    places = ["/admin/bookings/booking/?status__exact=%00", f"/admin/bookings/booking/?created_at__year={LONG}"]

    assert [status for status, _place in broken(clerk, *places)] == [500, 500]
