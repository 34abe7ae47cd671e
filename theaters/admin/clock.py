"""Dates and times as the clock on the theater's wall shows them."""

from datetime import UTC, datetime

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


def moments_of(wall: datetime, zone) -> list[datetime]:
    """When the clock shows this, in UTC: never in spring's gap, twice in autumn's hour."""
    found = []
    for fold in (0, 1):
        moment = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        shown = moment.astimezone(zone).replace(tzinfo=None, fold=0)
        if shown == wall and moment not in found:
            found.append(moment)
    return found


def never_shown(wall: datetime, theater) -> str:
    return _("%(time)s does not exist on %(date)s in %(theater)s: the clocks go forward. Choose another time.") % {
        "time": f"{wall:%H:%M}",
        "date": date_format(wall, "j F Y"),
        "theater": theater,
    }


def on_the_wall(moment: datetime, theater) -> datetime:
    return moment.astimezone(theater.zone).replace(tzinfo=None, fold=0)


class WallClockField(forms.SplitDateTimeField):
    """A date and a time without a zone; the form knows the theater and asks `moments_of`."""

    def __init__(self, **kwargs):
        widget = forms.SplitDateTimeWidget(
            date_attrs={"type": "date", "class": "wall-clock", "aria-label": gettext_lazy("Date")},
            time_attrs={"type": "time", "class": "wall-clock", "aria-label": gettext_lazy("Time")},
            date_format="%Y-%m-%d",
            time_format="%H:%M",
        )
        formats = {"input_date_formats": ["%Y-%m-%d"], "input_time_formats": ["%H:%M", "%H:%M:%S"]}
        super().__init__(widget=widget, **formats, **kwargs)

    def compress(self, data_list):
        if not data_list:
            return None
        day, time = data_list
        if day is None or time is None:
            raise ValidationError(_("Give both the date and the time."))
        if not 1990 <= day.year <= 2200:
            raise ValidationError(_("Is the year %(year)s right?"), params={"year": day.year})
        return datetime.combine(day, time)
