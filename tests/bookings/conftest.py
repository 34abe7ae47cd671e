import pytest
import redis as redis_py
from django.conf import settings as django_settings

from bookings.audit import audit
from bookings.stripe_sandbox import Sandbox
from tests.bookings.unlocked import without_constraints, without_lock  # noqa: F401, fixtures
from tests.factories import create_member, create_showtime, create_user

WEBHOOK_SECRET = "whsec_tests"


@pytest.fixture
def redis():
    """A direct line to the Redis of the tests."""
    with redis_py.Redis.from_url(django_settings.REDIS_URL) as connection:
        yield connection


@pytest.fixture(scope="session")
def running_sandbox():
    with Sandbox(
        secret_key="sk_test_tests", webhook_url="http://127.0.0.1:9/", webhook_secret=WEBHOOK_SECRET
    ) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox, settings):
    """The payment stand-in over real HTTP. Its webhooks are kept back: a test delivers them by hand."""
    running_sandbox.reset()
    running_sandbox.webhooks.mode = "hold"
    settings.STRIPE_API_BASE = running_sandbox.url
    yield running_sandbox
    assert [request.violations for request in running_sandbox.requests if request.violations] == []


@pytest.fixture
def ann(db):
    return create_user("ann@example.com", name="Ann")


@pytest.fixture
def bob(db):
    return create_user("bob@example.com", name="Bob")


@pytest.fixture
def showtime(db):
    return create_showtime()


@pytest.fixture
def cashier(showtime):
    return create_member(showtime.theater, "box_office", name="Cora")


@pytest.fixture
def manager(showtime):
    return create_member(showtime.theater, "manager", name="Max")


@pytest.fixture
def till(client, cashier):
    client.force_login(cashier)
    return client


@pytest.fixture
def books_are_in_order(db):
    """Whatever a test has done, the audit finds nothing after it."""
    yield
    assert [(result.invariant.code, result.examples) for result in audit() if result.broken] == []
