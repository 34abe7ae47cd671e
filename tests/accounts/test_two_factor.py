"""A second factor besides the password: an authenticator app; with STAFF_TWO_FACTOR the office asks for it."""

import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client

from tests.factories import create_staff

pytestmark = pytest.mark.django_db

PASSWORD = "an-orange-suitcase"
SETUP, LOGIN = "/accounts/2fa/totp/activate/", "/accounts/login/"


@pytest.fixture
def usher(client):
    user = create_staff("bookings.check_in_ticket")
    user.set_password(PASSWORD)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    log_in(client, user)
    return user


def log_in(client, user):
    return client.post(LOGIN, {"login": user.email, "password": PASSWORD})


def code(secret, *, later=0):
    """What the app shows, or will show in so many half minutes."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + later))


def set_up(client):
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    secret = client.get(SETUP).context["form"].secret
    response = client.post(SETUP, {"code": code(secret)})
    assert response.status_code == 302, response.context["form"].errors
    return secret


def test_office_that_asks_for_two_then_the_password_alone_leads_to_the_set_up(client, usher, settings):
    settings.STAFF_TWO_FACTOR = True

    for page in ("/door/", "/admin/"):
        response = client.get(page, follow=True)
        assert response.redirect_chain[0][0] == "/accounts/2fa/"
        assert "The office asks for a second factor besides the password" in response.text
    assert client.get("/bookings/").status_code == 200

    set_up(client)

    assert client.get("/door/").status_code == 200


def test_office_that_does_not_ask_then_the_password_is_enough(client, usher):
    assert client.get("/door/").status_code == 200


def test_sign_in_with_an_app_then_its_code_is_asked_for(client, usher):
    secret = set_up(client)
    client.logout()

    assert log_in(client, usher).url == "/accounts/2fa/authenticate/"
    assert client.get("/door/").status_code == 302
    refused = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert "Incorrect code" in refused.text
    assert client.post("/accounts/2fa/authenticate/", {"code": code(secret, later=1)}).status_code == 302
    assert client.get("/door/").status_code == 200


def test_secret_then_lies_encrypted_in_the_database_and_survives_a_new_key(client, usher, settings):
    secret = set_up(client)
    kept = Authenticator.objects.get(type="totp")

    assert secret not in str(kept.data)

    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-secret-key-of-the-shop-0123456789-abcdefghijklmnop"
    assert kept.wrap().validate_code(code(secret, later=1))


def test_second_factor_added_then_who_was_signed_in_elsewhere_is_asked_for_it(
    client, usher, settings, django_capture_on_commit_callbacks
):
    """Somebody who has the password only was in before."""
    settings.STAFF_TWO_FACTOR = True
    elsewhere = Client()
    log_in(elsewhere, usher)
    assert elsewhere.get("/bookings/").status_code == 200

    with django_capture_on_commit_callbacks(execute=True):
        set_up(client)

    assert client.get("/door/").status_code == 200
    assert "/login/" in elsewhere.get("/door/").url
    assert log_in(elsewhere, usher).url == "/accounts/2fa/authenticate/"
