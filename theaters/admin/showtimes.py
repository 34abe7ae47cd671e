from datetime import timedelta

from django.contrib import admin, messages
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from theaters.admin.clock import on_the_wall
from theaters.admin.publishing import NotPossible, PublishCheck, publish
from theaters.admin.safety import OneAtATime, UsedStays
from theaters.admin.scheduling import copy_showtime
from theaters.admin.scope import InTheater, TheirTheaters
from theaters.admin.showtime_forms import ShowtimeForm
from theaters.admin.week_pages import WeekPages
from theaters.models import Showtime, Theater


class DayFilter(admin.SimpleListFilter):
    """The list begins with today; what is past is there for those who ask for it, by “All” or by the date hierarchy."""

    title, parameter_name = gettext_lazy("day"), "day"

    def __init__(self, request, *args):
        super().__init__(request, *args)
        self.is_by_date = any(name.startswith("business_date__") for name in request.GET)

    def lookups(self, request, model_admin):
        # From yesterday: somewhere it still is.
        days = [timezone.now().date() + timedelta(days=n) for n in range(-1, 8)]
        return [("all", _("All")), *((day.isoformat(), date_format(day, "D j M")) for day in days)]

    def choices(self, changelist):
        first, *others = super().choices(changelist)
        yield first | {"display": _("From today")}
        yield from others

    def queryset(self, request, queryset):
        try:
            day = parse_date(self.value() or "")
        except ValueError:
            day = None
        if day:
            return queryset.filter(business_date=day)
        return queryset if self.value() == "all" or self.is_by_date else queryset.filter(from_today())


def from_today():
    """By each theater's own clock."""
    theaters = {}
    for theater in Theater.objects.all():
        theaters.setdefault(theater.today, []).append(theater.pk)
    either = Q(pk__in=[])
    for day, there in theaters.items():
        either |= Q(screen__theater__in=there, business_date__gte=day)
    # True of them all, wherever they are; it keeps PostgreSQL from reading the past on its way to the first of them.
    return Q(either, starts_at__gt=Now() - timedelta(days=2))


