from django import forms
from django.contrib import admin
from django.db.models import Count, Q
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.admin.base import ReadOnly, booking_link
from bookings.models import PromoCode, Redemption
from theaters.admin.money import check_amounts, show_places
from theaters.admin.price_forms import WeekdaysField
from theaters.admin.safety import OneAtATime, TheaterStays, UsedStays
from theaters.admin.scope import InTheater, TheirTheaters
from theaters.models.prices import Weekday
from theaters.money import format_money

SHOWN = 20


class PromoCodeForm(forms.ModelForm):
    weekdays = WeekdaysField(help_text=PromoCode._meta.get_field("weekdays").help_text)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            show_places(self, ["value", "minimum"], self.instance.theater.currency)

    def clean_code(self):
        return self.cleaned_data["code"].upper()

    def clean_limit(self):
        limit = self.cleaned_data["limit"]
        if limit is not None and self.instance.pk and limit < (uses := self.instance.uses().count()):
            raise forms.ValidationError(
                _("It is in use %(uses)s times already, so the limit cannot be less."), params={"uses": uses}
            )
        return limit

    def clean(self):
        cleaned = super().clean()
        theater = cleaned.get("theater") or (self.instance.theater if self.instance.theater_id else None)
        amounts = ["minimum"] if cleaned.get("kind") == PromoCode.Kind.PERCENT else ["minimum", "value"]
        check_amounts(self, amounts, theater and theater.currency)
        return cleaned


@admin.register(PromoCode)
class PromoCodeAdmin(InTheater, OneAtATime, UsedStays, TheaterStays, admin.ModelAdmin):
    form = PromoCodeForm
    list_display = ["code", "theater", "takes_off", "dates", "where", "used", "is_active"]
    list_filter = ["is_active", ("theater", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["theater"]
    search_fields = ["code", "note"]
    autocomplete_fields = ["theater", "movies"]
    readonly_fields = ["newest_uses"]
    fieldsets = [
        (None, {"fields": ["theater", "code", "note", "is_active"]}),
        (
            gettext_lazy("What it takes off"),
            {
                "fields": [("kind", "value"), "minimum"],
                "description": gettext_lazy("Off the price of the seats with surcharges, never off the fees."),
            },
        ),
        (gettext_lazy("When and for what"), {"fields": [("valid_from", "valid_until"), "weekdays", "movies"]}),
        (
            gettext_lazy("How often"),
            {
                "fields": [("limit", "limit_per_customer"), "newest_uses"],
                "description": gettext_lazy(
                    "Bookings that wait for their payment count; when they expire or are cancelled, the use is free "
                    "again. A change touches no booking that is made already."
                ),
            },
        ),
    ]

    class Media:
        css = {"all": ["css/admin.css"]}

    def get_queryset(self, request):
        live = Count("redemptions", filter=Q(redemptions__released_at=None), distinct=True)
        return super().get_queryset(request).annotate(use_count=live).prefetch_related("movies")

    @admin.display(description=gettext_lazy("bookings that use it now"))
    def newest_uses(self, promo):
        """No inline: its hidden fields would be more than a form may have, once hundreds have used the code."""
        live = promo.redemptions.live().select_related("booking") if promo.pk else Redemption.objects.none()
        shown = [(booking_link(use.booking), taken_off(use), use.created_at) for use in live[:SHOWN]]
        zone = promo.theater.zone if promo.theater_id else None
        return render_to_string("admin/bookings/_uses.html", {"promo": promo, "shown": shown, "zone": zone})

    @admin.display(description=gettext_lazy("takes off"))
    def takes_off(self, promo):
        if promo.kind == PromoCode.Kind.PERCENT:
            return f"{promo.value.normalize():f} %"
        return format_money(promo.value, promo.theater.currency)

    @admin.display(description=gettext_lazy("valid"))
    def dates(self, promo):
        start, end = (day and date_format(day, "j M Y") for day in (promo.valid_from, promo.valid_until))
        if start and end:
            return f"{start} – {end}"
        if start:
            return _("from %(day)s") % {"day": start}
        return _("until %(day)s") % {"day": end} if end else _("always")

    @admin.display(description=gettext_lazy("for"))
    def where(self, promo):
        days = get_text_list([str(Weekday(day).label) for day in sorted(promo.weekdays)], _("and"))
        movies = get_text_list([str(movie) for movie in promo.movies.all()], _("and"))
        return ", ".join(filter(None, [movies, days])) or _("everything")

    @admin.display(description=gettext_lazy("used"), ordering="use_count")
    def used(self, promo):
        if promo.limit is None:
            return promo.use_count
        return _("%(used)s of %(limit)s") % {"used": promo.use_count, "limit": promo.limit}

    def why_kept(self, promo):
        if promo.redemptions.exists():
            return _("“%(code)s” has been used, so it stays in the books. Untick “can be used” to end it.") % {
                "code": promo
            }
        return None


@admin.register(Redemption)
class RedemptionAdmin(InTheater, ReadOnly, admin.ModelAdmin):
    theater_path = "promo_code__theater"
    list_display = ["promo_code", "used_by", "taken_off", "created_at", "released_at"]
    list_filter = [("promo_code__theater", TheirTheaters), "created_at"]
    list_select_related = ["promo_code", "booking"]
    search_fields = ["promo_code__code", "booking__reference"]
    fields = ["promo_code", "used_by", "taken_off", "created_at", "released_at"]

    @admin.display(description=gettext_lazy("booking"))
    def used_by(self, redemption):
        return booking_link(redemption.booking)

    @admin.display(description=gettext_lazy("taken off"))
    def taken_off(self, redemption):
        return taken_off(redemption)


def taken_off(redemption) -> str:
    return format_money(redemption.amount, redemption.booking.currency)
