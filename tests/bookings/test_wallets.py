"""Tickets for Apple's and Google's wallets, where their keys are set."""

import hashlib
import json
import shutil
import subprocess
from io import BytesIO
from zipfile import ZipFile

import jwt
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse

from bookings import flows
from bookings.codes import ticket_code
from bookings.models import SeatShare, Ticket
from moviebooking import wallets
from tests.bookings.steps import buy
from tests.bookings.wallet_keys import apple_keys, google_account, private_key

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def apple():
    """(the settings, the root that vouches for them)"""
    return apple_keys()


@pytest.fixture(scope="module")
def google_key():
    return private_key()


@pytest.fixture
def booking(ann, showtime, sandbox, client, settings, apple, google_key):
    settings.APPLE_WALLET = apple[0]
    account = json.loads(google_account(google_key))
    settings.GOOGLE_WALLET = {"issuer": "3388", "email": account["client_email"], "key": account["private_key"]}
    client.force_login(ann)
    return buy(sandbox, ann, showtime, "A1", "A2")


def unzip(data):
    with ZipFile(BytesIO(data)) as zipped:
        return {name: zipped.read(name) for name in zipped.namelist()}


def all_passes(client, booking):
    response = client.get(reverse("bookings:apple_wallet", args=[booking.reference]))
    assert response["Content-Type"] == "application/vnd.apple.pkpasses"
    return [unzip(one) for one in unzip(response.content).values()]


def content(files):
    return json.loads(files["pass.json"])


def test_several_seats_then_one_archive_with_a_pass_for_each(client, booking):
    found = [content(files) for files in all_passes(client, booking)]

    assert [one["semantics"]["seats"] for one in found] == [
        [{"seatRow": "A", "seatNumber": "1"}],
        [{"seatRow": "A", "seatNumber": "2"}],
    ]
    assert len({one["serialNumber"] for one in found}) == 2


def test_pass_says_what_a_phone_has_to_know_and_nothing_of_person_or_price(client, booking, showtime):
    files = all_passes(client, booking)[0]
    one, ticket = content(files), Ticket.objects.first()
    (barcode,) = one["barcodes"]

    assert (one["formatVersion"], one["passTypeIdentifier"], one["teamIdentifier"]) == (
        *(1, "pass.example.tickets"),
        "TEAM123456",
    )
    assert (barcode["format"], barcode["message"]) == ("PKBarcodeFormatQR", ticket_code(ticket.serial, showtime.pk))
    assert one["relevantDate"] == showtime.local_start.isoformat()
    assert one["expirationDate"] == showtime.ends_at.isoformat()
    assert one["voided"] is False
    assert one["semantics"]["eventName"] == showtime.movie.title
    assert one["semantics"]["venueName"] == showtime.theater.name
    kept = files["pass.json"].decode()
    assert [word for word in ("Ann", "ann@example.com", "EUR", booking.reference) if word in kept] == []
    assert files["icon.png"].startswith(b"\x89PNG")


@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl to ask")
def test_signature_then_openssl_believes_it_and_not_another_manifest(client, booking, apple, tmp_path):
    files = all_passes(client, booking)[0]
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "root.pem").write_text(apple[1])
    sums = {name: hashlib.sha1(data, usedforsecurity=False).hexdigest() for name, data in files.items()}

    assert json.loads(files["manifest.json"]) == {
        name: sums[name] for name in files if name not in ("manifest.json", "signature")
    }
    assert is_believed(tmp_path)
    (tmp_path / "manifest.json").write_bytes(files["manifest.json"] + b" ")
    assert not is_believed(tmp_path)


def is_believed(folder):
    words = "openssl smime -verify -inform DER -in signature -content manifest.json -CAfile root.pem -purpose any"
    return subprocess.run([*words.split(), "-out", "seen"], cwd=folder, capture_output=True).returncode == 0


def test_cancelled_then_the_same_passes_are_void(client, ann, booking):
    serials = [content(files)["serialNumber"] for files in all_passes(client, booking)]
    flows.cancel_booking(booking, by=ann, in_full=True)
    found = [content(files) for files in all_passes(client, booking)]

    assert [(one["serialNumber"], one["voided"]) for one in found] == [(serial, True) for serial in serials]


