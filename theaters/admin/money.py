"""What stands beside the price cards, on the page of the theater: holidays, surcharges, taxes, fees."""

from decimal import Decimal

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


def show_places(form, names, currency):
    """12.50 EUR and 1200 JPY, not 12.500 and 1200.000 as they are stored."""
    for name in set(names) & set(form.initial):
        if isinstance(amount := form.initial[name], Decimal):
            form.initial[name] = round(amount, decimal_places(currency))


class AmountsForm(forms.ModelForm):
    """Of a row that belongs to a theater."""

    amounts = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            show_places(self, self.amounts, self.instance.theater.currency)

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


class TaxRuleInline(InTheater, admin.StackedInline):
    model = TaxRule
    form = TaxRuleForm
    extra = 0
    fields = [("name", "rate"), ("price_over", "price_up_to"), ("valid_from", "valid_until")]
    verbose_name_plural = _("tax rules: where the rate depends on the price or the date of the showtime")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("theater")
