from urllib.parse import urlencode

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from bookings.admin.base import ReadOnly
from bookings.models import FilmWeekReturn
from theaters.admin.scope import InTheater


@admin.register(FilmWeekReturn)
class FilmWeekReturnAdmin(InTheater, ReadOnly, admin.ModelAdmin):
    """The list of what was closed; the page of a week is in bookings/views/film_weeks.py."""

    list_display = ["theater", "starts_on", "ends_on", "closed_at", "closed_by", "week"]
    list_filter = [("theater", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["theater", "closed_by"]
    fields = ["theater", "starts_on", "ends_on", "closed_at", "closed_by", "content_hash", "week"]
    readonly_fields = ["week"]

    @admin.display(description=_("numbers"))
    def week(self, kept):
        address = urlencode({"theater": kept.theater_id, "day": kept.starts_on})
        return format_html('<a href="{}?{}">{}</a>', reverse("bookings:film_weeks"), address, _("Look at it"))
