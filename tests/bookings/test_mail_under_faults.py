"""The outbox against a mail server over a real socket: down, slow, refusing, hanging up, and the worker killed.

Time passes by moving the rows' next attempt, not by waiting.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.db.models import F
from django.urls import reverse

from bookings import flows
from bookings.emails import send_mail
from bookings.flows import mailing
from bookings.flows.mailing import MOST_SILENT
from bookings.models import Booking, Mail
from bookings.models.outbox import MOST_ATTEMPTS
from tests.bookings.smtp_sink import HangUp, Sink
from tests.bookings.steps import buy, start
from tests.factories import create_user

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def sink(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_TIMEOUT = 1
    with Sink() as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        yield sink


def write_mails(showtime, number):
    """So many customers who are to be told of a cancellation, {address: mail}."""
    showtime.refresh_from_db()
    made = start(create_user(), showtime, "A1")
    fields = {field.name: getattr(made, field.name) for field in Booking._meta.concrete_fields if not field.primary_key}
    del fields["reference"]
    users = [create_user(f"guest{n}@example.com") for n in range(number)]
    bookings = Booking.objects.bulk_create(Booking(**fields | {"user": user, "status": "cancelled"}) for user in users)
    mails = Mail.objects.bulk_create(Mail(booking=booking, kind=Mail.Kind.CANCELLED) for booking in bookings)
    return {mail.booking.user.email: mail for mail in mails}


def later(**span):
    """Let so much time pass for the outbox."""
    Mail.objects.filter(status=Mail.Status.PENDING).update(next_attempt_at=F("next_attempt_at") - timedelta(**span))


def statuses():
    return Counter(Mail.objects.values_list("status", flat=True))


def test_many_mails_then_one_connection(sink, showtime):
    mails = write_mails(showtime, 20)

    flows.send_due_mails()

    assert sorted(sink.recipients) == sorted(mails)
    assert sink.connections == 1


def test_nothing_due_then_the_mail_server_is_left_alone(sink):
    assert (flows.send_due_mails(), sink.connections) == (0, 0)


def test_server_down_for_an_hour_then_nothing_is_lost(sink, showtime):
    mails = write_mails(showtime, 10)
    sink.__exit__()
    for _minute in range(60):
        assert flows.send_due_mails() <= MOST_SILENT
        later(minutes=1)
    assert statuses() == {"pending": 10}
    assert max(Mail.objects.values_list("attempts", flat=True)) < MOST_ATTEMPTS

    sink.__enter__()
    later(hours=1)
    flows.send_due_mails()

    assert sorted(sink.recipients) == sorted(mails)
    assert statuses() == {"sent": 10}


def test_451_and_550_at_random_and_a_restart_in_the_middle_then_each_is_sent_once_or_marked(sink, showtime):
    dice, answers, lost = random.Random(59), {}, Counter()
    mails = write_mails(showtime, 200)
    gone = set(dice.sample(sorted(mails), 20))
    unlucky = set(dice.sample(sorted(set(mails) - gone), 5))
    sink.at_recipient = lambda address: 550 if address in gone else dice.choice([250, 250, 451])

    def after_data(message):
        if message["To"] in unlucky and not lost[message["To"]]:
            lost[message["To"]] += 1
            sink.messages.append(message)
            raise HangUp  # taken, but its sender does not hear of it
        return dice.choice([250, 250, 250, 451])

    sink.after_data = after_data
    for round_ in range(40):
        flows.send_due_mails()
        later(hours=1)
        if round_ == 1:
            sink.restart()

    assert statuses() == {"sent": 180, "failed": 20}
    assert set(Mail.objects.filter(status="failed").values_list("booking__user__email", flat=True)) == gone
    answers = Counter(sink.recipients)
    assert {address for address, times in answers.items() if times > 1} == unlucky
    assert set(answers) == set(mails) - gone
    ids = {(message["To"], message["Message-ID"]) for message in sink.messages}
    assert len(ids) == 180


@pytest.mark.parametrize(
    ("stage", "code", "words"),
    [
        ("at_recipient", 550, "The customer's mailbox does not take mail (550). Ask them for another address."),
        ("at_recipient", 553, "The customer's mailbox does not take mail (553). Ask them for another address."),
        ("after_data", 554, "The mail server refuses this mail for good (554)."),
    ],
)
def test_refused_for_good_then_failed_at_once_with_a_sentence_for_staff(sink, showtime, stage, code, words):
    write_mails(showtime, 1)
    setattr(sink, stage, lambda _what: code)

    flows.send_due_mails()
    later(days=1)
    flows.send_due_mails()

    mail = Mail.objects.get()
    assert (mail.status, mail.attempts, mail.last_error) == (Mail.Status.FAILED, 1, words)
    assert len([line for line in sink.commands if line.startswith("rcpt")]) == 1


@pytest.mark.parametrize(("stage", "code"), [("at_recipient", 451), ("at_recipient", 421), ("after_data", 452)])
def test_refused_for_now_then_tried_later(sink, showtime, stage, code):
    write_mails(showtime, 2)
    answers = iter([code])
    setattr(sink, stage, lambda _what: next(answers, 250))

    flows.send_due_mails()
    assert statuses() == {"pending": 1, "sent": 1}
    later(minutes=1)
    flows.send_due_mails()

    assert statuses() == {"sent": 2}
    assert len(sink.messages) == 2


def test_one_slow_mailbox_then_the_others_wait_no_longer_than_its_timeout(sink, showtime):
    write_mails(showtime, 10)
    slow = "guest3@example.com"
    over = threading.Event()
    sink.at_recipient = lambda address: over.wait(30) and 250 if address == slow else 250
    began = time.monotonic()

    flows.send_due_mails()
    over.set()

    assert time.monotonic() - began < 10
    assert statuses() == {"sent": 9, "pending": 1}
    assert slow not in sink.recipients


def test_server_that_hangs_then_a_round_ends_after_three(sink, showtime):
    write_mails(showtime, 10)
    over = threading.Event()
    sink.at_recipient = lambda address: over.wait(30) and 250

    assert flows.send_due_mails() == MOST_SILENT
    over.set()

    assert Mail.objects.filter(attempts=0).count() == 10 - MOST_SILENT


def test_server_that_hangs_then_the_ticket_page_does_not_wait(
    client, ann, sink, showtime, sandbox, django_capture_on_commit_callbacks
):
    over = threading.Event()
    sink.at_recipient = lambda address: over.wait(30) and 250
    client.force_login(ann)

    with django_capture_on_commit_callbacks(execute=True):
        booking = buy(sandbox, ann, showtime, "A1")
    page = client.get(reverse("bookings:tickets", args=[booking.reference]))
    over.set()

    assert booking.booked_seats.get().tickets.get().serial in page.text
    assert sink.connections == 0


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.django_db(transaction=True)
def test_worker_killed_then_at_least_once_with_the_same_message_id(sink, showtime, moment):
    """Before the server has taken the mail, or after, when its answer is still on the way."""
    write_mails(showtime, 1)
    worker = []

    def kill(message):
        sink.after_data = lambda _message: 250
        if moment == "after":
            sink.messages.append(message)
        os.kill(worker[0].pid, signal.SIGKILL)
        raise HangUp

    sink.after_data = kill
    worker.append(start_worker(sink))
    assert worker[0].wait(60) == -signal.SIGKILL
    assert flows.send_due_mails() == 0  # it is still claimed
    later(minutes=6)

    flows.send_due_mails()

    assert len(sink.messages) == (2 if moment == "after" else 1)
    assert {message["Message-ID"] for message in sink.messages} == {f"<{Mail.objects.get().message_id}@testserver>"}
    assert statuses() == {"sent": 1}


def start_worker(sink):
    """A process of its own that sends what is due from the test's database."""
    database = f"/{connection.settings_dict['NAME']}"
    environ = os.environ | {
        "DJANGO_SETTINGS_MODULE": "moviebooking.settings",
        "DATABASE_URL": urlsplit(os.environ["DATABASE_URL"])._replace(path=database).geturl(),
        "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
    }
    code = "import django; django.setup(); from bookings import flows; flows.send_due_mails()"
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environ)


