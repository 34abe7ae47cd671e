"""Nobody is sent elsewhere, no forged Host is believed, sessions stay apart, and nobody learns who is a customer."""

import re
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.test import Client

from accounts.sessions import SessionStore
from tests.factories import create_showtime, seats_of

pytestmark = pytest.mark.django_db

ELSEWHERE = [
    *(
        "//evil.example",
        "///evil.example",
        "////evil.example/a",
        r"/\evil.example",
        r"\\evil.example",
        "/\t/evil.example",
    ),
    *(
        "https:evil.example",
        "https://evil.example",
        "http:///evil.example",
        "hTTps://evil.example",
        "//evil.example@testserver",
    ),
    *("https://testserver@evil.example/", "https://testserver.evil.example", "//evil%2eexample", "https://[", "//[::1"),
    *("%2f%2fevil.example", "javascript:alert(1)", "data:text/html,x", "\x01//evil.example", " //evil.example"),
    *("/%09/evil.example", "/%5cevil.example", "//evil.example\n", "https://evil.example:80@testserver:443/"),
]


def leads_elsewhere(response):
    """As a browser reads it: backslashes are slashes, tabs and control characters are nothing."""
    to = re.sub(r"[\x00-\x20]", "", response.get("Location", "/")).replace("\\", "/")
    parts = urlsplit(to)
    return (parts.scheme, parts.netloc) not in {("", ""), ("http", "testserver")} or to.startswith("//")


@pytest.mark.parametrize("to", ELSEWHERE)
def test_nobody_is_sent_elsewhere(house, to):
    password = {"login": house.other.email, "password": "demo"}
    fresh = {"email": f"new{abs(hash(to))}@example.com", "password1": "correct-horse-battery"}
    asked, signed_in = quote(to), Client()
    signed_in.force_login(house.other)
    answers = [
        Client().post("/accounts/login/", password | {"next": to}),
        Client().post(f"/accounts/login/?next={asked}", password),
        Client().post("/accounts/signup/", fresh | {"next": to}),
        Client().post("/accounts/login/code/", {"email": house.other.email, "next": to}),
        Client().post("/city/", {"city": "berlin", "next": to}),
        signed_in.post(f"/showtimes/{house.showtime.pk}/release/", {"next": to}),
        signed_in.get(f"/accounts/login/?next={asked}"),
        signed_in.get(f"/accounts/signup/?next={asked}"),
        signed_in.post("/accounts/logout/", {"next": to}),
        Client().get(f"/admin/?next={asked}"),
    ]

    assert [answer.status_code >= 500 for answer in answers] == [False] * len(answers)
    assert [answer["Location"] for answer in answers if leads_elsewhere(answer)] == []


def test_the_way_back_into_the_shop_is_kept(house):
    form = {"login": house.other.email, "password": "demo", "next": "/bookings/?page=2"}

    assert Client().post("/accounts/login/", form)["Location"] == "/bookings/?page=2"


# --- Host -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/accounts/password/reset/", "/admin/login/", "/bookings/"])
@pytest.mark.parametrize(
    "host", ["evil.example", "testserver.evil.example", "testserver:80@evil.example", "test server"]
)
def test_forged_host_is_refused(path, host):
    client = Client()

    assert client.get(path, headers={"host": host}).status_code == 400
    assert client.post(path, headers={"host": host}).status_code == 400


def test_mails_name_our_own_address_only(house, mailoutbox, settings):
    settings.SITE_URL = "https://tickets.example.com"
    forged = {"host": "localhost", "x-forwarded-host": "evil.example", "x-original-url": "https://evil.example"}
    forged |= {"origin": "http://localhost", "referer": "http://localhost/", "forwarded": "host=evil.example"}
    for path in ("/accounts/password/reset/", "/accounts/login/code/"):
        Client().post(path, {"email": house.other.email}, headers=forged)
    form = {"email": "new@example.com", "password1": "correct-horse-battery"}
    Client().post("/accounts/signup/", form, headers=forged)
    text = "\n".join(str(mail.message()) for mail in mailoutbox)
    hosts = {urlsplit(address).netloc for address in re.findall(r"https?://[^\s\"'<>]+", text)}

    assert len(mailoutbox) == 3
    assert hosts == {"tickets.example.com"}
    assert not re.search("evil|localhost", text)


