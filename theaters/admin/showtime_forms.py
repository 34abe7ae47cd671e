from django import forms
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from theaters.admin.clock import WallClockField, moments_of, never_shown, on_the_wall
from theaters.admin.plan_forms import OCCURRENCES, one_moment
from theaters.admin.publishing import NotPossible, PublishCheck
from theaters.admin.scheduling import choose_card, newest_layout, overlap
from theaters.models import PriceCard, SeatLayout, Showtime


class CardField(forms.ModelChoiceField):
    def label_from_instance(self, obj):
        return f"{obj.theater}: {obj}"


class ShowtimeForm(forms.ModelForm):
    starts = WallClockField(
        label=gettext_lazy("Starts"), help_text=gettext_lazy("By the clock on the wall of the screen's theater.")
    )
    occurrence = forms.ChoiceField(
        label=gettext_lazy("This time comes twice"), choices=OCCURRENCES, required=False, widget=forms.HiddenInput
    )
    on_sale = WallClockField(
        label=gettext_lazy("On sale from"),
        required=False,
        help_text=gettext_lazy("Shown before, but sold from then on. Empty: as soon as it is published."),
    )
    layout = forms.ModelChoiceField(
        label=gettext_lazy("Seat layout"),
        queryset=SeatLayout.objects.filter(published_at__isnull=False).select_related("screen__theater"),
        required=False,
        empty_label=gettext_lazy("the newest of the screen"),
    )
    price_card = CardField(
        label=gettext_lazy("Price card"),
        queryset=PriceCard.objects.select_related("theater"),
        required=False,
        empty_label=gettext_lazy("by day, time and format"),
    )
    attributes = forms.MultipleChoiceField(
        label=gettext_lazy("Special"),
        choices=Showtime.Attribute.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.before = None
        if self.instance.pk:
            self.before = self.frozen_by_sale()
            if self.instance.on_sale_from:
                self.initial["on_sale"] = on_the_wall(self.instance.on_sale_from, self.instance.theater)
            self.initial["starts"] = on_the_wall(self.instance.starts_at, self.instance.theater)
            self.offer_occurrence(self.initial["starts"], self.instance.theater, self.instance.starts_at)

    def frozen_by_sale(self):
        showtime = self.instance
        return showtime.movie_id, showtime.screen_id, showtime.layout_id, showtime.starts_at

    def offer_occurrence(self, wall, theater, chosen=None):
        moments = moments_of(wall, theater.zone)
        if len(moments) == 2:
            self.fields["occurrence"].widget = forms.RadioSelect(choices=OCCURRENCES)
            if chosen:
                self.initial["occurrence"] = "earlier" if chosen == moments[0] else "later"

    def clean(self):
        cleaned = super().clean()
        showtime, old_status = self.instance, self.instance.status
        if not all(cleaned.get(name) for name in ("movie", "screen", "starts", "status", "format")):
            return cleaned
        if not cleaned["movie"].runtime_minutes:
            self.add_error("movie", _("%(movie)s has no runtime yet.") % {"movie": cleaned["movie"]})
        moment = self.moment(cleaned["starts"], cleaned["screen"].theater)
        if moment is None or self.errors:
            return cleaned
        for name in ("movie", "screen", "format", "attributes", "status"):
            setattr(showtime, name, cleaned[name])
        showtime.starts_at = moment
        if "on_sale" in cleaned:
            showtime.on_sale_from = self.sale_begins(cleaned["on_sale"], showtime.theater)
        showtime.set_times()
        self.choose_layout(cleaned, showtime)
        self.choose_price_card(cleaned, showtime)
        if not self.errors:
            self.judge(showtime, old_status)
        return cleaned

    def moment(self, wall, theater):
        moments = moments_of(wall, theater.zone)
        self.offer_occurrence(wall, theater)
        if not moments:
            self.add_error("starts", never_shown(wall, theater))
            return None
        if len(moments) == 1:
            return moments[0]
        if not self.cleaned_data.get("occurrence"):
            sentence = _("The clocks go back that night: %(time)s comes twice. Choose which one is meant.")
            self.add_error("occurrence", sentence % {"time": f"{wall:%H:%M}"})
            return None
        return moments[0 if self.cleaned_data["occurrence"] == "earlier" else 1]

    def sale_begins(self, wall, theater):
        return wall and one_moment(self, "on_sale", wall, theater)

    def choose_layout(self, cleaned, showtime):
        if "layout" not in cleaned:
            return
        layout = cleaned["layout"] or newest_layout(showtime.screen)
        if layout is None:
            self.add_error("layout", _("%(screen)s has no published seat layout.") % {"screen": showtime.screen})
        elif layout.screen != showtime.screen:
            self.add_error("layout", _("This is the layout of another screen: %(layout)s.") % {"layout": layout})
        else:
            cleaned["layout"] = showtime.layout = layout

    def choose_price_card(self, cleaned, showtime):
        if "price_card" not in cleaned:
            return
        try:
            card = cleaned["price_card"] or choose_card(showtime)
        except NotPossible as sentence:
            self.add_error("price_card", str(sentence))
            return
        if card.theater_id != showtime.theater.pk:
            self.add_error("price_card", _("“%(card)s” is a price card of another theater.") % {"card": card})
        else:
            cleaned["price_card"] = showtime.price_card = card

    def judge(self, showtime, old_status):
        if self.before and old_status == Showtime.Status.CANCELLED != showtime.status:
            self.add_error("status", _("It is cancelled. Make a new one."))
            return
        self.judge_sold(showtime, old_status)
        if sentence := overlap(showtime):
            self.add_error("starts", sentence)
        # One that is over may still be put right; it is not put on sale.
        is_as_it_was = self.before and old_status == showtime.status and self.before[-1] == showtime.starts_at
        if showtime.status == Showtime.Status.PUBLISHED and not (is_as_it_was and showtime.starts_at <= timezone.now()):
            for problem in PublishCheck().of(showtime).errors:
                self.add_error("status", format_html("{}", problem))

    def judge_sold(self, showtime, old_status):
        """What a ticket says does not change behind the back of its holder."""
        sold = showtime.booked_seats.live().count() if self.before else 0
        if not sold:
            return
        words = {"sold": sold}
        if self.before != self.frozen_by_sale():
            sentence = ngettext(
                "%(sold)s seat is sold: the movie stays. For another room or start choose “Move” above.",
                "%(sold)s seats are sold: the movie stays. For another room or start choose “Move” above.",
                sold,
            )
            self.add_error(None, sentence % words)
        if old_status == Showtime.Status.PUBLISHED and showtime.status != old_status:
            sentence = ngettext(
                "%(sold)s seat is sold: choose “Call off” above, which refunds its customer.",
                "%(sold)s seats are sold: choose “Call off” above, which refunds everybody.",
                sold,
            )
            self.add_error("status", sentence % words)
