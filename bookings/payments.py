"""Stripe Checkout through the official SDK. The only module that imports `stripe`.

Every call that moves money carries an idempotency key that was committed before, so it can be repeated until it is
answered. Nothing here touches the database. Amounts are `Decimal` in the currency's main unit.
"""

import json
import logging
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache

import stripe
from django.conf import settings
from django.utils.translation import gettext as _

from bookings.exceptions import PaymentRefused, PaymentUnavailable
from bookings.models import Booking, Payment, Refund
from theaters.money import from_minor_units, to_minor_units

logger = logging.getLogger(__name__)

# Stripe's shortest session is 30 minutes; one more for the way there.
SESSION_LIFE = timedelta(minutes=31)
WEBHOOK_TOLERANCE_SECONDS = 300
ATTEMPTS_PER_KEY = 3


@dataclass(frozen=True)
class Session:
    """A Checkout Session as Stripe sees it now."""

    id: str
    url: str
    status: str
    payment_status: str
    amount: Decimal
    currency: str
    attempt: str
    payment_intent: str
    intent_status: str

    @property
    def is_paid(self) -> bool:
        return self.status == "complete" and self.payment_status in {"paid", "no_payment_required"}

    @property
    def is_processing(self) -> bool:
        """The customer is done, the money is not here yet (a delayed method)."""
        return self.status == "complete" and not self.is_paid and not self.has_failed

    @property
    def has_failed(self) -> bool:
        """A delayed payment came to nothing. Known from its PaymentIntent, whichever events got lost."""
        return (
            self.status == "complete"
            and not self.is_paid
            and self.intent_status in {"requires_payment_method", "canceled"}
        )

    @property
    def is_expired(self) -> bool:
        return self.status == "expired"


@dataclass(frozen=True)
class RefundState:
    """A refund as Stripe sees it now; `key` tells which of ours it is."""

    id: str
    status: str
    failure_reason: str
    key: str


@dataclass(frozen=True)
class Event:
    """A webhook event: which object it speaks of. What the object says is asked of Stripe again."""

    id: str
    type: str
    object_id: str


class ForgedEvent(Exception):
    """Not signed by Stripe, or at another time than now."""


@lru_cache
def client(key: str, base: str) -> stripe.StripeClient:
    # The SDK would wait 80 seconds and never try again. A retry carries the same idempotency key.
    return stripe.StripeClient(
        key,
        base_addresses={"api": base},
        max_network_retries=2,
        http_client=stripe.RequestsClient(timeout=3),
    )


def _call(function, *args, **kwargs):
    """Call Stripe; what it will never accept is PaymentRefused, no answer (yet) PaymentUnavailable.

    A wrong key of ours is no answer: once it is mended the same call goes through.
    """
    try:
        return function(*args, **kwargs)
    except stripe.InvalidRequestError as error:
        logger.error("stripe refused", extra={"code": error.code, "stripe_request": error.request_id})
        raise PaymentRefused from error
    except stripe.StripeError as error:
        logger.error("stripe does not answer", extra={"kind": type(error).__name__})
        raise PaymentUnavailable from error


def _v1():
    return client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE).v1


def open_session(payment: Payment) -> Session:
    """Open the Checkout Session of a payment attempt, or get the same one again: its key was stored before."""
    return _session(
        _call(_v1().checkout.sessions.create, payment.request, {"idempotency_key": payment.idempotency_key})
    )


def session_request(payment: Payment) -> dict:
    """What Stripe is asked for; stored on the payment before it is sent."""
    booking = payment.booking
    page = booking.site_url
    metadata = {"booking": booking.reference, "attempt": payment.idempotency_key}
    return {
        "mode": "payment",
        "line_items": list(line_items(booking)),
        "client_reference_id": booking.reference,
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata, "description": f"{booking.showtime.movie} {booking.reference}"},
        "customer_email": booking.user.email,
        "expires_at": int(payment.session_expires_at.timestamp()),
        "success_url": f"{page}return/?session={{CHECKOUT_SESSION_ID}}",
        "cancel_url": f"{page}return/",
    }


def line_items(booking: Booking):
    """The seats, then the fee, then a tax that is added on top: together exactly the booking's total."""
    showtime = booking.showtime
    when = f"{showtime.local_start:%Y-%m-%d %H:%M}, {showtime.screen}"
    for seat in booking.booked_seats.select_related("seat", "ticket_type"):
        name = f"{showtime.movie}: {seat.seat.label}, {seat.ticket_type.name}"
        yield line_item(booking, name, seat.price, description=when)
    if booking.fee_total:
        yield line_item(booking, _("Booking fee"), booking.fee_total)
    if booking.tax_total and not booking.tax_included:
        yield line_item(booking, booking.tax_name, booking.tax_total)


def line_item(booking: Booking, name: str, amount: Decimal, **product) -> dict:
    return {
        "quantity": 1,
        "price_data": {
            "currency": booking.currency.lower(),
            "unit_amount": to_minor_units(amount, booking.currency),
            "product_data": {"name": name, **product},
        },
    }


