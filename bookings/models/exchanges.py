from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from bookings.models.bookings import Booking


class ExchangeQuerySet(models.QuerySet):
    def done(self):
        return self.filter(done_at__isnull=False)


class Exchange(models.Model):
    """Old tickets become new ones: what the old were worth pays for the new, and one row says so on both sides.

    Written with the new booking, which waits for the difference; `done_at` is set with its tickets. No money moves by
    it: what came in stays the old booking's payment, and stands behind the new one from then on (`Booking.funds`).
    """

    old = models.ForeignKey(Booking, verbose_name=_("old booking"), on_delete=models.PROTECT, related_name="exchanges")
    new = models.OneToOneField(
        Booking, verbose_name=_("new booking"), on_delete=models.PROTECT, related_name="exchange"
    )
    # value = credit + back + kept, all frozen when the new booking was made.
    value = models.DecimalField(_("paid for the old tickets"), max_digits=12, decimal_places=3)
    credit = models.DecimalField(_("taken over"), max_digits=12, decimal_places=3)
    back = models.DecimalField(_("paid back"), max_digits=12, decimal_places=3)
    kept = models.DecimalField(_("kept by the theater"), max_digits=12, decimal_places=3)
    # So much of the credit comes back at most when the customer cancels the new booking: no more than the old gave.
    cashable = models.DecimalField(_("of it refundable"), max_digits=12, decimal_places=3)
    as_was = models.JSONField(_("the old booking as it was"), default=dict, editable=False)
    created_at = models.DateTimeField(_("begun at"), db_default=Now(), editable=False)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True, editable=False)

    objects = ExchangeQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("exchange")
        verbose_name_plural = _("exchanges")
        constraints = [
            models.UniqueConstraint(fields=["old"], condition=Q(done_at__isnull=False), name="exchanged_once"),
            models.CheckConstraint(condition=~Q(old=F("new")), name="exchanged_for_another"),
            models.CheckConstraint(
                condition=Q(
                    value=F("credit") + F("back") + F("kept"),
                    credit__gte=Decimal(0),
                    back__gte=Decimal(0),
                    kept__gte=Decimal(0),
                    cashable__gte=Decimal(0),
                    cashable__lte=F("credit"),
                ),
                name="exchange_adds_up",
            ),
        ]

    def __str__(self):
        return f"{self.old} → {self.new}"

    @property
    def is_done(self):
        return self.done_at is not None
