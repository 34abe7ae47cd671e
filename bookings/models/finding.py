from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bookings.models.outbox import OutboxMail


class TicketRequest(OutboxMail):
    """Somebody has typed an address to get its tickets. Gone as soon as it is answered, whoever that was."""

    email = models.EmailField(_("email address"))

    class Meta(OutboxMail.Meta):
        verbose_name = _("request for tickets")
        verbose_name_plural = _("requests for tickets")
        constraints = [
            models.UniqueConstraint(fields=["email"], condition=Q(status="pending"), name="tickets_requested_once")
        ]

    def __str__(self):
        return str(self.pk)
