"""What a phone sends of its scans: one answer for each, however often it comes."""

import json
from datetime import timedelta
from functools import partial
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from bookings import flows
from bookings.audit import audit
from bookings.flows import Door, forgetting, scanning
from bookings.models import DoorScan, Ticket
from tests.bookings.steps import buy
from tests.bookings.threads import all_at_once
from tests.factories import create_screen, create_showtime_now, create_staff, create_theater
from theaters.models import Membership

pytestmark = pytest.mark.django_db
LETS_IN = "bookings.check_in_ticket"


@pytest.fixture
def usher(client):
    usher = create_staff(LETS_IN, name="Anna")
    client.force_login(usher)
    return usher


@pytest.fixture
def showtime(db):
    return create_showtime_now()


@pytest.fixture
def ticket(ann, showtime, sandbox):
    buy(sandbox, ann, showtime, "A1")
    return Ticket.objects.get()


def send(client, *scans):
    response = client.post("/door/scans/", json.dumps({"scans": scans}), content_type="application/json")
    assert response.status_code == 200, response.text
    return response.json()["scans"]


def scan(ticket, *, at=None, **more):
    return {"id": str(uuid4()), "code": ticket.serial, "at": (at or timezone.now()).isoformat(), "place": ""} | more


def test_scan_then_the_card_with_seat_and_certificate(client, usher, ticket):
    [said] = send(client, scan(ticket))

    assert (said["verdict"], said["serial"], said["wrong"]) == ("welcome", ticket.serial, "")
    assert "Row A seat 1" in said["html"]
    assert "FSK 12" in said["html"]
    assert "take" not in said["html"]  # back: that is for supervisors


def test_same_scan_again_then_the_same_answer_and_another_one_is_told(client, usher, ticket):
    first, other = scan(ticket), scan(ticket)

    answers = [send(client, one)[0] for one in (first, first, other, first)]

    assert [answer["verdict"] for answer in answers] == ["welcome", "welcome", "already", "welcome"]
    assert DoorScan.objects.count() == 2
    assert [result.broken for result in audit() if result.broken] == []


def test_evening_without_a_line_then_the_moment_of_the_scan_counts(client, usher, ticket, showtime):
    scanned_at = timezone.now() - timedelta(hours=2)
    showtime.starts_at = scanned_at - timedelta(minutes=10)
    showtime.set_times()
    showtime.save()
    type(showtime).objects.update(ends_at=timezone.now() - timedelta(minutes=1))

    [said] = send(client, scan(ticket, at=scanned_at, let_in=True))

    ticket.refresh_from_db()
    assert (said["verdict"], ticket.checked_in_at) == ("welcome", scanned_at)


@pytest.mark.parametrize("days", [-300, 300])
def test_phone_whose_clock_is_wrong_then_nobody_came_in_in_the_future_or_long_ago(client, usher, ticket, days):
    send(client, scan(ticket, at=timezone.now() + timedelta(days=days), let_in=True))

    assert abs(DoorScan.objects.get().scanned_at - timezone.now()) <= timedelta(days=1, minutes=1)


def test_let_in_twice_without_a_line_then_who_when_and_where_is_told_on_the_page_too(client, usher, ticket, showtime):
    flows.admit(ticket.serial, by=create_staff(name="Bob"), door=Door(showtime.theater, showtime.screen))

    [said] = send(client, scan(ticket, let_in=True))

    assert said["verdict"] == "already"
    for html in (said["wrong"], client.get("/door/").text):
        assert "let in by Anna without a line" in html
        assert f"by Bob at {showtime.screen}." in html


def test_answer_came_too_late_for_the_phone_then_letting_in_is_noted_on_the_first_scan(client, usher, ticket):
    flows.admit(ticket.serial, by=usher)
    one = scan(ticket)

    send(client, one)
    [said] = send(client, one | {"let_in": True})

    assert (said["verdict"], bool(said["wrong"])) == ("already", True)
    assert DoorScan.objects.wrongly_let_in().count() == DoorScan.objects.count() == 1


def test_ticket_of_another_theater_then_where_to_go_and_no_more(client, ticket, showtime):
    usher = create_staff(name="Eve")
    Membership.objects.create(user=usher, theater=create_theater(), role="usher")
    client.force_login(usher)

    answers = [send(client, scan(ticket))[0]["html"], client.post("/door/", {"code": ticket.serial}).text]
    later = send(client, scan(ticket, let_in=True, place=f"{showtime.theater.pk}-{showtime.screen.pk}"))[0]

    for html in answers:
        assert f"This ticket is for {showtime.theater}." in html
        assert "Row A" not in html
    ticket.refresh_from_db()
    assert (later["verdict"], ticket.checked_in_at) == ("elsewhere", None)


