"""The forms in which staff draw a room and change its seats."""

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from theaters.admin.room_words import find_seats, room_problems
from theaters.models import Seat, SeatCategory, SeatLayout
from theaters.rows import copy_seats, generate_seats


class GenerateRowsMixin(forms.Form):
    """The row generator. `self.seats_for(layout)` gives the seats after a successful `is_valid`."""

    rows = forms.CharField(
        label=gettext_lazy("Rows"),
        required=False,
        help_text=gettext_lazy("From the screen: A-N, or A-F,AA-CC, or 1-12."),
    )
    seats = forms.IntegerField(label=gettext_lazy("Seats per row"), required=False, min_value=1, max_value=40)
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
        for name in ("rows", "seats", "categories"):
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
        words = {name: self.cleaned_data[name] for name in ("rows", "seats", "skip", "aisles_after", "short_rows")}
        right_to_left = bool(self.cleaned_data["right_to_left"])
        return generate_seats(layout, categories=self.pairs, right_to_left=right_to_left, **words)


class NewLayoutForm(GenerateRowsMixin, forms.ModelForm):
    """A new version: a copy of the screen's latest, or generated rows."""

    copy_latest = forms.BooleanField(
        label=gettext_lazy("Begin with a copy of the screen's latest layout"),
        required=False,
        help_text=gettext_lazy("Then leave the rows below empty."),
    )

    def clean(self):
        cleaned = super().clean()
        screen = cleaned.get("screen")
        if not screen:
            return cleaned
        self.latest = screen.layouts.first()
        if not cleaned["copy_latest"]:
            self.check_rows(screen.theater)
        elif not self.latest:
            self.add_error("copy_latest", _("%(screen)s has no layout yet. Generate its rows.") % {"screen": screen})
        return cleaned

    def new_seats(self):
        copies = self.cleaned_data["copy_latest"]
        return copy_seats(self.latest, self.instance) if copies else self.generate(self.instance)


class LayoutForm(GenerateRowsMixin, forms.ModelForm):
    """An unpublished layout: change some seats, or draw all rows anew."""

    UNCHANGED = ("", gettext_lazy("as it is"))

    chosen = forms.CharField(
        label=gettext_lazy("Change these seats"),
        required=False,
        help_text=gettext_lazy("Such as F7, F8, G1-G4; a letter alone is the whole row."),
    )
    category = forms.ModelChoiceField(
        label=gettext_lazy("Category"),
        queryset=SeatCategory.objects.none(),
        required=False,
        empty_label=UNCHANGED[1],
    )
    feature = forms.ChoiceField(
        label=gettext_lazy("Feature"),
        required=False,
        choices=[UNCHANGED, ("none", gettext_lazy("none")), *(pair for pair in Seat.Feature.choices if pair[0])],
    )
    companion_of = forms.CharField(
        label=gettext_lazy("Companion of"),
        required=False,
        help_text=gettext_lazy("For companion seats: the wheelchair space, such as F6."),
    )
    sold = forms.ChoiceField(
        label=gettext_lazy("Sale"),
        required=False,
        choices=[UNCHANGED, ("yes", gettext_lazy("sold")), ("no", gettext_lazy("never sold"))],
    )
    remove = forms.BooleanField(
        label=gettext_lazy("Take these seats out of the room"),
        required=False,
        help_text=gettext_lazy("The others keep their numbers."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["category"].queryset = self.instance.screen.theater.seat_categories.all()

    @property
    def draws_anew(self):
        return bool(self.cleaned_data["rows"])

    def clean(self):
        cleaned = super().clean()
        self.room = list(self.instance.seats.select_related("category"))
        if cleaned.get("rows"):
            self.check_rows(self.instance.screen.theater)
            if cleaned.get("chosen"):
                self.add_error("chosen", _("Draw the rows anew, or change some seats: one at a time."))
        elif cleaned.get("chosen") and not self.errors:
            self.change_chosen(cleaned)
        elif self.names_a_change(cleaned):
            self.add_error("chosen", _("Which seats? Name them, such as F7, G1-G4."))
        return cleaned

    @staticmethod
    def names_a_change(cleaned):
        return any(cleaned.get(name) for name in ("category", "feature", "companion_of", "sold", "remove"))

    def change_chosen(self, cleaned):
        if not self.names_a_change(cleaned):
            self.add_error("chosen", _("Say below what to change of these seats."))
            return
        try:
            self.changed_seats = find_seats(self.room, cleaned["chosen"])
            wheelchair = find_seats(self.room, cleaned["companion_of"]) if cleaned["companion_of"] else []
        except ValidationError as error:
            self.add_error("chosen", error)
            return
        if cleaned["remove"]:
            self.room = [seat for seat in self.room if seat not in self.changed_seats]
        else:
            self.change_in_memory(cleaned, wheelchair)
        for problem in room_problems(self.room, is_finished=False):
            self.add_error(None, problem)

    def change_in_memory(self, cleaned, wheelchair):
        if len(wheelchair) > 1:
            self.add_error("companion_of", _("A companion seat belongs to one wheelchair space."))
            return
        for seat in self.changed_seats:
            if cleaned["category"]:
                seat.category = cleaned["category"]
            if cleaned["feature"]:
                seat.feature = "" if cleaned["feature"] == "none" else cleaned["feature"]
            if cleaned["sold"]:
                seat.is_blocked = cleaned["sold"] == "no"
            if wheelchair:
                seat.companion_of = wheelchair[0]
            if seat.feature != Seat.Feature.COMPANION:
                seat.companion_of = None

    def save_changed_seats(self):
        if self.cleaned_data["remove"]:
            Seat.objects.filter(pk__in=[seat.pk for seat in self.changed_seats]).delete()
        else:
            Seat.objects.bulk_update(self.changed_seats, ["category", "feature", "is_blocked", "companion_of"])
