"""Selling at the box office: showtime, seats, ticket types, tender. See flows/selling.py."""

import uuid
from datetime import date, timedelta
from urllib.parse import urlencode

from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bookings import flows, promises
from bookings.counter_forms import SaleForm
from bookings.exceptions import BookingError, SeatsTaken, TotalChanged
from bookings.flows.locking import database_now
from bookings.flows.selling import seat_ids_not_at_the_counter
from bookings.models import Refund
from bookings.place_forms import PlacesForm
from bookings.protection import KEPT_FEATURES, protection_of
from bookings.seat_map import category_prices, seat_rows
from bookings.seat_states import read_seat_states
from bookings.views.box_office import for_cashiers, office_page, open_shift_of, own_showtime, own_theater
from bookings.views.checkout import SeeOther, has_changed, lost_seats
from bookings.views.seats import best_offer, party_form, whole_numbers, with_status
from theaters.models import Showtime
from theaters.money import format_money
from theaters.roles import may

WEEK = 7
MOST_AT_ONCE = 20  # for the best seats; by hand there is no limit


@require_safe
@for_cashiers
def counter(request, theater):
    """One day's showtimes of a theater, today's at first."""
    theater = own_theater(request, theater)
    days = [theater.today + timedelta(days=n) for n in range(WEEK)]
    day = next((day for day in days if day.isoformat() == request.GET.get("date")), theater.today)
    return office_page(
        request,
        "counter",
        theater,
        title=_("Box office"),
        day=day,
        days=days,
        showtimes=showtimes_of(theater, day),
        now=database_now(),
        shift=open_shift_of(request, theater),
        owed=Refund.objects.at_counter().filter(payment__booking__showtime__screen__theater=theater).count(),
    )


def showtimes_of(theater, day: date):
    showtimes = Showtime.objects.published().for_listing()
    return list(showtimes.filter(screen__theater=theater, business_date=day).order_by("starts_at", "screen__number"))


@require_http_methods(["GET", "HEAD", "POST"])
@for_cashiers
def counter_seats(request, pk):
    """The same map as the customers', without their limit; POST keeps the seats and goes on to the sale."""
    showtime = own_showtime(request, pk)
    if request.method != "POST":
        return render_seats(request, showtime, chosen=whole_numbers(request.GET.getlist("seats")))
    seat_ids = whole_numbers(request.POST.getlist("seats"))
    try:
        if showtime.layout.has_free_seating:
            wanted = places_form(request, showtime, read_seat_states(showtime, request.user)).wanted()
            seat_ids = [seat.pk for seat in flows.set_places_aside(request.user, showtime=showtime, wanted=wanted)]
        else:
            flows.set_aside(request.user, showtime=showtime, seat_ids=seat_ids)
    except BookingError as error:
        lost = {seat.pk for seat in lost_seats_of(error)}
        return render_seats(request, showtime, chosen=set(seat_ids) - lost, error=error)
    return SeeOther(sale_address(showtime, seat_ids))


def places_form(request, showtime, states):
    """As the customers' where seating is free, without their limit."""
    free = flows.FreePlaces(showtime, states, seat_ids_not_at_the_counter(showtime, request.user))
    categories = category_prices(showtime, promises.counter_tariff(showtime))
    chosen, most = flows.Places.of(showtime.layout.seats.filter(pk__in=states.yours)), showtime.layout.seats.count()
    return PlacesForm(request.POST, categories=categories, free=free, most=most, chosen=chosen)


def lost_seats_of(error):
    return error.seats if isinstance(error, SeatsTaken) else []


def sale_address(showtime, seat_ids, **types):
    """Where a choice of seats and ticket types comes back to life."""
    chosen = urlencode({"seats": list(seat_ids), **types}, doseq=True)
    return f"{reverse('bookings:counter_sale', args=[showtime.pk])}?{chosen}"


