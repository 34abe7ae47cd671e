"""The door of a waiting room, the page of those who wait before it, and what its script asks for."""

from contextlib import suppress
from functools import wraps
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.signing import BadSignature, Signer
from django.http import HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import add_never_cache_headers, get_conditional_response
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bookings import flows, waiting_room
from bookings.exceptions import HoldsUnavailable, TooManyTries
from bookings.queue_words import words_of
from bookings.rate_limits import count_try
from theaters.models import Showtime
from theaters.models.seats_left import count_left

DAY = 24 * 60 * 60
PLAIN_REFRESH = 15  # a page costs more than an answer to the script
KEPT = ("seats", "party", "children", "price", "need")


class InTheQueue(Exception):
    """Somebody has to wait before they may go on."""

    def __init__(self, showtime, place):
        super().__init__()
        self.showtime, self.place = showtime, place


def behind_the_queue(view):
    """For views that call `let_in` or `look_in`: who has to wait is shown the queue, and a browser keeps its place."""

    @wraps(view)
    def wrapped(request, *args, **kwargs):
        try:
            response = view(request, *args, **kwargs)
        except InTheQueue as queued:
            response = instead(request, queued.showtime, queued.place)
        except TooManyTries as error:
            response = render(request, "429.html", status=error.status)
            response["Retry-After"] = error.retry_after
        if kept := getattr(request, "place_to_keep", None):
            keep_place(response, *kept)
        return response

    return wrapped


def let_in(request, showtime) -> None:
    """Returns for who may go on; the others are in the queue from now on, and InTheQueue is raised.

    Staff, and who keeps seats of the showtime already, need not wait. Without Redis nobody has to.
    """
    if not waiting_room.has_opened(showtime) or request.user.is_staff:
        return
    try:
        place = come(request, showtime)
        until = place.until if place.is_inside else keeps_seats_until(request, showtime)
    except HoldsUnavailable:
        return
    if not until:
        raise InTheQueue(showtime, place)
    request.inside_until = until


def keeps_seats_until(request, showtime):
    """Who has seats already has waited before, or was promised them."""
    if not request.user.is_authenticated:
        return None
    until = flows.keeps_seats_until(request.user, showtime)
    if until:
        waiting_room.stay(showtime.pk, waiting_room.name_of_account(request.user.pk), until)
    return until


def look_in(request, showtime) -> None:
    """The same for what a page asks for behind our backs: it neither joins the queue nor gives more time."""
    if not waiting_room.has_opened(showtime) or request.user.is_staff:
        return
    try:
        place = waiting_room.find(showtime.pk, visitor(request, showtime)[0])
    except HoldsUnavailable:
        return
    if not place.is_inside:
        raise InTheQueue(showtime, place)


def come(request, showtime):
    who, guest, number, epoch = visitor(request, showtime)
    if not who:
        count_try(request, "queue", by_strangers=settings.RATE_LIMIT_PER_ADDRESS)
        who = waiting_room.new_guest()
    place = waiting_room.enter(showtime, who, guest=guest, number=number, epoch=epoch)
    if place.is_stale:
        tell_what_is_so(showtime.pk)
    request.place_to_keep = showtime.pk, who, place.number or number, place.epoch
    return place


def visitor(request, showtime) -> tuple[str, str, str, str]:
    """(who stands there, who they were before they signed in, and the place that their browser remembers)."""
    kept, number, epoch = kept_place(request, showtime.pk)
    guest = kept if kept.startswith("guest-") else ""
    if not request.user.is_authenticated:
        return guest, "", *((number, epoch) if guest else ("", ""))
    me = waiting_room.name_of_account(request.user.pk)
    return me, guest, *((number, epoch) if kept in (guest, me) else ("", ""))


def signer(showtime_id: int) -> Signer:
    return Signer(salt=f"queue {showtime_id}")


def kept_place(request, showtime_id: int) -> tuple[str, str, str]:
    """(who, number, epoch) in the cookie; empty where it is not ours."""
    try:
        who, number, epoch = signer(showtime_id).unsign(request.COOKIES.get(cookie_name(showtime_id), "")).split("~")
    except (BadSignature, ValueError):
        return "", "", ""
    return who, number, epoch


