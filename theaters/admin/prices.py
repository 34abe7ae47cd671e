from functools import partial
from itertools import count

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponseRedirect
from django.urls import path, reverse
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from theaters.admin.card_choice import which_card
from theaters.admin.price_forms import PriceCardForm
from theaters.admin.safety import OneAtATime, TheaterStays, UsedStays
from theaters.admin.scope import InTheater
from theaters.models import Price, PriceCard, SeatCategory, TicketType
from theaters.models.prices import Weekday


@admin.register(SeatCategory)
class SeatCategoryAdmin(InTheater, TheaterStays, admin.ModelAdmin):
    list_display = ["name", "theater", "look", "order"]
    list_filter = [("theater", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["theater"]
    search_fields = ["name", "theater__name"]
    autocomplete_fields = ["theater"]


class TicketTypeForm(forms.ModelForm):
    def clean(self):
        cleaned = super().clean()
        theater = cleaned.get("theater")
        if cleaned.get("is_default") and cleaned.get("max_age") is not None:
            self.add_error("max_age", _("The type chosen at first is for all ages. Leave this empty."))
        if cleaned.get("is_default") and cleaned.get("with_another"):
            self.add_error("with_another", _("The type chosen at first is sold alone, too. Untick this."))
        if theater and cleaned.get("is_default"):
            other = theater.ticket_types.filter(is_default=True).exclude(pk=self.instance.pk).first()
            if other:
                self.add_error("is_default", _("“%(name)s” is chosen at first. Untick it there.") % {"name": other})
        return cleaned


@admin.register(TicketType)
class TicketTypeAdmin(InTheater, TheaterStays, admin.ModelAdmin):
    form = TicketTypeForm
    list_display = ["name", "theater", "max_age", "with_another", "is_default", "order"]
    list_filter = [("theater", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["theater"]
    search_fields = ["name", "theater__name"]
    autocomplete_fields = ["theater"]


HOLIDAYS = {
    PriceCard.Holidays.ANY: "",
    PriceCard.Holidays.NOT: gettext_lazy("not on holidays"),
    PriceCard.Holidays.ONLY: gettext_lazy("on holidays only"),
    PriceCard.Holidays.TOO: gettext_lazy("and on holidays"),
}


def spans(weekdays: list[int]) -> list[str]:
    """[0, 1, 2, 4] -> Monday–Wednesday, Friday"""
    runs = []
    for day in weekdays:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ["–".join(str(Weekday(day).label) for day in dict.fromkeys((run[0], run[-1]))) for run in runs]


@admin.register(PriceCard)
class PriceCardAdmin(InTheater, OneAtATime, UsedStays, TheaterStays, admin.ModelAdmin):
    form = PriceCardForm
    change_form_template = "admin/theaters/pricecard/change_form.html"
    change_list_template = "admin/theaters/pricecard/change_list.html"
    list_display = ["name", "theater", "when", "format", "priority", "state"]
    list_filter = [("theater", admin.RelatedOnlyFieldListFilter), "format"]
    list_select_related = ["theater"]
    search_fields = ["name", "theater__name"]
    autocomplete_fields = ["theater"]
    # What its form can bring back; see accounts/changes.py.
    restores = {
        "theaters_price": frozenset({"amount"}),
        "theaters_pricecard": frozenset(
            "name weekdays holidays from_time until_time format valid_from valid_until priority".split()
        ),
    }
    actions = ["copy_cards"]
    fieldsets = [
        (None, {"fields": ["theater", "name"]}),
        (
            gettext_lazy("When it applies"),
            {
                "fields": [
                    "weekdays",
                    "holidays",
                    ("from_time", "until_time"),
                    "format",
                    ("valid_from", "valid_until"),
                    "priority",
                ],
                "description": gettext_lazy(
                    "By the theater's clock and its holidays. Of several cards that apply, the highest priority wins. "
                    "A change holds for seats chosen from now on; what is held or sold keeps its price."
                ),
            },
        ),
    ]

    class Media:
        css = {"all": ["css/admin.css"]}

    def get_queryset(self, request):
        categories = count_of(SeatCategory.objects.filter(theater=OuterRef("theater")), "theater")
        ticket_types = count_of(TicketType.objects.filter(theater=OuterRef("theater")), "theater")
        prices = count_of(Price.objects.filter(card=OuterRef("pk")), "card")
        return super().get_queryset(request).annotate(missing_count=categories * ticket_types - prices)

    @admin.display(description=gettext_lazy("applies"))
    def when(self, card):
        return "; ".join(
            filter(None, [self.days(card), str(HOLIDAYS[card.holidays]), self.hours(card), self.validity(card)])
        )

    def days(self, card):
        return ", ".join(spans(sorted(card.weekdays))) or _("every day")

    def hours(self, card):
        start, end = (time and time_format(time, "H:i") for time in (card.from_time, card.until_time))
        if start and end:
            return f"{start}–{end}"
        if start:
            return _("from %(time)s") % {"time": start}
        return _("until %(time)s") % {"time": end} if end else ""

    def validity(self, card):
        start, end = (day and date_format(day, "j M Y") for day in (card.valid_from, card.valid_until))
        if start and end:
            return f"{start} – {end}"
        if start:
            return _("from %(day)s") % {"day": start}
        return _("until %(day)s") % {"day": end} if end else ""

    @admin.display(description=gettext_lazy("prices"))
    def state(self, card):
        missing = card.missing_count
        return ngettext("%(n)s missing", "%(n)s missing", missing) % {"n": missing} if missing else _("complete")

    def get_urls(self):
        which = partial(which_card, self)
        return [path("which/", self.admin_site.admin_view(which), name="theaters_pricecard_which"), *super().get_urls()]

    def save_model(self, request, card, form, change):
        super().save_model(request, card, form, change)
        form.save_prices()

    def response_add(self, request, card, post_url_continue=None):
        if "_popup" in request.POST:
            return super().response_add(request, card, post_url_continue)
        self.message_user(request, _("“%(card)s” is made. Now enter its prices.") % {"card": card}, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:theaters_pricecard_change", args=[card.pk]))

    def why_kept(self, card):
        if card.showtimes.exists():
            return _("“%(card)s” cannot be deleted: showtimes use it. Give them another card first.") % {"card": card}
        return None

    @admin.action(description=gettext_lazy("Copy selected price cards"), permissions=["add"])
    def copy_cards(self, request, queryset):
        for card in queryset:
            copy = copy_card(card)
            self.log_addition(request, copy, [{"added": {}}])
            self.message_user(
                request, _("“%(card)s” is copied as “%(copy)s”.") % {"card": card, "copy": copy}, messages.SUCCESS
            )


def count_of(queryset, key):
    counted = queryset.order_by().values(key).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


@transaction.atomic
def copy_card(card):
    prices = list(card.prices.all())
    copy = PriceCard.objects.get(pk=card.pk)
    copy.pk, copy._state.adding = None, True
    copy.name = free_name(card)
    copy.save()
    Price.objects.bulk_create(
        Price(card=copy, category_id=price.category_id, ticket_type_id=price.ticket_type_id, amount=price.amount)
        for price in prices
    )
    return copy


def free_name(card):
    taken = set(card.theater.price_cards.values_list("name", flat=True))
    room = PriceCard._meta.get_field("name").max_length
    names = (card.name[: room - len(suffix)] + suffix for suffix in map(" ({})".format, count(2)))
    return next(name for name in names if name not in taken)
