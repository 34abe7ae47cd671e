from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from bookings import flows, promises
from bookings.exceptions import BookingError, KeptForWheelchairs, SeatsTaken
from bookings.forms import PartyForm
from bookings.offers import fixes_of, make_offer, offer_near
from bookings.place_forms import PlacesForm, is_number
from bookings.pricing import order_parts
from bookings.protection import protection_of
from bookings.rate_limits import count_try
from bookings.seat_map import category_prices, kept_words, seat_rows
from bookings.seat_states import read_seat_states
from bookings.views.kept_maps import kept_map
from bookings.views.waiting_room import behind_the_queue, let_in
from bookings.waiting_panel import waiting_panel
from theaters.access import WARNINGS, lacking, needs_of
from theaters.known import known_showtime
from theaters.models import Seat, Showtime
from theaters.models.house_seats import seat_ids_not_on_the_web

WISHES = ("party", "children", "price", "need")


def published_showtime(pk) -> Showtime:
    """Whatever is or was on sale; a draft does not exist yet."""
    showtime = known_showtime(pk)
    if showtime is None:
        raise Http404
    return showtime


@require_safe
@never_cache
@behind_the_queue
def seat_map(request, pk):
    if page := kept_map(request, pk, map_context):
        return page
    showtime = published_showtime(pk)
    let_in(request, showtime)
    response = render_seat_map(request, showtime, chosen=whole_numbers(request.GET.getlist("seats")))
    if showtime.is_over:
        response.status_code = HTTPStatus.GONE  # search engines forget it sooner than by a 404
    return response


def render_seat_map(request, showtime, *, error=None, **more):
    context = map_context(request, showtime, error=error, **more)
    return with_status(render(request, "bookings/seat_map.html", context), error)


