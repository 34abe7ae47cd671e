"""Stripe's books beside ours: what webhooks and workers have missed is made good, the rest is listed for staff."""

import logging
from collections import Counter
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from bookings import payments
from bookings.exceptions import BookingError, PaymentRefused, PaymentUnavailable
from bookings.flows.calling_off import finish_cancellations
from bookings.flows.events import act_on_event
from bookings.flows.expiring import ask_about_money_on_its_way, end_abandoned_sessions, expire_overdue
from bookings.flows.locking import database_now
from bookings.flows.money_back import note_dispute, note_dispute_state, note_refund, note_refund_state
from bookings.flows.repaying import send_due_refunds
from bookings.flows.settling import confirm_booking, payment_of
from bookings.flows.troubles import OWN_KINDS, Found, keep_troubles, troubles_of_our_own
from bookings.models import Dispute, Inspection, Payment, Refund, Trouble
from bookings.payments import DisputeState, RefundState, Session
from theaters.money import format_money

logger = logging.getLogger(__name__)

# Two runs overlap by this much, as both sides have clocks.
OVERLAP = timedelta(hours=1)
# How long Stripe tells of its events.
LONGEST = timedelta(days=30)
LONGEST_RUN = timedelta(minutes=30)
WEBHOOKS_ARE_LATE = timedelta(hours=1)


class Comparison:
    """One comparison of the books since a moment. `counts` says how much was looked at and made good."""

    def __init__(self, since: datetime):
        self.since = since
        self.counts: Counter[str] = Counter()
        self.troubles: list[Found] = []
        self.seen: set[str] = set()

    def run(self) -> None:
        """Raises PaymentUnavailable when Stripe does not answer (any more)."""
        for session in payments.list_sessions(self.since):
            self.count("sessions", session.id)
            self.compare_session(session)
        for refund in payments.list_refunds(self.since):
            self.count("refunds", refund.id)
            self.compare_refund(refund)
        for dispute in payments.list_disputes(self.since):
            self.count("disputes", dispute.id)
            self.compare_dispute(dispute)
        self.ask_about_older_ones()
        self.hear_undelivered_events()

    def count(self, what: str, stripe_id: str) -> None:
        self.counts[what] += 1
        self.seen.add(stripe_id)

    def heal(self, what: str, mend, *args) -> None:
        """Make one good by the flow that the webhook would have called; what is busy now has its turn next time."""
        try:
            mend(*args)
            self.counts[what] += 1
        except PaymentUnavailable:
            raise
        except (BookingError, PaymentRefused):
            logger.warning("not made good, will try again", extra={"what": what})

    def compare_session(self, session: Session) -> None:
        payment = payment_of(session)
        if payment is None:
            self.look_at_stranger(session)
        elif is_behind(payment, session):
            self.heal("payments settled", confirm_booking, session.id)
        elif payment.is_paid and (payment.amount_received, payment.currency_received) != (
            session.amount,
            session.currency,
        ):
            words = _("Stripe took %(theirs)s for %(booking)s, our books say %(ours)s. Compare them in Stripe.") % {
                "theirs": format_money(session.amount, session.currency),
                "ours": format_money(payment.amount_received, payment.currency_received),
                "booking": payment.booking,
            }
            self.troubles.append(Found(Trouble.Kind.OTHER_AMOUNT, session.id, words, payment.booking))

    def look_at_stranger(self, session: Session) -> None:
        """Paid in this very shop, for a booking that it does not know: a backup was restored. The money goes back."""
        if not session.is_paid or session.shop != settings.SITE_URL:
            return
        try:
            back, is_new = payments.send_orphan_back(session)
        except PaymentRefused:
            self.note_orphan(session, _("Stripe refuses to send it back: please see to it there."))
            return
        self.counts["orphans refunded"] += is_new
        words = _("It was sent back (%(refund)s). Tell the customer: the address stands in Stripe.")
        words %= {"refund": Refund.Status(back.status).label}
        self.note_orphan(session, words, is_settled=back.status == Refund.Status.SUCCEEDED)

    def note_orphan(self, session: Session, what_now: str, *, is_settled: bool = False) -> None:
        words = _("%(amount)s was paid for %(booking)s, which our books do not know; was a backup restored?") % {
            "amount": format_money(session.amount, session.currency),
            "booking": session.reference,
        }
        found = Found(Trouble.Kind.ORPHAN_MONEY, session.id, f"{words} {what_now}", is_settled=is_settled)
        self.troubles.append(found)

    def compare_refund(self, state: RefundState) -> None:
        if state.is_of_orphan:
            return
        ours = Refund.objects.filter(stripe_id=state.id).select_related("payment__booking").first()
        if ours is None or ours.status != state.status:
            self.heal("refunds noted", note_refund_state, state)
        elif (ours.amount, ours.currency) != (state.amount, state.currency):
            words = _("Stripe sent %(theirs)s back for %(booking)s, our books say %(ours)s. Compare them there.") % {
                "theirs": format_money(state.amount, state.currency),
                "ours": format_money(ours.amount, ours.currency),
                "booking": ours.payment.booking,
            }
            self.troubles.append(Found(Trouble.Kind.OTHER_AMOUNT, state.id, words, ours.payment.booking))

    def compare_dispute(self, state: DisputeState) -> None:
        if not Dispute.objects.filter(stripe_id=state.id, status=state.status).exists():
            self.heal("disputes noted", note_dispute_state, state)

    def ask_about_older_ones(self) -> None:
        """What began before the window and is not over yet."""
        for refund in Refund.objects.filter(status=Refund.Status.PENDING).exclude(stripe_id__in=self.seen):
            self.heal("older refunds", note_refund, refund.stripe_id)
        for dispute in Dispute.objects.ongoing().exclude(stripe_id__in=self.seen):
            self.heal("older disputes", note_dispute, dispute.stripe_id)
        older = Payment.objects.unsettled().filter(session_expires_at__lt=database_now())
        for payment in older.exclude(session_id=None).exclude(session_id__in=self.seen):
            self.heal("older payments", confirm_booking, payment.session_id)

    def hear_undelivered_events(self) -> None:
        late = 0
        for event in payments.list_undelivered(self.since):
            late += event.created_at < database_now() - WEBHOOKS_ARE_LATE
            self.counts["undelivered events"] += 1
            if event.object_id not in self.seen:
                self.heal("events heard late", act_on_event, event)
        if late:
            words = _(
                "%(late)d events of Stripe did not arrive within an hour. Check the webhook's address and secret."
            )
            self.troubles.append(Found(Trouble.Kind.WEBHOOKS, "webhook", words % {"late": late}))


