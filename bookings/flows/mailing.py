import logging
import uuid
from datetime import timedelta

from django.core.mail import get_connection
from django.db import transaction
from django.db.models.functions import Now

from bookings.emails import is_about_the_letter, refusal, send_mail
from bookings.flows.locking import database_now
from bookings.flows.pushing import push_beside
from bookings.models import Booking, Mail, WaitingMail
from bookings.wakeup import wake

logger = logging.getLogger(__name__)

REMIND_BEFORE = timedelta(hours=3)
BATCH = 200
MOST_SILENT = 3


def write_mail(booking: Booking, kind: Mail.Kind) -> None:
    """One of each kind, however often it is asked for; in the caller's transaction, and sent after its commit."""
    Mail.objects.bulk_create([Mail(booking=booking, kind=kind)], ignore_conflicts=True)
    wake("bookings.send_mails")


def write_another_mail(booking: Booking, kind: Mail.Kind) -> Mail:
    """Once for each time; who has not been told of the last one yet gets one mail about both. As `write_mail`."""
    mail, is_new = Mail.objects.get_or_create(booking=booking, kind=kind)
    if not is_new:
        # Another letter: mailboxes would take it for the one they have, and a worker that is just sending the last one
        # must not note this as sent.
        mail.message_id = uuid.uuid4()
        mail.save(update_fields=["message_id"])
        mail.try_again(database_now())
    wake("bookings.send_mails")
    return mail


def send_due_mails() -> int:
    """Send the mails that are due, over one connection; returns how many were tried.

    At least once: a worker killed after the mail server took one sends it again, with the same Message-ID.
    A server that is down costs a round a few tries and no mail its patience: after three without an answer it ends.
    """
    tried = silent = 0
    connection = get_connection()
    try:
        for mails, mail_id in due_mails():
            if mail := mails.claim(mail_id):
                tried += 1
                silent = 0 if send(mail, connection) else silent + 1
            if silent == MOST_SILENT:
                break
    finally:
        connection.close()
    return tried


def due_mails() -> list[tuple]:
    """(where it is to be claimed, its id). Seats that are offered wait for nobody, so those go first."""
    outboxes = (
        WaitingMail.objects.select_related("entry__user", "entry__showtime__screen__theater"),
        Mail.objects.select_related("booking__user"),
    )
    return [(mails, pk) for mails in outboxes for pk in mails.due().values_list("pk", flat=True)[:BATCH]]


def send(mail: Mail | WaitingMail, connection) -> bool:
    """Returns whether the mail server answers."""
    now = database_now()
    try:
        if needed := mail.is_needed(now):
            connection.open()
            send_mail(mail, connection)
    except Exception as error:  # noqa: BLE001 - whatever one mail suffers from, the others go out
        connection.close()
        note_failure(mail, error, now)
        return is_about_the_letter(error)
    status, sent_at = (Mail.Status.SENT, now) if needed else (Mail.Status.DROPPED, None)
    # Staff may have asked for another letter meanwhile, which has another id and is still to go out.
    with transaction.atomic():
        same = type(mail).objects.filter(pk=mail.pk, message_id=mail.message_id)
        if same.update(status=status, sent_at=sent_at) and needed and isinstance(mail, Mail):
            push_beside(mail)
    return True


def note_failure(mail: Mail | WaitingMail, error: Exception, now) -> None:
    kind = type(error).__name__
    if why := refusal(error):
        logger.warning("mail refused for good", extra={"mail": mail.pk, "kind": kind})
        mail.fail(why)
    else:
        logger.warning("mail not sent, will try again", extra={"mail": mail.pk, "kind": kind})
        mail.put_off(kind, now)


def remind_customers() -> int:
    """Write a reminder for each booking whose showtime begins within three hours; returns how many are new."""
    soon = Booking.objects.filter(
        status=Booking.Status.CONFIRMED,
        user__isnull=False,
        showtime__status="published",
        showtime__starts_at__gt=Now(),
        showtime__starts_at__lte=Now() + REMIND_BEFORE,
        # Who books at the last minute has just had the tickets.
        confirmed_at__lt=Now() - timedelta(hours=1),
    ).exclude(mails__kind=Mail.Kind.REMINDER)
    reminders = [Mail(booking=booking, kind=Mail.Kind.REMINDER) for booking in soon]
    Mail.objects.bulk_create(reminders, ignore_conflicts=True)
    return len(reminders)


def resend_tickets(booking: Booking) -> Mail | None:
    """Staff send the tickets once more; None where nobody's address is known."""
    if booking.user_id is None:
        return None
    with transaction.atomic():
        return write_another_mail(booking, Mail.Kind.TICKETS)
