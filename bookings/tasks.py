"""What the background worker does. Each task is one call, finds its work in the tables, and may run twice at once."""

from functools import partial

from celery import shared_task
from django.db import InterfaceError, OperationalError

from bookings import flows
from bookings.exceptions import Busy
from movies import programme

# A database that is away for a moment is one line in the log: the next turn finds the same work.
task = partial(shared_task, throws=(OperationalError, InterfaceError, Busy))


@task(name="bookings.expire_bookings")
def expire_bookings():
    flows.expire_overdue()
    flows.end_abandoned_sessions()
    flows.restore_holds()


@task(name="bookings.offer_seats")
def offer_seats():
    if flows.offer_free_seats():
        flows.send_due_mails()


@task(name="bookings.ask_about_money")
def ask_about_money():
    flows.ask_about_money_on_its_way()


@task(name="bookings.send_refunds")
def send_refunds():
    flows.send_due_refunds()


@task(name="bookings.send_mails")
def send_mails():
    flows.send_due_mails()


@task(name="bookings.send_pushes")
def send_pushes():
    flows.send_due_pushes()


@task(name="bookings.send_found_tickets")
def send_found_tickets():
    flows.send_found_tickets()


@task(name="bookings.send_reports")
def send_reports():
    flows.send_due_reports()


@task(name="bookings.tell_of_openings")
def tell_of_openings():
    flows.tell_of_openings()


@task(name="bookings.remind_customers")
def remind_customers():
    if flows.remind_customers():
        flows.send_due_mails()


@task(name="bookings.finish_cancellations")
def finish_cancellations():
    if flows.finish_cancellations():
        flows.send_due_refunds()
        flows.send_due_mails()


@task(name="bookings.finish_breakdowns")
def finish_breakdowns():
    if flows.finish_breakdowns():
        flows.send_due_refunds()
        flows.send_due_mails()


@task(name="bookings.review_releases")
def review_releases():
    flows.review_releases()


@task(name="bookings.fold_programme")
def fold_programme():
    programme.fold_changes()


@task(name="bookings.reconcile")
def reconcile():
    if not flows.is_reconciling():
        flows.reconcile()


@task(name="bookings.audit")
def audit():
    flows.inspect_books()


@shared_task(name="bookings.anonymise")
def anonymise():
    flows.anonymise_old_bookings()
    flows.forget_who_waited()
    flows.clear_old_sessions()
