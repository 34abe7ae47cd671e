"""What stands beside the price cards, on the page of the theater: holidays, surcharges, taxes, fees."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from theaters.admin.price_forms import check_places
from theaters.admin.scope import InTheater
from theaters.models import Holiday, Surcharge, TaxRule
from theaters.money import decimal_places


def check_amounts(form, names, currency):
    """Say beside each field what nobody could pay."""
    for name in names:
        amount = form.cleaned_data.get(name)
        try:
            if amount is not None and currency:
                check_places(amount, currency)
        except forms.ValidationError as error:
            form.add_error(name, error)


class AmountsForm(forms.ModelForm):
    """Of a row that belongs to a theater, and shows its amounts with as many places as the currency has."""

    amounts = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in set(self.amounts) & set(self.initial):
                if (amount := self.initial[name]) is not None:
                    self.initial[name] = round(amount, decimal_places(self.instance.theater.currency))

    def clean(self):
        cleaned = super().clean()
        if self.instance.theater_id:
            check_amounts(self, self.amounts, self.instance.theater.currency)
        return cleaned


class SurchargeForm(AmountsForm):
    amounts = ("amount",)


class TaxRuleForm(AmountsForm):
    amounts = ("price_over", "price_up_to")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk and "rate" in self.initial:
            self.initial["rate"] = f"{self.initial['rate'].normalize():f}"


class RuleInline(InTheater, admin.TabularInline):
    extra = 0

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("theater")


class HolidayInline(RuleInline):
    model = Holiday


class SurchargeInline(RuleInline):
    model = Surcharge
    form = SurchargeForm


class TaxRuleInline(RuleInline):
    model = TaxRule
    form = TaxRuleForm
    verbose_name_plural = _("tax rules: where the rate depends on the price or the date of the showtime")
