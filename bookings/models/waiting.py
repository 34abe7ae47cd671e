from datetime import timedelta

from django.conf import settings
from django.core.signing import Signer
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from bookings.models.bookings import Booking
from bookings.models.outbox import OutboxMail
from theaters.models import Seat, Showtime

MOST_OFFERS = 2
# Who has let an offer go is asked again later: at once it would be for the same seats.
PAUSE = timedelta(minutes=30)
signer = Signer(salt="bookings.waiting")


class WaitingEntryQuerySet(models.QuerySet):
    def waiting(self):
        """Whom seats may be offered now, in their order: who has let none go first, then who came first."""
        asked = Q(paused_until=None) | Q(paused_until__lte=Now())
        found = self.filter(asked, offered_until=None, offers_made__lt=MOST_OFFERS)
        return found.order_by("offers_made", "joined_at", "pk")

    def offered(self):
        """Seats are kept for them now, by the database's clock."""
        return self.filter(offered_until__gt=Now())

    def lapsed(self):
        """Their offer is over, and no booking of theirs waits for its payment on its seats."""
        paying = Booking.objects.filter(user=OuterRef("user"), showtime=OuterRef("showtime"), status="pending")
        return self.filter(~Exists(paying), offered_until__lte=Now())

    def for_listing(self):
        """Those whose showtime is still to come, with the soonest first."""
        shown = self.filter(showtime__ends_at__gt=Now()).select_related("showtime__movie", "showtime__screen__theater")
        return shown.order_by("showtime__starts_at", "pk")

    def by_token(self, token: str):
        """Those that the link in a mail is about: one, or none any more. Raises BadSignature."""
        return self.filter(pk=signer.unsign(token))


class WaitingEntry(models.Model):
    """Somebody waits for seats of a sold-out showtime. It goes when they have bought or leave, and after it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="waiting_entries"
    )
    showtime = models.ForeignKey(
        Showtime, verbose_name=_("showtime"), on_delete=models.CASCADE, related_name="waiting_entries"
    )
    party = models.PositiveSmallIntegerField(_("seats"))
    children = models.PositiveSmallIntegerField(_("children"), default=0)
    # As flows.Wish has it.
    price = models.CharField(_("price"), max_length=20, blank=True)
    apart = models.BooleanField(_("may sit apart"), default=False)
    joined_at = models.DateTimeField(_("joined at"), db_default=Now())
    offers_made = models.PositiveSmallIntegerField(_("offers"), default=0)
    offered_until = models.DateTimeField(_("offered until"), null=True, blank=True)
    paused_until = models.DateTimeField(null=True, blank=True)

    objects = WaitingEntryQuerySet.as_manager()

    class Meta:
        ordering = ["showtime", "joined_at", "pk"]
        verbose_name = _("entry of the waiting list")
        verbose_name_plural = _("waiting lists")
        constraints = [
            models.UniqueConstraint(fields=["user", "showtime"], name="waiting_once_per_showtime"),
            models.CheckConstraint(condition=Q(party__gt=0), name="waiting_for_a_seat"),
        ]
        indexes = [models.Index(fields=["showtime", "offers_made", "joined_at"], name="waiting_in_order")]

    def __str__(self):
        return f"{self.showtime}: {self.party}"

    @property
    def rests(self) -> bool:
        return self.offers_made >= MOST_OFFERS and self.offered_until is None

    def is_offered(self, now) -> bool:
        return self.offered_until is not None and now < self.offered_until

    @property
    def offered_labels(self) -> list[str]:
        offered = self.offered_seats.select_related("seat").order_by("seat__y", "seat__x")
        return [row.seat.label for row in offered]

    @property
    def leave_url(self) -> str:
        """For whoever has the mail, signed in or not."""
        return settings.SITE_URL + reverse("bookings:leave_by_mail", args=[signer.sign(self.pk)])

    def let_go(self, now):
        """The offer is over: its seats are for the next one."""
        self.offered_seats.all().delete()
        self.offered_until, self.paused_until = None, now + PAUSE
        self.save(update_fields=["offered_until", "paused_until"])
        if self.rests:
            self.write(WaitingMail.Kind.RESTS)

    def take_back(self):
        """The theater has called its showtime off, or moved it: that offer does not count."""
        self.offered_seats.all().delete()
        self.offered_until, self.offers_made = None, self.offers_made - 1
        self.save(update_fields=["offered_until", "offers_made"])
        self.mails.filter(nth__gte=self.offers_made).delete()
        self.write(WaitingMail.Kind.TAKEN_BACK)

    def write(self, kind):
        WaitingMail.objects.get_or_create(entry=self, kind=kind, nth=self.offers_made)


class OfferedSeatQuerySet(models.QuerySet):
    def live(self):
        return self.filter(entry__offered_until__gt=Now())

    def but_for(self, user):
        return self.exclude(entry__user=user) if user else self


class OfferedSeat(models.Model):
    """A seat that is kept for somebody on the waiting list, until their offer is over."""

    entry = models.ForeignKey(WaitingEntry, on_delete=models.CASCADE, related_name="offered_seats")
    showtime = models.ForeignKey(Showtime, on_delete=models.CASCADE, related_name="offered_seats")
    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="offered_seats")

    objects = OfferedSeatQuerySet.as_manager()

    class Meta:
        verbose_name = _("offered seat")
        verbose_name_plural = _("offered seats")
        constraints = [
            models.UniqueConstraint(fields=["showtime", "seat"], name="seat_offered_once_per_showtime"),
        ]

    def __str__(self):
        return f"{self.entry}: {self.seat}"


class WaitingMail(OutboxMail):
    """A mail to somebody on a waiting list; each kind once for each offer."""

    class Kind(models.TextChoices):
        OFFER = "waiting_offer", _("Seats are offered")
        RESTS = "waiting_rests", _("No more offers")
        TAKEN_BACK = "waiting_taken_back", _("The offer is taken back")

    entry = models.ForeignKey(WaitingEntry, on_delete=models.CASCADE, related_name="mails")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    nth = models.PositiveSmallIntegerField(_("offer"))

    class Meta(OutboxMail.Meta):
        verbose_name = _("mail about a waiting list")
        verbose_name_plural = _("mails about waiting lists")
        constraints = [
            models.UniqueConstraint(fields=["entry", "kind", "nth"], name="waiting_mail_once_per_offer"),
        ]
        indexes = [models.Index(fields=["next_attempt_at"], condition=Q(status="pending"), name="waiting_mail_due")]

    def __str__(self):
        return f"{self.entry}: {self.get_kind_display()}"

    @property
    def user(self):
        return self.entry.user

    @property
    def showtime(self):
        return self.entry.showtime

    def is_needed(self, now) -> bool:
        """An offer that is over is none."""
        if self.kind == self.Kind.OFFER:
            until = self.entry.offered_until
            return until is not None and now < until and self.nth == self.entry.offers_made
        return now < self.showtime.starts_at