def render_seats(request, showtime, *, chosen=(), error=None):
    states = read_seat_states(showtime, request.user)
    tariff = promises.counter_tariff(showtime)
    categories = category_prices(showtime, tariff)
    is_open = showtime.status == Showtime.Status.PUBLISHED and database_now() < showtime.counter_closes_at
    blocked = seat_ids_not_at_the_counter(showtime, request.user)
    protection = protection_of(showtime, database_now())
    party = party_form(request, categories, most=MOST_AT_ONCE, has_spaces=bool(protection.seats))
    offer = best_offer(request, party, showtime, states, tariff, blocked=blocked, is_open=is_open)
    chosen = (offer.seat_ids if offer else set()) or set(chosen) or states.yours
    response = office_page(
        request,
        "seats",
        showtime.theater,
        title=showtime.movie.title,
        showtime=showtime,
        categories=categories,
        rows=seat_rows(showtime, categories, states, checked=chosen, blocked=blocked, is_open=is_open),
        states=states,
        currency=tariff.currency,
        most_seats=showtime.layout.seats.count(),
        is_open=is_open,
        places=places_form(request, showtime, states) if showtime.layout.has_free_seating else None,
        party=party,
        party_url=reverse("bookings:counter_seats", args=[showtime.pk]),
        offer=offer,
        protection=protection,
        releases=showtime.seat_releases.filter(protected_at=None),
        error=error,
    )
    return with_status(response, error)


@require_POST
@for_cashiers
def counter_release(request, pk):
    showtime = own_showtime(request, pk)
    flows.give_back(request.user, showtime=showtime, seat_ids=[])
    return redirect("bookings:counter", showtime.theater.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@for_cashiers
def counter_sale(request, pk):
    """GET shows types, total and tenders, with other types if some are chosen; POST sells."""
    showtime = own_showtime(request, pk)
    given = request.POST if request.method == "POST" else request.GET
    seats = seats_in(showtime, whole_numbers(given.getlist("seats")), request.user)
    if not seats:
        return redirect("bookings:counter_seats", pk)
    form = sale_form(request, showtime, seats, given)
    if request.method != "POST" or "update" in given:
        return render_sale(request, showtime, seats, form)
    if not form.is_valid():
        return render_sale(request, showtime, seats, form, is_refused=True)
    if has_changed(given.get("total"), form.quote()):
        return render_sale(request, showtime, seats, form, error=TotalChanged())
    return sell(request, showtime, seats, form)


def seats_in(showtime, seat_ids, user):
    """Those that the map offers; a seat without a price is none of them."""
    seats = showtime.layout.seats.filter(pk__in=seat_ids).exclude(pk__in=seat_ids_not_at_the_counter(showtime, user))
    return list(seats.select_related("category").order_by("y", "x"))


def sale_form(request, showtime, seats, given):
    is_bound = any(name.startswith("ticket_type_") for name in given)
    may_give = may(request.user, "bookings.give_free_ticket", showtime.theater)
    form = SaleForm(
        given if is_bound else None,
        seats=seats,
        ticket_types=showtime.theater.ticket_types_default_first(),
        tariff=promises.counter_tariff(showtime),
        certificate=showtime.certificate,
        free_tariff=promises.counter_tariff(showtime, is_free=True) if may_give else None,
        initial={"key": uuid.uuid4()},
    )
    form.is_valid()
    return form


def render_sale(request, showtime, seats, form, *, error=None, is_refused=False):
    quote = form.quote()
    response = office_page(
        request,
        "sale",
        showtime.theater,
        title=showtime.movie.title,
        status=400 if is_refused else 200,
        showtime=showtime,
        seats=seats,
        form=form,
        key=form["key"].value() or uuid.uuid4(),
        quote=quote,
        total=format_money(quote.total, quote.tariff.currency),
        shift=open_shift_of(request, showtime.theater),
        problems=form.errors if is_refused else {},
        here=sale_address(showtime, [seat.pk for seat in seats], **form.chosen_types()),
        kept=[seat.label for seat in seats if seat.feature in KEPT_FEATURES],
        error=error,
    )
    return with_status(response, error)


def sell(request, showtime, seats, form):
    try:
        booking = flows.sell_at_counter(showtime, form.sale(), by=request.user)
    except SeatsTaken as error:
        kept = {seat.pk for seat in seats} - lost_seats(error)
        return render_seats(request, showtime, chosen=kept, error=error)
    except BookingError as error:
        return render_sale(request, showtime, seats, form, error=error)
    return SeeOther(f"{reverse('bookings:counter_booking', args=[booking.reference])}?sold")