def test_doors_of_other_theaters_then_not_in_the_list_and_no_lists_of_theirs(client, showtime):
    own = create_screen()
    usher = create_staff()
    Membership.objects.create(user=usher, theater=own.theater, role="usher")
    client.force_login(usher)

    page = client.post("/door/place/", {"place": str(showtime.theater.pk)}, follow=True).text

    assert "There is no such door." in page
    assert own.theater.name in page
    assert showtime.theater.name not in page
    for name in ("today", "revoked"):
        assert client.get(f"/door/{name}.json?theater={showtime.theater.slug}").status_code == 404
        assert client.get(f"/door/{name}.json?theater={own.theater.slug}").status_code == 200


def test_no_longer_on_the_team_then_the_chosen_door_is_gone(client, showtime, ticket):
    usher = create_staff()
    for theater in (showtime.theater, create_theater()):
        Membership.objects.create(user=usher, theater=theater, role="usher")
    client.force_login(usher)
    client.post("/door/place/", {"place": str(showtime.theater.pk)})
    usher.memberships.filter(theater=showtime.theater).delete()

    page = client.post("/door/", {"code": ticket.serial}).text

    assert "Not here" in page
    assert f"Door: {showtime.theater}" not in page


def test_list_of_today_then_showtimes_and_who_is_in_by_serial_alone(client, usher, ticket, showtime, ann):
    flows.admit(ticket.serial, by=usher)

    today = client.get(f"/door/today.json?theater={showtime.theater.slug}")

    assert today.json()["used"] == [ticket.serial]
    [told] = today.json()["showtimes"]
    assert (told["id"], told["screen"], told["age"]) == (showtime.pk, showtime.screen.pk, "FSK 12 From 12.")
    assert (told["starts"], told["endsAt"]) == (
        f"{showtime.local_start:%H:%M}",
        int(showtime.ends_at.timestamp() * 1000),
    )
    for secret in (ann.name, ann.email, ticket.booked_seat.booking.reference):
        assert secret not in today.text


def test_what_staff_wrote_then_forgotten_with_the_booking(client, usher, ticket, ann):
    flows.cancel_booking(ticket.booked_seat.booking, by=ann, reason="Ann has a cold.", in_full=True)
    [said] = send(client, scan(ticket))

    forgetting.cut_loose(ann.bookings.all(), timezone.now())

    assert "Ann has a cold." in said["html"]
    assert DoorScan.objects.get().reason == ""


ODD = ["", "[]", "{}", '{"scans": 7}', '{"scans": [7]}', '{"scans": [{}]}', '{"scans": {"a": 1}}', "[" * 99_999, "\xff"]


@pytest.mark.parametrize("body", [*ODD, json.dumps({"scans": [{"id": "x", "code": "a", "at": "now"}]})])
def test_what_is_no_scan_then_400_in_words(client, usher, body):
    response = client.post("/door/scans/", body.encode("latin-1"), content_type="application/json")

    assert response.status_code == 400
    assert "Load the page again." in response.json()["error"]


def test_form_in_place_of_scans_then_400_in_words(client, usher):
    assert client.post("/door/scans/", {"scans": "1"}).status_code == 400


@pytest.mark.parametrize("code", ["https://example.com/?a=1", "\ud800" * 30, "é" * 300])
def test_codes_of_others_then_not_ours(client, usher, ticket, code):
    [said] = send(client, scan(ticket) | {"code": code})

    assert said["verdict"] in {"forged", "unknown"}


def test_page_that_a_phone_keeps_then_the_same_for_everybody(client, usher):
    kept = client.get("/door/offline/")

    assert "Anna" not in kept.text
    assert "csrfmiddlewaretoken" not in kept.text
    assert client.get("/door/worker.js")["Content-Type"].startswith("text/javascript")


# --- At once ----------------------------------------------------------------------------------------


CROWD = 6


def same_scan_at_once(ticket, usher):
    said = {"by": usher, "door": Door(), "scanned_at": timezone.now(), "let_in": True}
    return all_at_once([partial(flows.receive_scan, uuid4(), ticket.serial, **said)] * CROWD)


@pytest.fixture
def without_unique_id(transactional_db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'u' AND conname LIKE 'bookings_doorscan_uuid%'"
        )
        [name] = cursor.fetchone()
        cursor.execute(f"ALTER TABLE bookings_doorscan DROP CONSTRAINT {name}")
    yield
    DoorScan.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE bookings_doorscan ADD CONSTRAINT {name} UNIQUE (uuid)")


@pytest.mark.django_db(transaction=True)
def test_one_scan_sent_many_times_at_once_then_every_answer_is_welcome(ticket, usher):
    results = same_scan_at_once(ticket, usher)

    assert [scan.verdict for scan in results] == ["welcome"] * CROWD
    assert DoorScan.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_control_one_scan_sent_many_times_at_once_without_the_unique_id_then_doubles(
    ticket, usher, without_unique_id, monkeypatch
):
    together, judge = Barrier(CROWD), scanning.admit

    def judge_together(*args, **kwargs):
        together.wait(timeout=30)
        return judge(*args, **kwargs)

    monkeypatch.setattr(scanning, "admit", judge_together)

    results = same_scan_at_once(ticket, usher)

    assert sorted(scan.verdict for scan in results) == ["already"] * (CROWD - 1) + ["welcome"]
