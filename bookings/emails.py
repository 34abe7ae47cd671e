"""The mails to a customer, each with an HTML and a text part. Written in the outbox first, see flows/mailing.py."""

from email.mime.image import MIMEImage
from email.mime.text import MIMEText
from email.utils import parseaddr
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from bookings.calendars import calendar, method_of
from bookings.codes import qr_png, ticket_code
from bookings.documents import in_words, start_in_words
from bookings.models import Mail, OpeningMail, Refund, Ticket, WaitingEntry, WaitingMail
from bookings.models.outbox import OutboxMail
from bookings.ticket_links import ticket_link

WITH_TICKETS = (Mail.Kind.TICKETS, Mail.Kind.REMINDER, Mail.Kind.MOVED)
WITH_LINK = (*WITH_TICKETS, Mail.Kind.SEATS_CANCELLED)
OFF = (Mail.Kind.CANCELLED, Mail.Kind.SHOWTIME_CANCELLED)
# smtplib's errors are OSErrors, like those of a line that is cut.
LETTER_ERRORS = (SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused)


def send_mail(mail: Mail | WaitingMail, connection=None) -> None:
    """Hand one mail to the mail server. Raises what smtplib raises, ValidationError: see `refusal`."""
    validate_email(mail.user.email)
    with reader(mail.user):
        message = build(mail) if isinstance(mail, Mail) else build_for_waiting(mail)
    message.connection = connection
    message.send()


def reader(user):
    """In the language of a person; of somebody unknown, in the shop's."""
    return translation.override((user and user.language) or settings.LANGUAGE_CODE)


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
        "open_url": ticket_link(booking) if mail.kind in WITH_LINK and tickets else "",
        "refund": last_refund(booking),
        **what_was(mail),
        **about(booking.showtime),
    }
    message = letter(mail, context, to=booking.user.email)
    if mail.kind in WITH_TICKETS and tickets:
        attach_codes(message, booking, tickets)
        attach_calendar(message, booking)
        if mail.kind == Mail.Kind.TICKETS and (exchange := booking.exchanged_from):
            attach_calendar(message, exchange.old)
    elif mail.kind == Mail.Kind.SEATS_CANCELLED or (mail.kind in OFF and booking.status == booking.Status.CANCELLED):
        attach_calendar(message, booking)
    return message


def about(showtime) -> dict:
    return {
        "showtime": showtime,
        "start": start_in_words(showtime),
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
    }


def build_for_waiting(mail: WaitingMail) -> EmailMultiAlternatives:
    entry = mail.entry
    offer = {"entry": entry, "labels": entry.offered_labels, "until": clock_in_words(entry)}
    return letter(mail, offer | about(mail.showtime), to=mail.user.email)


def clock_in_words(entry: WaitingEntry) -> str:
    """When the offer ends, by the theater's clock: 19:30 CET."""
    local = entry.offered_until and entry.offered_until.astimezone(entry.showtime.theater.zone)
    return f"{time_format(local, 'H:i')} {local.tzname()}" if local else ""


def letter(mail: OutboxMail, context: dict, *, to: str) -> EmailMultiAlternatives:
    """Of any outbox: the templates of its kind, and the id that stays the same however often it is sent."""
    folder = f"bookings/mail/{mail.kind}"
    message = EmailMultiAlternatives(
        subject=" ".join(render_to_string(f"{folder}_subject.txt", context).split()),
        body=render_to_string(f"{folder}.txt", context),
        to=[to],
        headers={"Message-ID": message_id(mail)},
    )
    message.attach_alternative(render_to_string(f"{folder}.html", context), "text/html")
    return message


