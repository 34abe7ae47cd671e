"""Reports by mail: when a day or a film week of a house is over, its subscribers get it once."""

import logging
from datetime import date, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from bookings.emails import refusal
from bookings.flows.locking import database_now
from bookings.models import ReportMail, ReportSubscription
from bookings.reports import REPORTS, Selection
from bookings.reports.files import as_xlsx
from theaters.roles import theaters_with

logger = logging.getLogger(__name__)

# So many days are made up for after a time without a worker.
DAYS_BACK = 3
BATCH = 100


def send_due_reports() -> int:
    """Write down which reports have become due, and send what waits; returns how many were tried."""
    for subscription in ReportSubscription.objects.select_related("theater"):
        mails = [ReportMail(subscription=subscription, since=day, until=end) for day, end in periods(subscription)]
        ReportMail.objects.bulk_create(mails, ignore_conflicts=True)
    waiting = list(ReportMail.objects.due().values_list("pk", flat=True)[:BATCH])
    connection = get_connection()
    try:
        for pk in waiting:
            if mail := ReportMail.objects.select_related("subscription__user", "subscription__theater").claim(pk):
                send(mail, connection)
    finally:
        connection.close()
    return len(waiting)


def periods(subscription: ReportSubscription) -> list[tuple[date, date]]:
    """Those that are over by the theater's own clock and day cut, from the day on which it was subscribed."""
    theater = subscription.theater
    first = theater.business_date_of(subscription.created_at)
    yesterday = theater.today - timedelta(days=1)
    if subscription.period == ReportSubscription.Period.WEEKLY:
        since, until = theater.film_week_of(yesterday)
        if until > yesterday:
            since, until = since - timedelta(days=7), since - timedelta(days=1)
        return [(since, until)] if until >= first else []
    days = [yesterday - timedelta(days=back) for back in range(DAYS_BACK)]
    return [(day, day) for day in days if day >= first]


def send(mail: ReportMail, connection) -> None:
    """At least once: who is killed between the mail server's yes and our note sends it again, with the same id."""
    now = database_now()
    try:
        if needed := may_still_see(mail.subscription):
            connection.open()  # once for all of them
            build(mail, connection).send()
    except Exception as error:  # noqa: BLE001 - whatever one mail suffers from, the others go out
        connection.close()
        kind = type(error).__name__
        logger.warning("report not sent", extra={"mail": mail.pk, "kind": kind})
        if why := refusal(error):
            mail.fail(why)
        else:
            mail.put_off(kind, now)
        return
    mail.status, mail.sent_at = (ReportMail.Status.SENT, now) if needed else (ReportMail.Status.DROPPED, None)
    mail.save(update_fields=["status", "sent_at"])


def may_still_see(subscription: ReportSubscription) -> bool:
    """Who has left the house gets no more of its numbers."""
    theaters = theaters_with(subscription.user, "bookings.view_reports")
    return subscription.report in REPORTS and theaters.filter(pk=subscription.theater_id).exists()


def build(mail: ReportMail, connection) -> EmailMessage:
    subscription, theater = mail.subscription, mail.subscription.theater
    report = REPORTS[subscription.report]
    table = report.table(Selection((theater,), mail.since, mail.until))
    days = f"{mail.since}" if mail.since == mail.until else f"{mail.since} – {mail.until}"
    words = {"report": report, "theater": theater, "days": days, "table": table, "site_url": settings.SITE_URL}
    message = EmailMessage(
        subject=f"{report.title}, {theater}, {days}",
        body=render_to_string("bookings/mail/report.txt", words | {"totals": table.totals()}),
        to=[subscription.user.email],
        headers={"Message-ID": f"<{mail.message_id}@{parseaddr(settings.DEFAULT_FROM_EMAIL)[1].split('@')[1]}>"},
        connection=connection,
    )
    facts = [(_("Theater"), theater.name), (_("Days"), days)]
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    file = as_xlsx(table, title=str(report.title), facts=facts)
    message.attach(f"{theater.slug}-{report.slug}-{mail.since}.xlsx", file, kind)
    return message
