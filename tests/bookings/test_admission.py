import pytest

from bookings import flows
from bookings.codes import ticket_code
from bookings.models import Ticket
from tests.bookings.steps import buy
from tests.factories import create_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def usher(db):
    return create_staff("bookings.check_in_ticket", name="Anna")


@pytest.fixture
def ticket(ann, showtime, sandbox):
    buy(sandbox, ann, showtime, "A1")
    return Ticket.objects.get()


def test_scanned_code_then_welcome_and_who_let_them_in(ticket, usher):
    admission = flows.admit(ticket_code(ticket.serial, ticket.booked_seat.showtime_id), by=usher)

    ticket.refresh_from_db()
    assert (admission.verdict, admission.ticket) == ("welcome", ticket)
    assert ticket.checked_in_by == usher


@pytest.mark.parametrize("spelling", [str, str.lower, lambda s: s.replace("-", ""), lambda s: f" {s[:3]} {s[3:]} "])
def test_typed_serial_however_it_is_written_then_welcome(ticket, usher, spelling):
    assert flows.admit(spelling(ticket.serial), by=usher).verdict == "welcome"


def test_second_time_then_already_with_the_first_time(ticket, usher):
    flows.admit(ticket.serial, by=usher)
    first = Ticket.objects.get().checked_in_at

    admission = flows.admit(ticket.serial, by=create_staff())

    assert (admission.verdict, admission.ticket.checked_in_at, admission.ticket.checked_in_by) == (
        "already",
        first,
        usher,
    )


def test_cancelled_then_void(ticket, usher, ann):
    flows.cancel_booking(ticket.booked_seat.booking, by=ann, in_full=True)

    assert flows.admit(ticket.serial, by=usher).verdict == "void"


@pytest.mark.parametrize("code", ["", "nonsense", "AAAAA-AAAAA", "A" * 128])
def test_unknown_code_then_unknown(code, usher):
    assert flows.admit(code, by=usher).verdict == "unknown"
