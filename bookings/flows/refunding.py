from decimal import Decimal

from django.db import transaction

from bookings.flows.locking import database_now
from bookings.models import Payment, Refund
from bookings.payments import RefundState
from bookings.wakeup import wake


def owe_refund(
    payment: Payment, amount: Decimal, *, reason: str, by=None, instead_of: Refund | None = None, sale=None
) -> Refund | None:
    """Write the refund down, inside the caller's transaction; the worker sends it after the commit.

    `instead_of`: one that did not reach the customer, and needs nobody any more. `sale`: the booking that is undone,
    where it is another than the payment's.
    What was not paid by Stripe waits at the box office: see `pay_out`.
    """
    if amount <= 0:
        return None
    status = Refund.Status.CREATED if payment.is_stripes else Refund.Status.AT_COUNTER
    refund = Refund.objects.create(
        payment=payment,
        status=status,
        amount=amount,
        currency=payment.currency_received,
        reason=reason,
        by=by,
        instead_of=instead_of and first_of(instead_of),
        sale=instead_of.sale if instead_of else sale,
    )
    wake("bookings.send_refunds")
    return refund


def owe_no_more_than_is_left(payment: Payment) -> bool:
    """After somebody else's refund, or a lost dispute: what is not sent yet shrinks to the rest. Lock the payment.

    Whether there was such, so that the customer knows of the money already.
    """
    was_owed = False
    sent = payment.refunds.effective().exclude(stripe_id=None).total()
    left = payment.amount_received - sent - payment.disputes.lost().total()
    for refund in payment.refunds.filter(status=Refund.Status.CREATED, stripe_id=None).order_by("pk"):
        if refund.amount > left:
            was_owed = True
            Refund.objects.filter(pk=refund.pk).update(status=Refund.Status.NEEDLESS)
            owe_refund(payment, left, reason=refund.reason, by=refund.by, instead_of=refund)
        left = max(left - refund.amount, Decimal(0))
    return was_owed


def send_again(refund: Refund, *, by) -> Refund:
    """Staff want a failed refund tried anew. What Stripe has refused after all stays on record beside a new refund."""
    with transaction.atomic():
        payment = Payment.objects.select_for_update(no_key=True).get(pk=refund.payment_id)
        refund.refresh_from_db()
        refund = payment.refunds.filter(instead_of=first_of(refund)).order_by("pk").last() or refund
        if refund.status == Refund.Status.FAILED and refund.stripe_id:
            amount = min(refund.amount, payment.refundable)
            return owe_refund(payment, amount, reason=refund.reason, by=by, instead_of=refund) or refund
        if refund.status in (Refund.Status.FAILED, Refund.Status.CREATED):
            refund.try_again(database_now())
        return refund


def first_of(refund: Refund) -> Refund:
    return refund.instead_of or refund


def note(refund: Refund, state: RefundState) -> None:
    with transaction.atomic():
        refund = Refund.objects.select_for_update(no_key=True).get(pk=refund.pk)
        refund.stripe_id, refund.status, refund.failure_reason = state.id, state.status, state.failure_reason
        refund.save(update_fields=["stripe_id", "status", "failure_reason"])
