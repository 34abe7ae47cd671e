from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from bookings.models.outbox import OutboxMail
from theaters.models import Theater


class FilmWeekReturn(models.Model):
    """A film week's box office as it was sent to the distributors. The database refuses to change or delete one.

    What is refunded later stands as an adjustment in the return of the week that is open then.
    """

    theater = models.ForeignKey(
        Theater, verbose_name=_("theater"), on_delete=models.PROTECT, related_name="film_week_returns"
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    lines = models.JSONField(_("lines"), default=list)
    adjustments = models.JSONField(_("adjustments of earlier weeks"), default=list)
    content_hash = models.CharField(_("SHA-256 of its content"), max_length=64)
    closed_at = models.DateTimeField(_("closed at"), db_default=Now(), editable=False)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("closed by"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-starts_on", "theater"]
        verbose_name = _("film week's return")
        verbose_name_plural = _("film week returns")
        permissions = [("view_reports", "Can see the reports")]
        constraints = [models.UniqueConstraint(fields=["theater", "starts_on"], name="film_week_closed_once")]

    def __str__(self):
        return f"{self.theater}, {self.starts_on:%Y-%m-%d} – {self.ends_on:%Y-%m-%d}"


class ReportSubscription(models.Model):
    """Somebody gets a report of a theater by mail, each day or each film week."""

    class Period(models.TextChoices):
        DAILY = "daily", _("Every day")
        WEEKLY = "weekly", _("Every film week")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="report_subscriptions")
    report = models.SlugField(_("report"), max_length=30)
    theater = models.ForeignKey(Theater, on_delete=models.CASCADE, related_name="report_subscriptions")
    period = models.CharField(_("how often"), max_length=10, choices=Period)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["theater", "report", "period"]
        verbose_name = _("report by mail")
        verbose_name_plural = _("reports by mail")
        constraints = [
            models.UniqueConstraint(fields=["user", "report", "theater", "period"], name="report_subscribed_once")
        ]

    def __str__(self):
        return f"{self.report}, {self.theater}, {self.get_period_display()}"


class ReportMail(OutboxMail):
    """One period's report to one subscriber: the row makes sure that it goes out once."""

    subscription = models.ForeignKey(ReportSubscription, on_delete=models.CASCADE, related_name="mails")
    since = models.DateField(_("from"))
    until = models.DateField(_("until"))

    class Meta(OutboxMail.Meta):
        verbose_name = _("mail with a report")
        verbose_name_plural = _("mails with reports")
        constraints = [models.UniqueConstraint(fields=["subscription", "since"], name="report_mailed_once_per_period")]

    def __str__(self):
        return f"{self.subscription}: {self.since:%Y-%m-%d}"
