from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.models import ReportSubscription
from bookings.reports import Selection
from movies.models import Movie
from theaters.models import Theater

MOST_DAYS = 400
WEEK = timedelta(days=6)


class Days(forms.DateInput):
    input_type = "date"

    def __init__(self):
        super().__init__(format="%Y-%m-%d")


class ReportForm(forms.Form):
    """What a report is asked about. Where nothing is said: the last seven days of all of one's theaters."""

    theater = forms.ModelChoiceField(
        Theater.objects.none(), label=_("Theater"), required=False, empty_label=_("All of mine")
    )
    movie = forms.ModelChoiceField(Movie.objects.none(), label=_("Movie"), required=False, empty_label=_("All movies"))
    since = forms.DateField(label=_("From"), required=False, widget=Days())
    until = forms.DateField(label=_("Until"), required=False, widget=Days())

    def __init__(self, *args, theaters, **kwargs):
        super().__init__(*args, **kwargs)
        self.theaters = list(theaters.select_related("city"))
        self.fields["theater"].queryset = theaters
        self.fields["movie"].queryset = Movie.objects.filter(showtimes__screen__theater__in=self.theaters).distinct()

    def clean(self):
        cleaned = super().clean()
        theaters = [cleaned["theater"]] if cleaned.get("theater") else self.theaters
        until = cleaned.get("until") or max(theater.today for theater in theaters)
        since = cleaned.get("since") or until - WEEK
        if since > until:
            self.add_error("until", _("The last day is before the first one."))
        elif until - since > timedelta(days=MOST_DAYS):
            self.add_error("until", _("At most %d days at once.") % MOST_DAYS)
        return cleaned | {"since": since, "until": until}

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
    day = forms.DateField(label=_("A day of the week"), required=False, widget=Days())
    distributor = forms.CharField(label=_("Distributor"), required=False, max_length=120)

    def __init__(self, *args, theaters, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["theater"].queryset = theaters
