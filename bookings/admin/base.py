from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

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


class ReadOnlyInline(ReadOnly, admin.TabularInline):
    """Who may see the booking may see all of it."""

    extra = 0

    def has_view_permission(self, request, obj=None):
        return True

    def get_readonly_fields(self, request, obj=None):
        return self.fields


def booking_link(booking):
    return format_html('<a href="{}">{}</a>', reverse("admin:bookings_booking_change", args=[booking.pk]), booking)