def send_opening_mail(mail: OpeningMail, connection=None) -> None:
    """To somebody who need not be a customer, with a way out of one click: RFC 8058. Raises as `send_mail` does."""
    alert = mail.alert
    validate_email(alert.address)
    stop_url = settings.SITE_URL + reverse("bookings:stop_opening", args=[alert.token])
    context = {
        "movie": alert.movie,
        "city": alert.city,
        "movie_url": settings.SITE_URL + alert.movie.get_absolute_url(),
        "confirm_url": settings.SITE_URL + reverse("bookings:opening", args=[alert.token]),
        "stop_url": stop_url,
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
    }
    with reader(alert.user):
        message = letter(mail, context, to=alert.address)
    message.extra_headers["List-Unsubscribe"] = f"<{stop_url}>"
    message.extra_headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.connection = connection
    message.send()


def message_id(mail: OutboxMail) -> str:
    return f"<{mail.message_id}@{parseaddr(settings.DEFAULT_FROM_EMAIL)[1].split('@')[1]}>"


def last_refund(booking) -> dict | None:
    """What goes back since the last time, of however many payments: what was written at once has the same moment."""
    refunds = Refund.objects.of(booking).needed()
    last = refunds.first()
    if last is None:
        return None
    amount = refunds.filter(created_at=last.created_at).total()
    return {"amount": amount, "currency": last.currency, "reason": last.reason}


def what_was(mail: Mail) -> dict:
    """How it was when its customer last heard of it, and what has changed since."""
    if mail.kind == Mail.Kind.PAID_BACK:
        return {"paid_back": paid_back(mail)}
    if mail.kind == Mail.Kind.SEATS_CANCELLED:
        return given_back(mail)
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


def paid_back(mail: Mail) -> dict:
    """What was not told yet; where staff wish the mail again, all of it."""
    refunds = Refund.objects.paid_back(mail.booking)
    untold = refunds.filter(created_at__gt=mail.sent_at) if mail.sent_at else refunds
    return {"amount": untold.total() or refunds.total(), "currency": mail.booking.currency}


def given_back(mail: Mail) -> dict:
    """The seats that were not told of yet, and what was owed for them; where staff wish the mail again, all of it."""
    booking = mail.booking
    seats = booking.booked_seats.exclude(cancelled_at=None).select_related("seat", "ticket_type")
    # A refund that was sent anew, or shrank because staff were quicker in Stripe, is still the money of these seats.
    refunds = Refund.objects.of(booking).filter(reason=Refund.Reason.CUSTOMER, instead_of=None)
    if mail.sent_at and (untold := seats.filter(cancelled_at__gt=mail.sent_at)):
        seats, refunds = untold, refunds.filter(created_at__gt=mail.sent_at)
    amount = refunds.total()
    return {"given_back": seats, "refund": amount and {"amount": amount, "currency": booking.currency}}


def attach_codes(message: EmailMultiAlternatives, booking, tickets) -> None:
    """Each QR as a picture inside the mail: it opens with no signal and no login."""
    message.mixed_subtype = "related"
    for ticket in tickets:
        image = MIMEImage(qr_png(ticket_code(ticket.serial, booking.showtime_id)))
        image.add_header("Content-ID", f"<{ticket.serial}>")
        image.add_header("Content-Disposition", "inline", filename=f"{ticket.serial}.png")
        message.attach(image)


def attach_calendar(message: EmailMultiAlternatives, booking) -> None:
    """Mail programs that know calendars put it in, move it or take it out, by the METHOD beside its type."""
    file = MIMEText(calendar(booking).decode(), "calendar")
    file.set_param("method", method_of(booking))
    file.add_header("Content-Disposition", "attachment", filename=f"{booking.reference}.ics")
    message.attach(file)


def found_tickets(request, user, bookings, connection) -> EmailMultiAlternatives:
    """To a customer who has asked for them by address: links that open the tickets without signing in."""
    context = {
        "found": [(booking, start_in_words(booking.showtime), ticket_link(booking)) for booking in bookings],
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
    }
    message = EmailMultiAlternatives(
        subject=" ".join(render_to_string("bookings/mail/found_subject.txt", context).split()),
        body=render_to_string("bookings/mail/found.txt", context),
        to=[user.email],
        headers={"Message-ID": message_id(request)},
        connection=connection,
    )
    message.attach_alternative(render_to_string("bookings/mail/found.html", context), "text/html")
    return message
