"""In which language somebody reads: by cookie, by address, by account."""

import pytest
from django.conf import settings

from tests.factories import create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(db):
    return create_user("ann@example.com")


def language_of(page):
    text = page.content.decode()
    return text.partition('lang="')[2][:2], text.partition('dir="')[2][:3]


def test_language_chosen_then_pages_are_in_it_and_run_from_right_to_left(client):
    answer = client.post("/accounts/language/", {"language": "ar", "next": "/theaters/"})

    assert answer["Location"] == "/theaters/"
    assert client.cookies[settings.LANGUAGE_COOKIE_NAME]["httponly"]
    assert language_of(client.get("/theaters/")) == ("ar", "rtl")
    client.post("/accounts/language/", {"language": "en"})
    assert language_of(client.get("/theaters/")) == ("en", "ltr")


def test_browser_that_asks_for_arabic_then_it_gets_it(client):
    assert language_of(client.get("/", headers={"Accept-Language": "ar,en;q=0.5"})) == ("ar", "rtl")
    assert language_of(client.get("/", headers={"Accept-Language": "fi"})) == ("en", "ltr")


def test_language_in_the_address_then_it_is_shown_and_kept(client):
    assert language_of(client.get("/theaters/?lang=ar")) == ("ar", "rtl")
    assert language_of(client.get("/theaters/")) == ("ar", "rtl")


@pytest.mark.parametrize("code", ["", "xx", "ar\r\nSet-Cookie: a=b", "../en"])
def test_unknown_language_then_nothing_is_kept(client, code):
    client.post("/accounts/language/", {"language": code})
    client.get("/", {"lang": code})

    assert settings.LANGUAGE_COOKIE_NAME not in client.cookies


@pytest.mark.parametrize("way", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_way_back_that_leads_elsewhere_then_home(client, way):
    assert client.post("/accounts/language/", {"language": "en", "next": way})["Location"] == "/"


def test_chosen_by_who_is_signed_in_then_their_account_knows(client, ann):
    client.force_login(ann)
    client.post("/accounts/language/", {"language": "ar"})
    ann.refresh_from_db()

    assert ann.language == "ar"
