from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bookings.models import Refund
from bookings.payments.client import call, listed, since, v1
from bookings.payments.sessions import Session
from theaters.money import from_minor_units, to_minor_units

ATTEMPTS_PER_KEY = 3
ORPHAN = "orphan-"


@dataclass(frozen=True)
class RefundState:
    """A refund as Stripe sees it now; `key` tells which of ours it is, and is empty for one that was made there."""

    id: str
    status: str
    failure_reason: str
    key: str
    payment_intent: str
    amount: Decimal
    currency: str

    @property
    def is_of_orphan(self) -> bool:
        """Sent back for a booking that our books do not know, so they do not know this refund either."""
        return self.key.startswith(ORPHAN)


def find_refund(refund: Refund) -> RefundState | None:
    """The refund, if Stripe has it already; known by the key in its metadata."""
    of_payment = refunds_of(refund.payment.payment_intent)
    return next((state for state in of_payment if state.key == refund.idempotency_key), None)


def refunds_of(payment_intent: str) -> Iterator[RefundState]:
    return map(_refund, listed(v1().refunds.list, {"payment_intent": payment_intent}))


def list_refunds(moment: datetime) -> Iterator[RefundState]:
    """All refunds made since then, by whomever."""
    return map(_refund, listed(v1().refunds.list, since(moment)))


def refunds_of_charge(charge_id: str) -> Iterator[RefundState]:
    return map(_refund, listed(v1().refunds.list, {"charge": charge_id}))


def send_refund(refund: Refund) -> RefundState:
    """Send a refund with its key.

    Stripe repeats a stored answer, a failure too, for a day, so every few attempts go under a key of their own;
    by then `find_refund` would see what an earlier one has done.
    """
    answer = call(
        v1().refunds.create,
        {
            "payment_intent": refund.payment.payment_intent,
            "amount": to_minor_units(refund.amount, refund.currency),
            "metadata": {"refund": refund.idempotency_key, "booking": refund.payment.booking.reference},
        },
        {"idempotency_key": f"{refund.idempotency_key}-{refund.attempts // ATTEMPTS_PER_KEY}"},
    )
    return _refund(answer)


def send_orphan_back(session: Session) -> tuple[RefundState, bool]:
    """Refund a paid session that no payment of ours belongs to; (a refund of it, whether it is new).

    Raises PaymentRefused where Stripe will not: a bank asks for it back, or the balance is too low.
    """
    known = list(refunds_of(session.payment_intent))
    back = [state for state in known if state.status != Refund.Status.FAILED]
    if back and sum(state.amount for state in back) >= session.amount:
        return back[0], False
    if ours := next((state for state in known if state.is_of_orphan), None):
        return ours, False
    key = f"{ORPHAN}{session.id}"
    request = {"payment_intent": session.payment_intent, "metadata": {"refund": key, "booking": session.reference}}
    return _refund(call(v1().refunds.create, request, {"idempotency_key": key})), True


def fetch_refund(stripe_id: str) -> RefundState:
    return _refund(call(v1().refunds.retrieve, stripe_id))


REFUND_STATUS = {
    "pending": Refund.Status.PENDING,
    "requires_action": Refund.Status.PENDING,
    "succeeded": Refund.Status.SUCCEEDED,
    "failed": Refund.Status.FAILED,
    "canceled": Refund.Status.FAILED,
}


def _refund(refund) -> RefundState:
    told = refund.to_dict()
    currency = refund.currency.upper()
    return RefundState(
        id=refund.id,
        status=REFUND_STATUS[refund.status or "pending"],
        failure_reason=told.get("failure_reason") or "",
        key=(told.get("metadata") or {}).get("refund", ""),
        payment_intent=told.get("payment_intent") or "",
        amount=from_minor_units(refund.amount, currency),
        currency=currency,
    )
