"""What is typed at the box office."""

import uuid
from decimal import Decimal

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from bookings.flows import FREE, Sale
from bookings.forms import TicketTypesForm
from bookings.models import Booking, CashMovement, Payment
from bookings.pricing import Quote
from theaters.models import Showtime
from theaters.money import decimal_places, format_money

# What lies in a drawer, of the currencies whose coins we know; of others the total is typed.
COINS = {
    "CHF": "200 100 50 20 10 5 2 1 0.50 0.20 0.10 0.05",
    "EUR": "200 100 50 20 10 5 2 1 0.50 0.20 0.10 0.05 0.02 0.01",
    "GBP": "50 20 10 5 2 1 0.50 0.20 0.10 0.05 0.02 0.01",
    "INR": "500 200 100 50 20 10 5 2 1",
    "JPY": "10000 5000 2000 1000 500 100 50 10 5 1",
    "USD": "100 50 20 10 5 2 1 0.50 0.25 0.10 0.05 0.01",
}


def money_field(currency: str, **options) -> forms.DecimalField:
    places = decimal_places(currency)
    step = str(Decimal(1).scaleb(-places))
    attrs = {"inputmode": "decimal", "step": step, "autocomplete": "off", **options.pop("attrs", {})}
    return forms.DecimalField(
        max_digits=12, decimal_places=places, widget=forms.NumberInput(attrs=attrs), min_value=0, **options
    )


class WaitingRoomForm(forms.ModelForm):
    class Meta:
        model = Showtime
        fields = ["has_waiting_room", "waiting_room_rate", "waiting_room_places"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["waiting_room_rate"].widget.attrs["placeholder"] = settings.WAITING_ROOM_RATE
        self.fields["waiting_room_places"].widget.attrs["placeholder"] = settings.WAITING_ROOM_PLACES
        self.numbers = [self["waiting_room_rate"], self["waiting_room_places"]]


class SaleForm(TicketTypesForm):
    """The ticket types, and how they are paid: each tender is a button."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    comp = forms.ChoiceField(label=_("Free, because"), required=False)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args, free_tariff=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.free_tariff = free_tariff
        currency = self.tariff.currency
        self.fields["comp"].choices = [("", _("Please choose")), *Booking.Comp.choices]
        self.fields["cash_given"] = money_field(
            currency, label=_("Cash given"), required=False, attrs={"autofocus": True}
        )
        tenders = [*Payment.Tender.choices[1:], *([(FREE, _("Free"))] if free_tariff else [])]
        self.fields["tender"] = forms.ChoiceField(
            choices=tenders, error_messages={"required": _("Please choose how it is paid.")}
        )

    def clean(self):
        cleaned = super().clean()
        tender, given, total = cleaned.get("tender"), cleaned.get("cash_given"), self.quote().total
        if tender == FREE and not cleaned.get("comp"):
            self.add_error("comp", _("Please say why these tickets are free."))
        # Enter in the note presses the first button, which is that of cash.
        if tender and tender != FREE and (cleaned.get("comp") or cleaned.get("note")):
            self.add_error("comp", _("You said why these tickets are free. Press Free, or take that out."))
        if tender == Payment.Tender.CASH and given is not None and given < total:
            words = _("%(given)s is less than the total of %(total)s.")
            amounts = {"given": given, "total": total}
            money = {name: format_money(amount, self.tariff.currency) for name, amount in amounts.items()}
            self.add_error("cash_given", words % money)
        return cleaned

    def sale(self) -> Sale:
        cleaned = self.cleaned_data
        names = {name: cleaned[name] for name in ("tender", "key", "cash_given", "comp", "note")}
        return Sale(quote=self.free_quote() if cleaned["tender"] == FREE else self.quote(), **names)

    def chosen_types(self) -> dict:
        names = map(self.name_for, self.seats)
        chosen = getattr(self, "cleaned_data", {})
        return {name: chosen[name] for name in names if chosen.get(name)}

    def free_quote(self) -> Quote:
        return self.quote_by(self.free_tariff)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200)


class FloatForm(forms.Form):
    def __init__(self, *args, currency, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["amount"] = money_field(currency, label=_("Float: the change in the drawer"))


class MovementForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4, required=False)
    kind = forms.ChoiceField(label=_("What"), choices=CashMovement.Kind)
    reason = forms.CharField(label=_("What for"), max_length=200)

    def __init__(self, *args, currency, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["amount"] = money_field(currency, label=_("Amount"))
        self.order_fields(["kind", "amount", "reason"])

    def renew(self):
        """The next time it is sent it is another movement."""
        self.data = self.data.copy()
        self.data["key"] = uuid.uuid4()

    def clean_amount(self):
        if not self.cleaned_data["amount"]:
            raise forms.ValidationError(_("Please enter more than nothing."))
        return self.cleaned_data["amount"]


class CashUpForm(forms.Form):
    """The drawer, counted in all or coin by coin."""

    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args, currency, **kwargs):
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.coins = COINS.get(currency, "").split()
        for coin in self.coins:
            field = forms.IntegerField(label=format_money(Decimal(coin), currency), min_value=0, required=False)
            field.widget.attrs.update({"inputmode": "numeric", "max": 99999})
            self.fields[f"coin_{coin}"] = field
        self.fields["counted"] = money_field(currency, label=_("Counted in all"), required=False)

    def coin_fields(self):
        return [self[f"coin_{coin}"] for coin in self.coins]

    def clean(self):
        cleaned = super().clean()
        self.pieces = {coin: cleaned[f"coin_{coin}"] for coin in self.coins if cleaned.get(f"coin_{coin}")}
        added = sum((Decimal(coin) * pieces for coin, pieces in self.pieces.items()), Decimal(0))
        counted = cleaned.get("counted")
        if counted is None and not self.pieces and not self.errors:
            raise forms.ValidationError(_("Please count the drawer: type the total, or how many there are of each."))
        if counted is not None and self.pieces and counted != added:
            raise forms.ValidationError(
                _("The coins and notes add up to %(added)s, which is not the total you typed. Correct one of them.")
                % {"added": format_money(added, self.currency)}
            )
        cleaned["counted"] = added if counted is None else counted
        return cleaned
