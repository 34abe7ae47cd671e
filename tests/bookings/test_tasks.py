"""The worker's tasks are thin: each finds its work in the tables."""

from datetime import timedelta

import pytest
from celery.app.trace import build_tracer
from django.core import mail
from django.db import OperationalError
from django.utils import timezone

from bookings import flows, tasks
from bookings.models import Booking, Refund
from tests.bookings.steps import buy, lapse, open_session, start
from theaters.models import Showtime

pytestmark = pytest.mark.django_db


def test_expire_bookings_then_booking_and_session_are_over(ann, bob, showtime, sandbox):
    overdue, abandoned = start(ann, showtime, "A1"), start(bob, showtime, "A2")
    open_session(overdue)
    open_session(abandoned)
    lapse(overdue)
    abandoned.close(Booking.Status.EXPIRED)

    tasks.expire_bookings()

    overdue.refresh_from_db()
    assert overdue.status == Booking.Status.EXPIRED
    assert [session["status"] for session in sandbox.sessions] == ["expired", "expired"]


def test_ask_about_money_then_a_lost_event_is_made_good(ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    session_id = open_session(booking)
    sandbox.pay_later(session_id)
    flows.confirm_booking(session_id)
    sandbox.settle(session_id, succeed=True)

    tasks.ask_about_money()

    booking.refresh_from_db()
    assert booking.is_confirmed


def test_send_mails_and_refunds_then_they_are_gone(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    tasks.send_mails()
    flows.cancel_booking(booking, by=ann, in_full=True)

    tasks.send_refunds()
    tasks.send_mails()

    assert Refund.objects.get().status == Refund.Status.SUCCEEDED
    assert len(mail.outbox) == 2


def test_remind_customers_then_the_reminder_goes_out_at_once(ann, showtime, sandbox):
    buy(sandbox, ann, showtime, "A1")
    tasks.send_mails()
    Booking.objects.update(confirmed_at=timezone.now() - timedelta(days=1))
    starts_at = timezone.now() + timedelta(hours=2)
    Showtime.objects.update(starts_at=starts_at, free_at=starts_at + timedelta(hours=3))

    tasks.remind_customers()
    tasks.remind_customers()

    assert len(mail.outbox) == 2


def test_database_away_then_the_worker_says_so_in_one_line(monkeypatch, caplog):
    def lose_the_database():
        raise OperationalError("terminating connection due to administrator command")

    monkeypatch.setattr(flows, "send_due_mails", lose_the_database)
    tracer = build_tracer(tasks.send_mails.name, tasks.send_mails, app=tasks.send_mails.app)

    with caplog.at_level("INFO", "celery.app.trace"):
        tracer("a-task", (), {}, {})

    (line,) = caplog.records
    assert (line.levelname, line.exc_info) == ("INFO", None)
    assert "terminating connection" in line.getMessage()
