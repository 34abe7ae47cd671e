"""The mails to a customer, each with an HTML and a text part. Written in the outbox first, see flows/mailing.py."""

from email.mime.image import MIMEImage
from email.utils import parseaddr
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from bookings.codes import qr_png, ticket_code
from bookings.documents import calendar, in_words, start_in_words
from bookings.models import Mail, Refund, Ticket, WaitingEntry, WaitingMail

# smtplib's errors are OSErrors, like those of a line that is cut.
LETTER_ERRORS = (SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused)


def send_mail(mail: Mail | WaitingMail, connection=None) -> None:
    """Hand one mail to the mail server. Raises what smtplib raises, ValidationError: see `refusal`."""
    validate_email(mail.user.email)
    with translation.override(mail.user.language or settings.LANGUAGE_CODE):
        message = build(mail) if isinstance(mail, Mail) else build_for_waiting(mail)
    message.connection = connection
    message.send()


def refusal(error: Exception) -> str:
    """Why trying again would not help, for staff and without the address; empty when it may."""
    if isinstance(error, ValidationError):
        return _("The customer's address cannot be written to. Ask them for another.")
    codes = [error.smtp_code] if isinstance(error, SMTPDataError) else []
    if isinstance(error, SMTPRecipientsRefused):
        codes = [code for code, _words in error.recipients.values()]
    if not codes or not all(500 <= code < 600 for code in codes):
        return ""
    if isinstance(error, SMTPDataError):
        return _("The mail server refuses this mail for good (%d).") % codes[0]
    return _("The customer's mailbox does not take mail (%d). Ask them for another address.") % codes[0]


def is_about_the_letter(error: Exception) -> bool:
    """Whether the mail server is there and only did not like this one."""
    return isinstance(error, LETTER_ERRORS) or not isinstance(error, OSError)


def build(mail: Mail) -> EmailMultiAlternatives:
    booking = mail.booking
    tickets = list(Ticket.objects.for_printing().filter(booked_seat__booking=booking))
    context = {
        "booking": booking,
        "tickets": tickets,
        **what_was(mail),
        "refund": Refund.objects.filter(payment__booking=booking).needed().first(),
    }
    message = letter(mail, context)
    if mail.kind in (Mail.Kind.TICKETS, Mail.Kind.REMINDER, Mail.Kind.MOVED) and tickets:
        attach_codes(message, booking, tickets)
    return message


def build_for_waiting(mail: WaitingMail) -> EmailMultiAlternatives:
    entry = mail.entry
    return letter(mail, {"entry": entry, "labels": entry.offered_labels, "until": clock_in_words(entry)})


def clock_in_words(entry: WaitingEntry) -> str:
    """When the offer ends, by the theater's clock: 19:30 CET."""
    local = entry.offered_until and entry.offered_until.astimezone(entry.showtime.theater.zone)
    return f"{time_format(local, 'H:i')} {local.tzname()}" if local else ""


def letter(mail: Mail | WaitingMail, context: dict) -> EmailMultiAlternatives:
    """Subject, text and HTML of its kind."""
    context |= {
        "showtime": mail.showtime,
        "start": start_in_words(mail.showtime),
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
    }
    folder = f"bookings/mail/{mail.kind}"
    message = EmailMultiAlternatives(
        subject=" ".join(render_to_string(f"{folder}_subject.txt", context).split()),
        body=render_to_string(f"{folder}.txt", context),
        to=[mail.user.email],
        headers={"Message-ID": f"<{mail.message_id}@{parseaddr(settings.DEFAULT_FROM_EMAIL)[1].split('@')[1]}>"},
    )
    message.attach_alternative(render_to_string(f"{folder}.html", context), "text/html")
    return message


def what_was(mail: Mail) -> dict:
    """How it was when its customer last heard of it, and what has changed since."""
    if mail.kind != Mail.Kind.MOVED:
        return {}
    moves = list(mail.booking.moved_bookings.select_related("move__old_layout__screen__theater"))
    untold = [moved for moved in moves if mail.sent_at is None or moved.move.created_at > mail.sent_at] or moves
    return {
        "was": untold[0],
        "was_start": in_words(untold[0].local_old_start),
        "move": untold[-1].move,
        "may_be_refunded": any(moved.may_be_refunded for moved in moves),
    }


def attach_codes(message: EmailMultiAlternatives, booking, tickets) -> None:
    """Each QR as a picture inside the mail: it opens with no signal and no login."""
    message.mixed_subtype = "related"
    for ticket in tickets:
        image = MIMEImage(qr_png(ticket_code(ticket.serial, booking.showtime_id)))
        image.add_header("Content-ID", f"<{ticket.serial}>")
        image.add_header("Content-Disposition", "inline", filename=f"{ticket.serial}.png")
        message.attach(image)
    message.attach(f"{booking.reference}.ics", calendar(booking).decode(), "text/calendar")
