from django.contrib import admin, messages
from django.db.models import Prefetch
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings import flows
from bookings.admin.base import REFUND
from bookings.admin.move_forms import BreakdownForm
from bookings.admin.showtime_tasks import ShowtimeTask
from bookings.exceptions import BookingError
from bookings.models import BookedSeat, Booking, Breakdown, Ticket
from theaters.money import format_money


@admin.register(Breakdown)
class BreakdownAdmin(ShowtimeTask, admin.ModelAdmin):
    """A showtime broke off: who was in, who was not, what they get back, and how far that is."""

    permission = REFUND
    choose_first = gettext_lazy("Open the showtime that broke off, then choose “Broke off”.")
    list_display = ["showtime", "reason", "by", "created_at", "still_to_do", "finished_at"]
    list_select_related = ["showtime__movie", "showtime__screen__theater", "by"]
    search_fields = ["showtime__movie__title", "reason"]
    fields = [
        "showtime",
        "reason",
        ("percent_admitted", "percent_absent"),
        "by",
        "created_at",
        "still_to_do",
        "finished_at",
        "shares",
    ]

    @admin.display(description=gettext_lazy("bookings still to see to"))
    def still_to_do(self, breakdown):
        return breakdown.showtime.bookings.filter(status__in=Booking.LIVE, breakdown_share=None).count()

    @admin.display(description=gettext_lazy("bookings"))
    def shares(self, breakdown):
        shares = list(breakdown.shares.select_related("booking__user").prefetch_related("booking__payments__refunds"))
        for share in shares:
            share.words = format_money(share.amount, share.booking.currency)
        return render_to_string("admin/bookings/breakdown/_shares.html", {"shares": shares})

    def do(self, request, showtime):
        if done := Breakdown.objects.filter(showtime=showtime).first():
            self.message_user(request, _("This has been seen to. Here is how far it is."), messages.INFO)
            return redirect("admin:bookings_breakdown_change", done.pk)
        form = BreakdownForm(request.POST or None)
        problem = None
        if form.is_valid():
            try:
                return self.break_off(request, showtime, form.cleaned_data)
            except BookingError as error:
                problem = str(error)
        context = self.page(request, showtime, _("A showtime broke off"), form=form, problem=problem)
        return render(request, "admin/bookings/breakdown/break_off.html", context | who_was_in(showtime))

    def break_off(self, request, showtime, asked):
        breakdown = flows.break_off(showtime, by=request.user, **asked)
        self.log_addition(request, breakdown, [{"added": {}}])
        sentence = _("%(showtime)s: the sale is over. The money goes back and the mails go out now.")
        self.message_user(request, sentence % {"showtime": showtime}, messages.SUCCESS)
        return redirect("admin:bookings_breakdown_change", breakdown.pk)


def who_was_in(showtime) -> dict:
    tickets = Prefetch("tickets", Ticket.objects.admitted(), to_attr="admitted_with")
    # Of whom a move has left without a seat, too: they are paid back like the others.
    seats = Prefetch("booked_seats", BookedSeat.objects.select_related("seat").prefetch_related(tickets), "seats_sold")
    sold = showtime.bookings.filter(status=Booking.Status.CONFIRMED).select_related("user").prefetch_related(seats)
    bookings = list(sold.order_by("pk"))
    for booking in bookings:
        booking.were_in = [booked.seat.label for booked in booking.seats_sold if booked.admitted_with]
        booking.were_not = [booked.seat.label for booked in booking.seats_sold if not booked.admitted_with]
        booking.words = format_money(booking.total, booking.currency)
    return {
        "bookings": bookings,
        "admitted": sum(len(booking.were_in) for booking in bookings),
        "absent": sum(len(booking.were_not) for booking in bookings),
    }
