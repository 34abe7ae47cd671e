import secrets
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Cast, Coalesce, Greatest, Now
from django.utils.translation import gettext_lazy as _

from bookings.models.outbox import OutboxMail
from movies.models import Movie
from theaters.models import City, Showtime

CONFIRM_WITHIN = timedelta(hours=48)
KEPT_FOR = timedelta(days=90)
# A link in the mail still answers for so long.
KEPT_AFTER_MAIL = timedelta(days=1)


def new_token() -> str:
    return secrets.token_urlsafe(32)


class OpeningAlertQuerySet(models.QuerySet):
    def opened(self):
        """Confirmed, and the movie is on sale now in the city that was asked for, or anywhere."""
        on_sale = Showtime.objects.on_sale().filter(movie=OuterRef("movie"))
        here = on_sale.filter(screen__theater__city=OuterRef("city"))
        return self.filter(Q(Exists(here)) | Q(Exists(on_sale), city=None), confirmed_at__isnull=False)

    def unconfirmed(self):
        return self.filter(confirmed_at=None)

    def over(self):
        """Not confirmed in time; told a day ago; or 90 days after asking, or after the release if that is later."""
        released_at = Coalesce(Cast("movie__release_on", models.DateTimeField()), "created_at")
        told = Q(mails__kind=OpeningMail.Kind.OPEN, mails__sent_at__lt=Now() - KEPT_AFTER_MAIL)
        unconfirmed = Q(confirmed_at=None, created_at__lt=Now() - CONFIRM_WITHIN)
        since = self.alias(since=Greatest("created_at", released_at))
        return since.filter(told | unconfirmed | Q(since__lt=Now() - KEPT_FOR))


class OpeningAlert(models.Model):
    """Somebody wants one mail when a movie goes on sale in a city, or anywhere. Nothing is sent before they confirm.

    `token` stands in the links of the mails: who has it may confirm and stop, and learns nothing else.
    """

    movie = models.ForeignKey(Movie, on_delete=models.CASCADE, related_name="opening_alerts")
    city = models.ForeignKey(City, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField(_("email address"))  # in small letters
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="opening_alerts"
    )
    token = models.CharField(max_length=43, unique=True, default=new_token, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    objects = OpeningAlertQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("wish to be told of a sale")
        verbose_name_plural = _("wishes to be told of a sale")
        constraints = [models.UniqueConstraint(fields=["movie", "email"], name="opening_alert_once_per_address")]
        indexes = [models.Index(fields=["email"], name="opening_alerts_of_address")]

    def __str__(self):
        return f"{self.movie}, {self.city or '*'}"

    @property
    def address(self):
        """Of an account the one it has today."""
        return self.user.email if self.user else self.email


class OpeningMail(OutboxMail):
    """The question whether they meant it, and the news itself: each goes out once."""

    class Kind(models.TextChoices):
        CONFIRM = "opening_confirm", _("Asks to confirm")
        OPEN = "opening", _("Tells that it is on sale")

    alert = models.ForeignKey(OpeningAlert, on_delete=models.CASCADE, related_name="mails")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)

    class Meta(OutboxMail.Meta):
        verbose_name = _("mail about a sale")
        verbose_name_plural = _("mails about sales")
        constraints = [models.UniqueConstraint(fields=["alert", "kind"], name="opening_mail_once_per_kind")]
        indexes = [models.Index(fields=["next_attempt_at"], condition=Q(status="pending"), name="opening_mail_due")]

    def __str__(self):
        return f"{self.alert}: {self.get_kind_display()}"

    def is_needed(self) -> bool:
        """The sale may have been closed again, the wish may be confirmed."""
        same = OpeningAlert.objects.filter(pk=self.alert_id)
        return same.opened().exists() if self.kind == self.Kind.OPEN else same.unconfirmed().exists()
