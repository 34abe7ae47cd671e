from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from bookings.models.bookings import Booking
from theaters.models import SeatLayout, Showtime

# Who is asked to come later or earlier by more than this may have the money back.
SAME_TIME = timedelta(minutes=15)


class ShowtimeMove(models.Model):
    """A showtime was moved, in time or to another room. Kept for good: what it was, what it is, and by whom."""

    showtime = models.ForeignKey(Showtime, verbose_name=_("showtime"), on_delete=models.PROTECT, related_name="moves")
    old_starts_at = models.DateTimeField(_("began at"))
    new_starts_at = models.DateTimeField(_("begins at"))
    old_layout = models.ForeignKey(SeatLayout, verbose_name=_("from room"), on_delete=models.PROTECT, related_name="+")
    new_layout = models.ForeignKey(SeatLayout, verbose_name=_("to room"), on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("moved at"), db_default=Now(), editable=False)
    # Of the plan that staff saw and confirmed: pressed twice, it is carried out once.
    fingerprint = models.CharField(max_length=64, editable=False)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("moved showtime")
        verbose_name_plural = _("moved showtimes")
        constraints = [
            models.UniqueConstraint(fields=["showtime", "fingerprint"], name="move_once_per_showtime_and_plan")
        ]

    def __str__(self):
        return str(self.showtime)

    @property
    def changes_screen(self) -> bool:
        return self.old_layout.screen_id != self.new_layout.screen_id

    @property
    def changes_start(self) -> bool:
        return self.old_starts_at != self.new_starts_at


class MovedBooking(models.Model):
    """What a move meant for one booking; no new labels: there was no seat for it."""

    move = models.ForeignKey(ShowtimeMove, on_delete=models.PROTECT, related_name="moved_bookings")
    booking = models.ForeignKey(
        Booking, verbose_name=_("booking"), on_delete=models.PROTECT, related_name="moved_bookings"
    )
    old_labels = models.JSONField(_("seats before"), default=list)
    new_labels = models.JSONField(_("seats now"), default=list)
    why_no_seats = models.CharField(_("why there is no seat"), max_length=200, blank=True)
    may_be_refunded = models.BooleanField(_("may have the money back"), default=False)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("moved booking")
        verbose_name_plural = _("moved bookings")
        constraints = [models.UniqueConstraint(fields=["move", "booking"], name="booking_moved_once_per_move")]

    def __str__(self):
        return str(self.booking)

    @property
    def local_old_start(self) -> datetime:
        return self.move.old_starts_at.astimezone(self.move.old_layout.screen.theater.zone)
