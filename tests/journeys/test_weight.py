"""What a page weighs on a phone's line, and whom it asks: nobody but us. How fast it feels: vitals.py."""

import gzip
from pathlib import Path
from urllib.parse import urlsplit

import brotli
import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import expect

from tests.bookings.steps import buy

pytestmark = pytest.mark.django_db(transaction=True)

KB = 1024
HTML, SCRIPTS = 60 * KB, 30 * KB
# By name what is not ours; it is small enough all the same.
THEIRS = ("htmx", "/qr/")


@pytest.fixture
def asked(page):
    """The addresses of all that the page has asked for."""
    addresses = []
    page.on("request", lambda request: addresses.append(request.url))
    return addresses


def brotli_weight(address):
    file = Path(finders.find(urlsplit(address).path.removeprefix("/static/")))
    return len(brotli.compress(file.read_bytes()))


def own_scripts(asked):
    scripts = {address for address in asked if urlsplit(address).path.endswith(".js") and "/static/" in address}
    return [address for address in scripts if not any(name in address for name in THEIRS)]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_map_of_three_hundred_seats_then_it_is_light(page, shop, asked, large_room, language):
    page.goto(f"{shop}{large_room.get_absolute_url()}?lang={language}")
    page.wait_for_load_state("load")
    html = page.request.get(f"{shop}{large_room.get_absolute_url()}").body()

    expect(page.locator("input[name=seats]")).to_have_count(300)
    assert len(gzip.compress(html)) <= HTML
    assert 0 < sum(map(brotli_weight, own_scripts(asked))) <= SCRIPTS


def test_way_to_the_payment_then_no_other_host_hears_of_it_and_no_page_is_heavy(
    page, shop, asked, large_room, moviegoer, sandbox, client
):
    client.force_login(moviegoer)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": shop}])
    bought = buy(sandbox, moviegoer, large_room, "A1")
    movie, theater = large_room.movie.get_absolute_url(), large_room.theater.get_absolute_url()
    paths = ["/", "/movies/", movie, "/theaters/", theater, large_room.get_absolute_url(), "/bookings/"]
    paths += [bought.get_absolute_url(), f"{bought.get_absolute_url()}tickets/", "/watchlist/", "/accounts/profile/"]
    heavy = []
    for path in paths:
        asked.clear()
        page.goto(shop + path)
        page.wait_for_load_state("load")
        weight = sum(map(brotli_weight, own_scripts(asked)))
        heavy += [(path, weight)] if weight > SCRIPTS else []
        heavy += [(path, address) for address in asked if not address.startswith((shop, "data:", "blob:"))]

    assert heavy == []
