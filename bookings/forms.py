from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.ages import note_on, types_for, why_not
from bookings.flows import ANY, LOWEST, Wish
from bookings.pricing import Quote, Tariff, price_parts, quote_seats
from bookings.push import is_push_service, unbase64
from movies.certificates import Certificate
from theaters.money import format_money


class TicketTypeField(forms.TypedChoiceField):
    """`refused`: by value, why an age keeps it from being a choice."""

    def __init__(self, *, refused: dict[str, str], **kwargs):
        super().__init__(**kwargs)
        self.refused = refused

    def validate(self, value):
        if value in self.refused:
            raise forms.ValidationError(self.refused[value])
        super().validate(value)


class TicketTypesForm(forms.Form):
    """A ticket type for each seat, `ticket_type_<seat id>`; left out, it is the default one."""

    def __init__(self, *args, seats, ticket_types, tariff: Tariff, certificate: Certificate, **kwargs):
        super().__init__(*args, **kwargs)
        self.seats, self.tariff, self.certificate = seats, tariff, certificate
        self.ticket_types = {ticket_type.pk: ticket_type for ticket_type in ticket_types}
        self.sold = set()
        too_young = [kind for kind in self.ticket_types.values() if not certificate.admits(kind.max_age)]
        for seat in seats:
            sold = types_for(seat, self.ticket_types.values(), tariff, certificate)
            self.sold.update(sold)
            self.fields[self.name_for(seat)] = TicketTypeField(
                refused={str(kind.pk): why_not(kind, certificate) for kind in too_young if kind not in sold},
                label=(_("Ticket for seat %(seat)s") if seat.row else _("Ticket for place %(seat)s"))
                % {"seat": seat.label},
                choices=[(kind.pk, self.with_price(kind, seat)) for kind in sold],
                initial=sold[0].pk if sold else None,
                coerce=int,
                empty_value=None,
                required=False,
                error_messages={
                    "invalid_choice": _("This ticket type is not sold for seat %(seat)s. Please choose another.")
                    % {"seat": seat.label}
                },
            )

    @staticmethod
    def name_for(seat) -> str:
        return f"ticket_type_{seat.pk}"

    def with_price(self, ticket_type, seat) -> str:
        total = price_parts(self.tariff, self.tariff.cells[seat.category_id, ticket_type.pk])[-1]
        return f"{ticket_type.name}, {format_money(total, self.tariff.currency)}"

    def age_notes(self) -> list[str]:
        """Of the ticket types for people below the age: those that are sold, and those that are not."""
        below = [kind for kind in self.ticket_types.values() if self.certificate.is_above(kind.max_age)]
        sold = [kind for kind in below if kind in self.sold]
        not_sold = [kind for kind in below if kind not in self.sold]
        notes = note_on(sold, self.certificate, are_sold=True), note_on(not_sold, self.certificate, are_sold=False)
        return list(filter(None, notes))

    def quote(self) -> Quote:
        """The price of what is chosen; where a choice is missing or wrong, of the default ticket type."""
        return self.quote_by(self.tariff)

    def quote_by(self, tariff: Tariff) -> Quote:
        chosen = getattr(self, "cleaned_data", {})
        initial = {name: field.initial for name, field in self.fields.items()}
        kinds = [chosen.get(self.name_for(seat)) or initial[self.name_for(seat)] for seat in self.seats]
        return quote_seats(tariff, zip(self.seats, map(self.ticket_types.get, kinds), strict=True))


