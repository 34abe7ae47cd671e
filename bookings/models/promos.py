from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now, Upper
from django.utils.translation import gettext_lazy as _

from bookings.models.bookings import Booking
from movies.models import Movie
from theaters.models import Theater
from theaters.models.prices import Weekday


class PromoCode(models.Model):
    """Takes something off the price of the seats, never off the fees."""

    class Kind(models.TextChoices):
        PERCENT = "percent", _("percent of the price")
        AMOUNT = "amount", _("an amount, once per booking")

    theater = models.ForeignKey(
        Theater, verbose_name=_("theater"), on_delete=models.PROTECT, related_name="promo_codes"
    )
    code = models.CharField(
        _("code"),
        max_length=32,
        validators=[RegexValidator(r"^[A-Za-z0-9-]+\Z", _("Letters, digits and hyphens, without spaces."))],
        help_text=_("Customers may type it in small or capital letters."),
    )
    note = models.CharField(_("what it is for"), max_length=120, blank=True, help_text=_("For staff only."))
    kind = models.CharField(_("it takes off"), max_length=8, choices=Kind, default=Kind.PERCENT)
    value = models.DecimalField(
        _("how much"), max_digits=12, decimal_places=3, validators=[MinValueValidator(Decimal("0.001"))]
    )
    is_active = models.BooleanField(_("can be used"), default=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(
        _("until (included)"), null=True, blank=True, help_text=_("By the day on which the customer books.")
    )
    movies = models.ManyToManyField(
        Movie, verbose_name=_("movies"), blank=True, related_name="+", help_text=_("None chosen: every movie.")
    )
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(choices=Weekday),
        verbose_name=_("weekdays"),
        default=list,
        blank=True,
        help_text=_("Of the showtime. None chosen: every day."),
    )
    minimum = models.DecimalField(
        _("from a price of"), max_digits=12, decimal_places=3, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    limit = models.PositiveIntegerField(
        _("how often in all"), null=True, blank=True, help_text=_("1: a single use. Empty: no limit.")
    )
    limit_per_customer = models.PositiveIntegerField(_("how often per customer"), null=True, blank=True)

    class Meta:
        ordering = ["theater", "code"]
        verbose_name = _("promo code")
        verbose_name_plural = _("promo codes")
        constraints = [
            models.UniqueConstraint(
                "theater",
                Upper("code"),
                name="promo_code_once_per_theater",
                violation_error_message=_("This theater has a promo code of that name already."),
            ),
            models.CheckConstraint(
                condition=Q(value__gt=0) & (~Q(kind="percent") | Q(value__lte=100)),
                name="promo_code_value_possible",
                violation_error_message=_("Between 0 and 100 percent, please."),
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_from__lte=F("valid_until")),
                name="promo_code_valid_from_before_until",
                violation_error_message=_("“Valid from” must not be later than “until”."),
            ),
        ]

    def __str__(self):
        return self.code

    def uses(self):
        return self.redemptions.live()

    def uses_by(self, user):
        return self.uses().filter(booking__user=user)


class RedemptionQuerySet(models.QuerySet):
    def live(self):
        return self.filter(released_at__isnull=True)


class Redemption(models.Model):
    """A code used by a booking, counted while that waits or stands. Written and counted under the code's row lock."""

    promo_code = models.ForeignKey(
        PromoCode, verbose_name=_("promo code"), on_delete=models.PROTECT, related_name="redemptions"
    )
    booking = models.ForeignKey(
        Booking, verbose_name=_("booking"), on_delete=models.PROTECT, related_name="redemptions"
    )
    amount = models.DecimalField(_("taken off"), max_digits=12, decimal_places=3)
    created_at = models.DateTimeField(_("used at"), db_default=Now(), editable=False)
    released_at = models.DateTimeField(_("free again at"), null=True, blank=True, editable=False)

    objects = RedemptionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("redemption")
        verbose_name_plural = _("redemptions")
        constraints = [models.UniqueConstraint(fields=["booking"], name="one_promo_code_per_booking")]
        indexes = [
            models.Index(fields=["promo_code"], condition=Q(released_at=None), name="redemption_counted"),
        ]

    def __str__(self):
        return f"{self.promo_code}: {self.booking}"