@admin.register(Showtime)
class ShowtimeAdmin(WeekPages, InTheater, OneAtATime, UsedStays, admin.ModelAdmin):
    theater_path = "screen__theater"
    form = ShowtimeForm
    list_display = ["local_start", "screen", "movie", "format", "stage", "day"]
    list_per_page = 50
    list_filter = [("screen__theater", TheirTheaters), DayFilter, "status"]
    list_select_related = ["movie", "screen__theater"]
    search_fields = ["movie__title", "screen__name", "screen__theater__name"]
    date_hierarchy = "business_date"
    autocomplete_fields = ["movie", "screen", "audio_language", "subtitle_language"]
    # What its form can bring back; see accounts/changes.py.
    restores = {
        "theaters_showtime": frozenset(
            "movie_id screen_id starts_at format audio_language_id subtitle_language_id attributes "
            "layout_id price_card_id legal_capacity status is_listed on_sale_from "
            "has_waiting_room waiting_room_rate waiting_room_places".split()
        )
    }
    actions = [
        *("publish_showtimes", "copy_to_next_day", "copy_to_next_week"),
        *("open_waiting_rooms", "close_waiting_rooms"),
    ]
    fieldsets = [
        (None, {"fields": ["movie", "screen", "starts", "occurrence"]}),
        (
            gettext_lazy("What it is"),
            {"fields": ["format", ("audio_language", "subtitle_language"), "attributes"]},
        ),
        (gettext_lazy("Seats and prices"), {"fields": ["layout", "price_card", "legal_capacity"]}),
        (gettext_lazy("Sale"), {"fields": ["status", "is_listed", "on_sale"]}),
        (
            gettext_lazy("Waiting room"),
            {"fields": ["has_waiting_room", ("waiting_room_rate", "waiting_room_places")]},
        ),
    ]

    change_list_template = "admin/theaters/showtime/change_list.html"

    class Media:
        css = {"all": ["css/admin.css", "css/board.css"]}

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("movie", "screen__theater")

    def get_fieldsets(self, request, obj=None):
        if obj is None or self.has_change_permission(request, obj):
            return self.fieldsets
        sale = (gettext_lazy("Sale"), {"fields": ["stage", "is_listed", "on_sale_from"]})
        return [(None, {"fields": ["movie", "screen", "local_start"]}), *self.fieldsets[1:-2], sale, self.fieldsets[-1]]

    def get_changeform_initial_data(self, request):
        """The board says in which screen and when: starts=2027-03-05T20:00."""
        initial = super().get_changeform_initial_data(request)
        try:
            starts = parse_datetime(request.GET.get("starts", ""))
        except ValueError:
            starts = None
        initial["starts"] = starts and starts.replace(tzinfo=None)
        return initial

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        if obj and obj.status == Showtime.Status.DRAFT:
            context["findings"] = PublishCheck().of(obj)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def response_post_save_add(self, request, obj):
        return self.back_to_board(request, obj) or super().response_post_save_add(request, obj)

    def response_post_save_change(self, request, obj):
        return self.back_to_board(request, obj) or super().response_post_save_change(request, obj)

    @admin.display(description=gettext_lazy("starts"), ordering="starts_at")
    def local_start(self, showtime):
        return date_format(on_the_wall(showtime.starts_at, showtime.theater), "D j M Y, H:i")

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def stage(self, showtime):
        return showtime.stage.label

    @admin.display(description=gettext_lazy("day"), ordering="business_date")
    def day(self, showtime):
        return date_format(showtime.business_date, "D j M")

    def why_kept(self, showtime):
        if showtime.bookings.exists():
            return _("“%(showtime)s” has bookings, so it cannot be deleted; it can only be cancelled.") % {
                "showtime": showtime
            }
        return None

    @admin.action(description=gettext_lazy("Publish selected showtimes"), permissions=["change"])
    def publish_showtimes(self, request, queryset):
        for showtime in queryset:
            try:
                publish(showtime)
            except NotPossible as problem:
                self.refuse(request, showtime, problem)
            else:
                self.log_change(request, showtime, _("Published."))
                self.message_user(request, _("%(showtime)s is published.") % {"showtime": showtime}, messages.SUCCESS)

    @admin.action(description=gettext_lazy("Put a waiting room before the selected showtimes"), permissions=["change"])
    def open_waiting_rooms(self, request, queryset):
        self.set_waiting_rooms(request, queryset, True, _("%(showtime)s has a waiting room."))

    @admin.action(description=gettext_lazy("Take the waiting room away"), permissions=["change"])
    def close_waiting_rooms(self, request, queryset):
        self.set_waiting_rooms(request, queryset, False, _("%(showtime)s has no waiting room any more."))

    def set_waiting_rooms(self, request, queryset, is_on, words):
        for showtime in queryset.exclude(has_waiting_room=is_on):
            showtime.has_waiting_room = is_on
            showtime.save(update_fields=["has_waiting_room"])
            self.log_change(request, showtime, [{"changed": {"fields": [_("waiting room")]}}])
            self.message_user(request, words % {"showtime": showtime}, messages.SUCCESS)

    @admin.action(description=gettext_lazy("Copy to the next day"), permissions=["add"])
    def copy_to_next_day(self, request, queryset):
        self.copy(request, queryset, days=1)

    @admin.action(description=gettext_lazy("Copy to the next week"), permissions=["add"])
    def copy_to_next_week(self, request, queryset):
        self.copy(request, queryset, days=7)

    def copy(self, request, queryset, *, days):
        for showtime in queryset.select_related("movie", "screen__theater", "layout", "price_card"):
            try:
                copy = copy_showtime(showtime, days=days)
            except NotPossible as problem:
                self.refuse(request, showtime, problem)
            else:
                self.log_addition(request, copy, [{"added": {}}])
                self.message_user(request, _("Copied as a draft: %(copy)s.") % {"copy": copy}, messages.SUCCESS)

    def refuse(self, request, showtime, problem):
        self.message_user(request, format_html("{}: {}", showtime, problem.args[0]), messages.ERROR)
