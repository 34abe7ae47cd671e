from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bookings.models.bookings import Booking
from bookings.models.outbox import OutboxMail
from bookings.models.payments import Refund


class Mail(OutboxMail):
    """One mail to the customer of a booking; each kind goes out once, unless there is more to tell or staff wish it."""

    class Kind(models.TextChoices):
        TICKETS = "tickets", _("Tickets")
        CANCELLED = "cancelled", _("Cancelled, with the refund")
        SHOWTIME_CANCELLED = "showtime_cancelled", _("Showtime cancelled, with the refund")
        MOVED = "moved", _("Showtime moved")
        BROKEN_OFF = "broken_off", _("Showtime broke off, with the refund")
        REFUNDED = "refunded", _("Paid, but refunded")
        PAYMENT_FAILED = "payment_failed", _("Payment failed")
        SEATS_CANCELLED = "seats_cancelled", _("Some seats cancelled, with the refund")
        PAID_BACK = "paid_back", _("Paid back by the theater, in Stripe")
        REMINDER = "reminder", _("Reminder")

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="mails")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)

    class Meta(OutboxMail.Meta):
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        constraints = [models.UniqueConstraint(fields=["booking", "kind"], name="mail_once_per_booking_and_kind")]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(status="pending"), name="mail_due"),
            models.Index(fields=["booking"], condition=Q(status="failed"), name="mail_failed"),
        ]

    @property
    def user(self):
        return self.booking.user

    @property
    def showtime(self):
        return self.booking.showtime

    def is_needed(self, now) -> bool:
        """Tickets that were cancelled before their mail went out, or a reminder of yesterday, only confuse.

        And who has been forgotten gets none.
        """
        if self.booking.user_id is None:
            return False
        if self.kind in (self.Kind.TICKETS, self.Kind.SEATS_CANCELLED):
            return self.booking.is_confirmed
        if self.kind == self.Kind.PAID_BACK:
            return Refund.objects.paid_back(self.booking).exists()
        if self.kind == self.Kind.MOVED:
            return self.booking.status in Booking.LIVE and now < self.booking.showtime.ends_at
        if self.kind == self.Kind.REMINDER:
            return self.booking.is_confirmed and now < self.booking.showtime.starts_at
        return True

    def __str__(self):
        return f"{self.booking}: {self.get_kind_display()}"
