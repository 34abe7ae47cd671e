from datetime import date, timedelta
from urllib.parse import urlencode

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from bookings.models import ReportSubscription
from bookings.reports import Selection
from movies.models import Movie
from theaters.models import Theater

MOST_DAYS = 400
WEEK = timedelta(days=6)


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self):
        super().__init__(format="%Y-%m-%d")


class DayField(forms.DateField):
    """A day that a cinema of today has numbers of; the calendar's ends are none."""

    widget = DayInput
    default_validators = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2099, 12, 31))]


class ReportForm(forms.Form):
    """What a report is asked about. Where nothing is said: the last seven days of all of one's theaters."""

    theater = forms.ModelChoiceField(
        Theater.objects.none(), label=_("Theater"), required=False, empty_label=_("All of mine")
    )
    movie = forms.ModelChoiceField(Movie.objects.none(), label=_("Movie"), required=False, empty_label=_("All movies"))
    since = DayField(label=_("From"))
    until = DayField(label=_("Until"))

    def __init__(self, *args, theaters, **kwargs):
        super().__init__(*args, **kwargs)
        self.theaters = list(theaters.select_related("city"))
        self.fields["theater"].queryset = theaters
        self.fields["movie"].queryset = Movie.objects.filter(showtimes__screen__theater__in=self.theaters).distinct()

    @classmethod
    def asked(cls, data, *, theaters):
        """With the days filled in where none were asked for."""
        today = max(theater.today for theater in theaters)
        days = {"since": str(today - WEEK), "until": str(today)}
        return cls(data={**days, **data.dict()}, theaters=theaters)

    def clean(self):
        cleaned = super().clean()
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            self.add_error("until", _("The last day is before the first one."))
        elif since and until and until - since > timedelta(days=MOST_DAYS):
            self.add_error("until", _("At most %d days at once.") % MOST_DAYS)
        return cleaned

    def shortcuts(self) -> list[tuple]:
        """(name, query) for the days that are asked about most, by the first theater's clock."""
        theater = self.cleaned_data.get("theater") or self.theaters[0]
        today, day = theater.today, timedelta(days=1)
        week = theater.film_week_of(today)[0]
        month = today.replace(day=1)
        days = [
            (_("today"), today, today),
            (_("yesterday"), today - day, today - day),
            (_("this film week"), week, week + WEEK),
            (_("last film week"), week - WEEK - day, week - day),
            (_("this month"), month, today),
            (_("last month"), (month - day).replace(day=1), month - day),
        ]
        kept = {name: self.data.get(name, "") for name in ("theater", "movie")}
        return [(name, urlencode(kept | {"since": since, "until": until})) for name, since, until in days]

    def selection(self) -> Selection:
        chosen = self.cleaned_data
        theaters = [chosen["theater"]] if chosen["theater"] else self.theaters
        movie = chosen["movie"]
        return Selection(tuple(theaters), chosen["since"], chosen["until"], movie and movie.pk)


class SubscribeForm(forms.Form):
    theater = forms.ModelChoiceField(Theater.objects.none(), label=_("Theater"), empty_label=None)
    period = forms.ChoiceField(label=_("How often"), choices=ReportSubscription.Period.choices)

    def __init__(self, *args, theaters, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["theater"].queryset = theaters


class FilmWeekForm(forms.Form):
    theater = forms.ModelChoiceField(Theater.objects.none(), label=_("Theater"), required=False, empty_label=None)
    day = DayField(label=_("A day of the week"), required=False)
    distributor = forms.CharField(label=_("Distributor"), required=False, max_length=120)

    def __init__(self, *args, theaters, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["theater"].queryset = theaters
