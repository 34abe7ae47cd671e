"""Tickets without signing in: one seat for a friend, all of a booking's by a mail's link, and how to get that mail."""

from functools import wraps
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bookings import calendars, flows, wallets
from bookings.exceptions import BookingError, LinkOver, TooManyTries
from bookings.forms import FindTicketsForm
from bookings.rate_limits import count_question, count_try
from bookings.ticket_links import booking_of
from bookings.views.bookings import own_booking, sign_in_first
from bookings.views.seats import with_status
from bookings.views.ticket_pages import as_ticket, for_guests


def until_over(view):
    """What has been shared is there until it is taken back, cancelled or over."""

    @require_safe
    @never_cache
    @wraps(view)
    def wrapped(request, **link):
        try:
            return for_guests(view(request, **link))
        except LinkOver as error:
            page = render(request, "bookings/link_over.html", {"error": error})
            return for_guests(as_ticket(with_status(page, error)))

    return wrapped


@until_over
def shared(request, link):
    """One seat with its code. Nothing else of the booking: no other seat, no name, no price, nothing to press."""
    share, ticket = flows.shared_ticket(link)
    context = {"showtime": share.booked_seat.booking.showtime, "tickets": [ticket], "share": share, **wallets.offered()}
    return as_ticket(render(request, "bookings/shared.html", context), context["showtime"])


@until_over
def shared_calendar(request, link):
    share, _ticket = flows.shared_ticket(link)
    headers = {"Content-Disposition": 'attachment; filename="ticket.ics"'}
    file = calendars.seat_calendar(share)
    return as_ticket(HttpResponse(file, content_type="text/calendar; charset=utf-8", headers=headers))


@until_over
def opened(request, reference, signature):
    booking = booking_of(reference, signature)
    if booking is None:
        raise LinkOver
    tickets = flows.live_tickets(booking)
    context = {"showtime": booking.showtime, "tickets": tickets, "home_url": booking.get_absolute_url()}
    return as_ticket(render(request, "bookings/shared.html", context), context["showtime"])


@require_POST
@sign_in_first
def share(request, reference):
    booking = own_booking(request, reference)
    try:
        count_try(request, "share")
        flows.share_seat(booking, serial=request.POST.get("ticket", ""))
    except BookingError as error:
        messages.error(request, str(error))
        return redirect("bookings:tickets", reference=booking.reference)
    # To the address that is to be sent, which on a phone stands far below.
    tickets = reverse("bookings:tickets", args=[booking.reference])
    return redirect(f"{tickets}#share-{quote(request.POST.get('ticket', ''))}")


@require_POST
@sign_in_first
def take_back(request, reference):
    booking = own_booking(request, reference)
    try:
        count_try(request, "share")
        serial, reissue = request.POST.get("ticket", ""), "reissue" in request.POST
        is_new = flows.take_back(booking, serial=serial, reissue=reissue)
    except BookingError as error:
        messages.error(request, str(error))
    else:
        void = _("The address shows nothing any more, and the code is void. The new one is here and in your mail.")
        messages.success(request, void if is_new else _("The address shows nothing any more."))
    return redirect("bookings:tickets", reference=booking.reference)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def find(request):
    """Whoever asks hears the same, whether the address is known or not; flows/finding.py does the rest."""
    email = request.user.email if request.user.is_authenticated else ""
    form, error = FindTicketsForm(request.POST or None, initial={"email": email}), None
    if form.is_valid():
        try:
            count_question(request, "find", form.cleaned_data["email"])
            flows.ask_for_tickets(form.cleaned_data["email"])
        except TooManyTries as too_many:
            error = too_many
        else:
            words = _("If there are tickets for this address, a mail with them is on its way.")
            messages.success(request, words, extra_tags="focus")
            return redirect("bookings:find")
    status = 400 if form.is_bound else 200
    return with_status(render(request, "bookings/find.html", {"form": form, "error": error}, status=status), error)