def test_stripe_is_told_our_own_address_only(house, sandbox, settings):
    settings.SITE_URL = "https://tickets.example.com"
    showtime, client = create_showtime(), Client(headers={"host": "localhost", "x-forwarded-host": "evil.example"})
    client.force_login(house.other)
    client.post(f"/showtimes/{showtime.pk}/hold/", {"seats": [seat.pk for seat in seats_of(showtime, "A1")]})
    client.post(f"/showtimes/{showtime.pk}/checkout/")
    session = house.other.bookings.get().payments.get().request
    addresses = re.findall(r"https?://[^\s\"'}]+", str(session))

    assert len(addresses) >= 2
    assert {urlsplit(address).netloc for address in addresses} == {"tickets.example.com"}


# --- Sessions ---------------------------------------------------------------------------------------


def sign_in(client, user, **more):
    return client.post("/accounts/login/", {"login": user.email, "password": "demo"} | more)


def key_of(client):
    return client.cookies["sessionid"].value


def test_session_planted_before_signing_in_is_worth_nothing_after(house):
    victim, thief = Client(), Client()
    thief.post("/city/", {"city": "berlin"})
    planted = key_of(thief)
    victim.cookies["sessionid"] = planted
    sign_in(victim, house.other)

    assert key_of(victim) != planted
    assert not SessionStore().exists(planted)
    assert thief.get("/accounts/profile/").status_code == 302
    assert victim.session["city"] == "berlin"  # what they had chosen stays


def test_seats_chosen_as_a_guest_are_still_chosen_after_signing_in(house):
    client, (seat,) = Client(), seats_of(house.showtime, "B2")
    sent = client.post(f"/showtimes/{house.showtime.pk}/hold/", {"seats": [seat.pk]})
    back = sign_in(client, house.other, next=parse_qs(urlsplit(sent["Location"]).query)["next"][0])["Location"]

    assert f'value="{seat.pk}" data-label="B2"' in client.get(back).text
    assert parse_qs(urlsplit(back).query)["seats"] == [str(seat.pk)]


def test_signing_out_ends_the_session_for_everybody_who_has_its_key(house):
    client, copy = Client(), Client()
    sign_in(client, house.other)
    copy.cookies["sessionid"] = key_of(client)
    client.post("/accounts/logout/")

    assert copy.get("/accounts/profile/").status_code == 302


def test_new_password_ends_all_other_sessions(house):
    here, there = Client(), Client()
    for client in (here, there):
        sign_in(client, house.other)
    form = {"oldpassword": "demo", "password1": "correct-horse-battery", "password2": "correct-horse-battery"}
    here.post("/accounts/password/change/", form)

    assert here.get("/accounts/profile/").status_code == 200
    assert there.get("/accounts/profile/").status_code == 302


# --- Who is a customer ------------------------------------------------------------------------------


def seen(path, form, email):
    """All that the one who asks can see, but for the address they typed and the tokens of the moment."""
    client = Client()
    first = client.post(path, form)
    pages = [first] + ([client.get(first["Location"])] if first.status_code == 302 else [])
    bodies = [
        re.sub(r'(csrfmiddlewaretoken" value|data-now)="[^"]+"', "", page.text).replace(email, "") for page in pages
    ]
    return [(page.status_code, page.get("Location")) for page in pages], bodies, sorted(client.cookies)


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/accounts/login/", {"password": "wrong"}),
        ("/accounts/login/code/", {}),
        ("/accounts/password/reset/", {}),
        ("/accounts/signup/", {"password1": "correct-horse-battery"}),
    ],
)
def test_known_and_unknown_addresses_are_answered_the_same(house, path, more):
    known, unknown = ({"login": email, "email": email} | more for email in (house.other.email, "nobody@example.com"))

    assert seen(path, known, known["email"]) == seen(path, unknown, unknown["email"])
