"""`make observatory`: MDN's HTTP Observatory grades the shop under gunicorn, over TLS, with the settings of production.

No part of `make test`, as the scanner comes from npm; what it looks at is asserted in test_headers.py on every page.
"""

import json
import os
import subprocess
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import settings as shop_settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from tests.security.house import furnish

pytest_plugins = ["tests.security.over_tls"]
pytestmark = pytest.mark.django_db(transaction=True)
SCANNER = Path(os.environ["OBSERVATORY"]) / "src" / "scan.js"
A_PLUS = 120


@pytest.fixture
def house(transactional_db, sandbox):
    return furnish(sandbox)


def grade(site, path, certificate):
    """What the Observatory says: (grade, score, the tests that failed)."""
    command = ["node", str(SCANNER), site.removeprefix("https://") + path]
    trust = os.environ | {"NODE_EXTRA_CA_CERTS": str(certificate)}
    answer = json.loads(subprocess.run(command, env=trust, capture_output=True, text=True, timeout=60).stdout)
    assert "error" not in answer, (path, answer)
    failed = [name for name, test in answer["tests"].items() if not test["pass"]]
    return answer["scan"]["grade"], answer["scan"]["score"], failed


def grades(site, paths, certificate):
    found = {path: grade(site, path, certificate) for path in paths}
    for path, (letter, score, _failed) in found.items():
        print(f"{letter:3} {score}  {path}")
    return found


def assert_all_are_best(found):
    assert {path: said for path, said in found.items() if said[0] != "A+" or said[1] < A_PLUS or said[2]} == {}


def session_of(user):
    """The key of a session of theirs."""
    session = import_module(shop_settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = shop_settings.AUTHENTICATION_BACKENDS[0]
    session.create()
    return session.session_key


def test_pages_for_anybody(house, serve, certificate):
    paths = ["/", "/movies/", house.movie.get_absolute_url(), house.theater.get_absolute_url(), "/theaters/"]
    paths += [house.showtime.get_absolute_url(), "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]
    paths += ["/admin/login/", "/readyz", "/healthz", house.movie.poster.url]
    with serve("moviebooking.wsgi") as site:
        assert_all_are_best(grades(site, paths, certificate))


def test_pages_of_a_customer_and_an_error(house, serve, certificate):
    root = f"/bookings/{house.confirmed.reference}/"
    error = "/door/"  # not theirs: the page says so, with status 403, which the scanner takes
    paths = ["/bookings/", root, f"{root}tickets/", f"{root}tickets.pdf", f"{root}calendar.ics", "/accounts/profile/"]
    with serve("tests.security.signed_in", SESSION=session_of(house.owner)) as site:
        assert_all_are_best(grades(site, [*paths, error], certificate))


def test_pages_of_staff(house, serve, certificate):
    paths = ["/admin/", "/door/", "/admin/movies/movie/add/", f"/admin/bookings/booking/{house.confirmed.pk}/change/"]
    with serve("tests.security.signed_in", SESSION=session_of(house.people["admin"])) as site:
        assert_all_are_best(grades(site, paths, certificate))


def test_scanner_would_tell(house, serve, certificate, tmp_path):
    """A policy that lets inline scripts run is no A."""
    weak = tmp_path / "weak.py"
    weak.write_text(
        "from moviebooking.settings import *\n"
        "CONTENT_SECURITY_POLICY['DIRECTIVES']['script-src'] = [\"'self'\", \"'unsafe-inline'\"]\n"
    )
    with serve("moviebooking.wsgi", DJANGO_SETTINGS_MODULE="weak", PYTHONPATH=str(tmp_path)) as site:
        letter, score, failed = grade(site, "/", certificate)

    assert (letter[0], score < A_PLUS, failed) == ("B", True, ["content-security-policy"])
