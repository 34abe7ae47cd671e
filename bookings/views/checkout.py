from django.contrib.auth.decorators import login_required
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bookings import flows, promises
from bookings.exceptions import BookingError, HoldExpired, PaymentRefused, PaymentUnavailable, SeatsTaken
from bookings.flows.holding import Hold
from bookings.forms import TicketTypesForm
from bookings.views.seats import published_showtime, render_seat_map
from theaters.money import format_money


class SeeOther(HttpResponseRedirect):
    """303: whatever the method was, go there with GET."""

    status_code = 303


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def checkout(request, pk):
    """GET shows the price, with other ticket types in the query if some are chosen; POST buys, or updates the price."""
    showtime = published_showtime(pk)
    promised = promises.promised_hold(request.session, showtime)
    hold = flows.current_hold(request.user, showtime=showtime, promised=promised)
    if hold is None:
        return hold_lost(request, showtime, promised)
    given = request.POST if request.method == "POST" else request.GET
    buying = request.method == "POST" and "update" not in given
    form = TicketTypesForm(
        given or None,
        seats=hold.seats,
        ticket_types=showtime.theater.ticket_types_default_first(),
        tariff=promises.frozen_tariff(request.session, showtime),
    )
    if form.is_bound and not form.is_valid():
        return render_checkout(request, showtime, hold, form, status=400)
    if buying and has_changed(given.get("total"), form.quote()):
        return render_checkout(request, showtime, hold, form, status=409)
    return buy(request, showtime, form.quote()) if buying else render_checkout(request, showtime, hold, form)


def has_changed(shown_total, quote) -> bool:
    """Nobody pays another price than the one they saw: without JavaScript the page may be behind the choice."""
    return shown_total is not None and shown_total != str(quote.total)


def render_checkout(request, showtime, hold, form, *, status=200):
    quote = form.quote()
    context = {
        "showtime": showtime,
        "hold": hold,
        "form": form,
        "quote": quote,
        "total": format_money(quote.total, quote.tariff.currency),
        "policy": showtime.theater.refund_policy,
        "error": _("The total has changed with your choice. Please look at it once more.") if status == 409 else None,
    }
    template = "bookings/_checkout_form.html" if request.htmx else "bookings/checkout.html"
    return render(request, template, context, status=status)


def hold_lost(request, showtime, promised):
    chosen = [seat.pk for seat in promised.seats] if promised else []
    return render_seat_map(request, showtime, chosen=chosen, error=HoldExpired(), status=409)


def buy(request, showtime, quote):
    try:
        booking = flows.start_booking(request.user, showtime=showtime, quote=quote)
    except SeatsTaken as error:
        lost = {seat.pk for seat in error.seats}
        kept = [line.seat.pk for line in quote.lines if line.seat.pk not in lost]
        return render_seat_map(request, showtime, chosen=kept, error=error, status=error.status)
    except BookingError as error:
        return render_problem(request, error, showtime=showtime)
    # The hold now lasts as long as the booking; so does the price that was frozen with it.
    seats = [line.seat for line in quote.lines]
    promises.remember(request.session, showtime, Hold(seats, booking.expires_at), quote.tariff)
    return to_payment(request, booking)


def to_payment(request, booking):
    """Send the customer to where they pay; where that fails the booking waits for another try."""
    try:
        return SeeOther(flows.start_payment(booking))
    except (PaymentUnavailable, PaymentRefused) as error:
        return render_problem(request, error, showtime=booking.showtime, booking=booking)
    except BookingError as error:
        return render_problem(request, error, showtime=booking.showtime)


def render_problem(request, error, *, showtime, booking=None):
    context = {"error": error, "showtime": showtime, "booking": booking}
    again = {"path": request.get_full_path(), "fields": list(request.POST.lists())}
    return render(request, "bookings/problem.html", context | again, status=error.status)
