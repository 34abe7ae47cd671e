from dataclasses import replace

from django.contrib.auth.decorators import login_required
from django.http import HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import languages
from bookings import flows, promises
from bookings.exceptions import (
    BadChoice,
    BookingError,
    CodeRefused,
    HoldExpired,
    KeptForWheelchairs,
    PaymentRefused,
    PaymentUnavailable,
    RoomFull,
    SeatsTaken,
    TooManyHeld,
    TooManyTries,
    TotalChanged,
)
from bookings.forms import TicketTypesForm
from bookings.rate_limits import count_try
from bookings.views.seats import address_with_choice, is_holding, published_showtime, render_seat_map, with_status
from bookings.views.waiting_room import behind_the_queue, let_in
from theaters.money import format_money


class SeeOther(HttpResponseRedirect):
    """303: whatever the method was, go there with GET."""

    status_code = 303


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
@behind_the_queue
def checkout(request, pk):
    """GET shows the price, with other ticket types in the query if some are chosen; POST buys, or updates the price."""
    showtime = published_showtime(pk)
    let_in(request, showtime)
    promised = promises.promised_hold(request.session, showtime)
    try:
        hold = still_held(request, showtime, promised)
    except BookingError as error:
        if promised is None and is_holding(request, showtime):
            return redirect(showtime)
        chosen = {seat.pk for seat in promised.seats} if promised else set()
        is_lost = isinstance(error, HoldExpired | SeatsTaken)
        lost = chosen if is_lost else set()
        return render_seat_map(request, showtime, chosen=chosen - lost_seats(error), lost=lost, error=error)
    given = request.POST if request.method == "POST" else request.GET
    form = TicketTypesForm(
        given or None,
        seats=hold.seats,
        ticket_types=showtime.theater.ticket_types_default_first(),
        tariff=promises.frozen_tariff(request.session, showtime),
        certificate=showtime.certificate,
    )
    if form.is_bound and not form.is_valid():
        return render_checkout(request, showtime, hold, form, form.quote(), status=400)
    quote, refusal = with_promo_code(request, showtime, given, form.quote())
    if request.method != "POST" or refusal or "update" in given:
        return render_checkout(request, showtime, hold, form, quote, refusal=refusal)
    if has_changed(given.get("total"), quote):
        return render_checkout(request, showtime, hold, form, quote, error=TotalChanged())
    return buy(request, showtime, hold, form, quote)


def with_promo_code(request, showtime, given, quote):
    """(the quote less what the code takes off, why it takes nothing off); without a new code the one used before."""
    noted = promises.noted_code(request.session, showtime)
    code = given.get("code", noted).strip()
    try:
        if code and code != noted:
            count_try(request, "code")
        if code:
            quote = flows.with_code(quote, code, user=request.user, showtime=showtime)
    except (CodeRefused, TooManyTries) as refusal:
        return quote, refusal
    promises.note_code(request.session, showtime, code)
    return quote, None


def still_held(request, showtime, promised):
    hold = flows.current_hold(request.user, showtime=showtime, promised=promised)
    if hold is None:
        raise HoldExpired
    if hold.epoch != promised.epoch:
        promises.remember(request.session, showtime, hold, promises.frozen_tariff(request.session, showtime))
    return hold


def lost_seats(error) -> set:
    return {seat.pk for seat in error.seats} if isinstance(error, SeatsTaken) else set()


def has_changed(shown_total, quote) -> bool:
    """Nobody pays another price than the one they saw: without JavaScript the page may be behind the choice."""
    return shown_total is not None and shown_total != str(quote.total)


def render_checkout(request, showtime, hold, form, quote, *, error=None, refusal=None, status=None):
    """`error` stands above all, `refusal` beside the promo code."""
    context = {
        "showtime": showtime,
        "hold": hold,
        "form": form,
        "quote": quote,
        "total": format_money(quote.total, quote.tariff.currency),
        "again": address_with_choice(request, showtime.pk, [seat.pk for seat in hold.seats]),
        "may_extend": not flows.has_offer(request.user, showtime),
        "policy": showtime.theater.refund_policy,
        "error": error,
        "refusal": refusal,
        "code": request.POST.get("code", request.GET.get("code", quote.promo_code)),
        "has_codes": showtime.theater.promo_codes.filter(is_active=True).exists(),
    }
    template = "bookings/_checkout_form.html" if request.htmx else "bookings/checkout.html"
    # What is only looked at is no error: the price stands without the code.
    return with_status(render(request, template, context, status=status), error or (refusal if request.POST else None))


def buy(request, showtime, hold, form, quote):
    try:
        count_try(request, "checkout")
        booking = flows.start_booking(request.user, showtime=showtime, quote=quote, need=hold.need)
    except (KeptForWheelchairs, RoomFull, SeatsTaken, TooManyHeld) as error:
        kept = {seat.pk for seat in hold.seats} - lost_seats(error)
        return render_seat_map(request, showtime, chosen=kept, error=error)
    except CodeRefused as refusal:
        return render_checkout(request, showtime, hold, form, form.quote(), refusal=refusal)
    except (BadChoice, TooManyTries) as error:
        return render_checkout(request, showtime, hold, form, quote, error=error)
    except BookingError as error:
        return render_problem(request, error, showtime=showtime)
    languages.write_to(request.user)
    # The hold now lasts as long as the booking; so does the price that was frozen with it.
    hold = replace(hold, expires_at=booking.expires_at)
    promises.remember(request.session, showtime, hold, quote.tariff)
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
    return with_status(render(request, "bookings/problem.html", context | again), error)
