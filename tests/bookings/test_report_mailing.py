"""Reports by mail: once for each day or film week that is over, to those who may still see it."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core import mail
from django.utils import timezone
from openpyxl import load_workbook

from bookings import flows, tasks
from bookings.flows.report_mailing import periods
from bookings.models import ReportMail, ReportSubscription
from tests.bookings.steps import buy
from tests.bookings.test_film_weeks import manager_of
from theaters.models import Membership, Showtime

pytestmark = pytest.mark.django_db


def subscribe(theater, *, period="daily", days_ago=2, report="sales"):
    subscription = ReportSubscription.objects.create(
        user=manager_of(theater), theater=theater, report=report, period=period
    )
    made_at = timezone.now() - timedelta(days=days_ago)
    ReportSubscription.objects.update(created_at=made_at)
    subscription.refresh_from_db()
    return subscription


def test_days_that_are_over_then_each_is_sent_once(showtime):
    subscription = subscribe(showtime.theater)
    yesterday = showtime.theater.today - timedelta(days=1)

    tasks.send_reports()
    tasks.send_reports()

    assert [one.to for one in mail.outbox] == [[subscription.user.email]] * 2
    sent = ReportMail.objects.order_by("since").values_list("since", "until", "status")
    days = [yesterday - timedelta(days=1), yesterday]
    assert list(sent) == [(day, day, "sent") for day in days]
    assert {one.subject for one in mail.outbox} == {f"Sales by day, {showtime.theater}, {day}" for day in days}


def test_report_of_a_sale_then_the_spreadsheet_has_it(ann, showtime, sandbox):
    buy(sandbox, ann, showtime, "A1", "A2")
    Showtime.objects.update(business_date=showtime.theater.today - timedelta(days=1))
    subscribe(showtime.theater, report="box-office", days_ago=1)

    flows.send_due_reports()

    (message,) = mail.outbox
    (name, content, _kind) = message.attachments[0]
    lines = list(load_workbook(BytesIO(content))["Lines"].values)
    assert name.endswith(".xlsx")
    assert lines[1][lines[0].index("Admits")] == 2
    assert "Gross: 23.00 EUR" in message.body


def test_week_then_it_is_sent_when_the_theaters_film_week_is_over(showtime):
    theater = showtime.theater
    theater.film_week_starts = theater.today.weekday()
    subscription = subscribe(theater, period="weekly", days_ago=1)
    subscription.theater = theater
    assert periods(subscription) == [(theater.today - timedelta(days=7), theater.today - timedelta(days=1))]

    theater.film_week_starts = (theater.today.weekday() + 6) % 7

    assert periods(subscription) == []


def test_who_has_left_the_theater_then_gets_nothing(showtime):
    subscribe(showtime.theater)
    Membership.objects.all().delete()

    flows.send_due_reports()

    assert mail.outbox == []
    assert set(ReportMail.objects.values_list("status", flat=True)) == {"dropped"}


def test_mail_server_away_then_it_is_tried_again(showtime, settings):
    subscribe(showtime.theater, days_ago=1)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9

    flows.send_due_reports()
    waiting = ReportMail.objects.get()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    ReportMail.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    flows.send_due_reports()

    assert (waiting.status, waiting.attempts) == ("pending", 1)
    assert len(mail.outbox) == 1
