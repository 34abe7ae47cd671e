"""A shop to walk through in a real browser: the test server, and gunicorn with two workers.

A click returns before the page that it leads to has been read. So what a page shows is asked with expect(), which
waits for it, and not with assert.
"""

import threading
import time

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.signals import request_finished, request_started
from django.db import connection
from django.dispatch import receiver
from playwright.sync_api import expect

from bookings.stripe_sandbox import Sandbox
from tests.factories import (
    create_category,
    create_layout,
    create_movie,
    create_screen,
    create_showtime,
    create_theater,
    create_user,
)
from tests.journeys.axe import SCREENS, faults, prove
from tests.servers import database_url, gunicorn
from theaters.models import Seat

# On a machine that may be slow and busy.
expect.set_options(timeout=15_000)


# What the test server is about to answer, by the thread that does; a stream may go on.
ANSWERING = {}


@receiver(request_started)
def note_question(environ=None, **_more):
    path = (environ or {}).get("PATH_INFO", "")
    if not path.endswith(".stream"):
        ANSWERING[threading.get_ident()] = path


@receiver(request_finished)
def note_answer(**_more):
    ANSWERING.pop(threading.get_ident(), None)


@pytest.fixture(autouse=True)
def all_answered(transactional_db):
    """A test ends once it has seen enough, and the tables are emptied once all questions are answered."""
    ANSWERING.clear()
    yield
    end = time.monotonic() + 5  # half a question is never answered
    while ANSWERING and time.monotonic() < end:
        time.sleep(0.02)


@pytest.fixture(autouse=True)
def kept_pages(settings):
    """As where the shop is open."""
    settings.KEEP_PAGES_SECONDS = 10


@pytest.fixture
def programme(transactional_db):
    """Tonight at the Rialto: two categories, an aisle, a wheelchair space."""
    theater = create_theater("Rialto")
    screen = create_screen(theater)
    layout = create_layout(screen, rows="ABCDEF", seats=10)
    layout.seats.filter(row__in="EF").update(category=create_category(theater, "Premium", look="premium", order=1))
    layout.seats.filter(row="A", number="1").update(feature=Seat.Feature.WHEELCHAIR)
    movie = create_movie("Nachtzug nach Triest", slug="nachtzug", synopsis="A night, a train, a suitcase too many.")
    return create_showtime(layout=layout, movie=movie)


@pytest.fixture
def large_room(transactional_db):
    """Three hundred seats in two categories."""
    theater = create_theater("Rialto")
    layout = create_layout(create_screen(theater), rows="ABCDEFGHIJKLMNO", seats=20)
    layout.seats.filter(row__in="MNO").update(category=create_category(theater, "Premium", look="premium", order=1))
    return create_showtime(layout=layout)


@pytest.fixture
def moviegoer(transactional_db):
    user = create_user("moviegoer@example.com", name="Mina Moviegoer")
    # A hash that the shop's own settings know too, where gunicorn runs with them.
    user.password = PBKDF2PasswordHasher().encode("demo", "salt", iterations=1000)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def sandbox(settings):
    sandbox = Sandbox(
        secret_key=settings.STRIPE_SECRET_KEY, webhook_url="http://127.0.0.1:9/", webhook_secret="whsec_tests"
    )
    with sandbox:
        settings.STRIPE_API_BASE = sandbox.url
        directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
        allowed = {"form-action": [*directives["form-action"], sandbox.url]}
        settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": directives | allowed}
        yield sandbox


@pytest.fixture
def shop(live_server, settings, sandbox):
    """The address of the shop on the test server."""
    settings.SITE_URL = live_server.url
    sandbox.webhooks.url = f"{live_server.url}/stripe/webhook/"
    return live_server.url


@pytest.fixture
def gunicorn_shop(transactional_db, sandbox, tmp_path):
    """The address of the shop under gunicorn with two workers, on the database of the test."""
    with gunicorn(sandbox, tmp_path, DATABASE_URL=database_url(connection)) as (url, _process):
        yield url


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return browser_context_args | {"viewport": {"width": 390, "height": 844}, "locale": "en-GB"}


@pytest.fixture
def page(page):
    """A page on which an error of a script or of the server, or a breach of our policy, is an error of the test."""
    page.set_default_timeout(15_000)
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if "Content Security Policy" in said.text else None)
    page.on("response", lambda response: problems.append(response.url) if response.status >= 500 else None)
    yield page
    assert problems == []


@pytest.fixture
def look(request, page, shop, client):
    """look(path) opens a page and says what is wrong with it; look(path, user) does so signed in.

    In every look, or in the one that the test names as its parameter.
    """
    screens = [request.param] if hasattr(request, "param") else SCREENS

    def look(path, user=None):
        if user:
            client.force_login(user)
            prove(client, user)
            page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": shop}])
        page.goto(shop + path)
        return faults(page, screens)

    return look