@pytest.mark.parametrize("words", ["a\nBcc: thief@example.com", "a\r\nBcc: thief@example.com\r\n\r\nHello", "ä\n b"])
def test_line_breaks_in_a_title_then_they_stay_in_the_subject(sink, showtime, words):
    write_mails(showtime, 1)
    showtime.movie.title = words
    showtime.movie.save()

    flows.send_due_mails()

    [message] = sink.messages
    assert message["Bcc"] is None
    assert message["Subject"].strip().startswith(f"Cancelled: {' '.join(words.split())}")
    assert [line for line in sink.commands if line.startswith("rcpt")] == ["rcpt TO:<guest0@example.com>"]


def test_line_breaks_in_an_address_then_it_is_refused_and_the_others_go_out(sink, showtime):
    mails = write_mails(showtime, 2)
    user = mails["guest0@example.com"].booking.user
    user.email = "guest0@example.com\nBcc: thief@example.com"
    user.save()

    flows.send_due_mails()

    assert sink.recipients == ["guest1@example.com"]
    failed = Mail.objects.get(status="failed")
    assert failed.last_error == "The customer's address cannot be written to. Ask them for another."


def test_asked_for_anew_while_it_is_being_sent_then_the_new_one_goes_out_too(sink, ann, showtime, sandbox, monkeypatch):
    booking = buy(sandbox, ann, showtime, "A1")

    def send_and_be_asked_again(mail, connection):
        monkeypatch.undo()
        send_mail(mail, connection)
        flows.resend_tickets(booking)

    monkeypatch.setattr(mailing, "send_mail", send_and_be_asked_again)
    flows.send_due_mails()

    flows.send_due_mails()

    first, second = (message["Message-ID"] for message in sink.messages)
    assert first != second
    assert statuses() == {"sent": 1}