def fetch_session(session_id: str) -> Session:
    """Raises PaymentRefused for a session that is not ours, PaymentUnavailable without an answer."""
    session = _session(_call(_v1().checkout.sessions.retrieve, session_id, {"expand": ["payment_intent"]}))
    if session.is_processing and not session.intent_status:
        intent = _call(_v1().payment_intents.retrieve, session.payment_intent)
        return replace(session, intent_status=intent.status)
    return session


def expire_session(session_id: str) -> Session:
    """End a session and say what became of it: expired, or paid in the last moment.

    Stripe refuses with words only when the session is no longer open, so it is read again, whatever it said.
    """
    try:
        _v1().checkout.sessions.expire(session_id)
    except stripe.InvalidRequestError:
        logger.info("session was not open any more")
    except stripe.StripeError as error:
        raise PaymentUnavailable from error
    return fetch_session(session_id)


def end_session(payment: Payment) -> Session:
    """Expire the session of an attempt. Where its id was lost on the way, the stored key brings it back first."""
    return expire_session(payment.session_id or open_session(payment).id)


def find_refund(refund: Refund) -> RefundState | None:
    """The refund, if Stripe has it already; known by the key in its metadata."""
    listed = _call(_v1().refunds.list, {"payment_intent": refund.payment.payment_intent, "limit": 100})
    for known in listed.auto_paging_iter():
        if (state := _refund(known)).key == refund.idempotency_key:
            return state
    return None


def send_refund(refund: Refund) -> RefundState:
    """Send a refund with its key.

    Stripe repeats a stored answer, a failure too, for a day, so every few attempts go under a key of their own;
    by then `find_refund` would see what an earlier one has done.
    """
    answer = _call(
        _v1().refunds.create,
        {
            "payment_intent": refund.payment.payment_intent,
            "amount": to_minor_units(refund.amount, refund.currency),
            "metadata": {"refund": refund.idempotency_key, "booking": refund.payment.booking.reference},
        },
        {"idempotency_key": f"{refund.idempotency_key}-{refund.attempts // ATTEMPTS_PER_KEY}"},
    )
    return _refund(answer)


def fetch_refund(stripe_id: str) -> RefundState:
    return _refund(_call(_v1().refunds.retrieve, stripe_id))


def read_event(payload: bytes, signature: str) -> Event:
    """Check a webhook's signature against each of our secrets and its age in both directions; raises ForgedEvent."""
    try:
        text = payload.decode()
        # The SDK lets timestamps from the future pass.
        signed_at = next(int(part[2:]) for part in signature.split(",") if part.startswith("t="))
    except (ValueError, StopIteration) as error:
        raise ForgedEvent from error
    is_ours = signature.isascii() and any(is_signed(text, signature, key) for key in settings.STRIPE_WEBHOOK_SECRETS)
    if not is_ours or abs(time.time() - signed_at) > WEBHOOK_TOLERANCE_SECONDS:
        raise ForgedEvent
    return parse_event(text)


def is_signed(text: str, signature: str, secret: str) -> bool:
    try:
        return stripe.WebhookSignature.verify_header(text, signature, secret, WEBHOOK_TOLERANCE_SECONDS)
    except stripe.SignatureVerificationError:
        return False


def parse_event(text: str) -> Event:
    """Some events speak of objects without an id; what is no event at all raises ForgedEvent."""
    try:
        event = json.loads(text)
        event_id, event_type, about = event["id"], event["type"], event["data"]["object"].get("id") or ""
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ForgedEvent from error
    if not all(isinstance(part, str) and part.isprintable() for part in (event_id, event_type, about)):
        raise ForgedEvent
    return Event(event_id[:255], event_type[:80], about[:255])


def _session(session) -> Session:
    intent = session.payment_intent
    expanded = intent is not None and not isinstance(intent, str)
    currency = (session.currency or "").upper()
    return Session(
        id=session.id,
        url=session.url or "",
        status=session.status,
        payment_status=session.payment_status,
        amount=from_minor_units(session.amount_total or 0, currency),
        currency=currency,
        attempt=(session.metadata.to_dict() if session.metadata else {}).get("attempt", ""),
        payment_intent=intent.id if expanded else intent or "",
        intent_status=intent.status if expanded else "",
    )


REFUND_STATUS = {
    "pending": Refund.Status.PENDING,
    "requires_action": Refund.Status.PENDING,
    "succeeded": Refund.Status.SUCCEEDED,
    "failed": Refund.Status.FAILED,
    "canceled": Refund.Status.FAILED,
}


def _refund(refund) -> RefundState:
    told = refund.to_dict()
    return RefundState(
        id=refund.id,
        status=REFUND_STATUS[refund.status or "pending"],
        failure_reason=told.get("failure_reason") or "",
        key=(told.get("metadata") or {}).get("refund", ""),
    )
