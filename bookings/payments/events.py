import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import stripe
from django.conf import settings

from bookings.payments.client import listed, since, v1

WEBHOOK_TOLERANCE_SECONDS = 300


@dataclass(frozen=True)
class Event:
    """A webhook event: which object it speaks of. What the object says is asked of Stripe again."""

    id: str
    type: str
    object_id: str
    created_at: datetime | None = None


# What the webhook in Stripe's dashboard has to send (docs/deploy.md).
EVENT_TYPES = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
)


class ForgedEvent(Exception):
    """Not signed by Stripe, or at another time than now."""


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


def list_undelivered(moment: datetime) -> Iterator[Event]:
    """What happened since then at Stripe and has not reached our webhook. Stripe keeps events for 30 days."""
    wanted = {"types": list(EVENT_TYPES), "delivery_success": False}
    for event in listed(v1().events.list, since(moment) | wanted):
        yield Event(event.id, event.type, event.data.object["id"], datetime.fromtimestamp(event.created, UTC))
