from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from bookings.models.bookings import Booking


class Inspection(models.Model):
    """One look at the books: our own rules (audit), or Stripe's books beside ours (reconciliation)."""

    class Kind(models.TextChoices):
        AUDIT = "audit", _("Audit")
        RECONCILIATION = "reconciliation", _("Reconciliation with Stripe")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    began_at = models.DateTimeField(_("began at"), db_default=Now(), editable=False)
    ended_at = models.DateTimeField(_("ended at"), null=True, editable=False)
    is_clean = models.BooleanField(_("all in order"), null=True, editable=False)
    results = models.JSONField(_("results"), default=dict, editable=False)

    class Meta:
        ordering = ["-began_at", "-pk"]
        verbose_name = _("inspection")
        verbose_name_plural = _("inspections")
        indexes = [models.Index(fields=["kind", "-began_at"], name="inspection_latest")]

    def __str__(self):
        return f"{self.get_kind_display()}, {self.began_at:%Y-%m-%d %H:%M} UTC"


class TroubleQuerySet(models.QuerySet):
    def open(self):
        return self.filter(settled_at__isnull=True)


class Trouble(models.Model):
    """What no rule of ours can mend: for a human. It settles itself when an inspection finds it no more."""

    class Kind(models.TextChoices):
        ORPHAN_MONEY = "orphan_money", _("Money without a booking")
        OTHER_AMOUNT = "other_amount", _("Stripe's books differ from ours")
        STUCK_PAYMENT = "stuck_payment", _("Payment that does not settle")
        REFUND_FAILED = "refund_failed", _("Refund that failed")
        DISPUTE = "dispute", _("Dispute to be answered")
        MAIL_FAILED = "mail_failed", _("Mail that does not go out")
        WEBHOOKS = "webhooks", _("Stripe's webhooks do not arrive")
        BROKEN_RULE = "broken_rule", _("A rule of the books is broken")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    about = models.CharField(_("about"), max_length=255)
    words = models.CharField(_("what happened, and what to do"), max_length=500)
    booking = models.ForeignKey(
        Booking, verbose_name=_("booking"), null=True, blank=True, on_delete=models.PROTECT, related_name="troubles"
    )
    first_seen_at = models.DateTimeField(_("first seen"), db_default=Now(), editable=False)
    last_seen_at = models.DateTimeField(_("last seen"), db_default=Now(), editable=False)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("settled by"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True, editable=False)

    objects = TroubleQuerySet.as_manager()

    class Meta:
        ordering = ["-last_seen_at", "-pk"]
        verbose_name = _("trouble")
        verbose_name_plural = _("troubles")
        constraints = [models.UniqueConstraint(fields=["kind", "about"], name="trouble_once")]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.about}"
