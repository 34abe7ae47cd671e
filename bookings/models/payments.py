import uuid
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce, Concat, Now
from django.utils.translation import gettext_lazy as _

from bookings.models.bookings import Booking
from bookings.models.inspections import Trouble
from bookings.models.outbox import Outbox, OutboxQuerySet
from bookings.models.shifts import Shift


def new_idempotency_key() -> str:
    return uuid.uuid4().hex


class PaymentQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status__in=Payment.OPEN)

    def unsettled(self):
        """Stripe still has the last word on them."""
        return self.filter(status__in=[*Payment.OPEN, Payment.Status.PROCESSING])

    def unfinished(self):
        """Money that has not come to rest: neither the books nor the customer are done with it."""
        refunds = Refund.objects.unfinished().filter(payment=OuterRef("pk"))
        disputes = Dispute.objects.ongoing().filter(payment=OuterRef("pk"))
        unsettled = Q(status__in=[*Payment.OPEN, Payment.Status.PROCESSING])
        return self.filter(unsettled | Exists(refunds) | Exists(disputes))

    def abandoned(self):
        """Open at Stripe although their booking is over: to be expired there, first those that somebody may pay."""
        over = self.open().exclude(booking__status=Booking.Status.PENDING)
        return over.order_by(F("session_id").asc(nulls_last=True), "pk")


class Payment(models.Model):
    """One attempt to pay a booking: a Stripe Checkout Session, written before Stripe hears of it.

    Or what the box office took, in cash or on the card terminal that stands beside it, which we do not talk to.
    """

    class Tender(models.TextChoices):
        STRIPE = "stripe", _("Stripe")
        CASH = "cash", _("Cash")
        CARD_TERMINAL = "card_terminal", _("Card terminal")

    class Status(models.TextChoices):
        CREATING = "creating", _("Being opened")
        OPEN = "open", _("Open")
        PROCESSING = "processing", _("On its way")
        PAID = "paid", _("Paid")
        FAILED = "failed", _("Failed")
        EXPIRED = "expired", _("Expired")

    OPEN = (Status.CREATING, Status.OPEN)

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="payments")
    tender = models.CharField(_("tender"), max_length=14, choices=Tender, default=Tender.STRIPE, db_default="stripe")
    shift = models.ForeignKey(
        Shift, verbose_name=_("shift"), null=True, blank=True, on_delete=models.PROTECT, related_name="payments"
    )
    cash_given = models.DecimalField(_("cash given"), max_digits=12, decimal_places=3, null=True, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.CREATING)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=3)
    currency = models.CharField(_("currency"), max_length=3)
    idempotency_key = models.CharField(max_length=64, unique=True, default=new_idempotency_key, editable=False)
    # Kept word for word: Stripe takes a key again only with the very same request.
    request = models.JSONField(default=dict, editable=False)
    session_id = models.CharField(_("Checkout Session"), max_length=255, unique=True, null=True, blank=True)
    session_url = models.URLField(max_length=2000, blank=True)
    session_expires_at = models.DateTimeField(_("session ends at"), null=True, blank=True)
    payment_intent = models.CharField(_("PaymentIntent"), max_length=255, blank=True, db_index=True)
    amount_received = models.DecimalField(_("received"), max_digits=12, decimal_places=3, null=True, blank=True)
    currency_received = models.CharField(max_length=3, blank=True)
    created_at = models.DateTimeField(_("begun at"), db_default=Now(), editable=False)
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        ordering = ["booking", "pk"]
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.UniqueConstraint(
                fields=["booking"],
                condition=Q(status__in=["creating", "open"]),
                name="one_open_payment_per_booking",
            ),
            models.CheckConstraint(condition=~Q(tender="cash") | Q(shift__isnull=False), name="cash_is_in_a_shift"),
            models.CheckConstraint(
                condition=Q(tender="stripe", shift=None)
                | (~Q(tender="stripe") & Q(status="paid", session_id=None, payment_intent="")),
                name="counter_payment_is_paid_without_stripe",
            ),
        ]
        indexes = [
            models.Index(fields=["paid_at"], condition=Q(status="paid"), name="payment_paid_at"),
            # Few at a time; the worker asks for them every minute among all there ever were.
            models.Index(
                fields=["status"], condition=Q(status__in=["creating", "open", "processing"]), name="payment_unsettled"
            ),
        ]

    def __str__(self):
        return f"{self.booking}: {self.get_status_display()}"

    @property
    def is_open(self):
        return self.status in self.OPEN

    @property
    def is_paid(self):
        return self.status == self.Status.PAID

    @property
    def is_stripes(self):
        return self.tender == self.Tender.STRIPE

    @property
    def change_due(self):
        return None if self.cash_given is None else self.cash_given - self.amount

    @property
    def refundable(self):
        """What has come in, is not on its way back yet, and was not lost to a bank."""
        return (self.amount_received or 0) - self.refunds.effective().total() - self.disputes.lost().total()


