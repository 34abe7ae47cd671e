import re
import time

import pytest
from django.urls import reverse

from bookings import flows
from bookings.models import Booking, Payment, Refund, StripeEvent, Ticket
from bookings.payments import EVENT_TYPES
from tests.bookings.steps import buy, deliver, events, open_session, sign, start

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(ann, showtime, sandbox):
    """(a booking paid at Stripe that we do not know of yet, the event that will say so)"""
    booking = start(ann, showtime, "A1")
    sandbox.pay(open_session(booking))
    return booking, events(sandbox, "checkout.session.completed")[0]


def is_confirmed(booking):
    return Booking.objects.get(pk=booking.pk).is_confirmed


def test_completed_then_confirmed_and_the_event_is_noted(client, paid):
    booking, event = paid

    assert deliver(client, event).status_code == 200
    assert is_confirmed(booking)
    assert StripeEvent.objects.get().event_id == event["id"]


def test_the_same_event_again_then_200_and_nothing_new(client, paid):
    _booking, event = paid

    assert [deliver(client, event).status_code for _n in range(5)] == [200] * 5
    assert Ticket.objects.count() == 1


def test_return_page_first_then_the_event_changes_nothing(client, paid):
    booking, event = paid
    flows.confirm_booking(booking.payments.get().session_id)

    assert deliver(client, event).status_code == 200
    assert Ticket.objects.count() == 1


def test_expired_after_completed_then_still_confirmed(client, paid, sandbox):
    booking, event = paid
    deliver(client, event)

    late = event | {"id": "evt_late", "type": "checkout.session.expired"}

    assert deliver(client, late).status_code == 200
    assert is_confirmed(booking)


def test_an_event_that_lies_then_stripe_is_asked(client, ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    session_id = open_session(booking)
    event = sandbox.emit("checkout.session.completed", sandbox.sessions[0] | {"payment_status": "paid"})

    assert deliver(client, event).status_code == 200
    assert not is_confirmed(booking)
    assert booking.payments.get().session_id == session_id


@pytest.mark.parametrize("seconds", [-301, 301, 3600])
def test_signed_at_another_time_then_400(client, paid, seconds):
    booking, event = paid

    assert deliver(client, event, at=time.time() + seconds).status_code == 400
    assert not is_confirmed(booking)


@pytest.mark.parametrize("seconds", [-295, 295])
def test_signed_within_the_window_then_200(client, paid, seconds):
    _booking, event = paid

    assert deliver(client, event, at=time.time() + seconds).status_code == 200


def test_signed_with_another_secret_then_400_and_nothing_stored(client, paid):
    _booking, event = paid

    assert deliver(client, event, secret="whsec_other").status_code == 400
    assert not StripeEvent.objects.exists()


@pytest.mark.parametrize("header", ["", "t=1", "t=x,v1=y", "v0=1", "t=9999999999999999999999,v1=y"])
def test_no_real_signature_then_400(client, header):
    answer = client.post(
        reverse("bookings:stripe_webhook"), "{}", content_type="application/json", headers={"Stripe-Signature": header}
    )

    assert answer.status_code == 400


@pytest.mark.parametrize("text", ["", "[]", "1", "null", "{}", '{"id": 1}', "{", '{"id": "a", "type": "b", "data": 3}'])
def test_signed_but_no_event_then_400(client, text):
    at = int(time.time())
    headers = {"Stripe-Signature": sign(text, "whsec_tests", at)}

    answer = client.post(reverse("bookings:stripe_webhook"), text, content_type="application/json", headers=headers)

    assert answer.status_code == 400


def test_event_of_an_object_without_an_id_then_200(client, sandbox):
    event = {"id": "evt_1", "type": "balance.available", "data": {"object": {"object": "balance"}}}

    assert deliver(client, event).status_code == 200


def test_bytes_that_are_no_text_then_400(client):
    answer = client.post(reverse("bookings:stripe_webhook"), b"\xff\xfe", content_type="application/json")

    assert answer.status_code == 400


def test_our_own_key_is_wrong_then_503_and_once_mended_the_retry_does_the_work(client, paid, settings):
    booking, event = paid
    good, settings.STRIPE_SECRET_KEY = settings.STRIPE_SECRET_KEY, "sk_test_wrong"
    assert deliver(client, event).status_code == 503
    settings.STRIPE_SECRET_KEY = good

    assert deliver(client, event).status_code == 200
    assert is_confirmed(booking)


def test_rolling_the_secret_then_both_are_taken(client, paid, settings):
    _booking, event = paid
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", "whsec_tests"]

    assert deliver(client, event).status_code == 200
    assert deliver(client, event, secret="whsec_new").status_code == 200


def test_webhook_by_get_then_405(client):
    assert client.get(reverse("bookings:stripe_webhook")).status_code == 405


def test_session_that_stripe_does_not_show_us_then_200(client, paid):
    _booking, event = paid
    event = event | {"data": {"object": event["data"]["object"] | {"id": "cs_test_unknown"}}}

    assert deliver(client, event).status_code == 200


def test_stripe_does_not_answer_then_503_and_the_retry_does_the_work(client, paid, sandbox):
    booking, event = paid
    sandbox.faults.plan("503", path="*", times=3, method="GET")

    assert deliver(client, event).status_code == 503
    assert not StripeEvent.objects.exists()
    assert deliver(client, event).status_code == 200
    assert is_confirmed(booking)


def test_other_types_then_200(client, paid, sandbox):
    _booking, event = paid

    assert deliver(client, event | {"type": "charge.succeeded"}).status_code == 200


def test_session_expired_at_stripe_then_the_payment_too(client, ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    sandbox.expire(open_session(booking))

    deliver(client, events(sandbox, "checkout.session.expired")[0])

    assert booking.payments.get().status == Payment.Status.EXPIRED


def test_refund_that_failed_later_then_it_says_so(client, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    flows.cancel_booking(booking, by=ann, in_full=True)
    flows.send_due_refunds()
    sandbox.fail_refund(Refund.objects.get().stripe_id)

    deliver(client, events(sandbox, "refund.failed")[0])

    assert Refund.objects.get().status == Refund.Status.FAILED


def test_refund_that_is_not_ours_then_200(client, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    sandbox.refund_outside(booking.payments.get().payment_intent, 100)

    assert deliver(client, events(sandbox, "refund.created")[0]).status_code == 200


def test_guide_then_it_names_exactly_the_events_that_we_act_on(settings):
    guide = (settings.BASE_DIR / "docs" / "deploy.md").read_text()

    assert sorted(re.findall(r"   - `([a-z_.]+)`", guide)) == sorted(EVENT_TYPES)
