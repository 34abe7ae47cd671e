import uuid
from datetime import timedelta

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
MOST_ATTEMPTS = 20
CLAIM = timedelta(minutes=5)


class OutboxQuerySet(models.QuerySet):
    def due(self):
        return self.filter(status=self.model.WAITING, next_attempt_at__lte=Now()).order_by("next_attempt_at", "pk")

    def claim(self, pk):
        """Take one that is due for a while, so that a second worker leaves it alone; None when it was quicker.

        A worker that dies with it in hand only delays it: the claim runs out.
        """
        claimed = self.due().order_by().filter(pk=pk).update(next_attempt_at=Now() + CLAIM)
        return self.get(pk=pk) if claimed else None


class Outbox(models.Model):
    """Something to be sent, written in the transaction that causes it. A dead worker delays it, nothing loses it."""

    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0, editable=False)
    next_attempt_at = models.DateTimeField(_("next attempt"), db_default=Now(), editable=False)
    last_error = models.CharField(_("last error"), max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(_("made at"), db_default=Now(), editable=False)

    class Meta:
        abstract = True
        ordering = ["-pk"]

    def put_off(self, error: str, now):
        """Try again later, twice as late each time; after about half a day it is for a human."""
        pause = min(FIRST_PAUSE * 2 ** (self.attempts % MOST_ATTEMPTS), LONGEST_PAUSE)
        self.attempts += 1
        self.last_error = error[:300]
        self.next_attempt_at = now + pause
        if self.attempts % MOST_ATTEMPTS == 0:
            self.status = self.Status.FAILED
        self.save(update_fields=["attempts", "last_error", "next_attempt_at", "status"])

    def fail(self, why: str):
        """Trying again would not help: it is for a human at once."""
        self.attempts, self.last_error, self.status = self.attempts + 1, why[:300], self.Status.FAILED
        self.save(update_fields=["attempts", "last_error", "status"])

    def try_again(self, now):
        """A human asks for it, at once. Attempts only grow: what was sent may have arrived, and no key is used anew."""
        self.attempts = (self.attempts // MOST_ATTEMPTS + 1) * MOST_ATTEMPTS + 1
        self.last_error, self.next_attempt_at, self.status = "", now, self.WAITING
        self.save(update_fields=["attempts", "last_error", "next_attempt_at", "status"])


class OutboxMail(Outbox):
    """A mail in the outbox; its id stays the same however often it is sent."""

    class Status(models.TextChoices):
        PENDING = "pending", _("To be sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed: needs a human")
        DROPPED = "dropped", _("No longer needed")

    WAITING = Status.PENDING

    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.PENDING)
    message_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True, editable=False)

    objects = OutboxQuerySet.as_manager()

    class Meta(Outbox.Meta):
        abstract = True
