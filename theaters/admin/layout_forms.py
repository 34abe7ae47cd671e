"""The forms in which staff draw a room and change its seats."""

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from theaters.admin.room_words import find_seats, room_problems
from theaters.admin.row_forms import GenerateRowsMixin
from theaters.models import Seat, SeatCategory
from theaters.room_text import nearest_wheelchair, read_room, write_room
from theaters.rows import copy_seats, link_neighbours, number_rows, save_seats

MAX_FILE_SIZE = 100_000


class RoomTextMixin(forms.Form):
    """The room as text: typed, pasted or from a file."""

    text = forms.CharField(
        label=gettext_lazy("The room"),
        required=False,
        strip=False,
        show_hidden_initial=True,
        widget=AdminTextareaWidget(attrs={"rows": 16, "class": "room-text", "spellcheck": "false"}),
        help_text=gettext_lazy("Change a letter and save: the drawing follows. Or paste the text of another room."),
    )
    text_file = forms.FileField(
        label=gettext_lazy("Or a text file"),
        required=False,
        help_text=gettext_lazy("As “Download as text” gives it."),
    )

    def clean_text_file(self):
        given = self.cleaned_data["text_file"]
        if not given:
            return ""
        if given.size > MAX_FILE_SIZE:
            raise ValidationError(_("This file is too large to be the text of a room."))
        try:
            return given.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValidationError(_("This is no text file. Save it as plain text, UTF-8, and try again.")) from error

    def given_text(self):
        """What is to be drawn, and of which field; nothing where the text is as it was."""
        if self.cleaned_data.get("text_file"):
            return self.cleaned_data["text_file"], "text_file"
        is_new = "text" in self.changed_data and self.cleaned_data.get("text", "").strip()
        return (self.cleaned_data["text"], "text") if is_new else ("", "text")

    def read_text(self, layout, theater):
        text, field = self.given_text()
        try:
            seats = read_room(text, layout, theater.seat_categories.all())
        except ValidationError as error:
            self.add_error(field, error)
            return []
        self.cleaned_data["is_curved"] = layout.is_curved
        return seats


class NewLayoutForm(GenerateRowsMixin, RoomTextMixin, forms.ModelForm):
    """A new version: a copy of the screen's latest, or generated rows, or a text."""

    copy_latest = forms.BooleanField(
        label=gettext_lazy("Begin with a copy of the screen's latest layout"),
        required=False,
        help_text=gettext_lazy("Then leave the rest empty."),
    )

    def clean(self):
        cleaned = super().clean()
        screen = cleaned.get("screen")
        if not screen:
            return cleaned
        self.latest = screen.layouts.first()
        self.read = []
        if cleaned.get("copy_latest"):
            if self.latest:
                cleaned["is_curved"] = self.latest.is_curved
                cleaned["has_free_seating"] = cleaned["has_free_seating"] or self.latest.has_free_seating
            else:
                sentence = _("%(screen)s has no layout yet. Generate its rows.")
                self.add_error("copy_latest", sentence % {"screen": screen})
        elif any(self.given_text()[:1]):
            self.read = self.read_text(self.instance, screen.theater)
        else:
            self.check_rows(screen.theater)
        return cleaned

    def save_room(self):
        if self.cleaned_data["copy_latest"]:
            save_seats(copy_seats(self.latest, self.instance))
        else:
            save_seats(self.read or self.generate(self.instance))


