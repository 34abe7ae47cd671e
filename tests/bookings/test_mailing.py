from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from bookings import flows
from bookings.models import Booking, Mail
from bookings.models.outbox import MOST_ATTEMPTS
from tests.bookings.steps import buy, start
from theaters.models import Showtime

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken_mail_server(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9


def test_tickets_go_out_once_in_html_and_text_with_the_codes_inside(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1", "A2")

    assert (flows.send_due_mails(), flows.send_due_mails()) == (1, 0)

    (message,) = mail.outbox
    serials = [ticket.serial for seat in booking.booked_seats.all() for ticket in seat.tickets.all()]
    assert message.to == ["ann@example.com"]
    assert booking.reference in message.body
    assert [serial in message.body for serial in serials] == [True, True]
    html = message.alternatives[0].content
    assert [f"cid:{serial}" in html for serial in serials] == [True, True]
    assert Mail.objects.get().status == Mail.Status.SENT


def test_customer_who_reads_arabic_then_the_mail_runs_from_right_to_left(ann, showtime, sandbox):
    ann.language = "ar"
    ann.save()
    buy(sandbox, ann, showtime, "A1")
    flows.send_due_mails()

    assert 'lang="ar" dir="rtl"' in mail.outbox[0].alternatives[0].content
    assert str(showtime.movie) in mail.outbox[0].body


def test_mail_server_down_then_nothing_is_lost_and_it_is_tried_later(ann, showtime, sandbox, broken_mail_server):
    buy(sandbox, ann, showtime, "A1")
    flows.send_due_mails()

    waiting = Mail.objects.get()
    assert (waiting.status, waiting.attempts, waiting.last_error) == (
        Mail.Status.PENDING,
        1,
        "ConnectionRefusedError",
    )
    assert 25 < (waiting.next_attempt_at - timezone.now()).total_seconds() <= 30


def test_mail_server_back_then_it_goes_out_with_the_same_message_id(ann, showtime, sandbox):
    buy(sandbox, ann, showtime, "A1")
    waiting = Mail.objects.get()
    waiting.put_off("SMTPServerDisconnected", timezone.now() - timedelta(hours=1))

    flows.send_due_mails()

    assert mail.outbox[0].extra_headers["Message-ID"] == f"<{waiting.message_id}@testserver>"


def test_too_many_attempts_then_it_waits_for_a_human(ann, showtime, sandbox):
    buy(sandbox, ann, showtime, "A1")
    waiting = Mail.objects.get()
    for _attempt in range(MOST_ATTEMPTS):
        waiting.put_off("SMTPServerDisconnected", timezone.now() - timedelta(days=1))
    assert waiting.status == Mail.Status.FAILED
    assert flows.send_due_mails() == 0

    waiting.try_again(timezone.now())

    assert flows.send_due_mails() == 1


def test_claimed_by_one_worker_then_the_other_leaves_it_alone(ann, showtime, sandbox):
    buy(sandbox, ann, showtime, "A1")
    mail_id = Mail.objects.get().pk

    assert Mail.objects.claim(mail_id).pk == mail_id
    assert Mail.objects.claim(mail_id) is None


@pytest.mark.parametrize(("hours", "reminded"), [(2.9, 1), (3.1, 0), (-0.1, 0)])
def test_reminder_three_hours_before_and_only_once(ann, showtime, sandbox, hours, reminded):
    buy(sandbox, ann, showtime, "A1")
    Booking.objects.update(confirmed_at=timezone.now() - timedelta(days=1))
    starts_at = timezone.now() + timedelta(hours=hours)
    Showtime.objects.update(starts_at=starts_at, free_at=starts_at + timedelta(hours=3))

    assert (flows.remind_customers(), flows.remind_customers()) == (reminded, 0)


def test_bought_at_the_last_minute_then_no_reminder(ann, showtime, sandbox):
    buy(sandbox, ann, showtime, "A1")
    starts_at = timezone.now() + timedelta(hours=1)
    Showtime.objects.update(starts_at=starts_at, free_at=starts_at + timedelta(hours=3))

    assert flows.remind_customers() == 0


def test_cancelled_booking_then_no_reminder(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    Booking.objects.update(confirmed_at=timezone.now() - timedelta(days=1))
    flows.cancel_booking(booking, by=ann, in_full=True)
    starts_at = timezone.now() + timedelta(hours=1)
    Showtime.objects.update(starts_at=starts_at, free_at=starts_at + timedelta(hours=3))

    assert flows.remind_customers() == 0


def test_cancelled_before_the_tickets_went_out_then_only_the_cancellation_is_sent(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    flows.cancel_booking(booking, by=ann, in_full=True)

    flows.send_due_mails()

    assert [(m.kind, m.status) for m in booking.mails.order_by("pk")] == [
        (Mail.Kind.TICKETS, Mail.Status.DROPPED),
        (Mail.Kind.CANCELLED, Mail.Status.SENT),
    ]


def test_reminder_of_a_show_that_has_begun_then_it_is_dropped(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    reminder = Mail.objects.create(booking=booking, kind=Mail.Kind.REMINDER)
    Showtime.objects.update(starts_at=timezone.now() - timedelta(minutes=1))

    flows.send_due_mails()

    reminder.refresh_from_db()
    assert reminder.status == Mail.Status.DROPPED


def test_one_mail_that_cannot_be_written_then_the_others_go_out(ann, bob, showtime, sandbox):
    broken, fine = buy(sandbox, ann, showtime, "A1"), buy(sandbox, bob, showtime, "A2")
    Booking.objects.filter(pk=broken.pk).update(confirmed_at=None, status="pending")
    Mail.objects.filter(booking=broken).update(kind="nonsense")

    flows.send_due_mails()

    assert Mail.objects.get(booking=fine).status == Mail.Status.SENT
    assert Mail.objects.get(booking=broken).last_error == "TemplateDoesNotExist"


def test_resend_then_the_tickets_go_out_again(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    flows.send_due_mails()

    flows.resend_tickets(booking)

    assert flows.send_due_mails() == 1
    first, second = (message.extra_headers["Message-ID"] for message in mail.outbox)
    assert first != second


def test_resend_where_no_mail_was_written_then_one_is(ann, showtime):
    booking = start(ann, showtime, "A1")

    assert flows.resend_tickets(booking).status == Mail.Status.PENDING


def test_no_broker_then_the_sale_goes_on(
    ann, showtime, sandbox, no_redis, monkeypatch, django_capture_on_commit_callbacks
):
    from celery import current_app

    monkeypatch.setattr(current_app.conf, "broker_url", "redis://127.0.0.1:9/0")
    with django_capture_on_commit_callbacks(execute=True):
        booking = buy(sandbox, ann, showtime, "A1")

    assert booking.is_confirmed
