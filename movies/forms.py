from django import forms
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from movies.filters import CITY, PARTIES, Finder, showtimes_on_sale
from movies.models import Genre, Language


class DayForm(forms.Form):
    """Which day of a programme to show: the one asked for, or else the first that has showtimes."""

    TABS = 7

    date = forms.DateField(required=False, input_formats=["%Y-%m-%d"])

    def choose(self, days):
        """(the day, and a sentence when it is not the one asked for)"""
        wanted, note = self.wanted(days)
        return wanted or (days[0] if days else None), note

    def wanted(self, days):
        """(the day asked for, if it has showtimes, and a sentence if it has none)"""
        wanted = self.cleaned_data.get("date") if self.is_valid() else None
        if self.errors:
            return None, _("“%(date)s” is not a date we understand.") % {"date": self.data["date"][:20]}
        if wanted and wanted not in days:
            return None, _("No showtimes are on sale for %(date)s.") % {"date": date_format(wanted, "l j F Y")}
        return wanted, ""

    def tabs(self, days, day):
        """The next few days, and a later one if that is the one shown."""
        tabs = days[: self.TABS]
        return tabs if day is None or day in tabs else [*tabs, day]


class FilterForm(forms.Form):
    """The filters of the browse page. What makes no sense is left out, and said; the rest still counts."""

    q = forms.CharField(label=gettext_lazy("Title or name"), max_length=100, required=False)
    date = forms.DateField(
        label=gettext_lazy("Day"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": gettext_lazy("This is not a date we understand, so every day is shown.")},
    )
    time = forms.ChoiceField(label=gettext_lazy("Time of day"), required=False)
    seats = forms.ChoiceField(label=gettext_lazy("Seats side by side"), required=False)
    genre = forms.ChoiceField(label=gettext_lazy("Genre"), required=False)
    language = forms.ChoiceField(label=gettext_lazy("Spoken language"), required=False)
    format = forms.ChoiceField(label=gettext_lazy("Format"), required=False)
    city = forms.ChoiceField(label=gettext_lazy("City"), required=False)
    need = forms.MultipleChoiceField(
        label=gettext_lazy("It must have"), required=False, widget=forms.CheckboxSelectMultiple
    )
    sort = forms.ChoiceField(label=gettext_lazy("Order"), required=False)
    any_of = {
        "time": gettext_lazy("Any time"),
        "seats": gettext_lazy("Any number"),
        "genre": gettext_lazy("All genres"),
        "language": gettext_lazy("All languages"),
        "format": gettext_lazy("All formats"),
        "city": gettext_lazy("All cities"),
    }
    ORDERS = {
        "soonest": gettext_lazy("Soonest first"),
        "title": gettext_lazy("By title"),
        "newest": gettext_lazy("Newest first"),
        "shortest": gettext_lazy("Shortest first"),
    }

    def __init__(self, params, home_city="", needs=()):
        super().__init__(params.copy())
        # An empty one says that none of the visitor's own needs counts here.
        self.data.setlist("need", list(filter(None, self.data.getlist("need", needs))))
        showtime = showtimes_on_sale().model
        self.names = {
            "time": dict(showtime.Band.choices),
            "seats": {str(n): ngettext("%(n)s seat", "%(n)s seats", n) % {"n": n} for n in PARTIES},
            "genre": dict(Genre.objects.values_list("slug", "name")),
            "language": dict(Language.objects.values_list("code", "name")),
            "format": dict(showtime._meta.get_field("format").choices),
            "city": dict(showtimes_on_sale().order_by(CITY).values_list(f"{CITY}__slug", f"{CITY}__name").distinct()),
            "need": dict(showtime.Need.choices),
        }
        for name, choices in self.names.items():
            field = self.fields[name]
            field.choices = [*([("", self.any_of[name])] if name in self.any_of else []), *choices.items()]
            field.error_messages["invalid_choice"] = _("We do not know “%(value)s”, so this filter is left out.")
        best = [("", _("Best match first"))] if self.data.get("q") else []
        self.fields["sort"].choices = [*best, *self.ORDERS.items()]
        if home_city in self.names["city"]:
            self.data.setdefault("city", home_city)
        self.is_valid()
        self.chosen = {name: value for name, value in self.cleaned_data.items() if value and name != "sort"}
        self.finder = Finder(self.chosen)
        self.counts = self.finder.counts()
        self.count_choices()

    @property
    def order(self):
        return self.cleaned_data.get("sort", "")

    def days(self):
        """The next days on which something fits."""
        days = sorted(parse_date(day) for day in self.counts["date"])
        return DayForm().tabs(days, self.chosen.get("date"))

    def count_choices(self):
        """Say beside each choice how many movies it leaves, and leave out those that leave none."""
        for name in self.names:
            counts = self.counts[name]
            self.fields[name].choices = [
                (value, _("%(label)s (%(count)s)") % {"label": label, "count": counts[value]} if value else label)
                for value, label in self.fields[name].choices
                if not value or counts[value] or value in self.chosen.get(name, [])
            ]

    def words(self, name):
        """The chosen value as people read it."""
        value = self.chosen[name]
        if name == "q":
            return _("“%(words)s”") % {"words": value}
        if name == "date":
            return date_format(value, "l j F")
        if name == "need":
            return ", ".join(str(self.names["need"][need]) for need in value)
        return self.names[name][value]
