"""A passkey as the second factor, made and used in a real browser with an authenticator that it pretends to have."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator

from tests.factories import create_member

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def usher(programme):
    user = create_member(programme.theater, "usher", name="Anna", email="anna@example.com")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def authenticator(page):
    """A phone's fingerprint, say; authenticator(False) is a finger that it does not know."""
    chromium = page.context.new_cdp_session(page)
    chromium.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    its_id = chromium.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def knows_the_finger(yes):
        chromium.send("WebAuthn.setUserVerified", {"authenticatorId": its_id, "isUserVerified": yes})

    return knows_the_finger


def log_in(page, shop, path):
    page.goto(shop + path)
    page.get_by_label("Email").fill("anna@example.com")
    page.get_by_label("Password").fill("demo")
    page.get_by_role("button", name="Sign in", exact=True).click()


def add_passkey(page, shop):
    page.goto(f"{shop}/accounts/2fa/webauthn/add/")
    page.get_by_label("Password").fill("demo")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name").fill("Anna's phone")
    page.get_by_role("button", name="Add").click()
    page.get_by_text("Security key added").wait_for()


def test_passkey_then_the_door_opens_with_it(page, shop, usher, authenticator, settings):
    settings.STAFF_TWO_FACTOR = True
    log_in(page, shop, "/door/")
    page.get_by_text("The office asks for a second factor").wait_for()
    add_passkey(page, shop)
    page.context.clear_cookies()

    log_in(page, shop, "/door/")
    authenticator(False)
    page.get_by_role("button", name="Use a security key").click()
    page.get_by_role("alert").get_by_text("The key did not answer").wait_for()
    authenticator(True)
    page.get_by_role("button", name="Use a security key").click()
    page.get_by_role("heading", name="Door").wait_for()

    assert Authenticator.objects.filter(user=usher, type="webauthn").count() == 1
