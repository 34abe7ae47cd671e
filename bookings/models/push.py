from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from bookings.models.mail import Mail
from bookings.models.outbox import Outbox, OutboxQuerySet


class PushSubscription(models.Model):
    """A browser whose owner wants to hear of changes there, too."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="push_subscriptions")
    endpoint = models.CharField(max_length=1000, unique=True)
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=50)
    created_at = models.DateTimeField(_("made at"), db_default=Now(), editable=False)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("browser to be told")
        verbose_name_plural = _("browsers to be told")

    def __str__(self):
        return str(self.pk)


class Push(Outbox):
    """The news of one mail to one browser, written with the note that the mail is sent: once for each letter."""

    class Status(models.TextChoices):
        PENDING = "pending", _("To be sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Given up")

    WAITING = Status.PENDING

    subscription = models.ForeignKey(PushSubscription, on_delete=models.CASCADE, related_name="pushes")
    mail = models.ForeignKey(Mail, on_delete=models.PROTECT, related_name="pushes")
    letter = models.UUIDField()
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.PENDING)

    objects = OutboxQuerySet.as_manager()

    class Meta(Outbox.Meta):
        verbose_name = _("push message")
        verbose_name_plural = _("push messages")
        constraints = [models.UniqueConstraint(fields=["subscription", "letter"], name="push_once_per_letter")]
        indexes = [models.Index(fields=["next_attempt_at"], condition=Q(status="pending"), name="push_due")]

    def __str__(self):
        return str(self.pk)
