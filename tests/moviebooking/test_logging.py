"""The log of production: JSON, one line per event, and nothing on it that would have to be kept secret."""

import io
import json
import logging
import logging.config

import pytest
from django.db import IntegrityError
from django.test import Client, RequestFactory

from tests.factories import create_user
from tests.moviebooking.production import load_settings, run

pytestmark = pytest.mark.django_db
REFERENCE = "K7MD-9QXW-3FHT"


@pytest.fixture
def log(settings, monkeypatch):
    """Call it for what production would have written since, as (text, lines)."""
    stream = io.StringIO()
    with monkeypatch.context() as elsewhere:
        production = load_settings(elsewhere)["LOGGING"]
    production["handlers"]["stdout"]["stream"] = stream
    logging.config.dictConfig(production)
    yield lambda: (stream.getvalue(), [json.loads(line) for line in stream.getvalue().splitlines()])
    logging.config.dictConfig(settings.LOGGING)


@pytest.fixture
def visitor():
    return Client(raise_request_exception=False)


def explode(request, reference):
    email = request.GET["email"]
    raise IntegrityError(
        'duplicate key value violates unique constraint "user_email"\n'
        f"DETAIL:  Key (email, reference)=({email}, {reference}) already exists.\n"
    )


def test_request_is_one_line_with_its_id(log, visitor):
    response = visitor.get("/healthz/?q=1")
    _text, [line] = log()
    assert line.pop("time")
    assert line.pop("milliseconds") >= 0
    assert line == {
        "level": "INFO",
        "logger": "moviebooking.requests",
        "message": "request",
        "method": "GET",
        "route": "-",
        "status": 404,
        "request_id": response["X-Request-ID"],
    }


def test_id_of_the_router_is_kept(log, visitor):
    response = visitor.get("/nothing", headers={"x-request-id": "8a1f-from-the-router"})
    assert response["X-Request-ID"] == log()[1][0]["request_id"] == "8a1f-from-the-router"


def test_forged_id_is_not(log, visitor):
    forged = 'x" level="ERROR'
    assert visitor.get("/nothing", headers={"x-request-id": forged})["X-Request-ID"] != forged


def test_a_customers_day_leaves_no_trace_of_the_customer(log, visitor):
    anna = create_user("anna@example.com")
    strict = Client(enforce_csrf_checks=True)
    for password in ("wrong", "demo"):
        visitor.post("/accounts/login/", {"login": "anna@example.com", "password": password})
    visitor.force_login(anna)
    visitor.get(f"/bookings/{REFERENCE}/?session=cs_test_a1b2")
    visitor.get("/accounts/password/reset/key/1-c2VjcmV0LXRva2Vu/")
    strict.post(f"/bookings/{REFERENCE}/pay/")
    visitor.post("/stripe/webhook/", b'{"email": "anna@example.com"}', content_type="application/json")
    text, lines = log()
    requests = [(line["method"], line["route"], line["status"]) for line in lines if line["message"] == "request"]
    assert requests == [
        ("POST", "accounts/login/", 200),
        ("POST", "accounts/login/", 302),
        ("GET", "bookings/<slug:reference>/", 404),
        ("GET", r"accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$", 200),
        ("POST", "bookings/<slug:reference>/pay/", 403),
        ("POST", "stripe/webhook/", 400),
    ]
    for secret in ("anna", "demo", REFERENCE, "cs_test", "c2VjcmV0", "?"):
        assert secret not in text.replace("(?P<", "")


def test_forbidden_request_is_named_by_its_route(log):
    Client(enforce_csrf_checks=True).post(f"/bookings/{REFERENCE}/pay/")
    forbidden = log()[1][0]
    assert forbidden["logger"] == "django.security.csrf"
    assert forbidden["message"] == "Forbidden (CSRF cookie not set.): bookings/<slug:reference>/pay/"


@pytest.mark.urls("tests.moviebooking.exploding")
def test_unhandled_error_keeps_its_traceback_and_loses_its_data(log, visitor):
    response = visitor.get(f"/bookings/{REFERENCE}/?email=anna@example.com")
    text, [error, line] = log()
    assert (response.status_code, line["status"]) == (500, 500)
    assert (error["level"], error["request_id"]) == ("ERROR", response["X-Request-ID"])
    assert error["message"] == "Internal Server Error: bookings/<slug:reference>/"
    assert "in explode" in error["exc_info"]
    assert 'violates unique constraint "user_email"' in error["exc_info"]
    for secret in ("anna", REFERENCE, "?"):
        assert secret not in text


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("mail to o'anna+x@mail.example.co.uk failed", "mail to o'[hidden] failed"),
        ("no booking K7MD-9QXW-3FHT, ticket XW7M9-K3QPH", "no booking [hidden], ticket [hidden]"),
        ("bad key sk_live_51Habc, whsec_x1", "bad key [hidden], [hidden]"),
        ("GET /return/?session=cs_1&x=2 failed", "GET /return/?[hidden] failed"),
        ("request 3f2504e0-4f89-11d3-9a0c-0305e82c3301", "request 3f2504e0-4f89-11d3-9a0c-0305e82c3301"),
        ("Is it open? Yes, at 10:30", "Is it open? Yes, at 10:30"),
    ],
)
def test_whoever_says_it_it_is_hidden(log, said, written):
    logging.getLogger("some.library").warning(said)
    assert log()[1][0]["message"] == written


def test_celery_and_gunicorn_speak_json_too(log):
    for name in ("celery.worker", "gunicorn.error"):
        logging.getLogger(name).info("at work")
    logging.getLogger("gunicorn.access").info("GET /bookings/K7MD-9QXW-3FHT/")
    assert [(line["logger"], line["message"]) for line in log()[1]] == [
        ("celery.worker", "at work"),
        ("gunicorn.error", "at work"),
    ]


def test_failed_task_is_logged_once_without_its_data(log):
    try:
        explode(RequestFactory().get("/", {"email": "anna@example.com"}), REFERENCE)
    except IntegrityError as error:
        data = {"exc": repr(error)}
        logging.getLogger("celery.app.trace").exception("Task failed: %r", error, extra={"data": data})
    text, [line] = log()
    assert "in explode" in line["exc_info"]
    assert "data" not in line
    assert "anna" not in text


SENTRY = """
import django, json, sentry_sdk
django.setup()
from django.conf import settings
from django.test import Client
settings.ROOT_URLCONF = "tests.moviebooking.exploding"
client, heard = sentry_sdk.get_client(), []
client.transport.capture_envelope = lambda envelope: heard.append(envelope.get_event())
Client(raise_request_exception=False).post(
    "/bookings/K7MD-9QXW-3FHT/?email=anna@example.com", {"card": "4242"}, headers={"host": "tickets.example.com"}
)
names = ("send_default_pii", "include_local_variables", "max_request_body_size")
print(json.dumps({"options": [client.options[name] for name in names], "heard": [event for event in heard if event]}))
"""


def test_sentry_hears_of_errors_and_of_nobody():
    told = run(
        "-c",
        SENTRY,
        DEBUG="1",
        DJANGO_SETTINGS_MODULE="moviebooking.settings",
        SENTRY_DSN="http://key@127.0.0.1:9/1",
    )
    assert told.returncode == 0, told.stderr
    answer = json.loads(told.stdout.splitlines()[-1])
    assert answer["options"] == [False, False, "never"]
    [event] = answer["heard"]
    assert event["transaction"] == "/bookings/{reference}/"
    assert event["exception"]["values"][-1]["type"] == "IntegrityError"
    for secret in ("anna", REFERENCE, "4242"):
        assert secret not in json.dumps(event)
