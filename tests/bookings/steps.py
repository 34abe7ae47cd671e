"""The steps of a purchase, for tests that need a booking in some state."""

import json
import time
from datetime import timedelta

import stripe
from django.urls import reverse

from bookings import flows
from bookings.flows.locking import database_now
from bookings.models import Booking
from bookings.pricing import quote_seats
from bookings.promises import todays_tariff
from tests.bookings.conftest import WEBHOOK_SECRET
from tests.factories import create_ticket_types, seats_of


def quote(showtime, *labels, ticket_type=None, promo=None):
    ticket_type = ticket_type or create_ticket_types(showtime.theater)[0]
    return quote_seats(todays_tariff(showtime), [(seat, ticket_type) for seat in seats_of(showtime, *labels)], promo)


def hold(user, showtime, *labels, need=False):
    seat_ids = [seat.pk for seat in seats_of(showtime, *labels)]
    return flows.hold_seats(user, showtime=showtime, seat_ids=seat_ids, need=need)


def start(user, showtime, *labels, promo=None, need=False):
    """A pending booking; `need`: they say that somebody uses a wheelchair."""
    return flows.start_booking(user, showtime=showtime, quote=quote(showtime, *labels, promo=promo), need=need)


def open_session(booking):
    """Open the booking's payment; the id of its session."""
    flows.start_payment(booking)
    return booking.payments.latest("pk").session_id


def buy(sandbox, user, showtime, *labels, promo=None):
    """A confirmed booking."""
    booking = start(user, showtime, *labels, promo=promo)
    session_id = open_session(booking)
    sandbox.pay(session_id)
    return flows.confirm_booking(session_id)


def lapse(booking, seconds=1):
    """Let the booking's window have ended so many seconds ago."""
    Booking.objects.filter(pk=booking.pk).update(expires_at=database_now() - timedelta(seconds=seconds))
    booking.refresh_from_db()


def pass_time(redis, seconds):
    """Let so many seconds go by for all that Redis holds: everything in it happened that much earlier."""

    def earlier(moment):
        return str(int(moment) - int(seconds * 1000))

    for key in redis.keys("{holds}:showtime:*"):
        for seat, value in redis.hgetall(key).items():
            expiry, holder = value.decode().split("|", 1)
            redis.hset(key, seat, f"{earlier(expiry)}|{holder}")
    for key in redis.keys("{holds}:customer:*"):
        for field, value in redis.hgetall(key).items():
            if field == b"again_at":
                redis.hset(key, field, max("0", earlier(value), key=int))
            elif field != b"lapses":
                state, expiry, since, seats = value.decode().split("|")
                redis.hset(key, field, "|".join([state, earlier(expiry), earlier(since), seats]))


def events(sandbox, *types):
    return [event for event in sandbox.events if event["type"] in types]


def deliver(client, event, *, at=None, secret=WEBHOOK_SECRET):
    """Send an event to the webhook as Stripe does; the answer."""
    payload = json.dumps(event)
    header = sign(payload, secret, int(time.time() if at is None else at))
    return client.post(
        reverse("bookings:stripe_webhook"),
        payload,
        content_type="application/json",
        headers={"Stripe-Signature": header},
    )


def sign(payload, secret, at):
    signature = stripe.WebhookSignature._compute_signature(f"{at}.{payload}", secret)
    return f"t={at},v1={signature}"