class PartyForm(forms.Form):
    """How many come, for the best seats; `categories` are those of the map, with their prices.

    `has_spaces`: the room has places for wheelchairs, so we ask. Nobody has to prove the answer.
    """

    def __init__(self, *args, most: int, categories, has_spaces: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        numbers = [(str(n), str(n)) for n in range(most + 1)]
        self.fields["party"] = self.number(_("How many of you?"), [("", _("one by one")), *numbers[1:]])
        self.fields["children"] = self.number(_("Children among you"), numbers)
        if len({category.amount for category in categories}) > 1:
            prices = [(str(one.id), f"{one.name}, {one.price}") for one in categories if one.amount]
            choices = [(LOWEST, _("the lowest")), (ANY, _("any, the best view")), *prices]
            self.fields["price"] = forms.ChoiceField(label=_("Price"), choices=choices, required=False)
        if has_spaces:
            box = forms.CheckboxInput(attrs={"value": "wheelchair"})
            question = _("Somebody in my party uses a wheelchair or needs a companion seat")
            self.fields["need"] = forms.BooleanField(label=question, widget=box, required=False)

    @staticmethod
    def number(label, choices):
        return forms.TypedChoiceField(label=label, choices=choices, coerce=int, empty_value=0, required=False)

    def wish(self) -> Wish | None:
        """None where no number is chosen, or something that the form does not offer."""
        if not self.is_valid() or not self.cleaned_data["party"]:
            return None
        data = self.cleaned_data
        return Wish(
            data["party"], min(data["children"], data["party"]), data.get("price", LOWEST), data.get("need", False)
        )


class WaitingForm(PartyForm):
    """For how many seats somebody waits."""

    apart = forms.BooleanField(
        label=_("We may also sit apart, in parts of two or more"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )

    def __init__(self, *args, most: int, categories, **kwargs):
        super().__init__(*args, most=most, categories=categories, auto_id="waiting_%s", **kwargs)
        numbers = [(str(n), str(n)) for n in range(1, most + 1)]
        self.fields["party"] = self.number(_("How many of you?"), numbers)
        self.order_fields(["party", "children", "price", "apart"])

    @property
    def selects(self):
        return [field for field in self if field.name != "apart"]


class CancelForm(forms.Form):
    """Staff cancel a booking for its customer."""

    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("The customer reads it in the mail."))


class FindTicketsForm(forms.Form):
    email = forms.EmailField(
        label=_("Email address"),
        max_length=240,
        help_text=_("The one with which you have booked."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class PushForm(forms.Form):
    """What a browser says of its push subscription: never an address that is not a push service's."""

    endpoint = forms.CharField(max_length=1000)
    p256dh = forms.CharField(max_length=100)
    auth = forms.CharField(max_length=50)

    def clean_endpoint(self):
        if not is_push_service(self.cleaned_data["endpoint"]):
            raise forms.ValidationError(_("This browser's messages come from a place that we do not know."))
        return self.cleaned_data["endpoint"]

    def clean_p256dh(self):
        return self.of_length(self.cleaned_data["p256dh"], 65)

    def clean_auth(self):
        return self.of_length(self.cleaned_data["auth"], 16)

    @staticmethod
    def of_length(text: str, length: int) -> str:
        try:
            is_right = len(unbase64(text)) == length
        except ValueError:
            is_right = False
        if not is_right:
            raise forms.ValidationError(_("This is no key of a browser."))
        return text


class DoorForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=300,
        widget=forms.TextInput(
            attrs={"autofocus": True, "autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )


class DoorPlaceForm(forms.Form):
    """Where an usher works: a theater, or one of its screens."""

    place = forms.ChoiceField(label=_("Where do you work?"), required=False)

    def __init__(self, *args, theaters, **kwargs):
        super().__init__(*args, **kwargs)
        doors = [(str(one), self.doors_of(one)) for one in theaters.prefetch_related("screens")]
        self.fields["place"].choices = [("", _("Anywhere")), *doors]

    @staticmethod
    def doors_of(theater):
        screens = [(f"{theater.pk}-{screen.pk}", screen.name) for screen in theater.screens.all()]
        return [(str(theater.pk), _("%s, all screens") % theater), *screens]


class DoorSearchForm(forms.Form):
    """Somebody stands there without a ticket."""

    words = forms.CharField(
        label=_("Name, email address or reference"),
        min_length=3,
        max_length=200,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"min_length": _("Three letters at least, please.")},
    )


class DoorScanForm(forms.Form):
    """What a phone sends of one scan; see static/js/door_line.js."""

    id = forms.UUIDField()
    code = forms.CharField(max_length=300)
    at = forms.DateTimeField()
    place = forms.CharField(max_length=50, required=False)
    let_in = forms.BooleanField(required=False)

    def clean_code(self):
        """Codes of others may hold anything, and JSON even halves of letters, which no database takes."""
        return self.cleaned_data["code"].encode("ascii", "replace").decode()
