from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from theaters.models import Price, PriceCard, SeatCategory
from theaters.models.prices import Weekday
from theaters.money import decimal_places

MOST = 999_999_999  # more the column does not hold


def check_places(amount, currency):
    """Nobody can pay a part of the smallest coin."""
    places = decimal_places(currency)
    if amount != round(amount, places):
        if not places:
            raise ValidationError(_("%(currency)s has no decimal places."), params={"currency": currency})
        raise ValidationError(
            ngettext(
                "%(currency)s has %(places)s decimal place.", "%(currency)s has %(places)s decimal places.", places
            ),
            params={"currency": currency, "places": places},
        )


class AmountField(forms.DecimalField):
    def __init__(self, *, currency, **kwargs):
        self.currency, places = currency, decimal_places(currency)
        widget = forms.NumberInput(
            attrs={"min": 0, "step": Decimal(1).scaleb(-places), "inputmode": "decimal", "class": "price"}
        )
        super().__init__(required=False, min_value=0, max_value=MOST, widget=widget, **kwargs)

    def clean(self, value):
        amount = super().clean(value)
        if amount is not None:
            check_places(amount, self.currency)
        return amount

    def prepare_value(self, value):
        return round(value, decimal_places(self.currency)) if isinstance(value, Decimal) else value


class WeekdaysField(forms.TypedMultipleChoiceField):
    def __init__(self, **kwargs):
        ticks = {"widget": forms.CheckboxSelectMultiple, "choices": Weekday.choices, "coerce": int}
        super().__init__(label=gettext_lazy("Weekdays"), required=False, **ticks, **kwargs)


class PriceCardForm(forms.ModelForm):
    """When a card applies and, once its theater is known, its prices: seat categories by ticket types."""

    weekdays = WeekdaysField(help_text=PriceCard._meta.get_field("weekdays").help_text)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.categories, self.ticket_types, self.cells = [], [], {}
        if self.instance.pk:
            theater = self.instance.theater
            self.categories = list(theater.seat_categories.all())
            self.ticket_types = list(theater.ticket_types.all())
            self.prices = {(price.category_id, price.ticket_type_id): price for price in self.instance.prices.all()}
            self.add_cells(theater.currency)

    def add_cells(self, currency):
        for category in self.categories:
            for ticket_type in self.ticket_types:
                name = f"price_{category.pk}_{ticket_type.pk}"
                price = self.prices.get((category.pk, ticket_type.pk))
                label = _("%(category)s, %(ticket_type)s") % {"category": category, "ticket_type": ticket_type}
                self.fields[name] = AmountField(currency=currency, label=label, initial=price and price.amount)
                self.fields[name].widget.attrs["aria-label"] = label
                self.cells[category.pk, ticket_type.pk] = name

    def matrix(self):
        """For the template: (category, its fields by ticket type)."""
        return [
            (category, [self[self.cells[category.pk, ticket_type.pk]] for ticket_type in self.ticket_types])
            for category in self.categories
        ]

    def missing(self):
        """The stored card's empty cells: (category, the names of its ticket types)."""
        empty = [
            (category, [str(kind) for kind in self.ticket_types if (category.pk, kind.pk) not in self.prices])
            for category in self.categories
        ]
        return [(category, ticket_types) for category, ticket_types in empty if ticket_types]

    def clean(self):
        cleaned = super().clean()
        if self.ends_before_it_begins(cleaned):
            self.add_error(
                "until_time", _("It must be later than “from”, in the day that begins at the theater's day cut.")
            )
        for (category, ticket_type), name in self.cells.items():
            is_emptied = (category, ticket_type) in self.prices and name in cleaned and cleaned[name] is None
            if is_emptied and self.is_on_sale(category):
                self.add_error(name, _("Tickets are on sale at this price; change it, but do not empty it."))
        return cleaned

    def ends_before_it_begins(self, cleaned):
        start, end = cleaned.get("from_time"), cleaned.get("until_time")
        theater = cleaned.get("theater") or (self.instance.theater if self.instance.theater_id else None)
        if not (start and end and theater):
            return False
        card = PriceCard(theater=theater, from_time=start, until_time=end)
        return card.last_minute <= card.minute_of_day(start)

    def is_on_sale(self, category):
        return SeatCategory.objects.filter(
            pk=category,
            seats__layout__showtimes__in=self.instance.showtimes.not_closed(),
        ).exists()

    def save_prices(self):
        for (category, ticket_type), name in self.cells.items():
            amount = self.cleaned_data[name]
            cell = {"card": self.instance, "category_id": category, "ticket_type_id": ticket_type}
            if amount is None:
                Price.objects.filter(**cell).delete()
            elif name in self.changed_data:
                Price.objects.update_or_create(**cell, defaults={"amount": amount})
