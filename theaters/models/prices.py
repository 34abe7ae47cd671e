from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from theaters.models.layouts import SeatCategory
from theaters.models.places import Theater

MINUTES_A_DAY = 24 * 60


class Format(models.TextChoices):
    TWO_D = "2d", _("2D")
    THREE_D = "3d", _("3D")
    IMAX = "imax", _("IMAX")
    IMAX_3D = "imax-3d", _("IMAX 3D")
    SEVENTY_MM = "70mm", _("70 mm")


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class TicketType(models.Model):
    theater = models.ForeignKey(Theater, on_delete=models.CASCADE, related_name="ticket_types")
    name = models.CharField(_("name"), max_length=40)
    note = models.CharField(_("who may use it"), max_length=120, blank=True, help_text=_("Such as “ID is asked for”."))
    max_age = models.PositiveSmallIntegerField(_("up to the age of"), null=True, blank=True)
    is_default = models.BooleanField(
        _("chosen at first"), default=False, help_text=_("The adult price that the seat map shows.")
    )
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        ordering = ["theater", "order", "pk"]
        verbose_name = _("ticket type")
        verbose_name_plural = _("ticket types")
        constraints = [
            models.UniqueConstraint(fields=["theater", "name"], name="ticket_type_name_once_per_theater"),
            models.UniqueConstraint(
                fields=["theater"], condition=Q(is_default=True), name="one_default_ticket_type_per_theater"
            ),
        ]

    def __str__(self):
        return self.name


class PriceCard(models.Model):
    """A matrix of prices, seat category by ticket type, and when it applies. The highest priority wins."""

    theater = models.ForeignKey(Theater, on_delete=models.CASCADE, related_name="price_cards")
    name = models.CharField(_("name"), max_length=60)
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(choices=Weekday),
        verbose_name=_("weekdays"),
        default=list,
        blank=True,
        help_text=_("Empty: every day. By the house's day, so Friday's late show is Friday."),
    )
    from_time = models.TimeField(_("from"), null=True, blank=True)
    until_time = models.TimeField(_("until (not included)"), null=True, blank=True)
    format = models.CharField(_("format"), max_length=12, choices=Format, blank=True, help_text=_("Empty: any."))
    priority = models.PositiveSmallIntegerField(_("priority"), default=0)

    class Meta:
        ordering = ["theater", "-priority", "name"]
        verbose_name = _("price card")
        verbose_name_plural = _("price cards")
        constraints = [models.UniqueConstraint(fields=["theater", "name"], name="price_card_name_once_per_theater")]

    def __str__(self):
        return self.name

    def applies_to(self, business_date, local_time, screened) -> bool:
        return (
            (not self.weekdays or business_date.weekday() in self.weekdays)
            and (self.from_time is None or self.minute_of_day(local_time) >= self.minute_of_day(self.from_time))
            and (self.until_time is None or self.minute_of_day(local_time) < self.last_minute)
            and self.format in ("", screened)
        )

    def minute_of_day(self, local_time) -> int:
        """Minutes since the house's day began: 00:10 is late in Friday's evening, not early on Saturday."""
        cut = self.theater.day_cut
        return (60 * (local_time.hour - cut.hour) + local_time.minute - cut.minute) % MINUTES_A_DAY

    @property
    def last_minute(self) -> int:
        return self.minute_of_day(self.until_time) or MINUTES_A_DAY

    def cells(self) -> dict[tuple[int, int], Decimal]:
        """{(seat category id, ticket type id): amount}"""
        return {(price.category_id, price.ticket_type_id): price.amount for price in self.prices.all()}

    @classmethod
    def choose(cls, theater, starts_at, screened):
        """The card a new showtime in this format gets; None when no card applies."""
        day, local = theater.business_date_of(starts_at), starts_at.astimezone(theater.zone).time()
        return next((card for card in theater.price_cards.all() if card.applies_to(day, local, screened)), None)


class Price(models.Model):
    """One cell of a card, in the theater's currency, with the tax if the theater's prices include it."""

    card = models.ForeignKey(PriceCard, on_delete=models.CASCADE, related_name="prices")
    category = models.ForeignKey(SeatCategory, on_delete=models.CASCADE, related_name="prices")
    ticket_type = models.ForeignKey(TicketType, on_delete=models.CASCADE, related_name="prices")
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=3, validators=[MinValueValidator(0)])

    class Meta:
        ordering = ["card", "category", "ticket_type"]
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        constraints = [
            models.UniqueConstraint(fields=["card", "category", "ticket_type"], name="price_once_per_cell"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="price_not_negative"),
        ]

    def __str__(self):
        return f"{self.category} / {self.ticket_type}: {self.amount}"
