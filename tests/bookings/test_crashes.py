"""Killed at any line between "called Stripe" and "committed": the next try brings everybody home, once.

Each point of the table (`crash_points.py`) is a process of its own that dies by SIGKILL at a named line (`doomed.py`)
in the middle of a step. Then the step comes again: the customer clicks, Stripe delivers, the worker runs once more.
"""

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone

from bookings import flows
from bookings.flows.locking import database_now
from bookings.models import Booking, Mail, Payment, Refund, StripeEvent
from tests.bookings.crash_points import (
    POINTS,
    SEATS,
    Shop,
    ann_books,
    ann_cancels,
    stripe_says_paid,
    task,
    time_is_over,
    webhook,
)
from tests.bookings.doomed import do, find
from tests.bookings.steps import hold, start
from tests.factories import create_showtime
from tests.prove.judge import Verdict, judge

ROOT = Path(__file__).parent.parent.parent
TASKS = ("expire_bookings", "ask_about_money", "finish_cancellations", "send_refunds", "send_mails", "reconcile")


@pytest.fixture(scope="module")
def doomed():
    """The process that forks those who die."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.bookings.doomed"]
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    environ = os.environ | {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdin=pipe, stdout=pipe, text=True) as process:
        yield process
        process.stdin.close()


@pytest.fixture
def shop(transactional_db, ann, bob, sandbox, settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    return Shop(create_showtime(starts_at=timezone.now() + timedelta(days=3)), sandbox, ann, bob)


@pytest.fixture
def die_at(shop, doomed, settings):
    """Do a step in a process that is killed at a line; its exit code."""
    handed_on = ("STRIPE_API_BASE", "EMAIL_BACKEND", "EMAIL_FILE_PATH")

    def die_at(line, step):
        order = {"line": line, "step": step, "settings": {name: getattr(settings, name) for name in handed_on}}
        print(json.dumps(order), file=doomed.stdin, flush=True)
        return int(doomed.stdout.readline())

    return die_at


def time_passes():
    """What a dead worker had in hand is due again."""
    for outbox in (Mail, Refund):
        outbox.objects.filter(status=outbox.WAITING).update(next_attempt_at=database_now())


def everybody_goes_on(shop, *, paying):
    """The customer pays what is open, Stripe delivers all its events, the worker goes round twice."""
    for session in shop.sandbox.sessions:
        if paying and session["status"] == "open":
            shop.sandbox.pay(session["id"])
    assert {do(webhook(event)).status_code for event in shop.sandbox.events} == {200}
    for name in TASKS * 2:
        do(task(name))


def letters(folder):
    """Whose mails have gone out, by Message-ID."""
    files = [file.read_bytes() for file in Path(folder).iterdir()]
    mails = [mail for file in files for mail in file.split(b"\n" + b"-" * 79 + b"\n") if mail.strip()]
    return {message_from_bytes(mail)["Message-ID"].strip("<>").split("@")[0] for mail in mails}


@pytest.mark.parametrize("point", POINTS)
def test_killed_there_then_the_next_try_brings_it_home_once(point, shop, die_at, settings):
    story, line = POINTS[point]
    step, end = story(shop)
    assert die_at(line, step) == -signal.SIGKILL
    time_passes()

    answer = do(step)
    everybody_goes_on(shop, paying=end == Booking.Status.CONFIRMED)

    booking = Booking.objects.filter(user=shop.ann).latest("pk")
    sent = letters(settings.EMAIL_FILE_PATH)
    with connection.cursor() as cursor:
        verdict = judge(cursor, sessions=shop.sandbox.sessions, refunds=shop.sandbox.refunds, letters=sent)
    assert getattr(answer, "status_code", 200) < 400
    assert (booking.status, verdict) == (end, Verdict())
    assert Payment.objects.filter(booking=booking).count() == (booking.due > 0)
    sessions = [session["id"] for session in shop.sandbox.sessions]
    assert sessions == list(Payment.objects.order_by("pk").values_list("session_id", flat=True))
    assert not Mail.objects.filter(status=Mail.Status.PENDING).exists()
    assert flows.inspect_books().is_clean


@pytest.mark.parametrize("point", [point for point in POINTS if POINTS[point][0] in (time_is_over, ann_cancels)])
def test_killed_there_then_the_next_customer_has_the_seats_after_the_next_try(point, shop, die_at):
    story, line = POINTS[point]
    step, _end = story(shop)
    die_at(line, step)

    do(step)

    hold(shop.bob, shop.showtime, *SEATS)
    assert start(shop.bob, shop.showtime, *SEATS).is_pending


def test_control_key_made_up_after_the_crash_then_stripe_opens_a_second_session(shop, die_at):
    step, _end = ann_books(shop)
    die_at("after bookings.payments.open_session", step)
    Payment.objects.update(idempotency_key="another")

    do(step)

    assert len(shop.sandbox.sessions) == 2


def test_control_event_stored_apart_from_its_effect_then_the_payment_is_missed(shop, die_at):
    step, _end = stripe_says_paid(shop)
    die_at("before bookings.flows.settling.take_money", step)
    StripeEvent.objects.create(event_id=json.loads(step["body"])["id"])

    do(step)

    assert Booking.objects.get().is_pending


@pytest.mark.parametrize("point", POINTS)
def test_each_line_is_there(point):
    place, function = find(POINTS[point][1].split()[1])

    assert callable(getattr(place, function))
