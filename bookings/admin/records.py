from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from bookings.admin.base import FoundByTheWhole, ReadOnly, ReadOnlyInline
from bookings.models import CashMovement, DoorScan, Payment, Shift, StripeEvent, Ticket
from theaters.admin.scope import InTheater


@admin.register(Payment)
class PaymentAdmin(InTheater, FoundByTheWhole, ReadOnly, admin.ModelAdmin):
    theater_path = "booking__showtime__screen__theater"
    list_display = ["booking", "tender", "status", "amount", "amount_received", "currency", "created_at", "paid_at"]
    list_select_related = ["booking"]
    list_filter = ["tender", "status", "created_at"]
    search_fields = ["booking__reference", "session_id", "payment_intent"]
    exclude = ["request", "session_url", "idempotency_key"]


@admin.register(Ticket)
class TicketAdmin(InTheater, FoundByTheWhole, ReadOnly, admin.ModelAdmin):
    theater_path = "booked_seat__showtime__screen__theater"
    list_display = ["serial", "seat", "showtime", "issued_at", "revoked_at", "checked_in_at", "checked_in_by"]
    search_fields = ["serial", "booked_seat__booking__reference"]
    list_filter = ["checked_in_at", "revoked_at"]

    def get_queryset(self, request):
        return super().get_queryset(request).for_the_door()

    @admin.display(description=_("seat"))
    def seat(self, ticket):
        return ticket.booked_seat.seat

    @admin.display(description=_("showtime"))
    def showtime(self, ticket):
        return ticket.booked_seat.showtime


@admin.register(DoorScan)
class DoorScanAdmin(InTheater, FoundByTheWhole, ReadOnly, admin.ModelAdmin):
    theater_path = "ticket__booked_seat__showtime__screen__theater"
    list_display = ["ticket", "verdict", "let_in", "scanned_at", "received_at", "by", "door"]
    list_select_related = ["ticket", "by"]
    list_filter = ["let_in", "verdict", "received_at"]
    search_fields = ["ticket__serial"]


class CashMovementInline(ReadOnlyInline):
    model = CashMovement
    fields = ["kind", "amount", "reason", "by", "created_at"]


@admin.register(Shift)
class ShiftAdmin(InTheater, ReadOnly, admin.ModelAdmin):
    """Opened, counted and closed at the box office."""

    list_display = ["__str__", "opened_by", "opened_at", "closed_at", "number", "expected", "counted", "variance"]
    list_filter = [("theater", admin.RelatedOnlyFieldListFilter), "business_date"]
    list_select_related = ["theater", "opened_by"]
    search_fields = ["opened_by__email", "opened_by__name", "note"]
    inlines = [CashMovementInline]

    @admin.display(description=_("variance"))
    def variance(self, shift):
        return shift.variance


@admin.register(StripeEvent)
class StripeEventAdmin(FoundByTheWhole, ReadOnly, admin.ModelAdmin):
    list_display = ["type", "object_id", "event_id", "received_at"]
    search_fields = ["event_id", "object_id"]
    list_filter = ["type"]