def map_context(request, showtime, *, chosen=(), lost=(), error=None, more=None) -> dict:
    """The map with the customer's choice kept: what they chose, else what they hold.

    For what they held and have `lost` since, the nearest free seats are offered. `more`: of an exchange.
    """
    states = read_seat_states(showtime, request.user)
    tariff = promises.frozen_tariff(request.session, showtime)
    categories = category_prices(showtime, tariff)
    for_sale = {"blocked": seat_ids_not_on_the_web(showtime), "is_open": showtime.is_on_sale}
    is_needed = needs_a_space(request, showtime) or bool(more and more["need"])
    protection = protection_of(showtime, timezone.now())
    page = {
        "showtime": showtime,
        "categories": categories,
        "states": states,
        **access_to(request, showtime, protection, states, for_sale["blocked"]),
        "currency": tariff.currency,
        "order_fee": order_parts(tariff)[-1],
        "most_seats": settings.MAX_SEATS_PER_BOOKING,
        "hold_url": reverse("bookings:hold", args=[showtime.pk]),
        "hold_minutes": max(1, settings.HOLD_SECONDS // 60),
        "error": error,
    }
    if more:
        here = reverse("bookings:exchange_seats", args=[more["old"].reference, showtime.pk])
        page |= more | {"most_seats": more["seats"], "this_page": here, "hold_url": here}
    if showtime.layout.has_free_seating:
        chosen = {*chosen, *lost, *(seat.pk for seat in getattr(error, "seats", ()))}
        return page | places_context(request, page, chosen, for_sale["blocked"], is_needed=is_needed)
    party = party_form(request, categories, has_spaces=bool(protection.seats), is_needed=is_needed)
    offer = best_offer(request, party, showtime, states, tariff, **for_sale)
    if lost and showtime.is_on_sale:
        offer = offer_near(showtime, set(lost), states, tariff, not_for_sale=for_sale["blocked"], need=is_needed)
    chosen = offer.seat_ids if offer and offer.seats else chosen
    # Where a kept seat was asked for without saying why, the choice stays, and we ask.
    shown = set(chosen) if isinstance(error, KeptForWheelchairs) or is_needed else set(chosen) - protection.kept
    drawing = {"categories": categories, "is_needed": is_needed, **for_sale}
    waiting = None
    if not more:
        waiting = waiting_panel(request, showtime, categories, states, blocked=for_sale["blocked"], offer=offer)
    checked = shown or (waiting and waiting.seat_ids) or states.yours
    return {
        "this_page": address_with_choice(request, showtime.pk, chosen),
        **page,
        "party": party,
        "offer": offer,
        "waiting": waiting,
        "fixes": fixes_of(showtime, chosen, error.fixes, tariff) if error else [],
        "is_kept": isinstance(error, KeptForWheelchairs),
        "chosen": chosen,
        "drawing": drawing,
        "rows": seat_rows(showtime, states=states, checked=checked, kept=protection.kept, **drawing),
    }


def places_context(request, page, chosen, blocked, *, is_needed) -> dict:
    """Where seating is free, numbers instead of the map: of the places they chose, else of those they hold."""
    showtime, states, categories, old = page["showtime"], page["states"], page["categories"], page.get("old")
    free = flows.FreePlaces(showtime, states, blocked)
    chosen = flows.Places.of(showtime.layout.seats.filter(pk__in=chosen or states.yours))
    if not chosen.count:
        spaces = int(is_needed and free.spaces_left > 0)
        others = (page["seats"] if old else 1) - spaces
        chosen = flows.Places({one.id: others for one in categories if len(categories) == 1}, spaces)
    form = PlacesForm(given_in(request), categories=categories, free=free, most=page["most_seats"], chosen=chosen)
    waiting = None if old else waiting_panel(request, showtime, categories, states, blocked=blocked, offer=None)
    here = page.get("this_page") or address_with_choice(request, showtime.pk, [])
    return {"places": form, "waiting": waiting, "this_page": here}


def places_wanted(request, showtime):
    """What the form with numbers says; None where seats are named, or have to be. Raises BadChoice."""
    if not showtime.layout.has_free_seating or "seats" in request.POST:
        return None
    free = flows.FreePlaces(showtime, read_seat_states(showtime, request.user), seat_ids_not_on_the_web(showtime))
    categories = category_prices(showtime, promises.frozen_tariff(request.session, showtime))
    most = settings.MAX_SEATS_PER_BOOKING
    return PlacesForm(request.POST, categories=categories, free=free, most=most, chosen=flows.Places()).wanted()


def access_to(request, showtime, protection, states, blocked):
    """What this showtime lacks of what the visitor needs, and the spaces that are free for those who need one."""
    gone = states.booked | states.held | blocked
    spaces = {seat.pk for seat in protection.seats if seat.feature == Seat.Feature.WHEELCHAIR} - gone
    lacks = lacking(showtime, needs_of(request), has_space=bool(spaces))
    return {
        "warnings": [WARNINGS[need] for need in lacks],
        "spaces_left": len(spaces & protection.kept),
        "are_released": bool(protection.released - gone),
        "kept_words": kept_words(),
    }


def is_holding(request, showtime) -> bool:
    """Seats of this showtime are theirs just now, whatever this browser knows: by another one, or the waiting list."""
    return bool(read_seat_states(showtime, request.user).yours)


def wish_in(request):
    """Of the address, or of the form that was sent."""
    given = given_in(request)
    return {name: given[name] for name in given if given[name] and (name in WISHES or is_number(name))}


def given_in(request):
    return request.POST if request.method == "POST" else request.GET


def needs_a_space(request, showtime) -> bool:
    """They have said that somebody uses a wheelchair: here, with what they hold, or by their access needs."""
    is_said = bool(given_in(request).get("need")) or promises.noted_need(request.session, showtime)
    return is_said or Showtime.Need.WHEELCHAIR in needs_of(request)


def party_form(request, categories, *, most=None, has_spaces=False, is_needed=False):
    wish = wish_in(request) | ({"need": "wheelchair"} if is_needed else {})
    most = most or settings.MAX_SEATS_PER_BOOKING
    return PartyForm(wish, most=most, categories=categories, has_spaces=has_spaces)


def best_offer(request, party, showtime, states, tariff, *, blocked, is_open):
    """Where they have asked for one and said how many they are."""
    wish = party.wish() if "best" in request.GET and is_open else None
    return make_offer(showtime, wish, states, tariff, not_for_sale=blocked) if wish else None


def with_status(response, error):
    """The page of an error says the same in its head."""
    if error:
        response.status_code = error.status
        if error.retry_after:
            response["Retry-After"] = error.retry_after
    return response


def address_with_choice(request, pk, seat_ids):
    """Of the map, where a choice comes back to life."""
    chosen = urlencode({"seats": list(seat_ids), **wish_in(request)}, doseq=True)
    return f"{reverse('bookings:seat_map', args=[pk])}?{chosen}"


def whole_numbers(values):
    return [int(value) for value in values if value.isascii() and value.isdecimal() and len(value) < 19]


@require_POST
@behind_the_queue
def hold(request, pk):
    showtime = published_showtime(pk)
    let_in(request, showtime)
    given = request.POST.getlist("seats")
    seat_ids = whole_numbers(given)
    if "look" in request.POST:
        return redirect(address_with_choice(request, pk, seat_ids))
    if not request.user.is_authenticated:
        messages.info(request, _("Please sign in or sign up to book. Your choice of seats is kept."))
        return redirect_to_login(address_with_choice(request, pk, seat_ids))
    # What is no number names no seat: the flow refuses it with words, like any other unknown seat.
    wanted = seat_ids + [0] * (len(given) - len(seat_ids))
    earlier = promises.promised_hold(request.session, showtime)
    try:
        count_try(request, "hold")
        if places := places_wanted(request, showtime):
            held = flows.hold_places(request.user, showtime=showtime, wanted=places)
        else:
            answers = {"keep": "keep" in request.POST, "need": needs_a_space(request, showtime)}
            held = flows.hold_seats(request.user, showtime=showtime, seat_ids=wanted, **answers)
    except SeatsTaken as error:
        kept = set(seat_ids) - {seat.pk for seat in error.seats}
        return render_seat_map(request, showtime, chosen=kept, error=error)
    except BookingError as error:
        return render_seat_map(request, showtime, chosen=seat_ids, error=error)
    promises.remember(request.session, showtime, held, promises.tariff_for(request.session, showtime, held))
    say_if_last(request, earlier, held)
    return redirect(f"{reverse('bookings:checkout', args=[pk])}{what_was_filled_in(request.POST)}")


def say_if_last(request, earlier, held):
    """Who asks for more time and gets less than a whole hold has all there is. Redis's clock may differ a little."""
    whole = timezone.now() + timedelta(seconds=settings.HOLD_SECONDS - 5)
    if earlier and earlier.seats == held.seats and held.expires_at < whole:
        messages.info(request, _("These seats cannot be held any longer than that. Others would like to come, too."))


def what_was_filled_in(form) -> str:
    """Who needs more time at checkout keeps the ticket types and the code."""
    kept = {name: form[name] for name in form if name.startswith("ticket_type_") or name == "code"}
    return f"?{urlencode(kept)}" if kept else ""


@require_POST
def release(request, pk):
    showtime = published_showtime(pk)
    if request.user.is_authenticated:
        try:
            flows.release_seats(request.user, showtime=showtime)
        except BookingError as error:
            return render_seat_map(request, showtime, error=error)
        promises.forget(request.session, showtime)
        messages.success(request, _("Your seats are free again."))
    return way_back(request, pk)


def way_back(request, pk):
    """To the page of ours that was named; else to the map."""
    back = request.POST.get("next", "")
    is_ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return HttpResponseRedirect(back) if is_ours else redirect("bookings:seat_map", pk=pk)
