"""What ushers and their scanners get to see."""

import base64

import pytest
from django.contrib.auth.models import Permission

from bookings import flows
from bookings.codes import RevokedCode, ticket_code, verify_code
from bookings.models import Ticket
from tests.bookings.steps import buy
from tests.factories import create_screen, create_showtime, create_showtime_now, create_staff, create_theater

pytestmark = pytest.mark.django_db


@pytest.fixture
def usher(client):
    usher = create_staff("bookings.check_in_ticket", name="Anna")
    client.force_login(usher)
    return usher


@pytest.fixture
def supervisor(client, usher):
    usher.user_permissions.add(Permission.objects.get(codename="supervise_door"))
    return usher


@pytest.fixture
def showtime(db):
    return create_showtime_now()


@pytest.fixture
def ticket(ann, showtime, sandbox):
    buy(sandbox, ann, showtime, "A1")
    return Ticket.objects.get()


def test_place_chosen_then_remembered_and_tickets_for_elsewhere_are_refused(client, usher, ticket, showtime):
    other = create_screen(showtime.theater)

    page = client.post("/door/place/", {"place": f"{showtime.theater.pk}-{other.pk}"}, follow=True)

    assert f"Door: {other}" in page.text
    answer = client.post("/door/", {"code": ticket.serial}).text
    assert "Not here" in answer
    assert f"This ticket is for {showtime.screen.name}." in answer


def test_place_chosen_again_as_anywhere_then_every_ticket_of_today_comes_in(client, usher, ticket):
    client.post("/door/place/", {"place": str(create_theater().pk)})
    assert "Not here" in client.post("/door/", {"code": ticket.serial}).text

    client.post("/door/place/", {"place": ""})

    assert "Welcome" in client.post("/door/", {"code": ticket.serial}).text


@pytest.mark.parametrize("place", ["x", "1-2-3", "999999", "-1", "0"])
def test_no_such_place_then_a_sentence_and_the_old_choice_stays(client, usher, showtime, place):
    client.post("/door/place/", {"place": str(showtime.theater.pk)})

    page = client.post("/door/place/", {"place": place}, follow=True).text

    assert "There is no such door." in page
    assert f"Door: {showtime.theater}" in page


def test_mistake_then_one_button_of_a_supervisor_takes_it_back(client, supervisor, ticket):
    page = client.post("/door/", {"code": ticket.serial}).text
    assert f"A mistake: take {ticket.serial} back" in page

    answer = client.post("/door/undo/", {"serial": ticket.serial}, follow=True).text

    assert "may come in again" in answer
    assert "nothing to take back" in client.post("/door/undo/", {"serial": ticket.serial}, follow=True).text
    assert "Welcome" in client.post("/door/", {"code": ticket.serial}).text


def test_scanner_without_a_line_then_keys_and_revoked_serials_are_all_it_needs(client, usher, ticket, showtime, ann):
    genuine, code = ticket.serial, ticket_code(ticket.serial, showtime.pk)
    keys = [(entry["id"], base64.b64decode(entry["key"])) for entry in client.get("/door/keys.json").json()["keys"]]
    url = f"/door/revoked.json?theater={showtime.theater.slug}"
    before = client.get(url)
    assert before.json()["serials"] == []
    assert verify_code(code, keys, before.json()["serials"]) == (showtime.pk, genuine)

    flows.reissue_tickets(ticket.booked_seat.booking, by=usher)

    after = client.get(url, headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    with pytest.raises(RevokedCode):
        verify_code(code, keys, after.json()["serials"])
    assert client.get(url, headers={"If-None-Match": after["ETag"]}).status_code == 304


def test_revoked_list_then_cancelled_showtimes_too_but_no_other_theater_and_no_other_week(client, usher, ann, sandbox):
    showtime = create_showtime_now()
    theater = showtime.theater
    tomorrow, elsewhere = create_showtime(theater=theater), create_showtime()
    for one in (showtime, tomorrow, elsewhere):
        flows.cancel_booking(buy(sandbox, ann, one, "A1"), by=ann, in_full=True)
    buy(sandbox, ann, showtime, "A2")
    type(showtime).objects.filter(pk=showtime.pk).update(status="cancelled")
    old = buy(sandbox, ann, create_showtime(theater=theater), "A1")
    flows.cancel_booking(old, by=ann, in_full=True)
    type(showtime).objects.filter(pk=old.showtime_id).update(business_date="2020-01-01")

    serials = client.get(f"/door/revoked.json?theater={theater.slug}").json()["serials"]

    wanted = Ticket.objects.filter(booked_seat__showtime__in=[showtime, tomorrow])
    assert serials == sorted(wanted.values_list("serial", flat=True))


def test_unknown_theater_then_404(client, usher):
    assert client.get("/door/revoked.json").status_code == 404
    assert client.get("/door/revoked.json?theater=nowhere").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/door/keys.json"),
        ("get", "/door/revoked.json?theater=x"),
        ("post", "/door/place/"),
        ("post", "/door/undo/"),
        ("post", "/door/search/"),
        ("post", "/door/scans/"),
        ("get", "/door/today.json?theater=x"),
        ("get", "/door/"),
    ],
)
def test_customers_then_403(client, ann, method, path):
    client.force_login(ann)

    assert getattr(client, method)(path).status_code == 403


@pytest.mark.parametrize("path", ["/door/place/", "/door/undo/"])
def test_changes_by_get_then_405(client, usher, path):
    assert client.get(path).status_code == 405