class AmountsQuerySet(models.QuerySet):
    def total(self):
        return self.aggregate(total=Sum("amount"))["total"] or Decimal(0)


def summed(amounts) -> Coalesce:
    """The sum of a payment's rows, for a query about many payments."""
    total = amounts.order_by().values("payment").annotate(sum=Sum("amount")).values("sum")
    return Coalesce(Subquery(total), Decimal(0), output_field=models.DecimalField())


class RefundQuerySet(AmountsQuerySet, OutboxQuerySet):
    def sendable(self):
        """Stripe refuses a refund while a bank decides about the payment."""
        return self.due().exclude(payment__in=Dispute.objects.blocking().values("payment"))

    def of(self, booking: Booking):
        """Of what was paid for it: by itself, or by tickets that it was exchanged for."""
        # Not one condition with OR: across two tables no index serves it, and every refund ever made is read.
        every = self.model.objects.order_by().values("pk")
        return self.filter(pk__in=every.filter(payment__booking=booking, sale=None).union(every.filter(sale=booking)))

    def needed(self):
        """Without those that somebody else's refund has made needless."""
        return self.exclude(status=Refund.Status.NEEDLESS)

    def effective(self):
        """All that bring, or have brought, money back."""
        return self.filter(status__in=Refund.GOING_BACK)

    def paid_back(self, booking: Booking):
        """By the theater in Stripe, beyond what we owed: of all the money behind it, also after an exchange."""
        outside = self.effective().filter(reason=Refund.Reason.OUTSIDE, instead_of=None)
        return outside.filter(payment__in=booking.funds())

    def at_counter(self):
        """Owed to somebody who paid at the box office: to be handed out there."""
        return self.filter(status=Refund.Status.AT_COUNTER)

    def latest(self):
        """Without those in whose place there is a later one. Whatever else goes back of the payment is no matter."""
        first = Coalesce(OuterRef("instead_of"), OuterRef("pk"))
        return self.exclude(Exists(self.model.objects.filter(instead_of=first, pk__gt=OuterRef("pk"))))

    def unfinished(self):
        """To be sent, on its way, or failed: unless a human has seen to it, or nothing is left to be sent."""
        of_payment = {"payment": OuterRef("payment")}
        back = summed(self.model.objects.effective().filter(**of_payment)) + summed(
            Dispute.objects.lost().filter(**of_payment)
        )
        name = Concat(Value("refund "), Cast(OuterRef("pk"), models.CharField()))
        seen_to = Exists(Trouble.objects.filter(kind="refund_failed", about=name, settled_by__isnull=False))
        over = [Refund.Status.SUCCEEDED, Refund.Status.NEEDLESS]
        nothing_left = Q(payment__amount_received__lte=back)
        return self.latest().exclude(status__in=over).exclude(Q(seen_to | nothing_left, status=Refund.Status.FAILED))


