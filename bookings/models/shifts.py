from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q, Sum
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from theaters.models import Theater


class ShiftQuerySet(models.QuerySet):
    def open(self):
        return self.filter(closed_at__isnull=True)

    def closed(self):
        return self.filter(closed_at__isnull=False)


class Shift(models.Model):
    """One person's till at a theater, from the float to the cash-up. Closed, it never changes: its number is the Z."""

    theater = models.ForeignKey(Theater, verbose_name=_("theater"), on_delete=models.PROTECT, related_name="shifts")
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("opened by"), on_delete=models.PROTECT, related_name="shifts"
    )
    opened_at = models.DateTimeField(_("opened at"), db_default=Now(), editable=False)
    business_date = models.DateField(_("day"), editable=False)
    currency = models.CharField(_("currency"), max_length=3)
    float = models.DecimalField(_("float"), max_digits=12, decimal_places=3)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("closed by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    number = models.PositiveIntegerField(_("number"), null=True, blank=True, editable=False)
    expected = models.DecimalField(_("expected"), max_digits=12, decimal_places=3, null=True, blank=True)
    counted = models.DecimalField(_("counted"), max_digits=12, decimal_places=3, null=True, blank=True)
    coins = models.JSONField(_("coins and notes"), default=dict, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    objects = ShiftQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        permissions = [("close_shift", "Can see and close the shifts of others")]
        constraints = [
            models.UniqueConstraint(
                fields=["theater", "opened_by"],
                condition=Q(closed_at__isnull=True),
                name="one_open_shift_per_person_and_theater",
            ),
            models.UniqueConstraint(fields=["theater", "number"], name="shift_number_once_per_theater"),
            models.CheckConstraint(condition=Q(float__gte=0), name="shift_float_not_negative"),
            models.CheckConstraint(
                condition=Q(closed_at=None, number=None, expected=None, counted=None, closed_by=None)
                | Q(closed_at__isnull=False, number__isnull=False, expected__isnull=False, counted__isnull=False),
                name="shift_closed_with_a_count_and_a_number",
            ),
        ]

    def __str__(self):
        if self.number:
            return f"{self.theater} Z{self.number}"
        return f"{self.theater}, {self.opened_by}"

    @property
    def is_open(self):
        return self.closed_at is None

    @property
    def variance(self):
        """More than none: too much in the drawer; less: something is missing."""
        return None if self.counted is None else self.counted - self.expected

    def taken(self, tender) -> Decimal:
        return self.payments.filter(tender=tender).aggregate(sum=Sum("amount_received"))["sum"] or Decimal(0)

    def given_back(self, tender) -> Decimal:
        return self.refunds.filter(payment__tender=tender).aggregate(sum=Sum("amount"))["sum"] or Decimal(0)

    def moved(self, kind) -> Decimal:
        return self.movements.filter(kind=kind).aggregate(sum=Sum("amount"))["sum"] or Decimal(0)

    def cash_in_drawer(self) -> Decimal:
        """What the drawer holds when everything was done right."""
        cash = self.taken("cash") - self.given_back("cash")
        return self.float + cash + self.moved(CashMovement.Kind.IN) - self.moved(CashMovement.Kind.OUT)


class CashMovement(models.Model):
    """Cash that goes into a drawer or out of it without a sale: change from the safe, the florist's bill."""

    class Kind(models.TextChoices):
        IN = "in", _("Paid in")
        OUT = "out", _("Paid out")

    shift = models.ForeignKey(Shift, verbose_name=_("shift"), on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(_("kind"), max_length=3, choices=Kind)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=3)
    reason = models.CharField(_("reason"), max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("when"), db_default=Now(), editable=False)
    # One form moves cash once, however often it is sent.
    key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    class Meta:
        ordering = ["shift", "pk"]
        verbose_name = _("cash movement")
        verbose_name_plural = _("cash movements")
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="cash_movement_more_than_nothing")]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.amount}, {self.reason}"
