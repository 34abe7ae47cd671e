from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from theaters.admin.clock import WallClockField, moments_of, never_shown, on_the_wall
from theaters.admin.showtime_forms import OCCURRENCES
from theaters.models import SeatLayout


class RoomField(forms.ModelChoiceField):
    def label_from_instance(self, layout):
        words = (
            _("%(screen)s, %(seats)s seats") if layout.is_newest else _("%(screen)s, %(seats)s seats (layout %(n)s)")
        )
        return words % {"screen": layout.screen.name, "seats": layout.seat_count, "n": layout.version}


class MoveForm(forms.Form):
    """Where to and when; `fingerprint` names the plan that was on the page when the button was pressed."""

    starts = WallClockField(
        label=gettext_lazy("Starts"), help_text=gettext_lazy("By the clock on the wall of the theater.")
    )
    occurrence = forms.ChoiceField(
        label=gettext_lazy("This time comes twice"), choices=OCCURRENCES, required=False, widget=forms.HiddenInput
    )
    layout = RoomField(label=gettext_lazy("Screen"), queryset=SeatLayout.objects.none(), empty_label=None)
    apart = forms.BooleanField(
        label=gettext_lazy("Divide parties rather than leave them without seats"),
        required=False,
        help_text=gettext_lazy("Nobody in a wheelchair is parted from those beside them."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=200, help_text=gettext_lazy("The customers read it in the mail.")
    )
    fingerprint = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args, showtime, rooms, **kwargs):
        initial = {"starts": on_the_wall(showtime.starts_at, showtime.theater), "layout": showtime.layout_id}
        super().__init__(*args, initial=initial | kwargs.pop("initial", {}), **kwargs)
        self.showtime, self.theater = showtime, showtime.theater
        self.fields["layout"].queryset = rooms

    def clean(self):
        cleaned = super().clean()
        wall = cleaned.get("starts")
        if wall is None:
            return cleaned
        moments = moments_of(wall, self.theater.zone)
        if not moments:
            self.add_error("starts", never_shown(wall, self.theater))
        elif len(moments) == 1:
            cleaned["starts_at"] = moments[0]
        else:
            self.choose_occurrence(cleaned, wall, moments)
        return cleaned

    def choose_occurrence(self, cleaned, wall, moments):
        self.fields["occurrence"].widget = forms.RadioSelect(choices=OCCURRENCES)
        if chosen := cleaned.get("occurrence"):
            cleaned["starts_at"] = moments[0 if chosen == "earlier" else 1]
        elif self.showtime.starts_at in moments:
            cleaned["starts_at"] = self.showtime.starts_at
        else:
            sentence = _("The clocks go back that night: %(time)s comes twice. Choose which one is meant.")
            self.add_error("occurrence", sentence % {"time": f"{wall:%H:%M}"})


class BreakdownForm(forms.Form):
    """What those who were in and those who were not get back, in percent of what they paid."""

    percent_admitted = forms.DecimalField(
        label=gettext_lazy("Back to those who were in, in percent"),
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        initial=100,
    )
    percent_absent = forms.DecimalField(
        label=gettext_lazy("Back to those who were not, in percent"),
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        initial=0,
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=200, help_text=gettext_lazy("The customers read it in the mail.")
    )