class LayoutForm(GenerateRowsMixin, RoomTextMixin, forms.ModelForm):
    """An unpublished layout: change some seats, or draw it anew from a text or in rows; one at a time."""

    UNCHANGED = ("", gettext_lazy("as it is"))

    seats = forms.ModelMultipleChoiceField(queryset=Seat.objects.none(), required=False)
    chosen = forms.CharField(
        label=gettext_lazy("Or by their names"),
        required=False,
        widget=AdminTextInputWidget(attrs={"placeholder": "F7, G1-G4, H"}),
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
        widget=AdminTextInputWidget(attrs={"placeholder": gettext_lazy("the nearest, or F6")}),
    )
    sold = forms.ChoiceField(
        label=gettext_lazy("Sale"),
        required=False,
        choices=[UNCHANGED, ("yes", gettext_lazy("sold")), ("no", gettext_lazy("never sold"))],
    )
    numbering = forms.ChoiceField(
        label=gettext_lazy("Number their rows"),
        required=False,
        choices=[UNCHANGED, ("left", gettext_lazy("from the left")), ("right", gettext_lazy("from the right"))],
    )
    remove = forms.BooleanField(
        label=gettext_lazy("Take them out, leave an aisle"),
        required=False,
    )

    PAINTS = ("category", "feature", "companion_of", "sold", "numbering", "remove")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["seats"].queryset = self.instance.seats.all()
            self.fields["category"].queryset = self.instance.screen.theater.seat_categories.all()
            self.room = list(self.instance.seats.select_related("category", "companion_of"))
            self.initial["text"] = write_room(self.instance, self.room)
            self.drawn_anew, self.painted = [], []

    @property
    def changes_room(self):
        return bool(self.drawn_anew or self.painted)

    def clean(self):
        cleaned = super().clean()
        if "seats" in self.errors:
            del self.errors["seats"]  # it has no place of its own on the page
            self.add_error(None, _("Somebody has drawn the room anew meanwhile. Choose the seats once more."))
            return cleaned
        ways = {
            "rows": bool(cleaned.get("rows")),
            "text": any(self.given_text()[:1]),
            "chosen": bool(cleaned.get("chosen") or cleaned.get("seats")),
        }
        if sum(ways.values()) > 1:
            sentence = _("Change some seats, draw the rows anew, or change the text: one at a time.")
            self.add_error(next(way for way in ("chosen", "text") if ways[way]), sentence)
        elif ways["rows"]:
            self.check_rows(self.instance.screen.theater)
            self.drawn_anew = [] if self.errors else self.generate(self.instance)
        elif ways["text"]:
            self.drawn_anew = self.read_text(self.instance, self.instance.screen.theater)
        elif ways["chosen"] and not self.errors:
            self.paint(cleaned)
        elif any(cleaned.get(name) for name in self.PAINTS):
            self.add_error("chosen", _("Which seats? Choose them in the drawing, or name them: F7, G1-G4."))
        return cleaned

    def paint(self, cleaned):
        if not any(cleaned.get(name) for name in self.PAINTS):
            self.add_error("chosen", _("Say below what these seats become."))
            return
        try:
            named = find_seats(self.room, cleaned["chosen"])
            wheelchair = find_seats(self.room, cleaned["companion_of"]) if cleaned["companion_of"] else []
        except ValidationError as error:
            self.add_error("chosen", error)
            return
        clicked = {seat.pk for seat in cleaned["seats"]}
        self.painted = [seat for seat in self.room if seat in named or seat.pk in clicked]
        if cleaned["remove"]:
            self.room = [seat for seat in self.room if seat not in self.painted]
        else:
            self.paint_in_memory(cleaned, wheelchair)
        for problem in room_problems(self.room, is_finished=False):
            self.add_error(None, problem)

    def paint_in_memory(self, cleaned, wheelchair):
        if len(wheelchair) > 1:
            self.add_error("companion_of", _("A companion seat belongs to one wheelchair space."))
            return
        for seat in self.painted:
            if cleaned["category"]:
                seat.category = cleaned["category"]
            if cleaned["feature"]:
                seat.feature = "" if cleaned["feature"] == "none" else cleaned["feature"]
            if cleaned["sold"]:
                seat.is_blocked = cleaned["sold"] == "no"
        for seat in self.painted:
            if seat.feature != Seat.Feature.COMPANION:
                seat.companion_of = None
            elif wheelchair:
                seat.companion_of = wheelchair[0]
            elif cleaned["feature"]:
                seat.companion_of = nearest_wheelchair(seat, [one for one in self.room if one.y == seat.y])

    def save_room(self):
        if self.drawn_anew:
            self.instance.seats.all().delete()
            save_seats(self.drawn_anew)
        elif self.painted:
            if self.cleaned_data["remove"]:
                Seat.objects.filter(pk__in=[seat.pk for seat in self.painted]).delete()
            if side := self.cleaned_data["numbering"]:
                number_rows(self.room, {seat.y for seat in self.painted}, from_right=side == "right")
            link_neighbours(self.room)
            changed = ["category", "feature", "is_blocked", "companion_of", "next_to_right", "partner"]
            Seat.objects.bulk_update(self.room, changed)
