"""What needs a human, kept as a list that settles itself: what an inspection finds no more is over."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from bookings.models import Booking, Dispute, Mail, Payment, Refund, Trouble
from theaters.money import format_money

Kind = Trouble.Kind
RETURNING = (Kind.BROKEN_RULE, Kind.WEBHOOKS)
OWN_KINDS = (Kind.REFUND_FAILED, Kind.DISPUTE, Kind.STUCK_PAYMENT, Kind.MAIL_FAILED)
# The longest session lasts half an hour; a delayed method two weeks.
MAIL_MATTERS = timedelta(days=7)
SESSION_IS_OVER, DELAYED_IS_OVER = timedelta(hours=2), timedelta(days=14)


@dataclass(frozen=True)
class Found:
    """One trouble: what it is about names it for good, the words are for staff."""

    kind: str
    about: str
    words: str
    booking: Booking | None = None
    is_settled: bool = False


def keep_troubles(found: Iterable[Found], *, settles: Iterable[str]) -> None:
    """Write down what was found; what was not found again, of the kinds that settle themselves, is over."""
    # What somebody has seen to stays settled, unless it is about more than one thing.
    seen_to = Trouble.objects.filter(settled_by__isnull=False).exclude(kind__in=RETURNING)
    settled = set(seen_to.values_list("kind", "about"))
    still_there = []
    with transaction.atomic():
        for trouble in found:
            if (trouble.kind, trouble.about) in settled:
                continue
            known = {"words": trouble.words[:500], "booking": trouble.booking, "last_seen_at": Now()}
            known |= {"settled_at": Now() if trouble.is_settled else None, "settled_by": None}
            kept, _is_new = Trouble.objects.update_or_create(
                kind=trouble.kind, about=trouble.about[:255], defaults=known
            )
            still_there.append(kept.pk)
        Trouble.objects.open().filter(kind__in=settles).exclude(pk__in=still_there).update(settled_at=Now())


def troubles_of_our_own() -> Iterable[Found]:
    """What our rows tell without asking Stripe."""
    yield from failed_refunds()
    yield from open_disputes()
    yield from stuck_payments()
    yield from failed_mails()


def failed_refunds() -> Iterable[Found]:
    failed = Refund.objects.latest().filter(status=Refund.Status.FAILED)
    for refund in failed.select_related("payment__booking"):
        booking = refund.payment.booking
        if refund.payment.refundable <= 0:
            continue
        words = _("%(amount)s did not reach the customer of %(booking)s. Try it again, or pay it back another way.")
        words %= {"amount": format_money(refund.amount, refund.currency), "booking": booking}
        yield Found(Kind.REFUND_FAILED, f"refund {refund.pk}", words, booking)


def open_disputes() -> Iterable[Found]:
    for dispute in Dispute.objects.ongoing().select_related("payment__booking"):
        words = _("A bank wants %(amount)s of %(booking)s back (%(reason)s). Answer it in Stripe until %(until)s.") % {
            "amount": format_money(dispute.amount, dispute.currency),
            "booking": dispute.payment.booking,
            "reason": dispute.reason,
            "until": f"{dispute.answer_by:%Y-%m-%d}" if dispute.answer_by else "–",
        }
        yield Found(Kind.DISPUTE, dispute.stripe_id, words, dispute.payment.booking)


def stuck_payments() -> Iterable[Found]:
    open_too_long = Payment.objects.open().filter(created_at__lt=Now() - SESSION_IS_OVER)
    delayed_too_long = Payment.objects.filter(status=Payment.Status.PROCESSING, created_at__lt=Now() - DELAYED_IS_OVER)
    for payment in (open_too_long | delayed_too_long).select_related("booking"):
        words = _("A payment of %(booking)s has been waiting since %(since)s. Look it up in Stripe by reference.") % {
            "booking": payment.booking,
            "since": f"{payment.created_at:%Y-%m-%d %H:%M} UTC",
        }
        yield Found(Kind.STUCK_PAYMENT, f"payment {payment.pk}", words, payment.booking)


def failed_mails() -> Iterable[Found]:
    recent = Mail.objects.filter(booking__user__isnull=False, booking__showtime__ends_at__gt=Now() - MAIL_MATTERS)
    for mail in recent.filter(status=Mail.Status.FAILED).select_related("booking"):
        words = _("“%(kind)s” of %(booking)s could not be sent (%(error)s). Ask the customer for another address.") % {
            "kind": mail.get_kind_display(),
            "booking": mail.booking,
            "error": mail.last_error,
        }
        yield Found(Kind.MAIL_FAILED, f"mail {mail.pk}", words, mail.booking)