class Refund(Outbox):
    """Money on its way back. Written first, sent by the worker with its key until Stripe has taken it.

    What was paid at the box office waits there instead, and goes back as it came.
    """

    class Status(models.TextChoices):
        CREATED = "created", _("To be sent")
        AT_COUNTER = "at_counter", _("To be paid out at the box office")
        PENDING = "pending", _("On its way")
        SUCCEEDED = "succeeded", _("Refunded")
        FAILED = "failed", _("Failed: needs a human")
        NEEDLESS = "needless", _("Not needed: refunded otherwise")

    class Reason(models.TextChoices):
        CUSTOMER = "customer", _("Cancelled by the customer")
        STAFF = "staff", _("Cancelled by the theater")
        SEATS_GONE = "seats_gone", _("Paid too late, the seats were gone")
        WRONG_AMOUNT = "wrong_amount", _("Not the amount that was due")
        PAID_TWICE = "paid_twice", _("Paid twice")
        SHOWTIME_CLOSED = "showtime_closed", _("Paid after the sale had ended")
        SHOWTIME_CANCELLED = "showtime_cancelled", _("Showtime cancelled by the theater")
        SHOWTIME_MOVED = "showtime_moved", _("Paid after the showtime had been changed")
        BREAKDOWN = "breakdown", _("Showtime broke off")
        EXCHANGE = "exchange", _("Exchanged for cheaper tickets")
        EXCHANGE_OFF = "exchange_off", _("Paid after the old tickets could no longer be exchanged")
        OUTSIDE = "outside", _("Refunded by the theater, in Stripe")

    GOING_BACK = (Status.CREATED, Status.AT_COUNTER, Status.PENDING, Status.SUCCEEDED)

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    # The first of those that failed before it, however often it was sent again.
    instead_of = models.ForeignKey(
        "self",
        verbose_name=_("in place of"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    # Whose drawer it came out of, or who did it on the terminal.
    shift = models.ForeignKey(
        Shift, verbose_name=_("shift"), null=True, blank=True, on_delete=models.PROTECT, related_name="refunds"
    )
    paid_out_at = models.DateTimeField(_("paid out at"), null=True, blank=True, editable=False)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.CREATED)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    # What was sold and is undone, where that is not what the payment has bought: an exchange has passed its money on.
    sale = models.ForeignKey(
        Booking,
        verbose_name=_("of the booking"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="refunds_of_exchanged",
        db_index=False,  # few have one: see Meta
    )
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=3)
    currency = models.CharField(_("currency"), max_length=3)
    idempotency_key = models.CharField(max_length=64, unique=True, default=new_idempotency_key, editable=False)
    stripe_id = models.CharField(_("Stripe's refund"), max_length=255, unique=True, null=True, blank=True)
    failure_reason = models.CharField(_("why it failed"), max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = RefundQuerySet.as_manager()
    WAITING = Status.CREATED

    class Meta(Outbox.Meta):
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="refund_more_than_nothing")]
        indexes = [
            models.Index(fields=["created_at"], name="refund_made_at"),
            models.Index(
                fields=["status", "next_attempt_at"],
                condition=Q(status__in=["created", "at_counter", "pending", "failed"]),
                name="refund_unfinished",
            ),
            models.Index(fields=["sale"], condition=Q(sale__isnull=False), name="refund_of_exchanged"),
        ]

    def __str__(self):
        return f"{self.payment.booking}: {self.amount} {self.currency}"


class DisputeQuerySet(AmountsQuerySet):
    def ongoing(self):
        return self.exclude(status__in=Dispute.OVER)

    def blocking(self):
        """Stripe has taken the money. An inquiry (warning_...) may still be answered by a refund."""
        return self.ongoing().exclude(status__startswith="warning_")

    def lost(self):
        return self.filter(status="lost")


class Dispute(models.Model):
    """A bank asks for a payment back (chargeback). Stripe has taken the money until it is decided; answered there."""

    OVER = ("won", "lost", "warning_closed", "prevented")

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    stripe_id = models.CharField(_("Stripe's dispute"), max_length=255, unique=True)
    status = models.CharField(_("status"), max_length=30, help_text=_("In Stripe's words."))
    reason = models.CharField(_("reason"), max_length=60, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=3)
    currency = models.CharField(_("currency"), max_length=3)
    answer_by = models.DateTimeField(_("to be answered by"), null=True, blank=True)
    opened_at = models.DateTimeField(_("opened at"))

    objects = DisputeQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")

    def __str__(self):
        return f"{self.payment.booking}: {self.amount} {self.currency}, {self.status}"

    @property
    def is_lost(self):
        return self.status == "lost"
