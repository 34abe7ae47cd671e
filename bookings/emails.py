"""The mails to a customer, each with an HTML and a text part. Written in the outbox first, see flows/mailing.py."""

from email.mime.image import MIMEImage
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from bookings.codes import qr_png, ticket_code
from bookings.documents import calendar, start_in_words
from bookings.models import Mail, Refund, Ticket


def send_mail(mail: Mail) -> None:
    """Hand one mail to the mail server. Raises what smtplib raises: the caller tries again later."""
    build(mail).send()


def build(mail: Mail) -> EmailMultiAlternatives:
    booking = mail.booking
    tickets = list(Ticket.objects.for_printing().filter(booked_seat__booking=booking))
    context = {
        "booking": booking,
        "showtime": booking.showtime,
        "start": start_in_words(booking.showtime),
        "tickets": tickets,
        "refund": Refund.objects.filter(payment__booking=booking).needed().first(),
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
    }
    folder = f"bookings/mail/{mail.kind}"
    message = EmailMultiAlternatives(
        subject=" ".join(render_to_string(f"{folder}_subject.txt", context).split()),
        body=render_to_string(f"{folder}.txt", context),
        to=[booking.user.email],
        headers={"Message-ID": f"<{mail.message_id}@{parseaddr(settings.DEFAULT_FROM_EMAIL)[1].split('@')[1]}>"},
    )
    message.attach_alternative(render_to_string(f"{folder}.html", context), "text/html")
    if mail.kind in (Mail.Kind.TICKETS, Mail.Kind.REMINDER):
        attach_codes(message, booking, tickets)
    return message


def attach_codes(message: EmailMultiAlternatives, booking, tickets) -> None:
    """Each QR as a picture inside the mail: it opens with no signal and no login."""
    message.mixed_subtype = "related"
    for ticket in tickets:
        image = MIMEImage(qr_png(ticket_code(ticket.serial, booking.showtime_id)))
        image.add_header("Content-ID", f"<{ticket.serial}>")
        image.add_header("Content-Disposition", "inline", filename=f"{ticket.serial}.png")
        message.attach(image)
    message.attach(f"{booking.reference}.ics", calendar(booking).decode(), "text/calendar")
