from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from theaters.models.places import Theater
from theaters.money import format_money


class TaxRuleQuerySet(models.QuerySet):
    def on(self, day):
        """Those in force on a day, the newest first. See also `TaxRule.is_in_force_on`."""
        begun, not_over = Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_until=None) | Q(valid_until__gte=day)
        return self.filter(begun, not_over).newest_first()

    def newest_first(self):
        return self.order_by(F("valid_from").desc(nulls_last=True), "pk")


class TaxRule(models.Model):
    """A rate that depends on the price or the day of the showtime; the theater's flat rate is for all the rest.

    The price is one seat's, as on the card, with its surcharge and less its discount, without fees. So India's slabs
    are four rows: from 1 January 2019 until 21 September 2025 12 % up to 100 rupees and 18 % over it, from 22 September
    2025 on 5 % and 18 %. (Notifications 27/2018 and 15/2025 Central Tax (Rate), the latter after the 56th meeting of
    the GST Council on 3 September 2025.)

    Fees are taxed by the rule that has no price limits, or else by the flat rate.
    """

    theater = models.ForeignKey(Theater, on_delete=models.CASCADE, related_name="tax_rules")
    name = models.CharField(_("name"), max_length=30, help_text=_("As the customer reads it: VAT, GST."))
    rate = models.DecimalField(
        _("percent"), max_digits=6, decimal_places=3, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    price_over = models.DecimalField(
        _("for prices over"), max_digits=12, decimal_places=3, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    price_up_to = models.DecimalField(
        _("up to (included)"), max_digits=12, decimal_places=3, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("until (included)"), null=True, blank=True)

    objects = TaxRuleQuerySet.as_manager()

    class Meta:
        ordering = ["theater", F("valid_from").desc(nulls_last=True), "price_up_to", "pk"]
        verbose_name = _("tax rule")
        verbose_name_plural = _("tax rules")
        constraints = [
            models.CheckConstraint(
                condition=Q(price_over=None) | Q(price_up_to=None) | Q(price_over__lt=F("price_up_to")),
                name="tax_rule_price_over_below_up_to",
                violation_error_message=_("“For prices over” must be less than “up to”."),
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_from__lte=F("valid_until")),
                name="tax_rule_valid_from_before_until",
                violation_error_message=_("“Valid from” must not be later than “until”."),
            ),
        ]

    def __str__(self):
        currency = self.theater.currency
        over = _("over %s") % format_money(self.price_over, currency) if self.price_over is not None else ""
        up_to = _("up to %s") % format_money(self.price_up_to, currency) if self.price_up_to is not None else ""
        return " ".join(filter(None, [f"{self.name} {self.rate.normalize():f} %", over, up_to]))

    @property
    def is_for_any_price(self):
        return self.price_over is None and self.price_up_to is None

    def is_in_force_on(self, day) -> bool:
        """See also `TaxRuleQuerySet.on`."""
        is_begun = self.valid_from is None or self.valid_from <= day
        return is_begun and (self.valid_until is None or day <= self.valid_until)
