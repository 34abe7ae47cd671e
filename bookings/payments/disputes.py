from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from bookings.payments.client import call, listed, since, v1
from theaters.money import from_minor_units


@dataclass(frozen=True)
class DisputeState:
    """A dispute as Stripe sees it now."""

    id: str
    status: str
    reason: str
    payment_intent: str
    amount: Decimal
    currency: str
    answer_by: datetime | None
    opened_at: datetime


def fetch_dispute(stripe_id: str) -> DisputeState:
    return _dispute(call(v1().disputes.retrieve, stripe_id))


def list_disputes(moment: datetime) -> Iterator[DisputeState]:
    """All disputes opened since then."""
    return map(_dispute, listed(v1().disputes.list, since(moment)))


def _dispute(dispute) -> DisputeState:
    currency = dispute.currency.upper()
    due = dispute.evidence_details.due_by if dispute.evidence_details else None
    return DisputeState(
        id=dispute.id,
        status=dispute.status,
        reason=dispute.reason,
        payment_intent=dispute.payment_intent or "",
        amount=from_minor_units(dispute.amount, currency),
        currency=currency,
        answer_by=datetime.fromtimestamp(due, UTC) if due else None,
        opened_at=datetime.fromtimestamp(dispute.created, UTC),
    )
