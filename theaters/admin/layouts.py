from collections import Counter

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.forms import Script
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from theaters.admin.layout_forms import LayoutForm, NewLayoutForm
from theaters.admin.safety import OneAtATime, UsedStays
from theaters.admin.scope import InTheater
from theaters.admin.versions import NotPublishable, differences, movable, move_showtimes, publish
from theaters.models import Seat, SeatLayout
from theaters.roles import may
from theaters.room_text import write_room
from theaters.rows import copy_seats

GENERATED = ["rows", "seats_per_row", "skip", "aisles_after", "right_to_left", "short_rows", "categories"]
AS_TEXT = (gettext_lazy("As text"), {"fields": ["text", "text_file"], "classes": ["collapse"]})


@admin.register(SeatLayout)
class SeatLayoutAdmin(InTheater, OneAtATime, UsedStays, admin.ModelAdmin):
    theater_path = "screen__theater"
    change_form_template = "admin/theaters/seatlayout/change_form.html"
    list_display = ["screen", "version", "note", "seat_count", "published_at"]
    list_filter = [("screen__theater", admin.RelatedOnlyFieldListFilter), ("published_at", admin.EmptyFieldListFilter)]
    list_select_related = ["screen__theater"]
    search_fields = ["screen__name", "screen__theater__name", "note"]
    autocomplete_fields = ["screen"]
    actions = ["publish_layouts"]

    class Media:
        css = {"all": ["css/admin.css", "css/seat.css", "css/seat_map.css", "css/admin_room.css"]}
        js = [Script("js/room_editor.js", defer=True)]

    def get_queryset(self, request):
        layouts = super().get_queryset(request).select_related("screen__theater")  # for its name, also when searched
        return layouts.annotate(seat_count=Count("seats"))

    @admin.display(description=gettext_lazy("seats"), ordering="seat_count")
    def seat_count(self, layout):
        return layout.seat_count

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(request, obj, change=change, form=LayoutForm if obj else NewLayoutForm, **kwargs)

    def get_fieldsets(self, request, obj=None):
        if obj is None:
            start = (None, {"fields": ["screen", "note", "copy_latest", "is_curved", "has_free_seating"]})
            return [start, (gettext_lazy("Generate rows"), {"fields": GENERATED}), AS_TEXT]
        if not self.has_change_permission(request, obj):
            return [(None, {"fields": ["note", "is_curved", "has_free_seating", "published_at"]})]
        paint = ["chosen", "category", "feature", "companion_of", "sold", "numbering", "remove"]
        return [
            (gettext_lazy("The chosen seats become"), {"fields": paint, "classes": ["paint"]}),
            (None, {"fields": ["note", "is_curved", "has_free_seating"]}),
            AS_TEXT,
            (gettext_lazy("Draw all rows anew"), {"fields": GENERATED, "classes": ["collapse"]}),
        ]

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and not (obj and obj.is_published)

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        if obj:
            context |= count_room(obj) | {"chosen": request.POST.getlist("seats")}
            context["chosen"] = {int(pk) for pk in context["chosen"] if pk.isascii() and pk.isdigit()}
            context["show_save_and_add_another"] = False
            context["may_move"] = may(request.user, "theaters.change_showtime", obj.screen.theater)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def save_model(self, request, layout, form, change):
        if not change:
            layout.version = form.latest.version + 1 if form.latest else 1
        layout.save()
        form.save_room()

    def response_add(self, request, layout, post_url_continue=None):
        if "_popup" in request.POST:
            return super().response_add(request, layout, post_url_continue)
        sentence = _("“%(layout)s” is drawn. Look at it, mend it, then publish it.")
        self.message_user(request, sentence % {"layout": layout}, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:theaters_seatlayout_change", args=[layout.pk]))

    def response_change(self, request, layout):
        if "_publish" in request.POST:
            self.publish(request, layout)
        elif "_paint" in request.POST:
            self.message_user(request, _("The room is changed. See whether it looks right."), messages.SUCCESS)
        else:
            return super().response_change(request, layout)
        return HttpResponseRedirect(request.path)

    @admin.action(description=gettext_lazy("Publish selected seat layouts"), permissions=["change"])
    def publish_layouts(self, request, queryset):
        for layout in queryset:
            self.publish(request, layout)

    def publish(self, request, layout):
        if layout.is_published:
            self.message_user(request, _("“%(layout)s” was published before.") % {"layout": layout}, messages.INFO)
            return
        try:
            publish(layout)
        except NotPublishable as problems:
            words = {"layout": layout, "problems": problems}
            self.message_user(request, _("“%(layout)s” is not published. %(problems)s") % words, messages.ERROR)
            return
        self.log_change(request, layout, _("Published."))
        sentence = _("“%(layout)s” is published with %(seats)s seats. From now on it does not change.")
        self.message_user(request, sentence % {"layout": layout, "seats": layout.seats.count()}, messages.SUCCESS)

    def why_kept(self, layout):
        if layout.showtimes.exists():
            return _("“%(layout)s” cannot be deleted: showtimes use it.") % {"layout": layout}
        return None

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/text/", view(self.as_text), name="theaters_seatlayout_text"),
            path("<int:pk>/preview/", view(self.preview), name="theaters_seatlayout_preview"),
            path("<int:pk>/move/", view(self.move), name="theaters_seatlayout_move"),
            *super().get_urls(),
        ]

    def layout_or_404(self, request, pk):
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(self.get_queryset(request), pk=pk)

    def as_text(self, request, pk):
        layout = self.layout_or_404(request, pk)
        seats = copy_seats(layout, layout)
        name = slugify(f"{layout.screen} {layout.version}") or "room"
        headers = {"Content-Disposition": f'attachment; filename="{name}.txt"'}
        return HttpResponse(write_room(layout, seats), content_type="text/plain; charset=utf-8", headers=headers)

    def preview(self, request, pk):
        """The customer's page, as far as there is one without a showtime."""
        return render(request, "theaters/room.html", {"layout": self.layout_or_404(request, pk)})

    def move(self, request, pk):
        """Which showtimes to come could have this layout; those that nobody has booked get it by one button."""
        layout = self.layout_or_404(request, pk)
        if not may(request.user, "theaters.change_showtime", layout.screen.theater):
            raise PermissionDenied
        if not layout.is_published:
            self.message_user(request, _("Publish it first: showtimes take published layouts only."), messages.ERROR)
            return redirect("admin:theaters_seatlayout_change", pk)
        if request.method == "POST":
            moved, left = move_showtimes(layout)
            words = ngettext(
                "%(moved)d showtime has the new layout.", "%(moved)d showtimes have the new layout.", moved
            )
            self.message_user(request, words % {"moved": moved}, messages.SUCCESS)
            for sentence in left:
                self.message_user(request, sentence, messages.WARNING)
            return redirect(request.path)
        context = {**self.admin_site.each_context(request), "opts": self.opts, "layout": layout}
        context |= {"title": _("Move showtimes to this layout"), "showtimes": movable(layout)}
        context["ready"] = sum(not row.stays for row in context["showtimes"])
        earlier = {row.showtime.layout for row in context["showtimes"]}
        context["changes"] = [(old, differences(old, layout)) for old in earlier]
        return render(request, "admin/theaters/seatlayout/move.html", context)


def count_room(layout):
    """The legend of the drawing, with numbers."""
    seats = list(layout.seats.select_related("category"))
    features = Counter(seat.feature for seat in seats if seat.feature)
    return {
        "categories": Counter(seat.category for seat in seats).most_common(),
        "features": [(feature, Seat.Feature(feature).label, count) for feature, count in features.items()],
        "blocked": sum(seat.is_blocked for seat in seats),
        "total": len(seats),
    }
