import pytest
from django.test import Client

from bookings.stripe_sandbox import Sandbox
from tests.security.house import furnish


@pytest.fixture(scope="session")
def running_sandbox():
    secret = "whsec_tests"
    with Sandbox(secret_key="sk_test_tests", webhook_url="http://127.0.0.1:9/", webhook_secret=secret) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox, settings, tmp_path):
    running_sandbox.reset()
    running_sandbox.webhooks.mode = "hold"
    settings.STRIPE_API_BASE = running_sandbox.url
    settings.MEDIA_ROOT = tmp_path
    return running_sandbox


@pytest.fixture
def house(db, sandbox):
    return furnish(sandbox)


@pytest.fixture
def visitors(house):
    """A browser for everybody who may ask: by role."""
    accounts = {"owner": house.owner, "other": house.other, "anonymous": None}
    accounts |= {role: house.people[role] for role in ("door", "manager", "admin")}
    clients = {role: Client(raise_request_exception=False) for role in accounts}
    for role, account in accounts.items():
        if account:
            clients[role].force_login(account)
    return clients
