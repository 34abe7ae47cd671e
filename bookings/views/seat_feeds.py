"""What the scripts of a seat map ask for: the states of its seats, once or as they change, and the best of them."""

import socket
import ssl

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import condition, require_GET, require_safe

from bookings import live, promises
from bookings.offers import make_offer
from bookings.seat_map import category_prices
from bookings.seat_states import read_seat_states
from bookings.views.seats import needs_a_space, party_form, published_showtime, whole_numbers
from bookings.views.waiting_room import behind_the_queue, look_in
from theaters.models import Showtime
from theaters.models.house_seats import seat_ids_not_on_the_web


def read_states_once(request, pk):
    if not hasattr(request, "seat_states"):
        showtime = get_object_or_404(Showtime.objects.exclude(status=Showtime.Status.DRAFT), pk=pk)
        look_in(request, showtime)
        request.seat_states = read_seat_states(showtime, request.user).to_json()
    return request.seat_states


@require_safe
@behind_the_queue
@condition(etag_func=lambda request, pk: f'"{read_states_once(request, pk)["version"]}"')
def seat_states(request, pk):
    response = JsonResponse(read_states_once(request, pk))
    response["Cache-Control"] = "private, no-cache"
    return response


class SeatStream(HttpResponse):
    """The beginning of a stream: once gunicorn has written it, the hub goes on."""

    def __init__(self, showtime_id, line):
        super().__init__(live.greeting(), content_type="text/event-stream")
        self.showtime_id, self.line = showtime_id, line
        self["Content-Length"] = live.STREAM_BYTES
        self["X-Accel-Buffering"] = "no"

    def close(self):
        super().close()
        live.hub.add(self.showtime_id, live.take_over(self.line), sent=len(self.content))


@require_GET
@never_cache
@behind_the_queue
def seat_stream(request, pk):
    """The states of the map from now on, as they change; 204 where this server cannot: then browsers poll."""
    look_in(request, get_object_or_404(Showtime.objects.exclude(status=Showtime.Status.DRAFT), pk=pk))
    line = request.META.get("gunicorn.socket")
    is_plain = isinstance(line, socket.socket) and not isinstance(line, ssl.SSLSocket)
    return SeatStream(pk, line) if is_plain and live.hub.has_room() else HttpResponse(status=204)


@require_safe
@never_cache
@behind_the_queue
def best_seats(request, pk):
    """`{"seats": [ids], "words"}` for `party=`, `children=` and `price=`; with `around=`, around that seat."""
    showtime = published_showtime(pk)
    look_in(request, showtime)
    tariff = promises.frozen_tariff(request.session, showtime)
    is_needed = needs_a_space(request, showtime)
    wish = party_form(request, category_prices(showtime, tariff), has_spaces=True, is_needed=is_needed).wish()
    if wish is None or not showtime.is_on_sale:
        return JsonResponse({"seats": [], "words": ""})
    around = next(iter(whole_numbers(request.GET.getlist("around"))), None)
    states, not_for_sale = read_seat_states(showtime, request.user), seat_ids_not_on_the_web(showtime)
    offer = make_offer(showtime, wish, states, tariff, not_for_sale=not_for_sale, around=around)
    return JsonResponse({"seats": [seat.pk for seat in offer.seats], "words": offer.words})
