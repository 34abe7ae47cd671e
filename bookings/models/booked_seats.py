from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q, Sum
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from bookings.models.bookings import Booking
from bookings.models.releases import SeatRelease
from theaters.models import Seat, Showtime, TicketType


class BookedSeatQuerySet(models.QuerySet):
    def live(self):
        return self.filter(released_at__isnull=True)

    def standing(self):
        """Bought and not given back one by one; also those without a place since a move."""
        return self.filter(cancelled_at__isnull=True)

    def worth(self) -> tuple[Decimal, Decimal]:
        """(what was paid for them all in, what of it were fees before tax)"""
        sums = self.aggregate(total=Sum("total"), fees=Sum("fee"))
        return sums["total"] or Decimal(0), sums["fees"] or Decimal(0)

    def taken(self):
        """Live, and its booking is sold or still within window and grace, by the database's clock."""
        grace = timedelta(seconds=settings.BOOKING_GRACE_SECONDS)
        return self.live().filter(
            Q(booking__status=Booking.Status.CONFIRMED)
            | Q(booking__status=Booking.Status.PENDING, booking__expires_at__gt=Now() - grace)
        )


class BookedSeat(models.Model):
    """A seat of a showtime in a booking; the unique constraint on live rows has the last word on who sits there."""

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="booked_seats")
    showtime = models.ForeignKey(Showtime, on_delete=models.PROTECT, related_name="booked_seats")
    seat = models.ForeignKey(Seat, verbose_name=_("seat"), on_delete=models.PROTECT, related_name="booked_seats")
    ticket_type = models.ForeignKey(
        TicketType, verbose_name=_("ticket type"), on_delete=models.PROTECT, related_name="booked_seats"
    )
    # With the surcharge and less the discount, as on the booking.
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=3)
    surcharge = models.DecimalField(_("surcharge"), max_digits=12, decimal_places=3, db_default=Decimal(0))
    discount = models.DecimalField(_("discount"), max_digits=12, decimal_places=3, db_default=Decimal(0))
    fee = models.DecimalField(_("booking fee"), max_digits=12, decimal_places=3)
    tax = models.DecimalField(_("tax"), max_digits=12, decimal_places=3)
    # Of the price; empty on seats that were sold when there was but the booking's. Fees have the booking's.
    tax_name = models.CharField(_("name of the tax"), max_length=30, blank=True, db_default="")
    tax_rate = models.DecimalField(_("tax rate in percent"), max_digits=6, decimal_places=3, null=True, blank=True)
    total = models.DecimalField(_("total"), max_digits=12, decimal_places=3)
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)
    # Given back by the customer while the rest of the booking stands; what it cost stays where it is.
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True, editable=False)
    # Of a wheelchair space or companion seat sold to somebody who did not ask for one.
    release = models.ForeignKey(
        SeatRelease,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="booked_seats",
        db_index=False,  # few have one: see Meta
    )

    objects = BookedSeatQuerySet.as_manager()

    class Meta:
        ordering = ["booking", "pk"]
        verbose_name = _("booked seat")
        verbose_name_plural = _("booked seats")
        indexes = [
            # Few are: the nightly audit looks for them.
            models.Index(fields=["booking"], condition=Q(cancelled_at__isnull=False), name="booked_seat_given_back"),
            models.Index(fields=["release"], condition=Q(release__isnull=False), name="booked_seat_released_by"),
            models.Index(fields=["booking"], condition=~Q(surcharge=0) | ~Q(discount=0), name="booked_seat_adjusted"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["showtime", "seat"], condition=Q(released_at__isnull=True), name="seat_sold_once_per_showtime"
            )
        ]

    def __str__(self):
        return f"{self.booking}: {self.seat}"
