import re
from datetime import time, timedelta

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from movies.models import Language, Movie
from theaters.admin.clock import WallClockField, moments_of, never_shown
from theaters.admin.plans import MOST_ROWS
from theaters.models import Screen, Showtime
from theaters.models.prices import Format, Weekday

OCCURRENCES = [
    ("earlier", gettext_lazy("the first time, still in summer time")),
    ("later", gettext_lazy("the second time, after the clocks have gone back")),
]
STATUSES = [
    (Showtime.Status.DRAFT, gettext_lazy("as drafts, to be published later")),
    (Showtime.Status.PUBLISHED, gettext_lazy("published at once")),
]
MOST_DAYS = 62
CLOCK = re.compile(r"([01]?\d|2[0-3])[:.h]([0-5]\d)")


class DayField(forms.DateField):
    def __init__(self, **kwargs):
        super().__init__(widget=forms.DateInput({"type": "date", "class": "wall-clock"}, format="%Y-%m-%d"), **kwargs)

    def clean(self, value):
        day = super().clean(value)
        if day and not 1990 <= day.year <= 2200:
            raise ValidationError(_("Is the year %(year)s right?"), params={"year": day.year})
        return day


class ClockTimesField(forms.CharField):
    """14:00 17:15 20:30, in any order, with whatever between them."""

    def clean(self, value):
        words = super().clean(value).replace(",", " ").replace(";", " ").split()
        found = [CLOCK.fullmatch(word) for word in words]
        if None in found:
            wrong = words[found.index(None)]
            raise ValidationError(_("“%(word)s” is no time. Write it like 20:30."), params={"word": wrong})
        return sorted({time(int(match[1]), int(match[2])) for match in found})


class MovieField(forms.ModelChoiceField):
    def label_from_instance(self, obj):
        if obj.runtime_minutes:
            return _("%(movie)s, %(minutes)s min") % {"movie": obj, "minutes": obj.runtime_minutes}
        return _("%(movie)s (no runtime yet)") % {"movie": obj}


class ScreensField(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj):
        return obj.name


class PlanForm(forms.Form):
    """What all plans ask; `occurrence` only when the clocks go back on one of the days."""

    status = forms.ChoiceField(label=gettext_lazy("Save them"), choices=STATUSES, initial=Showtime.Status.DRAFT)
    occurrence = forms.ChoiceField(choices=OCCURRENCES, required=False, widget=forms.RadioSelect)

    def __init__(self, *args, theater, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)
        self.theater = theater


class PatternForm(PlanForm):
    movie = MovieField(
        label=gettext_lazy("Movie"),
        queryset=Movie.objects.all(),
        widget=AutocompleteSelect(Showtime._meta.get_field("movie"), admin.site),
    )
    screens = ScreensField(label=gettext_lazy("Screens"), queryset=Screen.objects.none())
    first_day = DayField(label=gettext_lazy("From"))
    last_day = DayField(label=gettext_lazy("To, that day included"))
    weekdays = forms.MultipleChoiceField(
        label=gettext_lazy("Only on"),
        choices=Weekday.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None ticked: every day."),
    )
    times = ClockTimesField(
        label=gettext_lazy("Times"),
        widget=forms.TextInput({"placeholder": "14:00 17:15 20:30", "class": "wide"}),
        max_length=200,
    )
    format = forms.ChoiceField(label=gettext_lazy("Format"), choices=Format)
    audio_language = forms.ModelChoiceField(
        label=gettext_lazy("Spoken"), queryset=Language.objects.all(), required=False, empty_label="–"
    )
    subtitle_language = forms.ModelChoiceField(
        label=gettext_lazy("Subtitles"), queryset=Language.objects.all(), required=False, empty_label="–"
    )
    attributes = forms.MultipleChoiceField(
        label=gettext_lazy("Special"),
        choices=Showtime.Attribute.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    is_listed = forms.BooleanField(
        label=gettext_lazy("Listed"),
        required=False,
        initial=True,
        help_text=Showtime._meta.get_field("is_listed").help_text,
    )
    on_sale = WallClockField(
        label=gettext_lazy("On sale from"), required=False, help_text=gettext_lazy("Empty: as soon as it is published.")
    )

    field_order = [
        *("movie", "times", "screens", "first_day", "last_day", "weekdays", "format", "audio_language"),
        *("subtitle_language", "attributes", "status", "on_sale", "is_listed"),
    ]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["screens"].queryset = self.theater.screens.all()
        cut = {"time": f"{self.theater.day_cut:%H:%M}"}
        self.fields["times"].help_text = (
            _("By the theater's clock. A time before %(time)s is the night after the evening.") % cut
        )

    def clean(self):
        cleaned = super().clean()
        if "first_day" in cleaned and "last_day" in cleaned:
            self.judge_days(cleaned["last_day"] - cleaned["first_day"] + timedelta(days=1))
        if "on_sale" in cleaned:
            cleaned["on_sale_from"] = self.sale_begins(cleaned["on_sale"])
        if not self.errors:
            days = (cleaned["last_day"] - cleaned["first_day"]).days + 1
            if days * len(cleaned["times"]) * len(cleaned["screens"]) > MOST_ROWS:
                self.add_error(None, _("These are too many at once. Plan fewer days, times or screens."))
        return cleaned

    def judge_days(self, length):
        if length.days < 1:
            self.add_error("last_day", _("The last day lies before the first."))
        elif length.days > MOST_DAYS:
            sentence = ngettext("Plan up to %(n)s day at once.", "Plan up to %(n)s days at once.", MOST_DAYS)
            self.add_error("last_day", sentence % {"n": MOST_DAYS})

    def sale_begins(self, wall):
        return wall and one_moment(self, "on_sale", wall, self.theater)


def one_moment(form, field, wall, theater):
    """The moment of a wall time that has exactly one; else an error of the field in words."""
    moments = moments_of(wall, theater.zone)
    if len(moments) == 1:
        return moments[0]
    twice = _("The clocks go back that night: %(time)s comes twice. Choose another time.") % {"time": f"{wall:%H:%M}"}
    form.add_error(field, twice if moments else never_shown(wall, theater))
    return None


class CopyForm(PlanForm):
    """What lies in the days from `first_day` goes to those from `target`."""

    first_day = DayField(label=gettext_lazy("Copy"))
    length = forms.TypedChoiceField(
        label=gettext_lazy("How much"),
        coerce=int,
        choices=[(1, gettext_lazy("that day")), (7, gettext_lazy("seven days from it"))],
    )
    target = DayField(label=gettext_lazy("To"), help_text=gettext_lazy("The first day of the copy."))

    field_order = ["first_day", "length", "target", "status"]

    def clean(self):
        cleaned = super().clean()
        if "first_day" in cleaned and cleaned.get("target") == cleaned["first_day"]:
            self.add_error("target", _("Choose another day than the one that is copied."))
        return cleaned

    @property
    def days_between(self):
        return (self.cleaned_data["target"] - self.cleaned_data["first_day"]).days
