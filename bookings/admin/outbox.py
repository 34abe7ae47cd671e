from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from bookings import flows
from bookings.admin.base import REFUND, SEND, FoundByTheWhole, ReadOnly, booking_link
from bookings.flows.locking import database_now
from bookings.models import Mail, Refund
from theaters.admin.scope import InTheater


class OutboxAdmin(InTheater, FoundByTheWhole, ReadOnly, admin.ModelAdmin):
    """What waits, what went, what needs a human; the action starts it anew."""

    actions = ["try_again"]
    list_filter = ["status", "created_at"]

    @admin.action(description=_("Try again now"), permissions=["send"])
    def try_again(self, request, queryset):
        waiting = [self.model.WAITING, self.model.Status.FAILED]
        rows = list(queryset.filter(status__in=waiting))
        for row in rows:
            self.start_anew(row, request.user)
        self.message_user(request, _("%d will be tried again now.") % len(rows))

    def has_send_permission(self, request):
        return request.user.has_perm(self.right("send"))

    def start_anew(self, row, user):
        row.try_again(database_now())

    @admin.display(description=_("booking"))
    def booking_link(self, row):
        return booking_link(row.payment.booking if isinstance(row, Refund) else row.booking)


@admin.register(Mail)
class MailAdmin(OutboxAdmin):
    theater_path = "booking__showtime__screen__theater"
    rights = {"send": SEND}
    list_display = ["kind", "booking_link", "status", "attempts", "last_error", "next_attempt_at", "sent_at"]
    list_select_related = ["booking"]
    search_fields = ["booking__reference", "booking__user__email"]


@admin.register(Refund)
class RefundAdmin(OutboxAdmin):
    theater_path = "payment__booking__showtime__screen__theater"
    rights = {"send": REFUND}
    list_display = [
        "amount",
        "currency",
        "booking_link",
        "reason",
        "status",
        "attempts",
        "last_error",
        "failure_reason",
    ]
    list_select_related = ["payment__booking"]
    search_fields = ["payment__booking__reference", "stripe_id"]

    def start_anew(self, row, user):
        flows.send_again(row, by=user)
