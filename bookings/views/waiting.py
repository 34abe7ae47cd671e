from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.signing import BadSignature
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from bookings import flows, promises
from bookings.exceptions import BadChoice, BookingError
from bookings.models import WaitingEntry
from bookings.rate_limits import count_try
from bookings.seat_map import category_prices
from bookings.views.seats import published_showtime, render_seat_map, way_back, wish_in
from bookings.waiting_panel import entry_of, waiting_form


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def waiting_list(request, pk):
    """POST: wait for seats, or change for how many. GET is where mails lead to: what is kept, once signed in."""
    showtime = published_showtime(pk)
    if not request.user.is_authenticated:
        messages.info(request, _("Please sign in or sign up first. What you have chosen is kept."))
        return redirect_to_login(panel_address(request, showtime))
    if request.method != "POST":
        return HttpResponseRedirect(panel_address(request, showtime))
    form = waiting_form(request.POST, category_prices(showtime, promises.frozen_tariff(request.session, showtime)))
    try:
        count_try(request, "wait")
        if not (wish := form.wish()):
            raise BadChoice(_("Please say how many of you there are."))
        flows.join_waiting_list(request.user, showtime=showtime, wish=wish, apart=form.cleaned_data["apart"])
    except BookingError as error:
        return render_seat_map(request, showtime, error=error)
    messages.success(request, _("You are on the waiting list. We write to you as soon as there are seats for you."))
    return HttpResponseRedirect(f"{showtime.get_absolute_url()}#waiting")


def panel_address(request, showtime):
    """Of the map, where the wish comes back to life."""
    kept = wish_in(request) | ({"apart": "on"} if request.POST.get("apart") else {})
    return f"{showtime.get_absolute_url()}?{urlencode({'waiting': 1, **kept})}#waiting"


@require_POST
def leave_waiting(request, pk):
    showtime = published_showtime(pk)
    if not request.user.is_authenticated:
        return redirect_to_login(panel_address(request, showtime))
    if entry := entry_of(request.user, showtime):
        try:
            flows.leave_waiting_list(entry)
        except BookingError as error:
            return render_seat_map(request, showtime, error=error)
    messages.success(request, _("You are no longer on the waiting list."))
    return way_back(request, pk)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def leave_by_mail(request, token):
    """The link in a mail knows who they are; programs that open links only look."""
    try:
        entry = WaitingEntry.objects.by_token(token).select_related("showtime__movie").first()
    except BadSignature as error:
        raise Http404 from error
    context = {"entry": entry}
    if entry and request.method == "POST":
        try:
            flows.leave_waiting_list(entry)
        except BookingError as error:
            return render(request, "bookings/leave_waiting.html", context | {"error": error}, status=error.status)
        context = {"entry": None}
    return render(request, "bookings/leave_waiting.html", context)
