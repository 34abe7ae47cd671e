from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class StripeEvent(models.Model):
    """An event we have acted on: its id and the object it spoke of, nothing personal."""

    event_id = models.CharField(max_length=255, unique=True)
    type = models.CharField(_("type"), max_length=80)
    object_id = models.CharField(max_length=255, db_index=True)
    received_at = models.DateTimeField(_("received at"), db_default=Now(), editable=False)

    class Meta:
        ordering = ["-received_at", "-pk"]
        verbose_name = _("Stripe event")
        verbose_name_plural = _("Stripe events")

    def __str__(self):
        return f"{self.type} {self.event_id}"
