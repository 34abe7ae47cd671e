from django.contrib import admin, messages
from django.db.models import Count, Sum
from django.shortcuts import redirect, render
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from bookings import flows
from bookings.admin.base import REFUND, booking_link
from bookings.admin.showtime_tasks import ShowtimeTask
from bookings.exceptions import BookingError
from bookings.forms import CancelForm
from bookings.models import Booking, Refund, ShowtimeCancellation
from theaters.money import format_money


@admin.register(ShowtimeCancellation)
class ShowtimeCancellationAdmin(ShowtimeTask, admin.ModelAdmin):
    """Call off a showtime, and see how far the refunds are."""

    permission = REFUND
    choose_first = _("Open the showtime that will not take place, then choose “Call off”.")
    list_display = ["showtime", "reason", "by", "created_at", "still_to_cancel", "finished_at"]
    list_select_related = ["showtime__movie", "showtime__screen__theater", "by"]
    search_fields = ["showtime__movie__title", "reason"]
    fields = ["showtime", "reason", "by", "created_at", "finished_at", "still_to_cancel", "refunds", "failed_refunds"]

    def do(self, request, showtime):
        """Say what it means, ask for the reason, then stop the sale; the worker refunds and tells everybody."""
        form = CancelForm(request.POST or None)
        if form.is_valid():
            return self.call_off(request, showtime, form.cleaned_data["reason"])
        context = self.page(request, showtime, _("Call off a showtime"), form=form, **what_it_means(showtime))
        return render(request, "admin/bookings/showtimecancellation/call_off.html", context)

    def call_off(self, request, showtime, reason):
        try:
            cancellation = flows.cancel_showtime(showtime, by=request.user, reason=reason)
        except BookingError as error:
            self.message_user(request, str(error), messages.ERROR)
            return redirect("admin:theaters_showtime_change", showtime.pk)
        words = _("%(showtime)s is called off: nothing is sold any more. Everybody is being refunded and told.")
        self.message_user(request, words % {"showtime": showtime}, messages.SUCCESS)
        return redirect("admin:bookings_showtimecancellation_change", cancellation.pk)

    @admin.display(description=_("bookings still to cancel"))
    def still_to_cancel(self, cancellation):
        return cancellation.showtime.bookings.filter(status__in=Booking.LIVE).count()

    @admin.display(description=_("refunds"))
    def refunds(self, cancellation):
        by_state = refunds_of(cancellation).values("status", "currency").annotate(n=Count("pk"), sum=Sum("amount"))
        lines = [
            f"{group['n']} × {Refund.Status(group['status']).label}: {format_money(group['sum'], group['currency'])}"
            for group in by_state.order_by("status")
        ]
        return "; ".join(lines) or "–"

    @admin.display(description=_("refunds that failed"))
    def failed_refunds(self, cancellation):
        failed = refunds_of(cancellation).filter(status=Refund.Status.FAILED).select_related("payment__booking")
        return format_html_join(", ", "{}", [(booking_link(refund.payment.booking),) for refund in failed]) or "–"


def refunds_of(cancellation):
    return Refund.objects.filter(payment__booking__showtime=cancellation.showtime_id)


def what_it_means(showtime) -> dict:
    """In numbers: who is refunded, and how much."""
    confirmed = showtime.bookings.filter(status=Booking.Status.CONFIRMED)
    sums = confirmed.values("currency").annotate(sum=Sum("total")).order_by("currency")
    return {
        "customers": confirmed.count(),
        "waiting": showtime.bookings.filter(status=Booking.Status.PENDING).count(),
        "seats": showtime.booked_seats.live().filter(booking__in=confirmed).count(),
        "amounts": [format_money(group["sum"], group["currency"]) for group in sums],
    }
