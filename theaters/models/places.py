from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from movies.certificates import validate_country
from theaters.money import CURRENCIES


def validate_time_zone(name):
    if name not in available_timezones():
        raise ValidationError(_("“%(name)s” is no time zone. Write it like Europe/Berlin."), params={"name": name})


class City(models.Model):
    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    country = models.CharField(
        _("country"),
        max_length=2,
        blank=True,
        default="",
        db_default="",
        validators=[validate_country],
        help_text=_("Two letters, such as DE, US, GB. Its certificates are shown, and hold, in this city."),
    )

    class Meta:
        ordering = ["name"]
        verbose_name = _("city")
        verbose_name_plural = _("cities")

    def __str__(self):
        return self.name


class Theater(models.Model):
    """A house with its own clock, currency and rules; all times on pages are in its zone."""

    class Rounding(models.TextChoices):
        HALF_UP = "half_up", _("Half up (commercial)")
        HALF_EVEN = "half_even", _("Half to even (banker's)")

    class SingleSeats(models.TextChoices):
        OFF = "off", _("May be left")
        WARN = "warn", _("Propose better seats first")
        BLOCK = "block", _("Are not left")

    class SpaceRelease(models.TextChoices):
        """The conditions of 28 CFR 36.302(f)(5)(i), which allows each and asks for none; and a policy of the house."""

        NEVER = "never", _("Never")
        ROOM = "room", _("When all other seats of the room are sold")
        AREA = "area", _("When all other seats of the same category are sold")
        PRICE = "price", _("When all other seats at the same price are sold")
        MINUTES = "minutes", _("So many minutes before the start")

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("slug"), max_length=120, unique=True)
    city = models.ForeignKey(City, verbose_name=_("city"), on_delete=models.PROTECT, related_name="theaters")
    address = models.CharField(_("address"), max_length=200, blank=True)
    email = models.EmailField(_("email address"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    description = models.TextField(_("description"), blank=True)
    time_zone = models.CharField(
        _("time zone"), max_length=60, validators=[validate_time_zone], help_text=_("Such as Europe/Berlin.")
    )
    currency = models.CharField(_("currency"), max_length=3, choices=[(code, code) for code in CURRENCIES])
    tax_name = models.CharField(_("name of the tax"), max_length=30, default="VAT")
    tax_rate = models.DecimalField(
        _("tax rate in percent"),
        max_digits=6,
        decimal_places=3,
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    tax_included = models.BooleanField(
        _("prices include the tax"), default=True, help_text=_("Yes in Europe; no in the USA: it is added on top.")
    )
    booking_fee = models.DecimalField(
        _("booking fee per ticket"), max_digits=12, decimal_places=3, default=0, validators=[MinValueValidator(0)]
    )
    fee_percent = models.DecimalField(
        _("and percent of the price"),
        max_digits=5,
        decimal_places=2,
        default=Decimal(0),
        db_default=Decimal(0),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    fee_floor = models.DecimalField(
        _("at least, per ticket"),
        max_digits=12,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    fee_cap = models.DecimalField(
        _("at most, per ticket"),
        max_digits=12,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("Floor and cap hold for fee and percent together. A free seat has no fee."),
    )
    order_fee = models.DecimalField(
        _("booking fee per order"),
        max_digits=12,
        decimal_places=3,
        default=Decimal(0),
        db_default=Decimal(0),
        validators=[MinValueValidator(0)],
        help_text=_("Once per booking, whatever the number of tickets; none when all seats are free."),
    )
    booking_fee_taxed = models.BooleanField(_("the fees are taxed"), default=True)
    rounding = models.CharField(_("rounding"), max_length=12, choices=Rounding, default=Rounding.HALF_UP)
    exchange_minutes = models.PositiveIntegerField(
        _("tickets can be exchanged until, minutes before the start"),
        null=True,
        blank=True,
        help_text=_("For another showtime. Empty: they are worth what the refund policy would give back."),
    )
    exchange_fee = models.DecimalField(
        _("fee of an exchange"),
        max_digits=12,
        decimal_places=3,
        default=Decimal(0),
        db_default=Decimal(0),
        validators=[MinValueValidator(0)],
        help_text=_("Once per exchange, taken off what the old tickets are worth."),
    )
    day_cut = models.TimeField(
        _("the day begins at"),
        default=time(6),
        help_text=_("A showtime before it belongs to the evening before: 00:10 on Saturday is Friday's late show."),
    )
    film_week_starts = models.PositiveSmallIntegerField(
        _("the film week begins on"),
        choices=list(WEEKDAYS.items()),
        default=4,
        db_default=4,
        help_text=_("Returns to distributors go by it: Thursday in Germany, Friday in the UK and the USA."),
    )
    preshow_minutes = models.PositiveSmallIntegerField(_("minutes of ads and trailers"), default=15)
    cleaning_minutes = models.PositiveSmallIntegerField(_("minutes to clean the room"), default=15)
    sales_close_minutes = models.SmallIntegerField(
        _("sale ends, minutes after the start"), default=15, help_text=_("Negative: before the start.")
    )

    counter_close_minutes = models.PositiveSmallIntegerField(
        _("the box office sells, minutes after the start"),
        default=45,
        db_default=45,
        help_text=_("Longer than the website, never after the end."),
    )
    single_seats = models.CharField(
        _("single seats in the middle of a row"),
        max_length=5,
        choices=SingleSeats,
        default=SingleSeats.OFF,
        db_default=SingleSeats.OFF,
        help_text=_(
            "For choices on the website that would leave one free seat between two taken ones, where that can be "
            "avoided. Never for seats at an aisle, wheelchair spaces and the last half hour; the box office decides "
            "for itself."
        ),
    )
    space_release = models.CharField(
        _("wheelchair spaces go on general sale"),
        max_length=7,
        choices=SpaceRelease,
        default=SpaceRelease.NEVER,
        db_default=SpaceRelease.NEVER,
        help_text=_(
            "With their companion seats. Until then the website sells them only to those who say that they need them. "
            "When another seat comes back, unsold ones are kept again."
        ),
    )
    space_release_minutes = models.PositiveSmallIntegerField(
        _("minutes before the start"),
        default=30,
        db_default=30,
        help_text=_("Where they go on sale by the clock. In the USA they may not: the law names the other three."),
    )
    waiting_lists = models.BooleanField(
        _("waiting lists"),
        default=True,
        db_default=True,
        help_text=_(
            "Where a showtime is sold out, people can wait for seats together; what is given back is offered to them "
            "first, for half an hour."
        ),
    )

    class Meta:
        ordering = ["name"]
        verbose_name = _("theater")
        verbose_name_plural = _("theaters")

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("theaters:theater", args=[self.slug])

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def business_date_of(self, moment: datetime) -> date:
        """The day a moment belongs to in this house: before the day cut it is still yesterday."""
        local = moment.astimezone(self.zone)
        return local.date() if local.time() >= self.day_cut else local.date() - timedelta(days=1)

    @property
    def today(self) -> date:
        return self.business_date_of(timezone.now())

    def film_week_of(self, day: date) -> tuple[date, date]:
        """Its first and its last day."""
        first = day - timedelta(days=(day.weekday() - self.film_week_starts) % 7)
        return first, first + timedelta(days=6)

    def ticket_types_default_first(self):
        return self.ticket_types.order_by("-is_default", "order", "pk")

    def default_ticket_type(self):
        """The one the seat map prices with: the adult ticket."""
        return self.ticket_types_default_first().first()

    def is_holiday(self, day: date) -> bool:
        return any(holiday.day == day for holiday in self.holidays.all())

    @property
    def refund_policy(self) -> list[dict]:
        """The rules as they are frozen on a booking: latest cutoff last, percent as text."""
        return [
            {"minutes_before": rule.minutes_before, "percent": str(rule.percent), "fee_refunded": rule.fee_refunded}
            for rule in self.refund_rules.all()
        ]

    @property
    def exchange_rule(self) -> dict:
        """As it is frozen on a booking; empty without one."""
        if self.exchange_minutes is None:
            return {}
        return {"minutes_before": self.exchange_minutes, "fee": str(self.exchange_fee)}


class RefundRule(models.Model):
    """Up to so many minutes before the start, so much of the price comes back."""

    theater = models.ForeignKey(Theater, on_delete=models.CASCADE, related_name="refund_rules")
    minutes_before = models.PositiveIntegerField(_("up to, minutes before the start"))
    percent = models.DecimalField(
        _("percent refunded"), max_digits=5, decimal_places=2, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    fee_refunded = models.BooleanField(_("the booking fee too"), default=False)

    class Meta:
        ordering = ["-minutes_before"]
        verbose_name = _("refund rule")
        verbose_name_plural = _("refund policy")
        constraints = [
            models.UniqueConstraint(fields=["theater", "minutes_before"], name="refund_rule_once_per_cutoff")
        ]

    def __str__(self):
        return f"{self.minutes_before} min: {self.percent} %"


class Screen(models.Model):
    theater = models.ForeignKey(Theater, on_delete=models.CASCADE, related_name="screens")
    name = models.CharField(_("name"), max_length=60, help_text=_("As on the door: Screen 1, Studio."))
    number = models.PositiveSmallIntegerField(_("number"))
    legal_capacity = models.PositiveSmallIntegerField(
        _("legal capacity"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("People the room may hold by law. Nobody can sell beyond it. Empty: as many as it has seats."),
    )

    class Meta:
        ordering = ["theater", "number"]
        verbose_name = _("screen")
        verbose_name_plural = _("screens")
        constraints = [models.UniqueConstraint(fields=["theater", "number"], name="screen_number_once_per_theater")]

    def __str__(self):
        return f"{self.theater.name}, {self.name}"
