"""Other tickets instead: another showtime, the ordinary map, a page that says what it costs, the ordinary payment."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from bookings import flows, promises
from bookings.ages import check_ages
from bookings.exceptions import BadChoice, BookingError, SeatsTaken, TotalChanged
from bookings.pricing import quote_seats
from bookings.rate_limits import count_try
from bookings.views.bookings import own_booking
from bookings.views.checkout import lost_seats, still_held, to_payment
from bookings.views.seats import (
    is_holding,
    needs_a_space,
    places_wanted,
    published_showtime,
    render_seat_map,
    say_if_last,
    whole_numbers,
    with_status,
)
from bookings.views.waiting_room import behind_the_queue, let_in
from movies.forms import DayForm
from theaters.models import Seat, Showtime


def refused(request, old):
    """Where to go when it cannot be exchanged (any more), with the reason; None when it can."""
    if done := old.exchanged_into:
        return redirect(done.new)
    try:
        flows.check_exchangeable(old, timezone.now())
    except BookingError as error:
        messages.error(request, str(error))
        return redirect(old)
    return None


def other_showtime(booking, pk) -> Showtime:
    """In the same house, and not a draft."""
    showtime = published_showtime(pk)
    if showtime.theater != booking.showtime.theater or showtime.pk == booking.showtime_id:
        raise Http404
    return showtime


@require_safe
@never_cache
@login_required
def exchange(request, reference):
    """Where to? First the same movie, then what else the house shows on a day."""
    old = own_booking(request, reference)
    if elsewhere := refused(request, old):
        return elsewhere
    on_sale = Showtime.objects.upcoming().filter(screen__theater=old.showtime.theater).exclude(pk=old.showtime_id)
    open_now = [show for show in on_sale.for_listing().order_by("starts_at", "pk") if show.is_on_sale]
    same = [show for show in open_now if show.movie_id == old.showtime.movie_id]
    others = [show for show in open_now if show.movie_id != old.showtime.movie_id]
    form, days = DayForm(request.GET), sorted({show.business_date for show in others})
    day, _note = form.choose(days)
    listed = sorted((show for show in others if show.business_date == day), key=lambda show: show.movie.title)
    context = {
        "same": same,
        "others": listed,
        "day": day,
        "days": form.tabs(days, day),
        "theater": old.showtime.theater,
    }
    return render(request, "bookings/exchange.html", about(old) | context)


def about(old) -> dict:
    """`need`: who has a wheelchair space needs one again, unless it was on general sale."""
    standing = old.booked_seats.standing()
    need = standing.filter(seat__feature=Seat.Feature.WHEELCHAIR, release=None).exists()
    return {"old": old, "seats": standing.count(), "need": need}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
@behind_the_queue
def exchange_seats(request, reference, pk):
    """GET is the map, POST holds the seats chosen on it."""
    old = own_booking(request, reference)
    showtime = other_showtime(old, pk)
    if elsewhere := refused(request, old):
        return elsewhere
    let_in(request, showtime)
    if request.method != "POST":
        return render_map(request, old, showtime, chosen=whole_numbers(request.GET.getlist("seats")))
    given = request.POST.getlist("seats")
    seat_ids = whole_numbers(given)
    if "look" in request.POST:
        return render_map(request, old, showtime, chosen=seat_ids)
    earlier = promises.promised_hold(request.session, showtime)
    try:
        count_try(request, "hold")
        if places := places_wanted(request, showtime):
            flows.check_number(old, places.count)
            held = flows.hold_places(request.user, showtime=showtime, wanted=places)
        else:
            flows.check_number(old, len(given))
            # What is no number names no seat: the flow refuses it with words, like any other unknown seat.
            wanted = seat_ids + [0] * (len(given) - len(seat_ids))
            need = needs_a_space(request, showtime) or about(old)["need"]
            held = flows.hold_seats(
                request.user, showtime=showtime, seat_ids=wanted, keep="keep" in request.POST, need=need
            )
    except BookingError as error:
        return render_map(request, old, showtime, chosen=set(seat_ids) - lost_seats(error), error=error)
    promises.remember(request.session, showtime, held, promises.tariff_for(request.session, showtime, held))
    say_if_last(request, earlier, held)
    return redirect("bookings:exchange_checkout", old.reference, pk)


def render_map(request, old, showtime, *, chosen=(), error=None):
    return render_seat_map(request, showtime, chosen=chosen, error=error, more=about(old))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def exchange_checkout(request, reference, pk):
    """GET says what it costs in full; POST makes the new booking and leads to the payment of the difference."""
    old = own_booking(request, reference)
    showtime = other_showtime(old, pk)
    if elsewhere := refused(request, old):
        return elsewhere
    promised = promises.promised_hold(request.session, showtime)
    try:
        hold = still_held(request, showtime, promised)
        quote = carried_over(old, hold, promises.frozen_tariff(request.session, showtime))
        check_ages(showtime, quote)
    except BookingError as error:
        if promised is None and is_holding(request, showtime):
            return redirect("bookings:exchange_seats", old.reference, pk)
        chosen = {seat.pk for seat in promised.seats} if promised else set()
        return render_map(request, old, showtime, chosen=chosen - lost_seats(error), error=error)
    if request.method != "POST":
        return render_checkout(request, old, showtime, hold, quote)
    return change(request, old, showtime, hold, quote)


def carried_over(old, hold, tariff):
    """The new seats with the ticket types of the old ones. Raises BadChoice."""
    booked = old.booked_seats.standing().select_related("ticket_type").order_by("seat__y", "seat__x", "pk")
    flows.check_number(old, len(hold.seats))
    return quote_seats(tariff, zip(hold.seats, [one.ticket_type for one in booked], strict=True))


def change(request, old, showtime, hold, quote):
    if has_changed(request.POST, flows.exchange_terms(old, quote, timezone.now())):
        return render_checkout(request, old, showtime, hold, quote, error=TotalChanged())
    try:
        count_try(request, "checkout")
        booking = flows.start_exchange(old, showtime=showtime, quote=quote, need=hold.need)
    except (SeatsTaken, BadChoice) as error:
        kept = {seat.pk for seat in hold.seats} - lost_seats(error)
        return render_map(request, old, showtime, chosen=kept, error=error)
    except BookingError as error:
        return render_checkout(request, old, showtime, hold, quote, error=error)
    return to_payment(request, booking)


def has_changed(given, terms) -> bool:
    """Nobody agrees to other amounts than those they saw: a cutoff may have passed meanwhile."""
    shown = given.get("due", str(terms.due)), given.get("back", str(terms.back))
    return shown != (str(terms.due), str(terms.back))


def render_checkout(request, old, showtime, hold, quote, *, error=None):
    terms = flows.exchange_terms(old, quote, timezone.now())
    the_map = reverse("bookings:exchange_seats", args=[old.reference, showtime.pk])
    context = {
        "showtime": showtime,
        "hold": hold,
        "again": f"{the_map}?{urlencode({'seats': [seat.pk for seat in hold.seats]}, doseq=True)}",
        "quote": quote,
        "terms": terms,
        "currency": old.currency,
        "policy": showtime.theater.refund_policy,
        "error": error,
    }
    return with_status(render(request, "bookings/exchange_checkout.html", about(old) | context), error)
