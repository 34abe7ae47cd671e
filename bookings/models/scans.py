from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from bookings.models.tickets import Ticket


class DoorScanQuerySet(models.QuerySet):
    def wrongly_let_in(self):
        """Without a line a phone has let somebody in who should not have been."""
        return self.filter(let_in=True).exclude(verdict=DoorScan.Verdict.WELCOME)

    def of_today_at(self, theaters):
        return self.filter(ticket__in=Ticket.objects.of_today_at(theaters))

    def for_the_door(self):
        return self.select_related("by", "ticket__booked_seat__seat", "ticket__booked_seat__showtime__screen__theater")


class DoorScan(models.Model):
    """A scan of a phone at the door and what was said to it.

    The phone gives it its id, so that a scan which is sent again, because no answer came, changes nothing.
    """

    class Verdict(models.TextChoices):
        WELCOME = "welcome", _("Welcome")
        ALREADY = "already", _("Already in")
        VOID = "void", _("Not valid")
        NOT_TODAY = "not_today", _("Not today")
        ELSEWHERE = "elsewhere", _("Not here")
        EARLY = "early", _("Not yet")
        FORGED = "forged", _("Not valid")
        UNKNOWN = "unknown", _("Unknown")

    uuid = models.UUIDField(_("id from the phone"), unique=True, editable=False)
    ticket = models.ForeignKey(
        Ticket, verbose_name=_("ticket"), null=True, editable=False, on_delete=models.PROTECT, related_name="scans"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), editable=False, on_delete=models.PROTECT, related_name="+"
    )
    door = models.CharField(_("where"), max_length=200, blank=True, editable=False)
    scanned_at = models.DateTimeField(_("scanned at"), editable=False)
    received_at = models.DateTimeField(_("received at"), db_default=Now(), editable=False)
    let_in = models.BooleanField(_("let in without a line"), default=False, editable=False)
    verdict = models.CharField(_("verdict"), max_length=12, choices=Verdict, editable=False)
    reason = models.CharField(_("reason"), max_length=500, blank=True, editable=False)

    objects = DoorScanQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-pk"]
        verbose_name = _("scan at the door")
        verbose_name_plural = _("scans at the door")
        indexes = [models.Index(fields=["received_at"], condition=models.Q(let_in=True), name="scan_without_a_line")]

    def __str__(self):
        return f"{self.ticket or '–'}: {self.get_verdict_display()}"
