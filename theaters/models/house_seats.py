from datetime import timedelta

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import ExpressionWrapper, F, Q, Value
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from theaters.models.layouts import Seat, SeatLayout
from theaters.models.showtimes import Showtime
from theaters.remembering import follows_from_programme


class HouseSeatsQuerySet(models.QuerySet):
    def kept_now(self):
        """With `release_at`: only showtimes after that moment still keep them, by the database's clock."""
        minutes = ExpressionWrapper(F("release_minutes") * Value(timedelta(minutes=1)), models.DurationField())
        return self.annotate(release_at=ExpressionWrapper(Now() + minutes, models.DateTimeField()))

    def kept_for(self, showtime):
        """Not released yet."""
        return self.kept_now().filter(
            Q(showtime=showtime) | Q(showtime__isnull=True),
            Q(release_minutes__isnull=True) | Q(release_at__lt=showtime.starts_at),
            layout=showtime.layout_id,
        )


class HouseSeats(models.Model):
    """Seats that the house keeps for itself: sold at the counter by those who may, on the web once released."""

    layout = models.ForeignKey(
        SeatLayout, verbose_name=_("seat layout"), on_delete=models.CASCADE, related_name="house_seats"
    )
    showtime = models.ForeignKey(
        Showtime,
        verbose_name=_("showtime"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="house_seats",
        help_text=_("Empty: for all showtimes in this room."),
    )
    seats = models.ManyToManyField(Seat, verbose_name=_("seats"), related_name="house_seats")
    reason = models.CharField(_("reason"), max_length=200, help_text=_("Such as press, distributor, wardens."))
    owner = models.CharField(_("who decides about them"), max_length=100, blank=True)
    release_minutes = models.PositiveIntegerField(
        _("released to the web, minutes before the start"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Empty: never."),
    )

    objects = HouseSeatsQuerySet.as_manager()

    class Meta:
        ordering = ["layout", "pk"]
        verbose_name = _("house seats")
        verbose_name_plural = _("house seats")
        permissions = [("sell_house_seats", "Can sell house seats at the counter")]

    def __str__(self):
        return self.reason


def carry_seats(kept: HouseSeats, target: HouseSeats) -> None:
    """Give `target` the seats of its own layout that are called as those that are kept now."""
    labels = {seat.label for seat in kept.seats.all()}
    target.save()
    target.seats.set([seat for seat in target.layout.seats.all() if seat.label in labels])


def house_seat_ids(showtime: Showtime) -> set[int]:
    """The seats the house still keeps of a showtime: for the counter to sell, and not for the web."""
    kept = HouseSeats.objects.kept_for(showtime).values("seats")
    return {seat for seat in kept.values_list("seats", flat=True) if seat}


@follows_from_programme
def seat_ids_not_on_the_web(showtime: Showtime) -> frozenset[int]:
    return frozenset(showtime.blocked_seat_ids() | house_seat_ids(showtime))
