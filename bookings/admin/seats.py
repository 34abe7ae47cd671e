"""One seat of one showtime: why it cannot be sold, and all that happened to it."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _

from bookings.models import Booking
from bookings.timeline import seat_timeline, why_not
from theaters.models import Showtime
from theaters.roles import theaters_with


def seat(request, showtime):
    """Every seat of the room, and of the chosen one its story."""
    if not request.user.has_perm("bookings.view_booking"):
        raise PermissionDenied
    theirs = Showtime.objects.filter(screen__theater__in=theaters_with(request.user, "bookings.view_booking"))
    found = theirs.for_listing().select_related("layout", "price_card").filter(pk=showtime).first()
    if found is None:
        raise Http404
    asked = request.GET.get("seat", "").strip().upper()
    seats = list(found.layout.seats.select_related("category").order_by("y", "x"))
    chosen = next((seat for seat in seats if seat.label.upper() == asked), None)
    context = {**admin.site.each_context(request), "title": _("A seat's story"), "opts": Booking._meta}
    context |= {"showtime": found, "seats": seats, "seat": chosen, "asked": asked}
    if chosen:
        context |= {"why_not": why_not(found, chosen), "events": seat_timeline(found, chosen)}
    return render(request, "admin/bookings/seat.html", context)
