from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from bookings.admin.base import ReadOnly
from bookings.models import SeatRelease
from theaters.admin.scope import InTheater


@admin.register(SeatRelease)
class SeatReleaseAdmin(InTheater, ReadOnly, admin.ModelAdmin):
    """The record of when wheelchair spaces were on general sale, and why."""

    theater_path = "showtime__screen__theater"
    list_display = ["showtime", "labels", "reason", "released_at", "protected_at"]
    list_filter = ["rule", "released_at", "protected_at"]
    list_select_related = ["showtime__movie", "showtime__screen__theater"]
    search_fields = ["showtime__movie__title"]
    readonly_fields = ["reason"]

    @admin.display(description=_("seats"))
    def labels(self, release):
        return ", ".join(release.seat_labels)

    @admin.display(description=_("reason"))
    def reason(self, release):
        return release.reason
