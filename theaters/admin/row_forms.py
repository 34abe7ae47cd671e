from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from theaters.models import SeatLayout
from theaters.rows import generate_seats


class GenerateRowsMixin(forms.Form):
    """The row generator; `generate(layout)` gives the seats after a successful `check_rows`."""

    rows = forms.CharField(
        label=gettext_lazy("Rows"),
        required=False,
        help_text=gettext_lazy("From the screen: A-N, or A-F,AA-CC, or 1-12."),
    )
    seats_per_row = forms.IntegerField(label=gettext_lazy("Seats per row"), required=False, min_value=1, max_value=40)
    skip = forms.CharField(
        label=gettext_lazy("Letters left out"),
        required=False,
        initial="IO",
        help_text=gettext_lazy("I and O look like 1 and 0."),
    )
    aisles_after = forms.CharField(
        label=gettext_lazy("Aisles after seat"),
        required=False,
        help_text=gettext_lazy("Counted from the left of a full row, such as 6,12."),
    )
    right_to_left = forms.ChoiceField(
        label=gettext_lazy("Seat 1 is"),
        choices=[("", gettext_lazy("on the left, facing the screen")), ("1", gettext_lazy("on the right"))],
        required=False,
    )
    short_rows = forms.CharField(
        label=gettext_lazy("Shorter rows"),
        required=False,
        help_text=gettext_lazy("Centred, such as A: 10, B: 12."),
    )
    categories = forms.CharField(
        label=gettext_lazy("Categories"),
        required=False,
        widget=AdminTextareaWidget(attrs={"rows": 4}),
        help_text=gettext_lazy("One line each; later lines win. Such as “*: Standard” and then “D-K: Premium”."),
    )

    def clean_aisles_after(self):
        words = self.cleaned_data["aisles_after"].replace(",", " ").split()
        if not all(word.isascii() and word.isdigit() and len(word) < 4 for word in words):
            raise ValidationError(_("Write numbers of seats, such as 6,12."))
        return [int(word) for word in words]

    def clean_short_rows(self):
        short = {}
        for part in self.cleaned_data["short_rows"].split(","):
            if not part.strip():
                continue
            row, _colon, seats = (word.strip() for word in part.partition(":"))
            if not (row and seats.isascii() and seats.isdigit() and len(seats) < 4):
                raise ValidationError(_("Write a row, a colon and its number of seats: A: 10, B: 12."))
            short[row] = int(seats)
        return short

    def read_categories(self, theater):
        """The lines as (rows, category), the category found by its name."""
        known = {category.name.casefold(): category for category in theater.seat_categories.all()}
        pairs = []
        for line in self.cleaned_data["categories"].splitlines():
            if not line.strip():
                continue
            rows, colon, name = (word.strip() for word in line.partition(":"))
            if not colon:
                raise ValidationError(_("“%(line)s” needs a colon: A-C: Standard."), params={"line": line})
            if name.casefold() not in known:
                raise ValidationError(
                    _("%(theater)s has no seat category “%(name)s”, but: %(known)s."),
                    params={
                        "theater": theater,
                        "name": name,
                        "known": ", ".join(map(str, known.values())) or _("none"),
                    },
                )
            pairs.append((rows, known[name.casefold()]))
        return pairs

    def check_rows(self, theater):
        """Try the generator, so that what it refuses stands beside the form."""
        for name in ("rows", "seats_per_row", "categories"):
            if name not in self.errors and not self.cleaned_data.get(name):
                self.add_error(name, _("The rows need this."))
        if self.errors:
            return
        try:
            self.pairs = self.read_categories(theater)
        except ValidationError as error:
            self.add_error("categories", error)
            return
        try:
            self.generate(SeatLayout())
        except ValueError as error:
            self.add_error(None, str(error))  # one of our own sentences, see theaters/rows.py

    def generate(self, layout):
        words = {name: self.cleaned_data[name] for name in ("rows", "skip", "aisles_after", "short_rows")}
        words["seats"] = self.cleaned_data["seats_per_row"]
        right_to_left = bool(self.cleaned_data["right_to_left"])
        return generate_seats(layout, categories=self.pairs, right_to_left=right_to_left, **words)
