from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from bookings.models.bookings import Booking
from theaters.models import Showtime

PERCENT = {
    "max_digits": 5,
    "decimal_places": 2,
    "validators": [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
}


class Breakdown(models.Model):
    """A showtime broke off after it had begun. Written first; the worker then pays back booking after booking."""

    showtime = models.OneToOneField(
        Showtime, verbose_name=_("showtime"), on_delete=models.PROTECT, related_name="breakdown"
    )
    reason = models.CharField(_("reason"), max_length=200)
    percent_admitted = models.DecimalField(_("percent back for those who were in"), **PERCENT)
    percent_absent = models.DecimalField(_("percent back for those who were not"), **PERCENT)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("noted at"), db_default=Now(), editable=False)
    finished_at = models.DateTimeField(_("all bookings seen to at"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("broken-off showtime")
        verbose_name_plural = _("broken-off showtimes")

    def __str__(self):
        return str(self.showtime)


class BreakdownShare(models.Model):
    """What one booking gets back; the row that makes it once."""

    breakdown = models.ForeignKey(Breakdown, on_delete=models.PROTECT, related_name="shares")
    booking = models.OneToOneField(
        Booking, verbose_name=_("booking"), on_delete=models.PROTECT, related_name="breakdown_share"
    )
    admitted = models.PositiveSmallIntegerField(_("were in"))
    absent = models.PositiveSmallIntegerField(_("were not"))
    amount = models.DecimalField(_("goes back"), max_digits=12, decimal_places=3)

    class Meta:
        ordering = ["breakdown", "pk"]
        verbose_name = _("share in a breakdown")
        verbose_name_plural = _("shares in a breakdown")

    def __str__(self):
        return f"{self.booking}: {self.amount}"
