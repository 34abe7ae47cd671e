"""Every answer tells browsers the same, whatever it is: page, file, error, health check."""

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from tests.factories import seats_of
from tests.moviebooking.production import load_settings
from tests.security.addresses import models_in_the_office, pages_about

DOORS_AND_WINDOWS = ("SECURE_", "SESSION_COOKIE_", "CSRF_COOKIE_", "X_FRAME_", "CONTENT_SECURITY_POLICY")
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "img-src": "'self' data:",
    "manifest-src": "'self'",
    "form-action": "'self' https://checkout.stripe.com",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
BEHIND_TLS = {"X-Forwarded-Proto": "https"}


@pytest.fixture
def production(settings, monkeypatch):
    """What production says of doors and windows, on the servers of the tests."""
    with monkeypatch.context() as elsewhere:
        loaded = load_settings(elsewhere)
    for name in loaded:
        if name.startswith(DOORS_AND_WINDOWS):
            setattr(settings, name, loaded[name])


def policy_of(response):
    return dict(part.split(maxsplit=1) for part in response["Content-Security-Policy"].split("; "))


def permissions_of(response):
    return set(response["Permissions-Policy"].replace(" ", "").split(","))


def faults(response, path):
    """What this answer leaves open, in words."""
    found = [
        f"{path}: {name} is {response.get(name)}" for name, value in HEADERS.items() if response.get(name) != value
    ]
    if "Content-Security-Policy" not in response or policy_of(response) != POLICY:
        found.append(f"{path}: policy is {response.get('Content-Security-Policy')}")
    if {"camera=()", "microphone=()", "geolocation=()"} - permissions_of(response):
        found.append(f"{path}: it may use {response.get('Permissions-Policy')}")
    return found


def ask(client, path, status=200, method="get", **kwargs):
    response = getattr(client, method)(path, headers=BEHIND_TLS | kwargs.pop("headers", {}), **kwargs)
    assert (path, response.status_code) == (path, status)
    response.getvalue()  # a file is closed when it has been read
    return faults(response, path)


def test_pages_for_anybody_carry_them(production, house):
    paths = ["/", "/movies/", "/privacy/", house.movie.get_absolute_url(), "/theaters/"]
    paths += [house.theater.get_absolute_url()]
    paths += [house.showtime.get_absolute_url(), f"/showtimes/{house.showtime.pk}/seats.json", "/readyz", "/healthz"]
    paths += ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/static/css/base.css"]
    paths += [house.movie.poster.url]

    assert [fault for path in paths for fault in ask(Client(), path)] == []


def test_pages_of_a_customer_carry_them(production, house):
    client, root = Client(), f"/bookings/{house.confirmed.reference}/"
    client.force_login(house.owner)
    seats = {"seats": [seat.pk for seat in seats_of(house.showtime, "C1")]}
    ask(client, f"/showtimes/{house.showtime.pk}/hold/", 302, "post", data=seats)
    paths = [f"/showtimes/{house.showtime.pk}/checkout/", "/bookings/", root, f"{root}tickets/", f"{root}tickets.pdf"]
    paths += [f"{root}calendar.ics", "/accounts/profile/", "/accounts/email/", "/accounts/logout/"]

    assert [fault for path in paths for fault in ask(client, path)] == []


def test_pages_of_staff_carry_them(production, house):
    client = Client()
    client.force_login(house.people["admin"])
    paths = ["/admin/", "/admin/jsi18n/", "/door/search/", "/door/worker.js"]
    paths += [pages_about(model)[page] for model in models_in_the_office() for page in ("changelist", "change")]
    paths = [path for path in paths if "/theaters/seat/" not in path]
    paths += [f"/admin/theaters/showtime/{page}/" for page in ("board", "plan", "copy", "publish")]

    assert [fault for path in paths for fault in ask(client, path)] == []


@pytest.mark.parametrize("path", ["/door/", "/door/offline/"])
def test_the_door_alone_may_use_the_camera_and_nothing_else(production, house, path):
    client = Client()
    client.force_login(house.people["door"])

    assert [fault for fault in ask(client, path) if "it may use" not in fault] == []
    allowed = permissions_of(client.get(path, headers=BEHIND_TLS))
    assert {one for one in allowed if not one.endswith("=()")} == {
        "camera=(self)",
        "screen-wake-lock=(self)",
        "autoplay=(self)",
    }
    assert len(allowed) == len(permissions_of(client.get("/", headers=BEHIND_TLS)))


