from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from theaters.models import Showtime


class ShowtimeCancellation(models.Model):
    """A whole showtime is called off. Written first; the worker then cancels its bookings until none is left."""

    showtime = models.OneToOneField(
        Showtime, verbose_name=_("showtime"), on_delete=models.PROTECT, related_name="cancellation"
    )
    reason = models.CharField(_("reason"), max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("called off at"), db_default=Now(), editable=False)
    finished_at = models.DateTimeField(_("all bookings cancelled at"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("cancelled showtime")
        verbose_name_plural = _("cancelled showtimes")

    def __str__(self):
        return str(self.showtime)
