"""What the scripts of a seat map ask for: the states of its seats, once or as they change, and the best of them."""

import socket
import ssl

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from bookings import live, promises
from bookings.holds import holder_of
from bookings.offers import make_offer
from bookings.seat_map import category_prices
from bookings.seat_states import mark_of, read_seat_states
from bookings.snapshots import snapshot_of
from bookings.views.seats import needs_a_space, party_form, published_showtime, whole_numbers
from bookings.views.waiting_room import behind_the_queue, look_in
from theaters.models import Showtime
from theaters.models.house_seats import seat_ids_not_on_the_web


@require_safe
@behind_the_queue
def seat_states(request, pk):
    """For who is named by `mark=`, as our own script does, or has signed in, which costs a look at their session."""
    snapshot = snapshot_of(pk)
    if snapshot is None:
        raise Http404
    look_in(request, snapshot.showtime)
    version, body = snapshot.states_for(request.GET.get("mark") or own_mark(request, pk))
    response = HttpResponse(body, content_type="application/json")
    response["ETag"], response["Cache-Control"] = f'"{version}"', "private, no-cache"
    return get_conditional_response(request, etag=response["ETag"], response=response)


def own_mark(request, pk) -> str:
    return mark_of(pk, holder_of(request.user)) if request.user.is_authenticated else ""


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