def is_behind(payment: Payment, session: Session) -> bool:
    """Whether Stripe knows more of a payment than we do."""
    if session.is_paid:
        return not payment.is_paid
    if session.is_expired:
        return payment.is_open
    return session.status == "complete" and payment.is_open


def reconcile(*, since: datetime | None = None) -> Inspection:
    """Compare with Stripe since a moment (UTC), by default since the last whole run; then do all that is due.

    An inspection that Stripe did not answer to the end has no `ended_at`, so the next one goes back as far.
    """
    inspection = Inspection.objects.create(kind=Inspection.Kind.RECONCILIATION)
    comparison = Comparison(since or since_last_run())
    try:
        comparison.run()
        inspection.ended_at = database_now()
    except (PaymentUnavailable, PaymentRefused):
        logger.warning("reconciliation broke off, Stripe does not answer")
    do_all_that_is_due()
    found = [*comparison.troubles, *troubles_of_our_own()]
    keep_troubles(found, settles=[*OWN_KINDS, Trouble.Kind.WEBHOOKS] if inspection.ended_at else OWN_KINDS)
    inspection.is_clean = bool(inspection.ended_at) and not Trouble.objects.open().exists()
    inspection.results = {"since": f"{comparison.since:%Y-%m-%d %H:%M} UTC", **comparison.counts}
    inspection.save()
    return inspection


def is_reconciling() -> bool:
    """Another run has begun and goes on: after an outage one takes longer than the next turn."""
    running = Inspection.objects.filter(kind=Inspection.Kind.RECONCILIATION, is_clean=None)
    return running.filter(began_at__gt=Now() - LONGEST_RUN).exists()


def since_last_run() -> datetime:
    whole = Inspection.objects.filter(kind=Inspection.Kind.RECONCILIATION, ended_at__isnull=False).first()
    now = database_now()
    return max(whole.began_at - OVERLAP, now - LONGEST) if whole else now - LONGEST


def do_all_that_is_due() -> None:
    finish_cancellations()
    expire_overdue()
    end_abandoned_sessions()
    ask_about_money_on_its_way()
    send_due_refunds()
