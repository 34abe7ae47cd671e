import base64
import hashlib

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bookings import flows
from bookings.codes import public_keys
from bookings.forms import DoorForm, DoorPlaceForm
from bookings.models import Ticket
from theaters.models import Screen, Theater

REVOKED_DAYS = 7


def for_ushers(view):
    return login_required(permission_required("bookings.check_in_ticket", raise_exception=True)(view))


def chosen_door(request) -> flows.Door:
    """Where this usher said they work; what is no longer there counts as not chosen."""
    theater, _dash, screen = request.session.get("door", "").partition("-")
    return flows.Door(
        theater=Theater.objects.filter(pk=theater or None).first(),
        screen=Screen.objects.filter(pk=screen or None, theater=theater or None).select_related("theater").first(),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_ushers
def door(request):
    """Type or scan a code; the next one can follow at once."""
    form, door = DoorForm(request.POST or None), chosen_door(request)
    admission = flows.admit(form.cleaned_data["code"], by=request.user, door=door) if form.is_valid() else None
    context = {"form": DoorForm() if admission else form, "admission": admission, "door": door}
    return render(request, "bookings/door.html", context | {"place_form": DoorPlaceForm.of(door)})


@require_POST
@for_ushers
def door_place(request):
    form = DoorPlaceForm(request.POST)
    if form.is_valid():
        request.session["door"] = form.cleaned_data["place"]
    else:
        messages.error(request, _("There is no such door. Please choose from the list."))
    return redirect("bookings:door")


@require_POST
@for_ushers
def door_undo(request):
    ticket = flows.undo_admission(request.POST.get("serial", ""), by=request.user)
    if ticket:
        words = {"serial": ticket.serial, "seat": ticket.booked_seat.seat}
        messages.success(request, _("Taken back: ticket %(serial)s, seat %(seat)s, may come in again.") % words)
    else:
        messages.info(request, _("Nobody is in with this ticket, so there is nothing to take back."))
    return redirect("bookings:door")


@require_safe
@never_cache
@for_ushers
def door_keys(request):
    """What a scanner needs to check codes without a line; see `verify_code`."""
    keys = [{"id": key_id, "key": base64.b64encode(key).decode()} for key_id, key in public_keys()]
    return JsonResponse({"algorithm": "Ed25519", "keys": keys})


@require_safe
@for_ushers
def door_revoked(request):
    """The serials that a theater's doors must refuse, today and in the next days."""
    theater = get_object_or_404(Theater, slug=request.GET.get("theater", ""))
    serials = sorted(Ticket.objects.void_at(theater, days=REVOKED_DAYS).values_list("serial", flat=True))
    version = hashlib.sha256(" ".join([theater.slug, str(theater.today), *serials]).encode()).hexdigest()[:16]
    body = {
        "version": version,
        "theater": theater.slug,
        "from": theater.today,
        "days": REVOKED_DAYS,
        "serials": serials,
    }
    response = JsonResponse(body, headers={"ETag": f'"{version}"', "Cache-Control": "private, no-cache"})
    return get_conditional_response(request, etag=response["ETag"], response=response)
