"""“Tell me when booking opens”: asked for, confirmed, told once, stopped.

Driven by rows: whoever is confirmed and has not been told gets their mail at the worker's next turn, whatever died
before. A wish is locked before it is deleted or gets a mail, so that neither trips over the other.
"""

import logging

from django.core.mail import get_connection
from django.db import transaction

from bookings.emails import is_about_the_letter, refusal, send_opening_mail
from bookings.flows.locking import database_now, locked_customer
from bookings.models import OpeningAlert, OpeningMail
from bookings.wakeup import wake

logger = logging.getLogger(__name__)

BATCH = 200
MOST_SILENT = 3
# Mails that somebody else may have asked for: so many wait for an answer at one address, at most.
MOST_UNCONFIRMED = 3


def ask_for_alert(movie, *, email: str, city=None) -> None:
    """Ask the address by mail whether it wants to hear of the movie. Nobody is told what was known of it before."""
    email = email.lower()
    with transaction.atomic():
        known = OpeningAlert.objects.filter(movie=movie, email=email)
        if known.exists():
            known.unconfirmed().update(city=city)
            return
        if OpeningAlert.objects.unconfirmed().filter(email=email).count() >= MOST_UNCONFIRMED:
            return
        alert, is_new = OpeningAlert.objects.get_or_create(movie=movie, email=email, defaults={"city": city})
        if is_new:
            OpeningMail.objects.create(alert=alert, kind=OpeningMail.Kind.CONFIRM)
            wake("bookings.tell_of_openings")


def order_alert(movie, *, user, city=None) -> None:
    """Somebody signed in, whose address is verified, wants it: nothing is left to confirm. Raises Busy.

    Locks the person first, as whoever erases them does.
    """
    with locked_customer(user):
        wanted = {"user": user, "city": city, "confirmed_at": database_now()}
        alert, is_new = OpeningAlert.objects.select_for_update().update_or_create(
            movie=movie, email=user.email.lower(), defaults=wanted
        )
        if not is_new:
            # Told of an earlier sale, which is over: they want to hear of the next one.
            alert.mails.filter(kind=OpeningMail.Kind.OPEN, status=OpeningMail.Status.SENT).delete()


def confirm_alert(alert: OpeningAlert) -> None:
    OpeningAlert.objects.unconfirmed().filter(pk=alert.pk).update(confirmed_at=database_now())


def stop_alert(token: str) -> None:
    """Nothing more is sent. May be asked any number of times, also for what is long gone."""
    with transaction.atomic():
        delete(OpeningAlert.objects.filter(token=token))


def delete(alerts) -> None:
    ids = [alert.pk for alert in alerts.order_by("pk").select_for_update(of=("self",))]
    OpeningAlert.objects.filter(pk__in=ids).delete()


def tell_of_openings() -> int:
    """Write down whom to tell, and send what is due, over one connection; returns how many were tried."""
    with transaction.atomic():
        delete(OpeningAlert.objects.filter(pk__in=OpeningAlert.objects.over().values("pk")))
    with transaction.atomic():
        untold = OpeningAlert.objects.opened().exclude(mails__kind=OpeningMail.Kind.OPEN)
        alerts = untold.order_by("pk").select_for_update(of=("self",), skip_locked=True)[:BATCH]
        mails = [OpeningMail(alert=alert, kind=OpeningMail.Kind.OPEN) for alert in alerts]
        OpeningMail.objects.bulk_create(mails, ignore_conflicts=True)
    return send_due_opening_mails()


def send_due_opening_mails() -> int:
    """As `send_due_mails`: a server that does not answer three times in a row ends the round."""
    tried = silent = 0
    connection = get_connection()
    try:
        for pk in list(OpeningMail.objects.due().values_list("pk", flat=True)[:BATCH]):
            if mail := OpeningMail.objects.select_related("alert__movie", "alert__city", "alert__user").claim(pk):
                tried += 1
                silent = 0 if send(mail, connection) else silent + 1
            if silent == MOST_SILENT:
                break
    finally:
        connection.close()
    return tried


def send(mail: OpeningMail, connection) -> bool:
    """Returns whether the mail server answers."""
    now = database_now()
    if not mail.is_needed():
        mail.delete()  # a sale that opens again is told of by another
        return True
    try:
        connection.open()
        send_opening_mail(mail, connection)
    except Exception as error:  # noqa: BLE001 - whatever one mail suffers from, the others go out
        connection.close()
        logger.warning("mail about a sale not sent", extra={"mail": mail.pk, "kind": type(error).__name__})
        if why := refusal(error):
            mail.fail(why)
        else:
            mail.put_off(type(error).__name__, now)
        return is_about_the_letter(error)
    OpeningMail.objects.filter(pk=mail.pk).update(status=OpeningMail.Status.SENT, sent_at=now)
    return True
