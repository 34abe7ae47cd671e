from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.formats import date_format, time_format
from django.utils.text import get_text_list
from django.utils.translation import gettext
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


class Holiday(models.Model):
    theater = models.ForeignKey(Theater, on_delete=models.CASCADE, related_name="holidays")
    day = models.DateField(_("day"), help_text=_("By the house's day, so its late show belongs to it."))
    name = models.CharField(_("name"), max_length=60)

    class Meta:
        ordering = ["theater", "day"]
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        constraints = [models.UniqueConstraint(fields=["theater", "day"], name="holiday_once_per_theater")]

    def __str__(self):
        return f"{self.day}: {self.name}"


class Surcharge(models.Model):
    """What a format costs on top of any card's price: part of the price, and shown in a line of its own."""

    theater = models.ForeignKey(Theater, on_delete=models.CASCADE, related_name="surcharges")
    format = models.CharField(_("format"), max_length=12, choices=Format)
    name = models.CharField(_("name"), max_length=40, help_text=_("As the customer reads it: 3D surcharge."))
    amount = models.DecimalField(_("per ticket"), max_digits=12, decimal_places=3, validators=[MinValueValidator(0)])

    class Meta:
        ordering = ["theater", "format"]
        verbose_name = _("surcharge")
        verbose_name_plural = _("surcharges")
        constraints = [
            models.UniqueConstraint(fields=["theater", "format"], name="surcharge_once_per_format"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="surcharge_not_negative"),
        ]

    def __str__(self):
        return self.name


class TicketType(models.Model):
    theater = models.ForeignKey(Theater, on_delete=models.CASCADE, related_name="ticket_types")
    name = models.CharField(_("name"), max_length=40)
    note = models.CharField(_("who may use it"), max_length=120, blank=True, help_text=_("Such as “ID is asked for”."))
    max_age = models.PositiveSmallIntegerField(_("up to the age of"), null=True, blank=True)
    with_another = models.BooleanField(
        _("only with another ticket"),
        default=False,
        db_default=False,
        help_text=_("One for each ticket of another type, as for a carer. Its price may be 0."),
    )
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

    class Holidays(models.TextChoices):
        ANY = "any", _("like any other day")
        NOT = "not", _("does not apply on holidays")
        ONLY = "only", _("applies on holidays only")
        TOO = "too", _("applies on holidays, too, whatever the weekday")

    theater = models.ForeignKey(Theater, on_delete=models.CASCADE, related_name="price_cards")
    name = models.CharField(_("name"), max_length=60)
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(choices=Weekday),
        verbose_name=_("weekdays"),
        default=list,
        blank=True,
        help_text=_("Empty: every day. By the house's day, so Friday's late show is Friday."),
    )
    holidays = models.CharField(
        _("on holidays"), max_length=4, choices=Holidays, default=Holidays.ANY, db_default="any"
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(
        _("until (included)"), null=True, blank=True, help_text=_("By the day of the showtime, not of the sale.")
    )
    from_time = models.TimeField(_("from"), null=True, blank=True)
    until_time = models.TimeField(_("until (not included)"), null=True, blank=True)
    format = models.CharField(_("format"), max_length=12, choices=Format, blank=True, help_text=_("Empty: any."))
    priority = models.PositiveSmallIntegerField(_("priority"), default=0)

    class Meta:
        ordering = ["theater", "-priority", "name"]
        verbose_name = _("price card")
        verbose_name_plural = _("price cards")
        constraints = [
            models.UniqueConstraint(fields=["theater", "name"], name="price_card_name_once_per_theater"),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_from__lte=F("valid_until")),
                name="price_card_valid_from_before_until",
                violation_error_message=_("“Valid from” must not be later than “until”."),
            ),
        ]

    def __str__(self):
        return self.name

    def why_not(self, business_date, local_time, screened, *, is_holiday=False) -> list[str]:
        """In sentences, everything that keeps the card from a showtime then; empty when it applies."""
        return [
            *self.why_not_in_these_weeks(business_date),
            *self.why_not_on_this_day(business_date, is_holiday),
            *self.why_not_at_this_hour(local_time),
            *self.why_not_in_this_format(screened),
        ]

    def why_not_in_these_weeks(self, business_date):
        if self.valid_from and business_date < self.valid_from:
            yield gettext("It is valid from %(day)s on.") % {"day": date_format(self.valid_from)}
        if self.valid_until and business_date > self.valid_until:
            yield gettext("It was valid until %(day)s.") % {"day": date_format(self.valid_until)}

    def why_not_on_this_day(self, business_date, is_holiday):
        if is_holiday and self.holidays == self.Holidays.NOT:
            yield gettext("That day is a holiday, and it does not apply on holidays.")
        if not is_holiday and self.holidays == self.Holidays.ONLY:
            yield gettext("It applies on holidays only, and that day is none.")
        is_any_day = not self.weekdays or (is_holiday and self.holidays == self.Holidays.TOO)
        if not is_any_day and business_date.weekday() not in self.weekdays:
            days = get_text_list([str(Weekday(day).label) for day in sorted(self.weekdays)], gettext("and"))
            yield gettext("It applies on %(days)s only.") % {"days": days}

    def why_not_at_this_hour(self, local_time):
        minute = self.minute_of_day(local_time)
        if self.from_time and minute < self.minute_of_day(self.from_time):
            yield gettext("It begins at %(time)s.") % {"time": time_format(self.from_time, "H:i")}
        if self.until_time and minute >= self.last_minute:
            yield gettext("It ends at %(time)s.") % {"time": time_format(self.until_time, "H:i")}

    def why_not_in_this_format(self, screened):
        if self.format not in ("", screened):
            yield gettext("It is for %(format)s only.") % {"format": self.get_format_display()}

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
        return next((card for card, reasons in cls.judge(theater, starts_at, screened) if not reasons), None)

    @classmethod
    def judge(cls, theater, starts_at, screened):
        """(card, why it does not apply then) of each, the highest priority first."""
        day, local = theater.business_date_of(starts_at), starts_at.astimezone(theater.zone).time()
        is_holiday = theater.is_holiday(day)
        for card in theater.price_cards.all():
            yield card, card.why_not(day, local, screened, is_holiday=is_holiday)


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
