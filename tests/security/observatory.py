"""`make observatory`: MDN's HTTP Observatory grades the shop under gunicorn, over TLS, with the settings of production.

No part of `make test`, as the scanner comes from npm; what it looks at is asserted in test_headers.py on every page.
"""

import datetime as dt
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings as shop_settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection

from tests.moviebooking.production import ROOT, environ
from tests.security.house import furnish

pytestmark = pytest.mark.django_db(transaction=True)
SCANNER = Path(os.environ["OBSERVATORY"]) / "src" / "scan.js"
A_PLUS = 120


@pytest.fixture
def house(transactional_db, sandbox):
    return furnish(sandbox)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """For localhost, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")]), dt.datetime.now(dt.UTC)
    unsigned = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    unsigned = unsigned.not_valid_before(now).not_valid_after(now + dt.timedelta(days=1))
    unsigned = unsigned.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    unsigned = unsigned.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, *plain)
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    path.write_bytes(secret + unsigned.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def serve(certificate, tmp_path):
    """serve(application): the address of the shop, as production serves it, on the database of the tests."""

    @contextmanager
    def serve(application, **changes):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        site, database = f"https://localhost:{port}", urlsplit(os.environ["DATABASE_URL"])
        production = {
            "SITE_URL": site,
            "ALLOWED_HOSTS": "localhost",
            "DATABASE_URL": database._replace(path=f"/{connection.settings_dict['NAME']}").geturl(),
            "REDIS_URL": shop_settings.REDIS_URL,
            "SECRET_KEY": shop_settings.SECRET_KEY,
            "STATIC_ROOT": str(tmp_path / "static"),
            "MEDIA_ROOT": str(shop_settings.MEDIA_ROOT),
            "TRUSTED_PROXY_COUNT": "0",
            "PORT": str(port),
        }
        environment = environ(**production | changes)
        collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
        subprocess.run(collect, cwd=ROOT, env=environment, check=True)
        tls = ["--certfile", str(certificate), "--keyfile", str(certificate)]
        gunicorn = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", *tls, application]
        with subprocess.Popen(gunicorn, cwd=ROOT, env=environment) as process:
            try:
                wait_for(site, certificate)
                yield site
            finally:
                process.terminate()
                process.wait(30)

    return serve


def wait_for(site, certificate):
    give_up_at = time.monotonic() + 30
    while time.monotonic() < give_up_at:
        try:
            if requests.get(f"{site}/healthz", verify=str(certificate), timeout=2).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError(f"{site} does not answer")


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
