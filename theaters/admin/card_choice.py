"""Which price card a showtime gets, and why not each other one: in words, for a showtime or for any moment."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from theaters.admin.clock import WallClockField, moments_of, never_shown, on_the_wall
from theaters.models import Format, PriceCard, Showtime, Theater


class MomentForm(forms.Form):
    """A showtime that might be: where, when, in which format."""

    theater = forms.ModelChoiceField(label=gettext_lazy("Theater"), queryset=Theater.objects.none(), empty_label=None)
    starts = WallClockField(label=gettext_lazy("Starts"))
    format = forms.ChoiceField(label=gettext_lazy("Format"), choices=Format.choices, initial=Format.TWO_D)

    def __init__(self, *args, theaters, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["theater"].queryset = theaters

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("theater") and cleaned.get("starts"):
            moments = moments_of(cleaned["starts"], cleaned["theater"].zone)
            if not moments:
                raise forms.ValidationError(never_shown(cleaned["starts"], cleaned["theater"]))
            cleaned["starts_at"] = moments[0]
        return cleaned


def which_card(model_admin, request):
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    theaters = model_admin.theaters_for(request, "view")
    theaters = Theater.objects.all() if theaters is None else theaters
    showtime = asked_showtime(request, theaters)
    given = request.GET if "theater" in request.GET else None
    form = MomentForm(given, theaters=theaters, initial=as_it_is(showtime) if showtime else None)
    answer = {}
    if showtime and given is None:
        answer = explain(showtime.theater, showtime.starts_at, showtime.format, showtime)
    elif form.is_valid():
        moment = form.cleaned_data
        answer = explain(moment["theater"], moment["starts_at"], moment["format"])
    context = {**model_admin.admin_site.each_context(request), "opts": model_admin.opts, "form": form, "answer": answer}
    context |= {"title": _("Which price card applies?")}
    return render(request, "admin/theaters/pricecard/which.html", context)


def asked_showtime(request, theaters):
    pk = request.GET.get("showtime", "")
    if not pk:
        return None
    found = Showtime.objects.filter(screen__theater__in=theaters, pk=int(pk) if pk.isdecimal() and len(pk) < 19 else 0)
    showtime = found.select_related("movie", "price_card", "screen__theater").first()
    if showtime is None:
        raise Http404
    return showtime


def as_it_is(showtime):
    theater = showtime.theater
    return {"theater": theater, "starts": on_the_wall(showtime.starts_at, theater), "format": showtime.format}


def explain(theater, starts_at, screened, showtime=None):
    judged = list(PriceCard.judge(theater, starts_at, screened))
    chosen = next((card for card, reasons in judged if not reasons), None)
    day = theater.business_date_of(starts_at)
    return {
        "theater": theater,
        "showtime": showtime,
        "when": f"{date_format(on_the_wall(starts_at, theater), 'l j F Y, H:i')}, {Format(screened).label}",
        "night": date_format(day, "l") if on_the_wall(starts_at, theater).date() != day else "",
        "holiday": theater.holidays.filter(day=day).first(),
        "card": chosen,
        "has_other": showtime and chosen and showtime.price_card != chosen,
        "cards": [(card, reasons or [why_beaten(card, chosen)]) for card, reasons in judged if card != chosen],
        "surcharge": theater.surcharges.filter(format=screened).first(),
        "tax_rules": list(theater.tax_rules.on(day)),
    }


def why_beaten(card, chosen):
    if card.priority < chosen.priority:
        words = {"card": chosen, "high": chosen.priority, "low": card.priority}
        return _("It would apply, but “%(card)s” has the higher priority: %(high)s over %(low)s.") % words
    return _("It would apply with the same priority, but “%(card)s” comes first by its name.") % {"card": chosen}
