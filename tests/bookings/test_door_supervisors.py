"""Supervisors at the door look people up, let them in by hand and take mistakes back; in their theaters alone."""

import pytest

from bookings import flows
from bookings.models import Ticket
from tests.bookings.steps import buy
from tests.factories import create_showtime, create_showtime_now, create_staff, create_user
from theaters.models import Membership

pytestmark = pytest.mark.django_db


@pytest.fixture
def showtime(db):
    return create_showtime_now()


@pytest.fixture
def quentin(showtime, sandbox):
    user = create_user("quentin.quill@example.com", name="Quentin Quill")
    buy(sandbox, user, showtime, "A1", "A2")
    return user


@pytest.fixture
def works(client, showtime):
    """works(role) signs somebody in who has this role in the theater of the showtime, or in another."""

    def works(role, theater=None):
        user = create_staff(name="Sue")
        Membership.objects.create(user=user, theater=theater or showtime.theater, role=role)
        client.force_login(user)
        return user

    return works


def search(client, words):
    return client.post("/door/search/", {"words": words}).text


@pytest.mark.parametrize("words", ["quill", "Quentin Qu", "quill quentin", "quentin.q", "reference", "serial", "group"])
def test_name_address_reference_or_serial_then_found_and_no_more_shown_than_needed(client, works, quentin, words):
    works("manager")
    ticket = Ticket.objects.first()
    reference = ticket.booked_seat.booking.reference
    known = {"reference": reference.replace("-", "").lower(), "serial": ticket.serial, "group": reference[:4]}

    page = search(client, known.get(words, words))

    assert "Quentin Quill" in page
    assert "Row A seat 1" in page
    assert quentin.email not in page
    assert reference not in page


def test_nameless_then_a_hint_at_the_address(client, works, showtime, sandbox):
    buy(sandbox, create_user("zora@example.com"), showtime, "A1")
    works("box_office")

    page = search(client, "zora@example.com")

    assert "z…@example.com" in page
    assert page.count("zora@example.com") == 1  # what was typed


def test_found_then_let_in_by_hand_once(client, works, quentin):
    sue = works("manager")
    assert search(client, "quill").count("Let in<") == 2
    ticket = Ticket.objects.first()

    assert "Welcome" in client.post("/door/", {"code": ticket.serial}).text

    ticket.refresh_from_db()
    assert ticket.checked_in_by == sue
    page = search(client, "quill")
    assert (page.count("Let in<"), "In since" in page) == (1, True)


def test_other_days_theaters_and_void_tickets_then_not_found(client, works, quentin, showtime, sandbox, ann):
    works("manager")
    for other in (create_showtime(theater=showtime.theater), create_showtime_now()):
        buy(sandbox, ann, other, "A1")
    flows.cancel_booking(quentin.bookings.get(), by=quentin, in_full=True)

    for words in (ann.email, "Quentin"):
        assert "Nobody has a ticket for today" in search(client, words)


@pytest.mark.parametrize("words", ["", "qu", "---", "%%%", "q" * 500])
def test_too_short_or_nothing_then_a_sentence_and_nobody(client, works, quentin, words):
    works("manager")

    page = search(client, words)

    assert "Quentin" not in page
    assert "invalid-feedback" in page or "Nobody has a ticket" in page


def test_query_count_of_the_search_then_the_same_for_one_and_for_many(
    client, works, quentin, showtime, sandbox, django_assert_max_num_queries
):
    works("manager")
    buy(sandbox, create_user(name="Xena Only"), showtime, "B1")
    with django_assert_max_num_queries(50) as one:
        search(client, "xena")
    buy(sandbox, quentin, showtime, "B2", "B3", "B4")
    with django_assert_max_num_queries(len(one)):
        assert search(client, "quill").count("Let in<") == 5


@pytest.mark.parametrize("role", ["usher", "programmer", "accountant"])
def test_without_the_right_then_no_search_no_undo_and_no_way_there(client, works, quentin, role):
    works(role)
    serial = Ticket.objects.first().serial
    page = client.post("/door/", {"code": serial})

    assert [client.post(f"/door/{path}/", {"serial": serial}).status_code for path in ("search", "undo")] == [403, 403]
    assert page.status_code == (200 if role == "usher" else 403)
    assert "/door/search/" not in page.text
    assert "A mistake" not in page.text


def test_supervisor_of_another_theater_then_404_and_nobody_found(client, works, quentin, showtime):
    ticket = Ticket.objects.first()
    flows.admit(ticket.serial, by=create_staff())
    works("owner", create_showtime_now().theater)

    assert client.post("/door/undo/", {"serial": ticket.serial}).status_code == 404
    assert "Nobody has a ticket" in search(client, "Quentin")
    ticket.refresh_from_db()
    assert ticket.checked_in_at


def test_usher_here_and_supervisor_there_then_undo_there_alone(client, works, quentin, showtime):
    both, ticket = works("usher"), Ticket.objects.first()
    Membership.objects.create(user=both, theater=create_showtime_now().theater, role="manager")

    page = client.post("/door/", {"code": ticket.serial}).text

    assert "Welcome" in page
    assert "A mistake" not in page
    assert client.post("/door/undo/", {"serial": ticket.serial}).status_code == 404
