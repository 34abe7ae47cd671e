from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bookings import flows, wallets
from bookings.models import Ticket
from bookings.views.bookings import own_booking
from bookings.views.shared_tickets import until_over
from bookings.wallets import apple, google


@require_safe
@never_cache
@login_required
def apple_wallet(request, reference):
    """All seats at once. Of a cancelled booking, too: the passes that replace those on the phone are void."""
    booking = own_booking(request, reference)
    tickets = (
        Ticket.objects.filter(booked_seat__booking=booking).order_by("booked_seat_id", "-pk").distinct("booked_seat_id")
    )
    return pass_file(list(tickets.for_wallets()))


@require_safe
@never_cache
@login_required
def google_wallet(request, reference, serial):
    tickets = Ticket.objects.for_wallets().filter(booked_seat__booking=own_booking(request, reference))
    return to_google(get_object_or_404(tickets, serial=serial))


@until_over
def shared_apple_wallet(request, link):
    share, _ticket = flows.shared_ticket(link)
    return pass_file(list(Ticket.objects.live().for_wallets().filter(booked_seat=share.booked_seat)))


@until_over
def shared_google_wallet(request, link):
    share, _ticket = flows.shared_ticket(link)
    return to_google(Ticket.objects.live().for_wallets().get(booked_seat=share.booked_seat))


def pass_file(tickets) -> HttpResponse:
    if not settings.APPLE_WALLET or not tickets:
        raise Http404
    file, kind = apple.wallet_file(wallets.passes(tickets))
    name = f"tickets.{kind.rpartition('.')[2]}"
    return HttpResponse(file, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def to_google(ticket):
    """Nothing goes to Google before: the link holds all, and the customer follows it."""
    if not settings.GOOGLE_WALLET:
        raise Http404
    return redirect(google.save_link(wallets.Pass(ticket)))
