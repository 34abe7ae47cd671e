import re

import pytest

pytestmark = pytest.mark.django_db


def attributes(page):
    """Of <html>, and what the browser is told before it has read a style sheet."""
    theme = re.search(r"<html[^>]*?(?: data-theme=\"(\w+)\")?>", page)[1]
    return theme, re.findall(r'<meta name="(?:color-scheme|theme-color)"[^>]*?content="(.*?)"', page)


def test_without_a_choice_the_device_decides(client):
    assert attributes(client.get("/").text) == (None, ["light dark", "#2b1236", "#0c0811"])


@pytest.mark.parametrize(("theme", "color"), [("light", "#2b1236"), ("dark", "#0c0811")])
def test_choice_of_a_theme_is_kept_and_rendered_by_the_server(client, theme, color):
    response = client.post("/theme/", {"theme": theme, "next": "/theaters/?a=1"})

    cookie = response.cookies["theme"]
    assert (response.status_code, response["Location"]) == (302, "/theaters/?a=1")
    assert (cookie.value, cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (theme, True, "Lax", 31536000)
    assert attributes(client.get("/theaters/").text) == (theme, [theme, color, color])
    assert f'value="{theme}" aria-pressed="true"' in client.get("/").text


def test_choice_given_back_to_the_device(client):
    client.post("/theme/", {"theme": "dark"})
    client.post("/theme/", {"theme": ""})

    assert attributes(client.get("/").text)[0] is None


@pytest.mark.parametrize("told", ['"><script>', "DARK", ""])
def test_cookie_that_makes_no_sense_is_no_choice(client, told):
    client.cookies["theme"] = told

    assert attributes(client.get("/").text)[0] is None


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example/", "javascript:alert(1)", "/\\evil.example", ""]
)
def test_choice_leads_back_to_pages_of_ours_only(client, back):
    assert client.post("/theme/", {"theme": "dark", "next": back})["Location"] == "/"


def test_page_of_an_error_has_the_theme_too(client):
    client.cookies["theme"] = "dark"

    assert attributes(client.get("/nowhere/").text)[0] == "dark"


def test_manifest_names_the_shop_and_icons_that_are_there(client, settings):
    settings.SITE_NAME = "Rialto & Co"
    manifest = client.get("/manifest.webmanifest")

    assert manifest["Content-Type"] == "application/manifest+json"
    assert (manifest.json()["name"], manifest.json()["start_url"]) == ("Rialto & Co", "/")
    icons = {icon["src"].removeprefix("/static/img/"): icon["purpose"] for icon in manifest.json()["icons"]}
    there = {path.name for path in (settings.BASE_DIR / "static" / "img").iterdir()}
    assert icons.keys() <= there
    assert icons["icon-maskable-512.png"] == "maskable"
