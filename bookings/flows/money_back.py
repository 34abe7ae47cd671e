"""Money that goes back without us: refunds made in Stripe's dashboard, and what banks take back (disputes)."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from bookings import payments
from bookings.exceptions import Busy
from bookings.flows.cancelling import free_holds, left_of, refund_bought, undo
from bookings.flows.locking import locked_showtimes
from bookings.flows.mailing import write_another_mail
from bookings.flows.refunding import first_of, note, owe_no_more_than_is_left
from bookings.flows.settling import confirm_booking
from bookings.models import Booking, Dispute, Mail, Payment, Refund
from bookings.payments import DisputeState, RefundState
from theaters.models import Showtime

logger = logging.getLogger(__name__)


def note_refund(stripe_id: str) -> None:
    """Stripe says that a refund was made or has changed: read it and write down where it stands."""
    note_refund_state(payments.fetch_refund(stripe_id))


def note_refunds_of_charge(charge_id: str) -> None:
    for state in payments.refunds_of_charge(charge_id):
        note_refund_state(state)


def note_refund_state(state: RefundState) -> None:
    # By its key, too: the worker may have died before it could note the id.
    refund = Refund.objects.filter(Q(stripe_id=state.id) | Q(idempotency_key=state.key or None)).first()
    if refund:
        note(refund, state)
    elif payment := paid_payment(state.payment_intent):
        note_our_own(payment)
        note_outside_refund(payment, state)
    else:
        logger.warning("a refund that is not ours")


def note_our_own(payment: Payment) -> None:
    """Somebody may have refunded outside because ours has failed there, of which we have not heard yet."""
    for refund in payment.refunds.effective().exclude(stripe_id=None):
        note(refund, payments.fetch_refund(refund.stripe_id))


def paid_payment(payment_intent: str) -> Payment | None:
    """The payment that Stripe speaks of; should we not know of its money yet, that comes first."""
    ours = Payment.objects.select_related("booking")
    if not payment_intent:
        return None
    if payment := ours.filter(payment_intent=payment_intent, status=Payment.Status.PAID).first():
        return payment
    if session_id := payments.session_of(payment_intent):
        confirm_booking(session_id)
    return ours.filter(payment_intent=payment_intent, status=Payment.Status.PAID).first()


def note_outside_refund(payment: Payment, state: RefundState) -> None:
    """Staff refunded in Stripe's dashboard. When nothing is left of what bought the tickets, they are void.

    The customer is told once: by the mail about that, by one about this refund, or before, when it was owed already.
    """
    with locked_heir(payment.booking) as (heir, _showtime, now):
        payment = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
        known = {"status": state.status, "failure_reason": state.failure_reason}
        new = {
            "payment": payment,
            "amount": state.amount,
            "currency": state.currency,
            "reason": Refund.Reason.OUTSIDE,
            "idempotency_key": f"outside-{state.id}",
            "instead_of": failed_of(payment, state.amount),
        }
        refund, is_new = Refund.objects.update_or_create(
            stripe_id=state.id, defaults=known, create_defaults=known | new
        )
        is_told = owe_no_more_than_is_left(payment) or refund.instead_of_id is not None
        if left_of(heir) <= 0:
            is_told |= undo_bought(heir, payment, now, reason=_("The theater has refunded it."))
        if is_new and not is_told and heir.user_id and refund.status in Refund.GOING_BACK:
            write_another_mail(heir, Mail.Kind.PAID_BACK)
    free_holds(heir)


def failed_of(payment: Payment, amount) -> Refund | None:
    """The refund that staff have made good by hand, by all we can know: it failed, and is of just this amount."""
    failed = payment.refunds.latest().filter(status=Refund.Status.FAILED, amount=amount).order_by("pk").first()
    return failed and first_of(failed)


def note_dispute(stripe_id: str) -> None:
    """Stripe says that a bank asks for money back, or how that ended."""
    note_dispute_state(payments.fetch_dispute(stripe_id))


def note_dispute_state(state: DisputeState) -> None:
    """Tickets stay good while it is decided; a lost one takes them back, unless the showtime is over."""
    payment = paid_payment(state.payment_intent)
    if payment is None:
        logger.warning("a dispute about a payment that is not ours")
        return
    with locked_heir(payment.booking) as (heir, showtime, now):
        dispute, _is_new = Dispute.objects.update_or_create(
            stripe_id=state.id,
            defaults={"status": state.status, "reason": state.reason, "answer_by": state.answer_by},
            create_defaults={
                "payment": payment,
                "status": state.status,
                "reason": state.reason,
                "amount": state.amount,
                "currency": state.currency,
                "answer_by": state.answer_by,
                "opened_at": state.opened_at,
            },
        )
        if dispute.is_lost:
            payment = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
            owe_no_more_than_is_left(payment)
            why = _("Your bank has taken the payment back.")
            if now < showtime.ends_at and undo_bought(heir, payment, now, reason=why):
                # Banks may take a part; without tickets the customer gets the rest.
                refund_bought(heir, left_of(heir), reason=Refund.Reason.STAFF)


@contextmanager
def locked_heir(booking: Booking) -> Iterator[tuple[Booking, Showtime, datetime]]:
    """The booking that the money stands behind today, which exchanges change, its showtime locked. Raises Busy."""
    heir = booking.heir()
    with locked_showtimes(booking.showtime_id, heir.showtime_id) as (showtimes, now):
        # Exchanged while we waited; from here on it cannot be. Stripe tells it again.
        if booking.heir() != heir:
            raise Busy
        heir.refresh_from_db()
        yield heir, showtimes[heir.showtime_id], now


def undo_bought(booking: Booking, payment: Payment, now, *, reason: str) -> bool:
    """Whether there were tickets that it had bought."""
    has_tickets = booking.is_confirmed and payment in booking.funds()
    if has_tickets:
        undo(booking, now, reason=reason)
    return has_tickets
