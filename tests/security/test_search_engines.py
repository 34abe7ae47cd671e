"""Search engines are shown what is for everybody, under one address, and nothing else: every address is walked."""

import re
from html import unescape
from urllib.robotparser import RobotFileParser

import pytest

from bookings.open_data.sitemap import PublicPages
from moviebooking.search_engines import SHOWN
from tests.factories import create_movie, create_showtime, create_theater
from tests.security.addresses import models_in_the_office, pages_about
from tests.security.test_matrix import SHOP, paths  # noqa: F401, a fixture

pytestmark = pytest.mark.django_db


def canonical(page):
    return [unescape(url) for url in re.findall(r'<link rel="canonical" href="(.*?)">', page)]


def locations(client, path="/sitemap.xml"):
    return re.findall(r"<loc>(.*?)</loc>", client.get(path).text)


def here(url):
    assert url.startswith("http://testserver/")
    return url.removeprefix("http://testserver")


def test_every_address_is_shown_under_one_name_or_says_that_it_is_not_to_be(visitors, paths):  # noqa: F811
    wrong = []
    for name in SHOP:
        for role in ("anonymous", "owner"):
            response = visitors[role].get(paths[name])
            is_hidden = "noindex" in response.get("X-Robots-Tag", "")
            text = response.getvalue().decode(errors="replace")
            names = canonical(text)
            expected = [f"http://testserver{paths[name]}"] if name in SHOWN else []
            if is_hidden == (name in SHOWN or "media" in name) or names != expected:
                wrong.append((name, role, is_hidden, names))

    assert wrong == []


def test_nothing_of_the_office_is_shown(visitors, house):
    office = [path for model in models_in_the_office() for path in pages_about(model).values()]

    assert {visitors["anonymous"].get(path)["X-Robots-Tag"] for path in ["/admin/", *office]} == {"noindex"}
    assert visitors["admin"].get("/admin/")["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("/?date=2077-01-01", "/"),
        ("/?lang=en", "/"),
        ("/?lang=ar", "/?lang=ar"),
        ("/movies/?q=&genre=&page=1", "/movies/"),
        ("/movies/?page=2&sort=title&genre=drama&utm_source=mail", "/movies/?genre=drama&page=2"),
        ("/movies/?need=captions&need=aisle&lang=ar", "/movies/?need=aisle&need=captions&lang=ar"),
        ("/theaters/?lang=xx", "/theaters/"),
    ],
)
def test_many_addresses_of_a_page_have_one_name(client, asked, name):
    text = client.get(asked).text

    plain = re.sub(r"[?&]lang=ar", "", name)
    arabic = f"{plain}{'&' if '?' in plain else '?'}lang=ar"
    languages = {code: unescape(url) for code, url in re.findall(r'hreflang="(.*?)" href="(.*?)"', text)}
    assert canonical(text) == [f"http://testserver{name}"]
    assert {code: here(url) for code, url in languages.items()} == {"en": plain, "ar": arabic, "x-default": plain}


def test_sitemap_has_every_public_page_and_no_other(client, settings):
    showtime, theater = create_showtime(), create_theater()
    create_showtime(status="draft")
    create_movie("Long ago", slug="long-ago", release_on="1977-01-01")
    coming = create_movie("Some day", slug="some-day", release_on="2077-01-01")
    settings.ALLOWED_HOSTS = ["*"]

    found = locations(client)

    places = [showtime.theater, theater, *type(theater).objects.exclude(pk__in=[showtime.theater.pk, theater.pk])]
    expected = ["/", "/movies/", "/theaters/", "/privacy/", showtime.movie.get_absolute_url()]
    expected += [coming.get_absolute_url(), *(place.get_absolute_url() for place in places)]
    assert sorted(map(here, found)) == sorted(expected)
    for url in found:
        response = client.get(here(url))
        assert (response.status_code, canonical(response.text), "X-Robots-Tag" in response) == (200, [url], False)
    elsewhere = client.get("/sitemap.xml", headers={"host": "elsewhere.example"}).text
    assert re.findall(r"<loc>(.*?)</loc>", elsewhere) == found


def test_sitemap_says_when_a_movie_last_changed(client):
    movie = create_movie(release_on="2077-01-01")

    text = client.get("/sitemap.xml").text

    assert re.search(rf"{movie.get_absolute_url()}</loc>\s*<lastmod>\d{{4}}-\d\d-\d\d</lastmod>", text)


def test_sitemap_too_long_for_one_file_is_a_list_of_files(client, monkeypatch):
    for _n in range(3):
        create_movie(release_on="2077-01-01")
    whole = locations(client)
    monkeypatch.setattr(PublicPages, "limit", 3)

    files = locations(client)

    parts = [locations(client, here(file)) for file in files]
    assert [len(part) for part in parts] == [3, 3, 1]
    assert [url for part in parts for url in part] == whole
    assert client.get("/sitemap.xml?p=9").status_code == 404


def test_sitemap_asks_as_often_for_thirty_movies_as_for_one(client, django_assert_num_queries):
    for count in (1, 29):
        for _n in range(count):
            create_showtime()
        with django_assert_num_queries(2):
            client.get("/sitemap.xml")


def test_robots_are_told_where_to_look_and_what_to_leave_alone(client):
    text = client.get("/robots.txt").text
    robots = RobotFileParser()
    robots.parse(text.splitlines())

    assert robots.site_maps() == ["http://testserver/sitemap.xml"]
    shown = ["/", "/movies/", "/movies/x/", "/theaters/x/", "/theaters/x/showtimes.json", "/static/x", "/media/x"]
    hidden = ["/bookings/", "/bookings/x/", "/accounts/login/", "/admin/", "/door/", "/box-office/", "/stripe/webhook/"]
    assert [path for path in shown if not robots.can_fetch("*", path)] == []
    assert [path for path in hidden if robots.can_fetch("*", path)] == []
    # Who may not fetch it never reads that it is not to be shown.
    assert robots.can_fetch("*", "/showtimes/1/seats/")
