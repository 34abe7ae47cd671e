"""The waiting room of a showtime, for staff: how many wait, how many are inside, and how fast they are let in."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bookings import waiting_room
from bookings.counter_forms import WaitingRoomForm
from bookings.exceptions import HoldsUnavailable
from bookings.views.box_office import for_cashiers, office_page, own_showtime
from theaters.roles import may

CHANGE = "theaters.change_showtime"


@require_http_methods(["GET", "HEAD", "POST"])
@for_cashiers
def counter_queue(request, pk):
    """Who sells may look; who plans showtimes may change."""
    showtime = own_showtime(request, pk)
    may_change = may(request.user, CHANGE, showtime.theater)
    form = WaitingRoomForm(request.POST if request.method == "POST" else None, instance=showtime)
    if request.method == "POST":
        if not may_change:
            raise PermissionDenied
        if form.is_valid():
            form.save()
            numbers_of(showtime)
            messages.success(request, _("Saved. It is in force from now on."))
            return redirect("bookings:counter_queue", pk)
    return office_page(
        request,
        "queue",
        showtime.theater,
        title=_("Waiting room"),
        status=400 if form.errors else 200,
        showtime=showtime,
        place=numbers_of(showtime),
        form=form if may_change else None,
    )


def numbers_of(showtime):
    """How it stands; None where there is nobody, or Redis is away. What staff have set is told to it."""
    try:
        if waiting_room.has_opened(showtime):
            return waiting_room.look(showtime)
        waiting_room.close(showtime.pk)
    except HoldsUnavailable:
        pass
    return None
