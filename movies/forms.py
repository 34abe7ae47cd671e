from collections import Counter

from django import forms
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from movies.models import Genre, Language, Movie

SPOKEN = Coalesce("audio_language__code", "movie__language__code")
CITY = "screen__theater__city"


def showtimes_on_sale():
    """Theaters know movies, movies do not know theaters: the way up is the reverse relation."""
    return Movie.showtimes.rel.related_model.objects.upcoming()


class DayForm(forms.Form):
    """Which day of a programme to show: the one asked for, or else the first that has showtimes."""

    TABS = 7

    date = forms.DateField(required=False, input_formats=["%Y-%m-%d"])

    def choose(self, days):
        """(the day, and a sentence when it is not the one asked for)"""
        wanted = self.cleaned_data.get("date") if self.is_valid() else None
        first = days[0] if days else None
        if self.errors:
            return first, _("“%(date)s” is not a date we understand.") % {"date": self.data["date"][:20]}
        if wanted and wanted not in days:
            return first, _("No showtimes are on sale for %(date)s.") % {"date": date_format(wanted, "l j F Y")}
        return wanted or first, ""

    def tabs(self, days, day):
        """The next few days, and a later one if that is the one shown."""
        tabs = days[: self.TABS]
        return tabs if day is None or day in tabs else [*tabs, day]


class FilterForm(forms.Form):
    """The filters of the browse page. What makes no sense is left out, and said; the rest still counts."""

    q = forms.CharField(label=gettext_lazy("Title or name"), max_length=100, required=False)
    genre = forms.ChoiceField(label=gettext_lazy("Genre"), required=False)
    language = forms.ChoiceField(label=gettext_lazy("Spoken language"), required=False)
    format = forms.ChoiceField(label=gettext_lazy("Format"), required=False)
    city = forms.ChoiceField(label=gettext_lazy("City"), required=False)
    date = forms.DateField(
        label=gettext_lazy("Day"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": gettext_lazy("This is not a date we understand, so every day is shown.")},
    )
    any_of = {
        "genre": gettext_lazy("All genres"),
        "language": gettext_lazy("All languages"),
        "format": gettext_lazy("All formats"),
        "city": gettext_lazy("All cities"),
    }

    def __init__(self, params, home_city=""):
        super().__init__(params.copy())
        self.names = {
            "genre": dict(Genre.objects.values_list("slug", "name")),
            "language": dict(Language.objects.values_list("code", "name")),
            "format": dict(showtimes_on_sale().model._meta.get_field("format").choices),
            "city": dict(showtimes_on_sale().order_by(CITY).values_list(f"{CITY}__slug", f"{CITY}__name").distinct()),
        }
        for name, choices in self.names.items():
            field = self.fields[name]
            field.choices = [("", self.any_of[name]), *choices.items()]
            field.error_messages["invalid_choice"] = _("We do not know “%(value)s”, so this filter is left out.")
        if home_city in self.names["city"]:
            self.data.setdefault("city", home_city)
        self.is_valid()
        for name, counts in self.counts().items():
            known = [(value, label) for value, label in self.fields[name].choices if counts[value] or not value]
            self.fields[name].choices = [
                (value, f"{label} ({counts[value]})" if value else label) for value, label in known
            ]

    def chosen(self, leave_out=""):
        return {name: value for name, value in self.cleaned_data.items() if value and name != leave_out}

    def showtimes(self, chosen):
        """Those on sale that meet all of the chosen filters at once."""
        columns = {"language": "spoken", "format": "format", "date": "business_date", "city": f"{CITY}__slug"}
        wanted = {columns[name]: value for name, value in chosen.items() if name in columns}
        return showtimes_on_sale().annotate(spoken=SPOKEN).filter(**wanted)

    def movies(self, leave_out=""):
        """Showing or coming soon; a search by name finds the old ones too."""
        chosen = self.chosen(leave_out)
        on_sale = showtimes_on_sale().filter(movie=OuterRef("pk"))
        movies = Movie.objects.annotate(is_showing=Exists(on_sale)).order_by("-is_showing", "title", "pk")
        if q := chosen.get("q"):
            named = Q(title__icontains=q) | Q(original_title__icontains=q) | Q(credits__name__icontains=q)
            movies = movies.filter(pk__in=Movie.objects.filter(named).values("pk"))
        else:
            movies = movies.filter(Q(is_showing=True) | Q(pk__in=Movie.objects.coming_soon().values("pk")))
        if "genre" in chosen:
            movies = movies.filter(genres__slug=chosen["genre"])
        shown = Q(pk__in=self.showtimes(chosen).values("movie"))
        if chosen.keys() & {"format", "date", "city"}:
            return movies.filter(shown)
        return movies.filter(shown | Q(language__code=chosen["language"])) if "language" in chosen else movies

    def counts(self):
        """How many movies each choice would leave if the other filters stay."""
        pairs = {"genre": set(self.movies("genre").order_by().values_list("genres__slug", "pk"))}
        for name, column in {"language": "spoken", "format": "format", "city": f"{CITY}__slug"}.items():
            movies = self.movies(name).order_by()
            showtimes = self.showtimes(self.chosen(name)).filter(movie__in=movies.values("pk"))
            pairs[name] = set(showtimes.order_by().values_list(column, "movie").distinct())
        if not self.chosen().keys() & {"format", "date", "city"}:
            pairs["language"] |= set(self.movies("language").order_by().values_list("language__code", "pk"))
        return {name: Counter(value for value, movie in found) for name, found in pairs.items()}
