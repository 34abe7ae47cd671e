"""The office: find a booking, see everything about it, cancel it with its refund, send the tickets again.

Nothing here is edited by hand: seats and money change by the same flows that customers use.
"""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from bookings import flows
from bookings.exceptions import BookingError
from bookings.flows.locking import database_now
from bookings.forms import CancelForm
from bookings.models import BookedSeat, Booking, Mail, Payment, Refund, StripeEvent, Ticket
from theaters.money import format_money
from theaters.templatetags.box_office import refund_rule


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


class BookedSeatInline(ReadOnlyInline):
    model = BookedSeat
    fields = ["seat", "ticket_type", "price", "fee", "tax", "total", "released_at", "codes"]

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


@admin.register(Booking)
class BookingAdmin(ReadOnly, admin.ModelAdmin):
    list_display = [
        "reference",
        "customer",
        "movie",
        "theater",
        "local_start",
        "seats",
        "price",
        "status",
        "created_at",
    ]
    list_filter = ["status", "showtime__screen__theater", "created_at"]
    search_fields = [
        "reference",
        "user__email",
        "user__name",
        "booked_seats__tickets__serial",
        "payments__payment_intent",
        "showtime__movie__title",
    ]
    search_help_text = _("Reference, e-mail address, name, ticket code, movie or Stripe's PaymentIntent.")
    date_hierarchy = "created_at"
    list_select_related = ["user", "movie", "showtime__screen__theater"]
    inlines = [BookedSeatInline, PaymentInline, MailInline]
    change_form_template = "admin/bookings/booking/change_form.html"
    fieldsets = [
        (None, {"fields": ["reference", "status", "customer", "movie", "theater", "local_start", "seats"]}),
        (_("Money"), {"fields": ["seats_price", "fee", "tax", "price", "refunds", "policy"]}),
        (
            _("History"),
            {"fields": ["created_at", "expires_at", "confirmed_at", "cancelled_at", "cancelled_by", "reason"]},
        ),
    ]

    @admin.display(description=_("customer"), ordering="user__email")
    def customer(self, booking):
        return f"{booking.user.name} <{booking.user.email}>" if booking.user.name else booking.user.email

    @admin.display(description=_("theater"))
    def theater(self, booking):
        return booking.showtime.screen

    @admin.display(description=_("starts"), ordering="showtime__starts_at")
    def local_start(self, booking):
        return f"{booking.showtime.local_start:%Y-%m-%d %H:%M %Z}"

    @admin.display(description=_("seats"))
    def seats(self, booking):
        return ", ".join(booking.seat_labels)

    @admin.display(description=_("total"), ordering="total")
    def price(self, booking):
        return format_money(booking.total, booking.currency)

    @admin.display(description=_("tax"))
    def tax(self, booking):
        words = _("%(amount)s included") if booking.tax_included else _("%(amount)s on top")
        amount = format_money(booking.tax_total, booking.currency)
        return words % {"amount": f"{booking.tax_name} {booking.tax_rate.normalize():f} %, {amount}"}

    @admin.display(description=_("seats"))
    def seats_price(self, booking):
        return format_money(booking.price_total, booking.currency)

    @admin.display(description=_("booking fee"))
    def fee(self, booking):
        return format_money(booking.fee_total, booking.currency)

    @admin.display(description=_("refunds"))
    def refunds(self, booking):
        refunds = Refund.objects.filter(payment__booking=booking).select_related("by")
        lines = [
            f"{format_money(refund.amount, refund.currency)}: {refund.get_reason_display()}, "
            f"{refund.get_status_display()} {refund.failure_reason or refund.last_error}".strip()
            for refund in refunds
        ]
        return "; ".join(lines) or "–"

    @admin.display(description=_("refund policy when bought"))
    def policy(self, booking):
        return " ".join(refund_rule(rule) for rule in booking.refund_policy) or _("no refunds")

    def get_urls(self):
        return [
            path("<int:pk>/cancel/", self.admin_site.admin_view(self.cancel), name="bookings_booking_cancel"),
            path("<int:pk>/resend/", self.admin_site.admin_view(self.resend), name="bookings_booking_resend"),
            *super().get_urls(),
        ]

    def cancel(self, request, pk):
        """Say what will happen, ask for the reason, then cancel and refund in full."""
        if not request.user.has_perm("bookings.refund_booking"):
            raise PermissionDenied
        booking = get_object_or_404(Booking.objects.for_listing().select_related("user"), pk=pk)
        form = CancelForm(request.POST or None)
        if form.is_valid():
            try:
                flows.cancel_booking(booking, by=request.user, reason=form.cleaned_data["reason"], in_full=True)
            except BookingError as error:
                self.message_user(request, str(error), messages.ERROR)
            else:
                words = {"booking": booking, "refunds": self.refunds(booking), "customer": self.customer(booking)}
                self.message_user(request, _("%(booking)s of %(customer)s is cancelled. Refund: %(refunds)s") % words)
            return redirect("admin:bookings_booking_change", pk)
        context = {**self.admin_site.each_context(request), "booking": booking, "form": form, "opts": self.opts}
        context |= {"title": _("Cancel a booking"), "total": self.price(booking)}
        return render(request, "admin/bookings/booking/cancel.html", context)

    def resend(self, request, pk):
        if request.method != "POST" or not self.has_view_permission(request):
            raise PermissionDenied
        booking = get_object_or_404(Booking.objects.filter(status=Booking.Status.CONFIRMED), pk=pk)
        flows.resend_tickets(booking)
        self.message_user(request, _("The tickets of %s go out again.") % booking)
        return redirect("admin:bookings_booking_change", pk)


class OutboxAdmin(ReadOnly, admin.ModelAdmin):
    """What waits, what went, what needs a human; the action starts it anew."""

    actions = ["try_again"]
    list_filter = ["status", "created_at"]

    @admin.action(description=_("Try again now"), permissions=["view"])
    def try_again(self, request, queryset):
        waiting = [self.model.WAITING, self.model.Status.FAILED]
        rows = list(queryset.filter(status__in=waiting))
        for row in rows:
            self.start_anew(row, request.user)
        self.message_user(request, _("%d will be tried again now.") % len(rows))

    def start_anew(self, row, user):
        row.try_again(database_now())

    @admin.display(description=_("booking"))
    def booking_link(self, row):
        booking = row.payment.booking if isinstance(row, Refund) else row.booking
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:bookings_booking_change", args=[booking.pk]), booking.reference
        )


@admin.register(Mail)
class MailAdmin(OutboxAdmin):
    list_display = ["kind", "booking_link", "status", "attempts", "last_error", "next_attempt_at", "sent_at"]
    list_select_related = ["booking"]
    search_fields = ["booking__reference", "booking__user__email"]


@admin.register(Refund)
class RefundAdmin(OutboxAdmin):
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


@admin.register(Payment)
class PaymentAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["booking", "status", "amount", "amount_received", "currency", "created_at", "paid_at"]
    list_select_related = ["booking"]
    list_filter = ["status", "created_at"]
    search_fields = ["booking__reference", "session_id", "payment_intent"]
    exclude = ["request", "session_url", "idempotency_key"]


@admin.register(Ticket)
class TicketAdmin(ReadOnly, admin.ModelAdmin):
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


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["type", "object_id", "event_id", "received_at"]
    search_fields = ["event_id", "object_id"]
    list_filter = ["type"]
