"""What calendars get: one event, whose editions replace each other."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from icalendar import Calendar

from bookings import flows
from bookings.calendars import calendar
from tests.bookings.steps import buy
from tests.bookings.test_cancelling_seats import give_back
from tests.bookings.test_moving import move
from tests.factories import create_showtime, create_theater

pytestmark = pytest.mark.django_db


def read(file):
    calendar = Calendar.from_ical(file)
    (event,) = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), str(event["UID"]), int(event["SEQUENCE"]), str(event["STATUS"]), event["DTSTART"].dt


def description(file):
    (event,) = Calendar.from_ical(file).walk("VEVENT")
    return str(event["DESCRIPTION"])


def attached(message):
    (file,) = [part for part in message.attachments if part.get_content_type() == "text/calendar"]
    return file.get_param("method"), read(file.get_payload(decode=True))


def test_cancelled_then_the_same_event_is_taken_out(ann, showtime, sandbox, client):
    booking = buy(sandbox, ann, showtime, "A1")
    _method, uid, *_rest = read(calendar(booking))
    flows.send_due_mails()
    flows.cancel_booking(booking, by=ann, in_full=True)
    flows.send_due_mails()

    bought, cancelled = (attached(message) for message in mail.outbox)
    assert bought == ("PUBLISH", ("PUBLISH", uid, 0, "CONFIRMED", showtime.starts_at))
    assert cancelled == ("CANCEL", ("CANCEL", uid, 1, "CANCELLED", showtime.starts_at))
    client.force_login(ann)
    assert read(client.get(f"{booking.get_absolute_url()}calendar.ics").content)[0] == "CANCEL"


def test_moved_twice_then_two_newer_editions_of_the_same_event(ann, showtime, manager, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    editions = [read(calendar(booking))]
    for _time in range(2):
        move(showtime, manager, later=timedelta(minutes=30))
        showtime.refresh_from_db()
        booking.refresh_from_db()
        editions.append(read(calendar(booking)))
    flows.send_due_mails()

    assert [(method, number) for method, _uid, number, *_rest in editions] == [("PUBLISH", n) for n in range(3)]
    assert len({uid for _method, uid, *_rest in editions}) == 1
    assert editions[2][-1] - editions[0][-1] == timedelta(hours=1)
    assert attached(mail.outbox[-1])[1][2] == 2


def test_seats_given_back_then_newer_editions_and_their_mails_bring_them(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1", "A2", "A3", "B1")
    for labels in (["A1", "A2"], ["A3"]):
        give_back(booking, *labels)
        flows.send_due_mails()

    files = [attached(message)[1] for message in mail.outbox if message.subject.startswith("Some seats")]
    assert [(method, number) for method, _uid, number, *_rest in files] == [("PUBLISH", 1), ("PUBLISH", 2)]
    booking.refresh_from_db()
    assert description(calendar(booking)).startswith("B1\n")
    flows.cancel_booking(booking, by=ann, in_full=True)
    assert read(calendar(booking))[2] == 3


def test_after_midnight_then_it_says_whose_night_it_is(ann, sandbox):
    theater = create_theater(time_zone="Europe/Berlin")
    late = create_showtime(theater=theater, starts_at=datetime(2077, 11, 19, 23, 15, tzinfo=UTC))
    early = create_showtime(theater=theater, starts_at=datetime(2077, 11, 20, 19, 0, tzinfo=UTC))
    said = [description(calendar(buy(sandbox, ann, showtime, "A1"))) for showtime in (late, early)]

    assert [words.splitlines()[0] for words in said] == ["Friday night 00:15 (Sat 20 November)", "A1"]


def test_night_of_the_change_of_clocks_then_the_instant_is_right(ann, sandbox):
    """Clocks go back that night: what counts is the instant, in UTC."""
    theater = create_theater(time_zone="Europe/Berlin")
    starts_at = datetime(2077, 10, 31, 0, 30, tzinfo=UTC)
    booking = buy(sandbox, ann, create_showtime(theater=theater, starts_at=starts_at), "A1")

    file = calendar(booking)
    assert b"DTSTART:20771031T003000Z" in file
    assert read(file)[-1] == starts_at
