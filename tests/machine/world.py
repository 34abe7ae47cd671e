"""The shop as customers, staff, Stripe and fate see it: real views, flows, PostgreSQL, Redis, the payment stand-in."""

import re
from contextlib import ExitStack
from datetime import timedelta
from unittest import mock

import redis
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bookings import flows, payments
from bookings.flows import booking as booking_flow
from bookings.flows import settling
from bookings.models import Booking, Mail, Payment, Refund
from bookings.payments.refunds import ATTEMPTS_PER_KEY
from tests.bookings.steps import deliver
from tests.factories import (
    create_layout,
    create_screen,
    create_showtime,
    create_staff,
    create_theater,
    create_user,
    zone_where_it_is,
)

# Where a process may die: after this call, before anything that follows it.
CRASH_POINTS = {
    "after Stripe opened the session": (payments, "open_session"),
    "after Stripe told of the session": (payments, "fetch_session"),
    "after Stripe ended the session": (payments, "end_session"),
    "after Stripe took the refund": (payments, "send_refund"),
    "after the seats were written, before the commit": (booking_flow, "write_booking"),
    "after the money was placed, before the commit": (settling, "take_money"),
}
MOMENT = re.compile(rb"\d{13}")
SESSION_LIFE = 31 * 60


class Killed(BaseException):
    """The process is gone; nobody catches it."""


class World:
    """Two showtimes of four seats, three customers with a browser each, and staff."""

    def __init__(self, sandbox):
        self.sandbox, self.doomed, self.clock, self.since_work = sandbox, None, 0, 0
        self.sessions_seen: dict[str, int] = {}
        theater = create_theater(time_zone=zone_where_it_is(12))
        layout = create_layout(create_screen(theater), rows="A", seats=4)
        # Today, so that its tickets come in at the door; after every cutoff but the last.
        first = create_showtime(layout=layout, starts_at=timezone.now() + timedelta(hours=4))
        second = create_showtime(layout=layout, starts_at=first.starts_at + timedelta(days=1))
        self.showtimes = [first, second]
        self.seats = list(layout.seats.order_by("x"))
        self.customers = [create_user(), create_user(), create_user()]
        self.browsers = [self.sign_in(customer) for customer in self.customers]
        self.manager = create_staff()
        self.redis = redis.Redis.from_url(settings.REDIS_URL)
        self.stack = ExitStack()
        for name, (module, function) in CRASH_POINTS.items():
            self.stack.enter_context(mock.patch.object(module, function, self.mortal(name, getattr(module, function))))

    @staticmethod
    def sign_in(customer):
        browser = Client()
        browser.force_login(customer)
        return browser

    def mortal(self, name, function):
        def wrapper(*args, **kwargs):
            result = function(*args, **kwargs)
            if self.doomed == name:
                self.doomed = None
                raise Killed(name)
            return result

        return wrapper

    def survive(self, step, *args, **kwargs):
        """What the step returns; None when its process died."""
        try:
            return step(*args, **kwargs)
        except Killed:
            return None

    def post(self, who, name, *args, **data):
        return self.survive(self.browsers[who].post, reverse(f"bookings:{name}", args=args), data)

    def come_back(self, who, booking):
        url = reverse("bookings:return", args=[booking.reference])
        return self.survive(self.browsers[who].get, url)

    def deliver(self, event):
        return self.survive(deliver, Client(), event)

    def work(self):
        """One round of the background worker."""
        self.since_work = 0
        for task in (
            flows.expire_overdue,
            flows.end_abandoned_sessions,
            flows.restore_holds,
            flows.finish_cancellations,
            flows.send_due_refunds,
        ):
            self.survive(task)

    def advance(self, seconds):
        """Everything that can run out is so much nearer to its end."""
        pause = timedelta(seconds=seconds)
        Booking.objects.update(expires_at=F("expires_at") - pause)
        Payment.objects.update(created_at=F("created_at") - pause, session_expires_at=F("session_expires_at") - pause)
        for outbox in (Refund, Mail):
            outbox.objects.update(next_attempt_at=F("next_attempt_at") - pause)
        self.age_holds(seconds)
        self.clock += seconds
        self.since_work += seconds
        self.end_old_sessions()
        # A worker that sleeps for longer than ten minutes is an incident of its own, which the audit reports.
        if self.since_work > 540:
            self.sandbox.faults.clear()
            self.work()
            self.work()  # one that has died begins anew

    def age_holds(self, seconds):
        def younger(match):
            return b"%d" % (int(match.group()) - seconds * 1000)

        for key in self.redis.scan_iter("*holds*"):
            if self.redis.type(key) == b"hash":
                for field, value in self.redis.hgetall(key).items():
                    self.redis.hset(key, field, MOMENT.sub(younger, value))

    def end_old_sessions(self):
        for session in self.sandbox.sessions:
            opened_at = self.sessions_seen.setdefault(session["id"], self.clock)
            if session["status"] == "open" and self.clock - opened_at > SESSION_LIFE:
                self.sandbox.expire(session["id"])

    def come_to_rest(self):
        """No more trouble: everybody does what they would do anyway, until nothing is left to be done."""
        self.doomed = None
        self.sandbox.faults.clear()
        # Twice, as the second run finds what the first has caused; and until Stripe's stored answers are used up.
        for round_number in range(2 + ATTEMPTS_PER_KEY):
            Refund.objects.filter(status="created").update(next_attempt_at=F("created_at"))
            flows.reconcile()
            if round_number and not Refund.objects.filter(status="created", payment__disputes=None).exists():
                break

    def close(self):
        self.stack.close()
        self.redis.flushall()
        self.redis.close()
        tables = [
            model._meta.db_table for model in apps.get_app_config("bookings").get_models(include_auto_created=True)
        ]
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(tables)}, django_session")
