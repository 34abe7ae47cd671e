"""Where seating is free, the map is a form: how many places, of each seat category, and how many for wheelchairs."""

from collections.abc import Collection

from django import forms
from django.utils.translation import gettext as _

from bookings.exceptions import BadChoice
from bookings.flows import FreePlaces, Places
from bookings.seat_map import CategoryPrice

PLACES, SPACES = "places_", "spaces"


class PlacesForm(forms.Form):
    """Each field knows its `price`, in words, and how many are `left`. `chosen` stands in it at first."""

    def __init__(self, data, *, categories: Collection[CategoryPrice], free: FreePlaces, most: int, chosen: Places):
        super().__init__(data if is_in(data) else None)
        self.free, self.most = free, most
        sold = [one for one in categories if one.amount and one.id in free.categories]
        is_only_one = len(sold) == 1 and not free.has_spaces
        for one in sold:
            label = _("How many places?") if len(sold) == 1 else one.name
            given = chosen.by_category.get(one.id, 0)
            self.add(f"{PLACES}{one.id}", label, given, one.price, free.left(one.id), least=int(is_only_one))
        if free.has_spaces:
            prices = [one.price for one in categories if one.id in free.categories_of_spaces]
            self.add(SPACES, _("Wheelchair spaces"), chosen.spaces, " / ".join(prices), free.spaces_left, least=0)

    def add(self, name: str, label: str, given: int, price: str, left: int, *, least: int) -> None:
        said = f"id_{name}_price id_{name}_note" if name == SPACES else f"id_{name}_price"
        attrs = {"class": "form-control places__number", "inputmode": "numeric", "aria-describedby": said}
        box = forms.NumberInput(attrs=attrs)
        field = forms.IntegerField(
            label=label, initial=given, min_value=least, max_value=self.most, required=bool(least), widget=box
        )
        field.price, field.left = price, left
        self.fields[name] = field

    def wanted(self) -> Places:
        """Raises BadChoice with a sentence."""
        if not self.is_valid():
            raise self.refusal()
        numbers = {name: number or 0 for name, number in self.cleaned_data.items()}
        spaces = numbers.pop(SPACES, 0)
        wanted = Places({int(name.removeprefix(PLACES)): n for name, n in numbers.items() if n}, spaces)
        if wanted.count > self.most:
            raise self.refusal()
        return wanted

    def refusal(self) -> BadChoice:
        return BadChoice(_("Please say how many places you need, up to %(most)d in all.") % {"most": self.most})


def is_in(data) -> bool:
    """Whether somebody has said a number."""
    return any(is_number(name) for name in data)


def is_number(name: str) -> bool:
    return name.startswith(PLACES) or name == SPACES
