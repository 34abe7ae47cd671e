"""What all pages of the box office share: whose theater it is, and the look of the office."""

from functools import wraps

from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from bookings.models import Booking, Shift
from theaters.models import Showtime
from theaters.roles import theaters_with

SELL = "bookings.sell_at_counter"
CLOSE = "bookings.close_shift"
SEE_SHIFTS = "bookings.view_shift"


def for_staff(*permissions):
    """For those who may do one of these somewhere; each view then looks where."""

    def decorate(view):
        @wraps(view)
        @never_cache
        @login_required
        def wrapped(request, *args, **kwargs):
            if not any(request.user.has_perm(permission) for permission in permissions):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return wrapped

    return decorate


for_cashiers = for_staff(SELL)


def own_theater(request, slug, *permissions):
    """What is another theater's is not there."""
    theaters = [theaters_with(request.user, permission) for permission in permissions or (SELL,)]
    ids = {pk for some in theaters for pk in some.values_list("pk", flat=True)}
    return get_object_or_404(theaters[0].model, slug=slug, pk__in=ids)


def own_showtime(request, pk):
    showtimes = Showtime.objects.exclude(status=Showtime.Status.DRAFT).for_listing()
    showtimes = showtimes.select_related("layout", "price_card")
    return get_object_or_404(showtimes, pk=pk, screen__theater__in=theaters_with(request.user, SELL))


def own_booking(request, reference):
    """A booking of a theater one works for, whoever has bought it."""
    theaters = theaters_with(request.user, SELL)
    bookings = Booking.objects.for_listing().select_related("user", "sold_by", "paid_with")
    return get_object_or_404(bookings, reference=reference.upper(), showtime__screen__theater__in=theaters)


def open_shift_of(request, theater):
    return Shift.objects.open().filter(theater=theater, opened_by=request.user).first()


def office_page(request, page, theater, *, title, status=200, **context):
    """Rendered in the office's frame, without its list of tables beside it."""
    frame = admin.site.each_context(request) | {"is_nav_sidebar_enabled": False, "available_apps": []}
    context = frame | {"theater": theater, "title": title, "page": page} | context
    return render(request, f"bookings/box_office/{page}.html", context, status=status)


@for_staff(SELL, SEE_SHIFTS)
def box_office(request):
    """The way in: who works for one theater is there at once."""
    if not request.user.has_perm(SELL):
        theaters, there = list(theaters_with(request.user, SEE_SHIFTS)), "bookings:shifts"
    else:
        theaters, there = list(theaters_with(request.user, SELL)), "bookings:counter"
    if len(theaters) == 1:
        return redirect(there, theaters[0].slug)
    return office_page(request, "theaters", None, title=_("Box office"), theaters=theaters, there=there)
