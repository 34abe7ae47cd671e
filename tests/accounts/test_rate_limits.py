"""allauth counts who signs in and up; the answers are in our words."""

import pytest

pytestmark = pytest.mark.django_db


def test_too_many_wrong_passwords_then_429_in_words_with_the_address_kept(client):
    wrong = {"login": "ann@example.com", "password": "wrong"}
    answers = [client.post("/accounts/login/", wrong) for _try in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[-1]["Retry-After"] == "300"
    assert "Too many failed login attempts" in answers[-1].text
    assert 'value="ann@example.com"' in answers[-1].text


@pytest.mark.parametrize("action", ["login", "signup"])
def test_too_many_from_one_address_then_429_in_words(client, settings, action):
    settings.ACCOUNT_RATE_LIMITS = {action: "2/m/ip"}
    answers = [client.post(f"/accounts/{action}/", {"email": "no"}) for _try in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1]["Retry-After"] == "60"
    assert "There were too many tries in a short time" in answers[-1].text


def test_the_pages_themselves_are_not_counted(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login": "2/m/ip"}

    assert {client.get("/accounts/login/").status_code for _try in range(5)} == {200}
