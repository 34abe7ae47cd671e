import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from bookings.models.booked_seats import BookedSeat


def new_token() -> str:
    """128 random bits: nobody guesses one."""
    return secrets.token_urlsafe(16)


class SeatShareQuerySet(models.QuerySet):
    def live(self):
        return self.filter(ended_at=None)

    def end(self, now) -> int:
        return self.live().update(ended_at=now)


class SeatShare(models.Model):
    """One seat's ticket, shown to whoever has its address: a friend, who needs no account."""

    booked_seat = models.ForeignKey(BookedSeat, on_delete=models.PROTECT, related_name="shares")
    token = models.CharField(max_length=30, unique=True, default=new_token, editable=False)
    created_at = models.DateTimeField(_("shared at"), db_default=Now(), editable=False)
    ended_at = models.DateTimeField(_("taken back at"), null=True, blank=True, editable=False)

    objects = SeatShareQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("shared seat")
        verbose_name_plural = _("shared seats")
        constraints = [
            models.UniqueConstraint(fields=["booked_seat"], condition=Q(ended_at=None), name="seat_shared_once")
        ]

    def __str__(self):
        return str(self.booked_seat)

    def get_absolute_url(self):
        return reverse("bookings:shared", args=[self.token])

    @property
    def site_url(self) -> str:
        return settings.SITE_URL + self.get_absolute_url()
