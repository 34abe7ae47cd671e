from django.contrib import admin
from django.db.models import Sum
from django.utils.translation import ngettext

from bookings.admin.base import ReadOnly
from bookings.models import WaitingEntry
from theaters.admin.scope import InTheater, TheirTheaters


@admin.register(WaitingEntry)
class WaitingEntryAdmin(InTheater, ReadOnly, admin.ModelAdmin):
    """Who waits for how many seats. Staff look, and take somebody off who asks for it."""

    theater_path = "showtime__screen__theater"
    list_display = ["showtime", "user", "party", "apart", "joined_at", "offers_made", "offered_until"]
    list_filter = [("showtime__screen__theater", TheirTheaters)]
    list_select_related = ["showtime__movie", "showtime__screen__theater", "user"]
    search_fields = ["user__email", "user__name", "showtime__movie__title"]
    date_hierarchy = "showtime__starts_at"
    ordering = ["showtime__starts_at", "offers_made", "joined_at"]
    exclude = ["paused_until"]

    def has_delete_permission(self, request, obj=None):
        granted = request.user.has_perm(self.right("delete"))
        return granted and (obj is None or self.is_theirs(request, obj, "delete"))

    def lookup_allowed(self, lookup, value, request):
        return lookup == "showtime__id__exact" or super().lookup_allowed(lookup, value, request)

    def changelist_view(self, request, extra_context=None):
        """Of one showtime, how many wait for how many seats."""
        title = {}
        if (pk := request.GET.get("showtime__id__exact", "")).isdecimal() and len(pk) < 19:
            waiting = self.get_queryset(request).filter(showtime=pk)
            seats, people = waiting.aggregate(n=Sum("party"))["n"] or 0, waiting.count()
            words = ngettext("%(people)d waits, for %(seats)d seats", "%(people)d wait, for %(seats)d seats", people)
            title = {"title": words % {"people": people, "seats": seats}}
        return super().changelist_view(request, (extra_context or {}) | title)
