from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from bookings import flows
from bookings.admin.base import REFUND, SEND, ReadOnly
from bookings.admin.inlines import BookedSeatInline, MailInline, PaymentInline
from bookings.admin.seats import seat
from bookings.exceptions import BookingError
from bookings.forms import CancelForm
from bookings.models import Booking, Payment, Refund
from bookings.timeline import booking_timeline
from movies.models import Movie
from theaters.admin.scope import InTheater, TheirTheaters
from theaters.models.layouts import labels_in_words
from theaters.money import format_money
from theaters.roles import may
from theaters.templatetags.box_office import exchange_rule, refund_rule

MOST_CALLED_SO = 200


@admin.register(Booking)
class BookingAdmin(InTheater, ReadOnly, admin.ModelAdmin):
    theater_path = "showtime__screen__theater"
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
    list_filter = ["status", "channel", ("showtime__screen__theater", TheirTheaters), "created_at"]
    search_fields = ["reference"]  # and more: see get_search_results
    search_help_text = _("Reference, email address, name, ticket code, movie or Stripe's PaymentIntent.")
    list_select_related = ["user", "sold_by", "movie", "showtime__screen__theater"]
    inlines = [BookedSeatInline, PaymentInline, MailInline]
    change_form_template = "admin/bookings/booking/change_form.html"

    class Media:
        css = {"all": ["css/admin.css"]}

    fieldsets = [
        (
            None,
            {
                "fields": [
                    "reference",
                    "status",
                    "channel",
                    "cashier",
                    "free_because",
                    "customer",
                    "movie",
                    "theater",
                    "local_start",
                    "seats",
                ]
            },
        ),
        (
            _("Money"),
            {
                "fields": [
                    "seats_price",
                    "surcharge",
                    "discount",
                    "fee",
                    "tax",
                    "price",
                    "refunds",
                    "policy",
                    "exchanged",
                ]
            },
        ),
        (
            _("History"),
            {"fields": ["timeline", "reason", "anonymised_at"]},
        ),
    ]

    def get_search_results(self, request, queryset, search_term):
        """By reference, ticket, address or PaymentIntent; else by whoever, or whatever movie, is called so."""
        words = search_term.strip()
        if not words:
            return queryset, False
        by_intent = Payment.objects.filter(payment_intent=words).values("booking")
        for found in (queryset.matching(words), queryset.filter(pk__in=by_intent)):
            if found.exists():
                return found, False
        # Each asked for by itself: put together in one condition, no index would serve it.
        people = list(get_user_model().objects.called(words).values_list("pk", flat=True)[:MOST_CALLED_SO])
        movies = list(Movie.objects.filter(title__icontains=words).values_list("pk", flat=True))
        return queryset.filter(Q(user__in=people) | Q(movie__in=movies)), False

    @admin.display(description=_("customer"), ordering="user__email")
    def customer(self, booking):
        if booking.user is None:
            return _("at the box office") if booking.is_counter_sale else _("anonymised")
        return f"{booking.user.name} <{booking.user.email}>" if booking.user.name else booking.user.email

    @admin.display(description=_("cashier"))
    def cashier(self, booking):
        return booking.sold_by or "–"

    @admin.display(description=_("free, because"))
    def free_because(self, booking):
        return ": ".join(filter(None, [booking.get_comp_display(), booking.comp_note])) or "–"

    @admin.display(description=_("theater"))
    def theater(self, booking):
        return booking.showtime.screen

    @admin.display(description=_("starts"), ordering="showtime__starts_at")
    def local_start(self, booking):
        return f"{booking.showtime.local_start:%Y-%m-%d %H:%M %Z}"

    @admin.display(description=_("seats"))
    def seats(self, booking):
        return labels_in_words(booking.seat_labels)

    @admin.display(description=_("total"), ordering="total")
    def price(self, booking):
        return format_money(booking.total, booking.currency)

    @admin.display(description=_("tax"))
    def tax(self, booking):
        words = _("%(amount)s included") if booking.tax_included else _("%(amount)s on top")
        lines = [
            words % {"amount": f"{name} {rate.normalize():f} %, {format_money(amount, booking.currency)}"}
            for name, rate, amount in booking.tax_lines
        ]
        return "; ".join(lines) or "–"

    @admin.display(description=_("seats"))
    def seats_price(self, booking):
        return format_money(booking.cards_total, booking.currency)

    @admin.display(description=_("surcharge"))
    def surcharge(self, booking):
        if not booking.surcharge_total:
            return "–"
        return f"{booking.surcharge_name}: {format_money(booking.surcharge_total, booking.currency)}"

    @admin.display(description=_("discount"))
    def discount(self, booking):
        if not booking.discount_total:
            return "–"
        return f"{booking.promo_code}: −{format_money(booking.discount_total, booking.currency)}"

    @admin.display(description=_("booking fee"))
    def fee(self, booking):
        return format_money(booking.fee_total, booking.currency)

    @admin.display(description=_("refunds"))
    def refunds(self, booking):
        refunds = Refund.objects.of(booking).select_related("by")
        lines = [
            f"{format_money(refund.amount, refund.currency)}: {refund.get_reason_display()}, "
            f"{refund.get_status_display()} {refund.failure_reason or refund.last_error}".strip()
            for refund in refunds
        ]
        return "; ".join(lines) or "–"

    @admin.display(description=_("refund policy when bought"))
    def policy(self, booking):
        lines = [refund_rule(rule) for rule in booking.refund_policy] or [_("no refunds")]
        if booking.exchange_rule:
            lines.append(exchange_rule(booking.exchange_rule, booking.currency))
        return " ".join(map(str, lines))

    @admin.display(description=_("exchange"))
    def exchanged(self, booking):
        before, after = booking.exchanged_from, booking.exchanged_into
        links = [(_("exchange of %s"), before.old)] if before else []
        links += [(_("exchanged for %s"), after.new)] if after else []
        line = '<a href="{}">{}</a>'
        url = "admin:bookings_booking_change"
        return format_html_join(", ", line, ((reverse(url, args=[one.pk]), words % one) for words, one in links)) or "–"

    @admin.display(description=_("what happened"))
    def timeline(self, booking):
        return render_to_string("admin/bookings/_timeline.html", {"events": booking_timeline(booking)})

    def get_urls(self):
        return [
            path("seat/<int:showtime>/", self.admin_site.admin_view(seat), name="bookings_booking_seat"),
            path("<int:pk>/cancel/", self.admin_site.admin_view(self.cancel), name="bookings_booking_cancel"),
            path("<int:pk>/reissue/", self.admin_site.admin_view(self.reissue), name="bookings_booking_reissue"),
            path("<int:pk>/resend/", self.admin_site.admin_view(self.resend), name="bookings_booking_resend"),
            *super().get_urls(),
        ]

    def booking_where(self, request, pk, permission=REFUND) -> Booking:
        """One of a theater in which the person has this right. Raises PermissionDenied, or else Http404."""
        if not request.user.has_perm(permission):
            raise PermissionDenied
        booking = get_object_or_404(self.get_queryset(request).for_listing().select_related("user"), pk=pk)
        if not may(request.user, permission, booking.showtime.theater):
            raise PermissionDenied
        return booking

    def cancel(self, request, pk):
        """Say what will happen, ask for the reason, then cancel and refund in full."""
        booking = self.booking_where(request, pk)
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
        context |= {"title": _("Cancel a booking"), "total": self.price(booking), "customer": self.customer(booking)}
        return render(request, "admin/bookings/booking/cancel.html", context)

    def resend(self, request, pk):
        if request.method != "POST":
            raise PermissionDenied
        booking = self.booking_where(request, pk, SEND)
        if not booking.is_confirmed:
            raise Http404
        flows.resend_tickets(booking)
        self.message_user(request, _("The tickets of %s go out again.") % booking)
        return redirect("admin:bookings_booking_change", pk)

    def reissue(self, request, pk):
        if request.method != "POST":
            raise PermissionDenied
        booking = self.booking_where(request, pk)
        try:
            flows.reissue_tickets(booking, by=request.user)
        except BookingError as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            words = _("The old tickets of %s are void. New ones go out by mail.")
            self.message_user(request, words % booking)
        return redirect("admin:bookings_booking_change", pk)
