import logging
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from bookings import payments
from bookings.exceptions import PaymentRefused, PaymentUnavailable
from bookings.flows.locking import database_now
from bookings.models import Payment, Refund
from bookings.payments import RefundState
from bookings.wakeup import wake

logger = logging.getLogger(__name__)

# Stripe keeps an idempotency key for a day at least; half of that leaves no doubt.
KEY_LIFE = timedelta(hours=12)


def owe_refund(payment: Payment, amount: Decimal, *, reason: str, by=None) -> Refund | None:
    """Write the refund down, inside the caller's transaction; the worker sends it after the commit."""
    if not amount:
        return None
    refund = Refund.objects.create(
        payment=payment, amount=amount, currency=payment.currency_received, reason=reason, by=by
    )
    wake("bookings.send_refunds")
    return refund


def send_due_refunds() -> int:
    """Send what is owed to Stripe, until it is taken; returns how many were tried. Ends when Stripe is silent."""
    tried = 0
    for refund_id in list(Refund.objects.due().values_list("pk", flat=True)):
        if refund := Refund.objects.select_related("payment__booking").claim(refund_id):
            tried += 1
            if not send(refund):
                break
    return tried


def send(refund: Refund) -> bool:
    """Send one, unless Stripe has it already: an answer may have been lost, and a key is good for a day only.

    Returns whether Stripe answers at all.
    """
    may_be_there = refund.attempts or database_now() - refund.created_at > KEY_LIFE
    try:
        known = payments.find_refund(refund) if may_be_there else None
        note(refund, known or payments.send_refund(refund))
    except (PaymentUnavailable, PaymentRefused) as error:
        refund.put_off(type(error.__cause__).__name__, database_now())
        return isinstance(error, PaymentRefused)
    return True


def send_again(refund: Refund, *, by) -> Refund:
    """Staff want a failed refund tried anew. What Stripe has refused after all stays on record beside a new refund."""
    if refund.status == Refund.Status.FAILED and refund.stripe_id:
        with transaction.atomic():
            others = Refund.objects.filter(payment=refund.payment).exclude(status=Refund.Status.FAILED)
            Payment.objects.select_for_update(no_key=True).get(pk=refund.payment_id)
            return others.first() or owe_refund(refund.payment, refund.amount, reason=refund.reason, by=by)
    refund.try_again(database_now())
    return refund


def note_refund(stripe_id: str) -> None:
    """Stripe says that a refund has changed: read it and write down where it stands."""
    state = payments.fetch_refund(stripe_id)
    # By its key, too: the worker may have died before it could note the id.
    refund = Refund.objects.filter(Q(stripe_id=state.id) | Q(idempotency_key=state.key)).first()
    if refund is None:
        logger.warning("a refund that is not ours")
        return
    note(refund, state)


def note(refund: Refund, state: RefundState) -> None:
    with transaction.atomic():
        refund = Refund.objects.select_for_update(no_key=True).get(pk=refund.pk)
        refund.stripe_id, refund.status, refund.failure_reason = state.id, state.status, state.failure_reason
        refund.save(update_fields=["stripe_id", "status", "failure_reason"])
