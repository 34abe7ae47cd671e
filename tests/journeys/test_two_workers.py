"""What only shows between processes: the shop under gunicorn with two workers."""

import json
import time
from functools import partial

import pytest
import requests

from bookings.models import Booking, Mail, StripeEvent, Ticket
from tests.bookings.steps import events, open_session, sign, start
from tests.bookings.threads import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_webhook_a_hundred_times_at_once_then_all_taken_and_confirmed_once(
    gunicorn_shop, sandbox, programme, moviegoer
):
    sandbox.webhooks.mode = "hold"
    session_id = open_session(start(moviegoer, programme, "B1", "B2"))
    sandbox.pay(session_id)
    payload = json.dumps(events(sandbox, "checkout.session.completed")[0])
    headers = {"Stripe-Signature": sign(payload, "whsec_tests", int(time.time())), "Content-Type": "application/json"}
    post = partial(requests.post, f"{gunicorn_shop}/stripe/webhook/", payload, headers=headers, timeout=30)

    answers = all_at_once([post] * 100)

    assert [answer.status_code for answer in answers] == [200] * 100
    assert Booking.objects.get().is_confirmed
    assert (StripeEvent.objects.count(), Ticket.objects.count(), Mail.objects.count()) == (1, 2, 1)