def keep_place(response, showtime_id: int, *place: str) -> None:
    """For this browser, a day."""
    kept = {"max_age": DAY, "httponly": True, "samesite": "Lax", "secure": settings.SESSION_COOKIE_SECURE}
    response.set_cookie(cookie_name(showtime_id), signer(showtime_id).sign("~".join(place)), **kept)


def cookie_name(showtime_id: int) -> str:
    is_ours_alone = settings.SESSION_COOKIE_NAME.startswith("__Host-")
    return f"{'__Host-' if is_ours_alone else ''}queue-{showtime_id}"


def instead(request, showtime, place):
    """What who waits gets: scripts 429, forms the way to the page with the choice kept, all others the page itself."""
    if request.path.endswith((".json", ".stream")):
        answer = JsonResponse({"error": _("You are in the queue for these seats.")}, status=429)
    elif request.method == "POST" or request.resolver_match.view_name == "bookings:checkout":
        return HttpResponseRedirect(address_with_choice(request, showtime))
    else:
        answer = render(request, "bookings/waiting_room.html", page_of(request, showtime, place))
    answer["Retry-After"] = place.ask_again_in
    add_never_cache_headers(answer)
    return answer


def address_with_choice(request, showtime) -> str:
    """Of the map, where a choice comes back to life; of an exchange that is the address of the form."""
    is_exchange = request.resolver_match.view_name == "bookings:exchange_seats"
    kept = {name: values for name, values in request.POST.lists() if name in KEPT}
    here = request.path if is_exchange else showtime.get_absolute_url()
    return f"{here}?{urlencode(kept, doseq=True)}".rstrip("?")


def page_of(request, showtime, place) -> dict:
    question = request.GET.copy()
    is_calm = bool(question.pop("calm", None))
    plain = f"{request.path}?{question.urlencode()}".rstrip("?")
    question["calm"] = "1"
    return {
        "showtime": showtime,
        "place": place,
        "words": words_of(place),
        "refresh": max(PLAIN_REFRESH, place.ask_again_in),
        "is_calm": is_calm,
        "this_page": request.get_full_path(),
        "plain_page": plain,
        "calm_page": f"{request.path}?{question.urlencode()}",
        "turn_minutes": max(1, settings.WAITING_ROOM_TURN_SECONDS // 60),
        "stay_minutes": max(1, settings.WAITING_ROOM_STAY_SECONDS // 60),
    }


@require_safe
def queue_place(request, pk):
    """`{"state", "next", …}` for the page's script, by the cookie alone: neither the database nor a session is asked.

    `state` is lobby or waiting, with words; anything else says that the page is to be loaded anew.
    """
    who, _number, _epoch = kept_place(request, pk)
    try:
        place = waiting_room.ask(pk, who)
        if place.is_stale:
            tell_what_is_so(pk)
    except HoldsUnavailable:
        return JsonResponse({"error": _("We are very busy. Please ask again in a few seconds.")}, status=503)
    answer = {"state": place.state, "next": place.ask_again_in}
    if place.state in ("lobby", "waiting"):
        answer |= words_of(place)
    response = JsonResponse(answer)
    response["Cache-Control"] = "private, no-cache"
    response["Retry-After"] = place.ask_again_in
    etag = f'"{salted_hmac("queue", response.content).hexdigest()[:16]}"'
    response["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response)


def tell_what_is_so(pk: int) -> None:
    """Every few seconds one of those who ask reads what staff have set, and how many seats are left."""
    showtime = Showtime.objects.filter(pk=pk).select_related("screen__theater").first()
    if showtime and waiting_room.has_opened(showtime):
        count_left([showtime])
        waiting_room.look(showtime, seats_left=showtime.seats_left)
    else:
        waiting_room.close(pk)


@require_POST
def leave_queue(request, pk):
    showtime = get_object_or_404(Showtime.objects.exclude(status=Showtime.Status.DRAFT).select_related("movie"), pk=pk)
    if who := visitor(request, showtime)[0]:
        with suppress(HoldsUnavailable):  # who does not come when it is their turn is passed over
            waiting_room.leave(pk, who)
    messages.success(request, _("You have left the queue."))
    response = redirect(showtime.movie)
    response.delete_cookie(cookie_name(pk), samesite="Lax")
    return response
