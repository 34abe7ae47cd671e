from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from bookings.admin.base import ReadOnlyInline
from bookings.models import BookedSeat, Mail, Payment


class BookedSeatInline(ReadOnlyInline):
    model = BookedSeat
    fields = [
        "seat",
        "ticket_type",
        "price",
        "surcharge",
        "discount",
        "fee",
        "tax",
        "total",
        "released_at",
        "cancelled_at",
        "codes",
    ]

    def get_queryset(self, request):
        return (
            super()
            .get_queryset(request)
            .select_related("seat", "ticket_type", "booking")
            .prefetch_related("tickets__checked_in_by")
        )

    @admin.display(description=_("tickets"))
    def codes(self, booked):
        return ", ".join(self.in_words(ticket) for ticket in booked.tickets.all()) or "–"

    @staticmethod
    def in_words(ticket):
        if ticket.revoked_at:
            return _("%(serial)s (void)") % {"serial": ticket.serial}
        if ticket.checked_in_at:
            return _("%(serial)s (in since %(time)s, by %(by)s)") % {
                "serial": ticket.serial,
                "time": f"{ticket.checked_in_at:%Y-%m-%d %H:%M} UTC",
                "by": ticket.checked_in_by,
            }
        return ticket.serial


class PaymentInline(ReadOnlyInline):
    model = Payment
    fields = [
        "tender",
        "status",
        "amount",
        "amount_received",
        "currency",
        "session_id",
        "payment_intent",
        "created_at",
        "paid_at",
    ]


class MailInline(ReadOnlyInline):
    model = Mail
    fields = ["kind", "status", "attempts", "last_error", "created_at", "sent_at"]
