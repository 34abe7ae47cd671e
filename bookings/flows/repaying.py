import logging
from datetime import timedelta

from bookings import payments
from bookings.exceptions import Busy, PaymentRefused, PaymentUnavailable
from bookings.flows.locking import database_now
from bookings.flows.money_back import note_refund_state
from bookings.flows.refunding import note
from bookings.models import Payment, Refund

logger = logging.getLogger(__name__)

# Stripe keeps an idempotency key for a day at least; half of that leaves no doubt.
KEY_LIFE = timedelta(hours=12)


def send_due_refunds() -> int:
    """Send what is owed to Stripe, until it is taken; returns how many were tried. Ends when Stripe is silent."""
    tried = 0
    for refund_id in list(Refund.objects.sendable().values_list("pk", flat=True)):
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
    except PaymentUnavailable as error:
        refund.put_off(type(error.__cause__).__name__, database_now())
        return False
    except PaymentRefused as error:
        refund.put_off(type(error.__cause__).__name__, database_now())
        look_for_other_refunds(refund.payment)
    return True


def look_for_other_refunds(payment: Payment) -> None:
    """Stripe refuses a refund: perhaps the money went back in its dashboard, and we have not heard of it."""
    try:
        for state in payments.refunds_of(payment.payment_intent):
            note_refund_state(state)
    except (PaymentUnavailable, PaymentRefused, Busy):
        logger.warning("other refunds not looked for, will try again", extra={"payment": payment.pk})
