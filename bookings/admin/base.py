from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

REFUND = "bookings.refund_booking"
# A mail goes out again.
SEND = "bookings.change_mail"


class ReadOnly:
    """To look at, not to change."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class FoundByTheWhole:
    """A search among all there ever was takes what is typed for the whole of one of `search_fields`.

    Each is one look into an index. Parts of words, or all fields at once with OR, would read every row there is.
    """

    search_help_text = _("In full, as it is written: a part of it finds nothing.")

    def get_search_results(self, request, queryset, search_term):
        words = search_term.strip()
        if not words:
            return queryset, False
        every = self.model._base_manager.order_by().values("pk")
        looks = [every.filter(**{name: as_kept(name, words)}) for name in self.search_fields]
        return queryset.filter(pk__in=looks[0].union(*looks[1:])), False


def as_kept(name: str, words: str) -> str:
    return words.upper() if name.endswith(("reference", "serial")) else words


class ReadOnlyInline(ReadOnly, admin.TabularInline):
    """Who may see the booking may see all of it."""

    extra = 0

    def has_view_permission(self, request, obj=None):
        return True

    def get_readonly_fields(self, request, obj=None):
        return self.fields


def booking_link(booking):
    return format_html('<a href="{}">{}</a>', reverse("admin:bookings_booking_change", args=[booking.pk]), booking)
