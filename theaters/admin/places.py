from django import forms
from django.contrib import admin
from django.db.models import Count
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from theaters.admin.money import HolidayInline, SurchargeInline, TaxRuleInline, check_amounts, show_places
from theaters.admin.safety import TheaterStays
from theaters.admin.scope import InTheater
from theaters.admin.team import MembershipForm, TeamFormSet, let_go
from theaters.models import City, Membership, RefundRule, Screen, Showtime, Theater


@admin.register(City)
class CityAdmin(admin.ModelAdmin):
    list_display = ["name", "country", "theater_count"]
    ordering = ["name"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(theater_count=Count("theaters"))

    @admin.display(description=_("theaters"), ordering="theater_count")
    def theater_count(self, city):
        return city.theater_count


FEES = ["booking_fee", "fee_floor", "fee_cap", "order_fee", "exchange_fee"]


class TheaterForm(forms.ModelForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            show_places(self, FEES, self.instance.currency)

    def clean_time_zone(self):
        to_come = Showtime.objects.filter(screen__theater=self.instance.pk, starts_at__gt=Now())
        if self.has_moved("time_zone") and to_come.exists():
            raise forms.ValidationError(
                _("Showtimes to come are planned by the clock of %(zone)s. Change it when none is left."),
                params={"zone": self.initial["time_zone"]},
            )
        return self.cleaned_data["time_zone"]

    def clean_currency(self):
        if self.has_moved("currency") and self.instance.price_cards.filter(prices__isnull=False).exists():
            raise forms.ValidationError(
                _("The price cards are in %(currency)s. Empty them before you change the currency."),
                params={"currency": self.initial["currency"]},
            )
        return self.cleaned_data["currency"]

    def has_moved(self, field):
        return self.instance.pk and self.initial.get(field) != self.cleaned_data[field]

    def clean(self):
        cleaned = super().clean()
        check_amounts(self, FEES, cleaned.get("currency"))
        floor, cap = cleaned.get("fee_floor"), cleaned.get("fee_cap")
        if floor is not None and cap is not None and floor > cap:
            self.add_error("fee_cap", _("It must not be less than “at least”."))
        return cleaned


class RefundRuleInline(admin.TabularInline):
    model = RefundRule
    extra = 0


class TeamInline(InTheater, admin.TabularInline):
    model = Membership
    form = MembershipForm
    formset = TeamFormSet
    extra = 1

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("user", "theater")


class ScreenInline(admin.TabularInline):
    model = Screen
    extra = 0
    show_change_link = True


@admin.register(Theater)
class TheaterAdmin(InTheater, admin.ModelAdmin):
    theater_path = "pk"
    form = TheaterForm
    list_display = ["name", "city", "currency", "time_zone", "screen_count"]
    list_filter = ["city"]
    list_select_related = ["city"]
    ordering = ["name"]
    search_fields = ["name", "city__name", "address"]
    prepopulated_fields = {"slug": ["name"]}
    autocomplete_fields = ["city"]
    inlines = [TeamInline, RefundRuleInline, SurchargeInline, HolidayInline, TaxRuleInline, ScreenInline]
    fieldsets = [
        (_("Place"), {"fields": ["name", "slug", "city", "address", "email", "phone", "description"]}),
        (
            _("Clock"),
            {
                "fields": ["time_zone", "day_cut", "film_week_starts"],
                "description": _("Everything staff and customers read is by the clock on this theater's wall."),
            },
        ),
        (
            _("Money"),
            {
                "fields": [
                    "currency",
                    ("tax_name", "tax_rate"),
                    "tax_included",
                    "rounding",
                ],
                "description": _(
                    "Changes hold for seats chosen from now on; what is held or sold keeps its price, fees and tax."
                ),
            },
        ),
        (
            _("Fees"),
            {
                "fields": [
                    ("booking_fee", "fee_percent"),
                    ("fee_floor", "fee_cap"),
                    "order_fee",
                    "booking_fee_taxed",
                ]
            },
        ),
        (
            _("A showtime"),
            {
                "fields": [("preshow_minutes", "cleaning_minutes")],
                "description": _("For showtimes saved from now on; those already planned keep their times."),
            },
        ),
        (
            _("Rules of the sale"),
            {
                "fields": [
                    "sales_close_minutes",
                    "counter_close_minutes",
                    "single_seats",
                    "waiting_lists",
                    ("exchange_minutes", "exchange_fee"),
                ]
            },
        ),
        (_("Wheelchair spaces"), {"fields": [("space_release", "space_release_minutes")]}),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(screen_count=Count("screens"))

    def save_formset(self, request, form, formset, change):
        super().save_formset(request, form, formset, change)
        for membership in formset.deleted_objects if formset.model is Membership else ():
            let_go(membership.user)

    def construct_change_message(self, request, form, formsets, add=False):
        """Without the team: everybody who sees the theater reads it. The changes below it say who came and went."""
        told = [formset for formset in formsets or () if formset.model is not Membership]
        return super().construct_change_message(request, form, told, add)

    @admin.display(description=_("screens"), ordering="screen_count")
    def screen_count(self, theater):
        return theater.screen_count


@admin.register(Screen)
class ScreenAdmin(InTheater, TheaterStays, admin.ModelAdmin):
    list_display = ["name", "theater", "number", "layout_count"]
    list_filter = [("theater", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["theater"]
    ordering = ["theater__name", "number"]
    search_fields = ["name", "theater__name"]
    autocomplete_fields = ["theater"]

    def get_queryset(self, request):
        screens = super().get_queryset(request).select_related("theater")  # for its name, also when searched
        return screens.annotate(layout_count=Count("layouts"))

    @admin.display(description=_("layouts"), ordering="layout_count")
    def layout_count(self, screen):
        return screen.layout_count
