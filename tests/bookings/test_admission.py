"""The door: who comes in, who does not and why. What is refused uses nothing up."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from bookings import flows
from bookings.codes import public_keys, ticket_code
from bookings.flows import Door
from bookings.models import Mail, Ticket
from tests.bookings.steps import buy
from tests.factories import (
    create_screen,
    create_showtime_now,
    create_staff,
    create_theater,
)
from theaters.models import Showtime

pytestmark = pytest.mark.django_db


@pytest.fixture
def usher(db):
    return create_staff("bookings.check_in_ticket", name="Anna")


@pytest.fixture
def showtime(db):
    return create_showtime_now()


@pytest.fixture
def ticket(ann, showtime, sandbox):
    buy(sandbox, ann, showtime, "A1")
    return Ticket.objects.get()


def said(code, usher, **door):
    """The verdict and the reason."""
    admission = flows.admit(code, by=usher, door=Door(**door))
    return admission.verdict, admission.reason


def test_scanned_code_then_welcome_and_who_let_them_in_where(ticket, usher, showtime):
    code = ticket_code(ticket.serial, showtime.pk)

    admission = flows.admit(code, by=usher, door=Door(showtime.theater, showtime.screen))

    ticket.refresh_from_db()
    assert (admission.verdict, admission.ticket) == ("welcome", ticket)
    assert (ticket.checked_in_by, ticket.checked_in_door) == (usher, str(showtime.screen))


@pytest.mark.parametrize("spelling", [str, str.lower, lambda s: s.replace("-", ""), lambda s: f" {s[:3]} {s[3:]} "])
def test_typed_serial_however_it_is_written_then_welcome(ticket, usher, spelling):
    assert flows.admit(spelling(ticket.serial), by=usher).verdict == "welcome"


def test_second_time_then_already_since_when_by_whom_and_where(ticket, usher, showtime):
    flows.admit(ticket.serial, by=usher, door=Door(showtime.theater))
    first = Ticket.objects.get().checked_in_at

    verdict, reason = said(ticket.serial, create_staff())

    since = first.astimezone(showtime.theater.zone)
    assert (verdict, reason) == ("already", f"Already in since {since:%H:%M}, by Anna at {showtime.theater}.")
    assert Ticket.objects.get().checked_in_at == first


def test_cancelled_booking_then_void_with_the_reason(ticket, usher, ann):
    flows.cancel_booking(ticket.booked_seat.booking, by=ann, reason="The projector broke.", in_full=True)

    assert said(ticket.serial, usher) == ("void", "The booking is cancelled. The projector broke.")


def test_cancelled_showtime_then_void(ticket, usher):
    Showtime.objects.update(status="cancelled")

    assert said(ticket.serial, usher) == ("void", "This showtime is cancelled.")
    assert Ticket.objects.get().checked_in_at is None


def test_reissued_then_the_old_one_is_void_and_the_new_one_comes_in(ticket, usher, showtime):
    [new] = flows.reissue_tickets(ticket.booked_seat.booking, by=usher)

    issued = Ticket.objects.get(pk=new.pk).issued_at.astimezone(showtime.theater.zone)
    words = f"A newer ticket was issued on {issued:%-d %B, %H:%M}. Ask for that one."
    assert said(ticket.serial, usher) == ("void", words)
    assert said(new.serial, usher)[0] == "welcome"


@pytest.mark.parametrize("days", [-1, 1])
def test_another_day_then_not_today_and_which(ann, sandbox, usher, days, showtime):
    serial = serial_for(ann, sandbox, showtime)
    move(showtime, timedelta(days=days))
    showtime.refresh_from_db()

    for door in ({}, {"theater": showtime.theater}):
        verdict, reason = said(serial, usher, **door)
        assert verdict == "not_today"
        assert reason.startswith(f"This ticket is for {showtime.local_start:%A}, ")
    assert Ticket.objects.get().checked_in_at is None


def test_after_midnight_then_the_evening_before_is_still_today(ann, sandbox, usher):
    showtime = create_showtime_now(hour=2)
    serial = serial_for(ann, sandbox, showtime)

    assert showtime.business_date < timezone.now().astimezone(showtime.theater.zone).date()
    assert said(serial, usher, theater=showtime.theater) == ("welcome", "")


def test_another_theater_or_screen_then_not_here_and_where(ticket, usher, showtime):
    other = create_screen(showtime.theater)

    assert said(ticket.serial, usher, theater=create_theater()) == (
        "elsewhere",
        f"This ticket is for {showtime.theater}.",
    )
    assert said(ticket.serial, usher, theater=showtime.theater, screen=other) == (
        "elsewhere",
        f"This ticket is for {showtime.screen.name}.",
    )
    assert said(ticket.serial, usher, theater=showtime.theater, screen=showtime.screen)[0] == "welcome"


def test_too_early_then_when_the_doors_open_but_the_foyer_lets_everybody_of_today_in(ann, sandbox, usher):
    showtime = create_showtime_now(minutes=181)
    serial = serial_for(ann, sandbox, showtime)

    opens = showtime.local_start - timedelta(minutes=60)
    assert said(serial, usher, theater=showtime.theater) == ("early", f"The doors open at {opens:%H:%M}.")
    assert said(serial, usher) == ("welcome", "")


def test_long_over_then_void_with_its_end(ticket, usher, showtime):
    move(showtime, timedelta(minutes=-30) - (showtime.ends_at - showtime.starts_at) - timedelta(minutes=1))
    showtime.refresh_from_db()

    assert said(ticket.serial, usher) == ("void", f"This showtime ended at {showtime.local_end:%H:%M}.")


@pytest.mark.parametrize("code", ["nonsense", "AAAAA-AAAAA"])
def test_unknown_serial_then_unknown(code, usher):
    assert flows.admit(code, by=usher).verdict == "unknown"


def test_forged_code_then_not_ours(ticket, usher, showtime):
    code = ticket_code(ticket.serial, showtime.pk)
    forged = code[:-1] + ("A" if code[-1] != "A" else "B")

    for wrong in (forged, "A" * 128, code[:100]):
        assert said(wrong, usher) == ("forged", "This code is not ours. Type the ten characters below it.")


def test_signed_by_a_retired_key_then_it_says_so_and_the_serial_still_works(ticket, usher, showtime, settings):
    code, old_id = ticket_code(ticket.serial, showtime.pk), public_keys()[0][0]
    settings.SECRET_KEY = next(f"new-{n}" for n in range(99) if key_id(settings, f"new-{n}") != old_id)

    verdict, reason = said(code, usher)

    assert (verdict, "Signed with a retired key" in reason) == ("forged", True)
    assert said(ticket.serial, usher)[0] == "welcome"


def key_id(settings, secret):
    settings.SECRET_KEY = secret
    return public_keys()[0][0]


def test_undone_then_on_record_and_the_ticket_comes_in_again(ticket, usher):
    flows.admit(ticket.serial, by=usher)

    assert flows.undo_admission(ticket.serial, by=usher) == ticket

    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id, "Already in since" in entry.change_message) == (usher, str(ticket.pk), True)
    assert flows.undo_admission(ticket.serial, by=usher) is None
    assert said(ticket.serial, usher)[0] == "welcome"


def test_reissue_then_a_new_mail_and_who_did_it(ticket, usher, mailoutbox):
    booking = ticket.booked_seat.booking
    flows.send_due_mails()

    [new] = flows.reissue_tickets(booking, by=usher)
    flows.send_due_mails()

    assert [new.serial in mail.body for mail in mailoutbox] == [False, True]
    assert Mail.objects.get().status == Mail.Status.SENT
    assert LogEntry.objects.get().user == usher


def test_reissue_when_one_is_in_then_only_the_others_are_new(ann, sandbox, usher, showtime):
    booking = buy(sandbox, ann, showtime, "A1", "A2")
    first, _second = Ticket.objects.order_by("pk")
    flows.admit(first.serial, by=usher)

    assert len(flows.reissue_tickets(booking, by=usher)) == 1
    assert Ticket.objects.live().filter(pk=first.pk).exists()


@pytest.mark.parametrize("case", ["all in", "cancelled", "over"])
def test_reissue_where_it_makes_no_sense_then_a_sentence(ticket, usher, ann, showtime, case):
    booking = ticket.booked_seat.booking
    if case == "all in":
        flows.admit(ticket.serial, by=usher)
    elif case == "cancelled":
        flows.cancel_booking(booking, by=ann, in_full=True)
    else:
        move(showtime, timedelta(days=-1))

    from bookings.exceptions import NotReissuable

    with pytest.raises(NotReissuable, match="come in" if case == "all in" else "confirmed booking"):
        flows.reissue_tickets(booking, by=usher)


def serial_for(ann, sandbox, showtime):
    buy(sandbox, ann, showtime, "A1")
    return Ticket.objects.get().serial


def move(showtime, by):
    """The same showtime, earlier or later."""
    showtime.starts_at += by
    showtime.set_times()
    showtime.save()
