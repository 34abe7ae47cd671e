"""What a platform's probes hear, and what the TLS in front of us changes."""

import socket
import time

import pytest
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder

from moviebooking import health


@pytest.fixture
def https(settings):
    """Production sits behind a proxy that ends TLS."""
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True


@pytest.fixture
def silent_server():
    """It takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_healthz_needs_no_database_no_host_and_no_tls(https, client):
    response = client.get("/healthz", headers={"host": "10.0.0.7:8000"})
    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_readyz_is_ok(client, django_assert_max_num_queries):
    client.get("/readyz")
    with django_assert_max_num_queries(2):
        response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "database": "ok", "redis": "ok"}
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_readyz_without_redis_is_degraded(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:9"  # nobody listens there
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"status": "degraded", "database": "ok", "redis": "unreachable"}


@pytest.mark.django_db
def test_readyz_does_not_wait_for_a_redis_that_hangs(client, settings, silent_server):
    client.get("/readyz")
    settings.REDIS_URL = f"redis://127.0.0.1:{silent_server}"
    started = time.monotonic()
    response = client.get("/readyz")
    assert time.monotonic() - started < 1
    assert response.json()["status"] == "degraded"


@pytest.mark.django_db
def test_readyz_without_database_is_down(client, monkeypatch):
    nowhere = connections.settings["default"] | {"HOST": "127.0.0.1", "PORT": "9"}
    monkeypatch.setattr(health, "connection", DatabaseWrapper(nowhere, "default"))
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"status": "down", "database": "unreachable", "redis": "ok"}


@pytest.mark.django_db
def test_readyz_waits_for_migrations(client):
    MigrationRecorder.Migration.objects.filter(app="bookings").delete()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["database"] == "migrations are missing"


@pytest.mark.django_db
def test_readyz_is_not_sent_elsewhere(https, client):
    assert client.get("/readyz").status_code == 200


def test_plain_pages_are_sent_to_https_once(https, client):
    response = client.get("/movies/?q=dune")
    assert (response.status_code, response["Location"]) == (301, "https://testserver/movies/?q=dune")


@pytest.mark.django_db
def test_proxy_ends_tls(https, client):
    response = client.get("/", headers={"x-forwarded-proto": "https"})
    assert response.status_code == 200
    assert response.wsgi_request.is_secure()