def test_errors_and_redirects_carry_them(production, house, monkeypatch):
    client = Client(raise_request_exception=False)
    found = ask(client, "/nowhere/", 404) + ask(client, "/static/nowhere.css", 404) + ask(client, "/bookings/", 302)
    found += ask(client, "/", 400, headers={"host": "evil.example"})
    found += ask(client, "/city/", 405) + ask(client, "/stripe/webhook/", 400, "post")
    found += ask(Client(enforce_csrf_checks=True), "/city/", 403, "post")
    client.force_login(house.owner)
    found += ask(client, "/door/", 403)
    monkeypatch.setattr("movies.views.Movie.objects", None)
    found += ask(client, "/", 500)

    assert found == []


def test_plain_http_is_sent_to_https_with_a_policy(production, db):
    response = Client().get("/movies/")

    assert (response.status_code, policy_of(response)) == (301, POLICY)


def test_cookies_are_ours_alone(production, house):
    client = Client()
    client.post("/accounts/login/", {"login": house.owner.email, "password": "demo"}, headers=BEHIND_TLS)
    client.get("/accounts/profile/", headers=BEHIND_TLS)
    kept = {name: cookie.OutputString() for name, cookie in client.cookies.items() if cookie.value}

    assert kept.keys() == {"__Host-sessionid", "__Host-csrftoken"}
    for cookie in kept.values():
        parts = {part.strip().lower() for part in cookie.split(";")}
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= parts
        assert "domain" not in cookie.lower()


def test_development_keeps_plain_names_and_no_promise_of_tls(monkeypatch):
    loaded = load_settings(monkeypatch, DEBUG="1", SITE_URL="http://127.0.0.1:8000")

    assert not {"SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME"} & loaded.keys()
    assert (loaded["SECURE_HSTS_SECONDS"], loaded["SESSION_COOKIE_SECURE"]) == (0, False)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (False, False)),
        ({"HSTS_SUBDOMAINS": "1"}, (True, False)),
        ({"HSTS_PRELOAD": "1"}, (True, True)),
    ],
)
def test_neighbours_are_spoken_for_only_if_their_owner_says_so(monkeypatch, changes, expected):
    loaded = load_settings(monkeypatch, **changes)

    assert (loaded["SECURE_HSTS_INCLUDE_SUBDOMAINS"], loaded["SECURE_HSTS_PRELOAD"]) == expected


@pytest.mark.parametrize(
    ("changes", "directive", "expected"),
    [
        ({"STRIPE_API_BASE": "http://127.0.0.1:4242"}, "form-action", ["http://127.0.0.1:4242"]),
        ({"GOOGLE_CLIENT_ID": "me", "GOOGLE_CLIENT_SECRET": "s"}, "form-action", ["https://accounts.google.com"]),
        ({"MEDIA_URL": "https://cdn.example.com/media/"}, "img-src", ["https://cdn.example.com"]),
    ],
)
def test_policy_names_the_places_that_are_configured(monkeypatch, changes, directive, expected):
    plain = load_settings(monkeypatch)["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    loaded = load_settings(monkeypatch, **changes)["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]

    assert loaded == plain | {directive: [*plain[directive], *expected]}


BUCKETS = [
    {},
    {"AWS_S3_REGION_NAME": "eu-central-1"},
    {"AWS_STORAGE_BUCKET_NAME": "rialto.posters"},
    {"AWS_S3_ENDPOINT_URL": "https://s3.example.com:444"},
    {"AWS_S3_ENDPOINT_URL": "https://s3.example.com", "AWS_QUERYSTRING_AUTH": "1"},
    {"AWS_S3_CUSTOM_DOMAIN": "posters.example.com"},
]


@pytest.mark.parametrize("changes", BUCKETS)
def test_policy_lets_posters_come_from_their_bucket(settings, monkeypatch, changes):
    bucket = {"AWS_STORAGE_BUCKET_NAME": "posters", "AWS_ACCESS_KEY_ID": "me", "AWS_SECRET_ACCESS_KEY": "mine"}
    with monkeypatch.context() as elsewhere:
        loaded = load_settings(elsewhere, **bucket | changes)
    settings.STORAGES = loaded["STORAGES"]

    sources = loaded["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]["img-src"]
    assert "/".join(default_storage.url("poster.webp").split("/")[:3]) in sources