def test_google_then_a_signed_link_that_holds_the_ticket(client, booking, showtime, google_key):
    ticket = Ticket.objects.first()
    response = client.get(reverse("bookings:google_wallet", args=[booking.reference, ticket.serial]))

    link, _slash, token = response["Location"].rpartition("/")
    claims = jwt.decode(token, google_key.public_key(), algorithms=["RS256"], audience="google")
    (event,), (seat,) = claims["payload"].values()
    assert (link, claims["typ"]) == ("https://pay.google.com/gp/v/save", "savetowallet")
    assert claims["iss"] == "wallet@example.iam.gserviceaccount.com"
    assert (seat["classId"], seat["state"]) == (event["id"], "ACTIVE")
    assert seat["barcode"]["value"] == ticket_code(ticket.serial, showtime.pk)
    assert seat["seatInfo"]["row"]["defaultValue"]["value"] == "A"
    assert event["dateTime"]["start"] == showtime.local_start.isoformat()
    assert [word for word in ("ann@example.com", "EUR", booking.reference) if word in json.dumps(claims)] == []


def test_friend_gets_a_pass_of_the_one_seat(client, booking):
    ticket = Ticket.objects.first()
    flows.share_seat(booking, serial=ticket.serial)
    path = SeatShare.objects.get().get_absolute_url()
    client.logout()
    page = client.get(path).text
    response = client.get(f"{path}apple-wallet/")

    assert "Add to Apple Wallet" in page
    assert response["Content-Type"] == "application/vnd.apple.pkpass"
    assert content(unzip(response.content))["barcodes"][0]["altText"] == ticket.serial
    assert client.get(f"{path}google-wallet/")["Location"].startswith("https://pay.google.com/gp/v/save/")


def test_without_keys_then_no_buttons(client, booking, settings):
    settings.APPLE_WALLET = settings.GOOGLE_WALLET = {}
    page = client.get(reverse("bookings:tickets", args=[booking.reference])).text

    assert "Wallet" not in page
    assert client.get(reverse("bookings:apple_wallet", args=[booking.reference])).status_code == 404


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"KEY": ""}, "Apple Wallet needs APPLE_WALLET_KEY, too. Set them, or unset the others."),
        ({"CERTIFICATE": "nonsense"}, "APPLE_WALLET_CERTIFICATE cannot be read. It must be PEM, without a password."),
        ({"KEY": "another"}, "APPLE_WALLET_KEY does not belong to APPLE_WALLET_CERTIFICATE."),
    ],
)
def test_apple_keys_that_cannot_work_stop_the_start_in_words(apple, google_key, monkeypatch, changed, words):
    if changed.get("KEY") == "another":
        changed = {"KEY": json.loads(google_account(google_key))["private_key"]}
    for name, value in (apple[0] | changed).items():
        monkeypatch.setenv(f"APPLE_WALLET_{name}", value)

    with pytest.raises(ImproperlyConfigured) as error:
        wallets.apple()
    assert str(error.value) == words


def test_keys_on_one_line_then_they_are_read(apple, google_key, monkeypatch):
    for name, value in apple[0].items():
        monkeypatch.setenv(f"APPLE_WALLET_{name}", value.strip().replace("\n", "\\n"))
    monkeypatch.setenv("GOOGLE_WALLET_ISSUER_ID", "3388")
    monkeypatch.setenv("GOOGLE_WALLET_SERVICE_ACCOUNT", google_account(google_key))

    assert wallets.apple()["TEAM_ID"] == "TEAM123456"
    assert wallets.google()["issuer"] == "3388"


@pytest.mark.parametrize(
    ("issuer", "account", "word"),
    [("3388", "", "GOOGLE_WALLET_SERVICE_ACCOUNT"), ("3388", "{}", "client_email"), ("me", "{}", "must be a number")],
)
def test_google_keys_that_cannot_work_stop_the_start_in_words(monkeypatch, issuer, account, word):
    monkeypatch.setenv("GOOGLE_WALLET_ISSUER_ID", issuer)
    monkeypatch.setenv("GOOGLE_WALLET_SERVICE_ACCOUNT", account)

    with pytest.raises(ImproperlyConfigured, match=word):
        wallets.google()
