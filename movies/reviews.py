"""What those who were there say about a movie. Nothing is shown before staff have read it."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Avg, Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

LONGEST = 2000


class ReviewQuerySet(models.QuerySet):
    def approved(self):
        return self.filter(status=Review.Status.APPROVED)

    def verdict(self) -> dict:
        """{"average": stars or None, "number": how many}, worked out by the database."""
        return self.aggregate(average=Avg("stars"), number=Count("pk"))

    def write(self, user, movie, *, stars: int, text: str) -> "Review":
        """The one review of a customer of a movie, new or changed: either way it waits to be read by staff."""
        words = {"stars": stars, "text": text, "status": Review.Status.WAITING, "changed_at": timezone.now()}
        unread = {"reason": "", "moderated_by": None, "moderated_at": None}
        return self.update_or_create(user=user, movie=movie, defaults=words | unread)[0]

    def moderate(self, status, *, by, read_at, reason="") -> list["Review"]:
        """Approve or turn down what waits and was not changed since `read_at`; the reviews this settled."""
        settled = []
        for review in self.filter(status=Review.Status.WAITING, changed_at__lte=read_at):
            # Once more in the UPDATE: its author may be writing at this moment.
            same = Review.objects.filter(pk=review.pk, status=Review.Status.WAITING, changed_at=review.changed_at)
            verdict = {"status": status, "reason": reason, "moderated_by": by, "moderated_at": timezone.now()}
            if same.update(**verdict):
                settled.append(review)
        return settled


class Review(models.Model):
    """Stars and a text of somebody who has a confirmed booking of a showtime that is over."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waits to be read")
        APPROVED = "approved", _("Shown")
        DECLINED = "declined", _("Turned down")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="reviews"
    )
    movie = models.ForeignKey("movies.Movie", verbose_name=_("movie"), on_delete=models.CASCADE, related_name="reviews")
    stars = models.PositiveSmallIntegerField(_("stars"), validators=[MinValueValidator(1), MaxValueValidator(5)])
    text = models.TextField(_("text"), max_length=LONGEST)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.WAITING)
    reason = models.CharField(_("why it was turned down"), max_length=200, blank=True)
    moderated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("read by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    moderated_at = models.DateTimeField(_("read at"), null=True, blank=True)
    created_at = models.DateTimeField(_("written at"), default=timezone.now, editable=False)
    changed_at = models.DateTimeField(_("changed at"), default=timezone.now, editable=False)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-changed_at", "-pk"]
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints = [
            models.UniqueConstraint(fields=["user", "movie"], name="review_once_per_customer_and_movie"),
            models.CheckConstraint(condition=Q(stars__range=(1, 5)), name="review_stars_from_one_to_five"),
        ]
        indexes = [
            models.Index(
                fields=["movie", "-changed_at"], condition=Q(status="approved"), name="review_shown", include=["stars"]
            ),
            models.Index(fields=["changed_at"], condition=Q(status="waiting"), name="review_waiting"),
        ]

    def __str__(self):
        return f"{self.movie}, {self.stars}/5"

    @property
    def is_approved(self):
        return self.status == self.Status.APPROVED

    @property
    def is_declined(self):
        return self.status == self.Status.DECLINED

    @property
    def signs(self):
        """★★★★☆"""
        return "★" * self.stars + "☆" * (5 - self.stars)
