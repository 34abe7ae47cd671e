from django.contrib import admin, messages
from django.db.models import Count
from django.http import HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from theaters.admin.layout_forms import LayoutForm, NewLayoutForm
from theaters.admin.room_words import room_problems
from theaters.admin.safety import OneAtATime, UsedStays
from theaters.admin.scope import InTheater
from theaters.models import Seat, SeatLayout
from theaters.rows import save_seats

GENERATED = ["rows", "seats", "skip", "aisles_after", "right_to_left", "short_rows", "categories"]


@admin.register(SeatLayout)
class SeatLayoutAdmin(InTheater, OneAtATime, UsedStays, admin.ModelAdmin):
    theater_path = "screen__theater"
    change_form_template = "admin/theaters/seatlayout/change_form.html"
    list_display = ["screen", "version", "note", "seat_count", "published_at"]
    list_filter = [("screen__theater", admin.RelatedOnlyFieldListFilter), ("published_at", admin.EmptyFieldListFilter)]
    list_select_related = ["screen__theater"]
    search_fields = ["screen__name", "screen__theater__name", "note"]
    autocomplete_fields = ["screen"]
    readonly_fields = ["room"]
    actions = ["publish_layouts"]

    class Media:
        css = {"all": ["css/admin.css"]}

    def get_queryset(self, request):
        layouts = super().get_queryset(request).select_related("screen__theater")  # for its name, also when searched
        return layouts.annotate(seat_count=Count("seats"))

    @admin.display(description=gettext_lazy("seats"), ordering="seat_count")
    def seat_count(self, layout):
        return layout.seat_count

    @admin.display(description=gettext_lazy("room"))
    def room(self, layout):
        return render_to_string("admin/theaters/seatlayout/_room.html", draw_room(layout))

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(request, obj, change=change, form=LayoutForm if obj else NewLayoutForm, **kwargs)

    def get_fieldsets(self, request, obj=None):
        generator = (gettext_lazy("Generate rows"), {"fields": GENERATED})
        if obj is None:
            return [(None, {"fields": ["screen", "note", "copy_latest"]}), generator]
        if not self.has_change_permission(request, obj):
            return [(None, {"fields": ["note", "published_at", "room"]})]
        return [
            (None, {"fields": ["note", "room"]}),
            (
                gettext_lazy("Change seats"),
                {"fields": ["chosen", "category", "feature", "companion_of", "sold", "remove"]},
            ),
            (gettext_lazy("Draw all rows anew"), {"fields": GENERATED, "classes": ["collapse"]}),
        ]

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and not (obj and obj.is_published)

    def save_model(self, request, layout, form, change):
        if not change:
            layout.version = form.latest.version + 1 if form.latest else 1
            layout.save()
            save_seats(form.new_seats())
            return
        layout.save()
        if form.draws_anew:
            layout.seats.all().delete()
            save_seats(form.generate(layout))
        elif form.cleaned_data["chosen"]:
            form.save_changed_seats()

    def response_add(self, request, layout, post_url_continue=None):
        if "_popup" in request.POST:
            return super().response_add(request, layout, post_url_continue)
        sentence = _("“%(layout)s” is drawn. Look at it, mend it, then publish it.")
        self.message_user(request, sentence % {"layout": layout}, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:theaters_seatlayout_change", args=[layout.pk]))

    def response_change(self, request, layout):
        if "_publish" not in request.POST:
            return super().response_change(request, layout)
        self.publish(request, layout)
        return HttpResponseRedirect(request.path)

    @admin.action(description=gettext_lazy("Publish selected seat layouts"), permissions=["change"])
    def publish_layouts(self, request, queryset):
        for layout in queryset:
            self.publish(request, layout)

    def publish(self, request, layout):
        if layout.is_published:
            self.message_user(request, _("“%(layout)s” was published before.") % {"layout": layout}, messages.INFO)
            return
        problems = room_problems(list(layout.seats.all()))
        if problems:
            sentence = _("“%(layout)s” is not published. %(problems)s")
            text = sentence % {"layout": layout, "problems": " ".join(problems)}
            self.message_user(request, text, messages.ERROR)
            return
        SeatLayout.objects.filter(pk=layout.pk, published_at=None).update(published_at=timezone.now())
        self.log_change(request, layout, _("Published."))
        sentence = _("“%(layout)s” is published with %(seats)s seats. From now on it does not change.")
        self.message_user(request, sentence % {"layout": layout, "seats": layout.seats.count()}, messages.SUCCESS)

    def why_kept(self, layout):
        if layout.showtimes.exists():
            return _("“%(layout)s” cannot be deleted: showtimes use it.") % {"layout": layout}
        return None


def draw_room(layout):
    """The room as rows of places (a seat, or None for an aisle), and a legend that counts."""
    seats = list(layout.seats.select_related("category"))
    by_row, categories, features = {}, {}, {}
    for seat in seats:
        by_row.setdefault((seat.y, seat.row), {})[seat.x] = seat
        categories[seat.category] = categories.get(seat.category, 0) + 1
        if seat.feature:
            features[seat.feature] = features.get(seat.feature, 0) + 1
    across = range(max((seat.x for seat in seats), default=-1) + 1)
    return {
        "rows": [(row, [places.get(x) for x in across]) for (_y, row), places in by_row.items()],
        "categories": categories.items(),
        "features": [(feature, Seat.Feature(feature).label, count) for feature, count in features.items()],
        "blocked": sum(seat.is_blocked for seat in seats),
        "total": len(seats),
    }
