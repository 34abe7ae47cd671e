from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from bookings import flows
from bookings.forms import DoorForm, DoorPlaceForm, DoorSearchForm
from bookings.models import DoorScan, Ticket
from theaters.models import Screen
from theaters.roles import theaters_with

LETS_IN, SUPERVISES = "bookings.check_in_ticket", "bookings.supervise_door"
MOST_FOUND = 20
# What the phone's own scripts say, where the server cannot be asked.
WORDS = {
    "verdicts": dict(DoorScan.Verdict.choices) | {"cannot": gettext_lazy("Cannot say")},
    "connected": gettext_lazy("Connected, and ready to go on without a line."),
    "anywhere": gettext_lazy("Connected. Say where you work to be ready to go on without a line."),
    "away": gettext_lazy("No line. This phone checks scanned codes by itself. Waiting to be sent: {count}."),
    "others": gettext_lazy("Scans that wait until somebody else signs in again: {count}."),
    "outdated": gettext_lazy("The server does not understand this page any more. Load it again."),
    "signedOut": gettext_lazy("You are signed out. Sign in to go on. Waiting to be sent: {count}."),
    "typed": gettext_lazy("Without a line only scanned codes can be checked. Scan the code, or ask a supervisor."),
    "noLists": gettext_lazy("This phone has no list of today. It needs a line for a moment."),
    "noCheck": gettext_lazy("This browser cannot check codes without a line. Another browser or a newer phone can."),
    "signIn": gettext_lazy("You are signed out. Load the page again and sign in."),
    "already": gettext_lazy("Already in, by what this phone knows."),
    "void": gettext_lazy("The ticket was cancelled or a newer one was issued."),
    "notToday": gettext_lazy("This ticket is for another day or theater. It says which."),
    "elsewhere": gettext_lazy("This ticket is for {screen}."),
    "early": gettext_lazy("The doors open at {opens}."),
    "over": gettext_lazy("This showtime is over."),
    "forged": gettext_lazy("This code is not ours. Type the ten characters below it as soon as there is a line."),
    "seat": gettext_lazy("Row and seat stand on the ticket."),
    "noCamera": gettext_lazy("No camera was found. Type the ten characters, or use a scanner."),
    "refused": gettext_lazy(
        "The camera is not allowed here. Allow it in the browser's settings for this page, or type the ten characters."
    ),
    "broken": gettext_lazy("The camera does not start. Is another app using it? Type the ten characters meanwhile."),
    "start": gettext_lazy("Scan with the camera"),
    "stop": gettext_lazy("Stop the camera"),
}


def for_ushers(view, permission=LETS_IN):
    return login_required(permission_required(permission, raise_exception=True)(view))


def for_supervisors(view):
    return for_ushers(view, SUPERVISES)


def uses_the_camera(view):
    """And keeps the screen awake, and beeps: on no other page may anything do so."""

    @wraps(view)
    def with_permissions(request):
        response = view(request)
        response["Permissions-Policy"] = "camera=(self), screen-wake-lock=(self), autoplay=(self)"
        return response

    return with_permissions


def door_of(user, place: str) -> flows.Door:
    """Where this usher says they work, such as 7 or 7-2; what is not (or no longer) theirs counts as not chosen."""
    theater, _dash, screen = place.partition("-")
    theaters = theaters_with(user, LETS_IN)
    theater = theaters.filter(pk=int(theater)).first() if is_id(theater) else None
    screens = Screen.objects.filter(theater=theater).select_related("theater")
    return flows.Door(
        theater=theater,
        screen=screens.filter(pk=int(screen)).first() if theater and is_id(screen) else None,
        theaters=frozenset(theaters.values_list("pk", flat=True)),
    )


def is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def alias_of(user) -> str:
    """Tells a phone which of its scans are this user's, and nobody who that is."""
    return salted_hmac("bookings.door", str(user.pk), algorithm="sha256").hexdigest()[:16]


def may_take_back(user, ticket) -> bool:
    if not (ticket and ticket.checked_in_at):
        return False
    return theaters_with(user, SUPERVISES).filter(pk=ticket.booked_seat.showtime.theater.pk).exists()


@require_http_methods(["GET", "HEAD", "POST"])
@uses_the_camera
@never_cache
@for_ushers
def door(request):
    """Type or scan a code; the next one can follow at once."""
    form, place = DoorForm(request.POST or None), request.session.get("door", "")
    door = door_of(request.user, place)
    admission = flows.admit(form.cleaned_data["code"], by=request.user, door=door) if form.is_valid() else None
    theaters = theaters_with(request.user, LETS_IN)
    scans = DoorScan.objects.wrongly_let_in().of_today_at([door.theater] if door.theater else theaters)
    context = {
        "form": DoorForm() if admission else form,
        "admission": admission,
        "may_take_back": admission and may_take_back(request.user, admission.ticket),
        "alias": alias_of(request.user),
        "door": door,
        "place": place,
        "place_form": DoorPlaceForm(initial={"place": place}, theaters=theaters),
        "wrongly_let_in": scans.for_the_door()[:MOST_FOUND],
        "words": WORDS,
    }
    return render(request, "bookings/door.html", context)


@require_POST
@for_ushers
def door_place(request):
    form = DoorPlaceForm(request.POST, theaters=theaters_with(request.user, LETS_IN))
    if form.is_valid():
        request.session["door"] = form.cleaned_data["place"]
    else:
        messages.error(request, _("There is no such door. Please choose from the list."))
    return redirect("bookings:door")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_supervisors
def door_search(request):
    """By POST, so that no name stays in the history of a phone that many use."""
    form, theaters = DoorSearchForm(request.POST or None), theaters_with(request.user, SUPERVISES)
    chosen = door_of(request.user, request.session.get("door", "")).theater
    found = []
    if form.is_valid():
        tickets = Ticket.objects.live().of_today_at(theaters.filter(pk=chosen.pk) if chosen else theaters)
        tickets = tickets.about(form.cleaned_data["words"]).for_the_door()
        found = tickets.order_by("booked_seat__showtime__starts_at", "booked_seat__booking", "pk")[: MOST_FOUND + 1]
    context = {"form": form, "found": found[:MOST_FOUND], "is_more": len(found) > MOST_FOUND, "theater": chosen}
    return render(request, "bookings/door_search.html", context)


@require_POST
@for_supervisors
def door_undo(request):
    theirs = Ticket.objects.filter(booked_seat__showtime__screen__theater__in=theaters_with(request.user, SUPERVISES))
    ticket = get_object_or_404(theirs, serial=request.POST.get("serial", ""))
    ticket = flows.undo_admission(ticket.serial, by=request.user)
    if ticket:
        words = {"serial": ticket.serial, "seat": ticket.booked_seat.seat}
        messages.success(request, _("Taken back: ticket %(serial)s, seat %(seat)s, may come in again.") % words)
    else:
        messages.info(request, _("Nobody is in with this ticket, so there is nothing to take back."))
    return redirect("bookings:door")
