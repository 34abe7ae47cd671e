"""What a phone at the door asks for, so that it can go on without a line. Nothing here says who bought a ticket."""

import base64
import hashlib
import json
from datetime import datetime, timedelta

from django.conf import settings
from django.http import JsonResponse, RawPostDataException
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.cache import get_conditional_response
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from bookings import flows
from bookings.codes import public_keys
from bookings.flows.locking import database_now
from bookings.forms import DoorForm, DoorScanForm
from bookings.models import Ticket
from bookings.views.door import LETS_IN, WORDS, door_of, for_ushers, may_take_back, uses_the_camera
from theaters.models import Showtime
from theaters.roles import theaters_with

REVOKED_DAYS = 7
MOST_SCANS = 100
STYLES = "layers variables base header button form notice panel door".split()
SCRIPTS = "store codes judge line queue signals answer check camera page".split()
FILES = [
    *(f"css/{name}.css" for name in STYLES),
    *(f"js/door_{name}.js" for name in SCRIPTS),
    "bootstrap/css/bootstrap.min.css",
    "fonts/big-shoulders-display-latin.woff2",
    "img/favicon.svg",
    "vendor/qr/decode.js",
]


@require_safe
@never_cache
@for_ushers
def door_keys(request):
    """What a scanner needs to check codes without a line; see `verify_code`."""
    keys = [{"id": key_id, "key": base64.b64encode(key).decode()} for key_id, key in public_keys()]
    return JsonResponse({"algorithm": "Ed25519", "keys": keys})


def own_theater(request):
    return get_object_or_404(theaters_with(request.user, LETS_IN), slug=request.GET.get("theater", ""))


@require_safe
@for_ushers
def door_revoked(request):
    """The serials that a theater's doors must refuse, today and in the next days."""
    theater = own_theater(request)
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


@require_safe
@never_cache
@for_ushers
def door_today(request):
    """Today's showtimes of a theater, and the serials of those who are in."""
    theater = own_theater(request)
    today = theater.today
    showtimes = Showtime.objects.published().filter(screen__theater=theater, business_date=today)
    tickets = Ticket.objects.live().of_today_at([theater]).filter(checked_in_at__isnull=False)
    ends = datetime.combine(today + timedelta(days=1), theater.day_cut, theater.zone)
    body = {
        "theater": theater.slug,
        "now": milliseconds(database_now()),
        "until": milliseconds(ends),
        "showtimes": [in_short(showtime) for showtime in showtimes.for_listing()],
        "used": list(tickets.values_list("serial", flat=True)),
    }
    return JsonResponse(body)


def in_short(showtime) -> dict:
    opens_at = showtime.starts_at - timedelta(minutes=settings.DOORS_OPEN_MINUTES)
    return {
        "id": showtime.pk,
        "movie": showtime.movie.title,
        "age": f"{showtime.certificate} {showtime.certificate.at_the_door}".strip(),
        "screen": showtime.screen_id,
        "screenName": showtime.screen.name,
        "starts": time_format(showtime.local_start, "H:i"),
        "opens": time_format(opens_at.astimezone(showtime.theater.zone), "H:i"),
        "opensAt": milliseconds(opens_at),
        "endsAt": milliseconds(showtime.ends_at),
    }


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


@require_POST
@never_cache
@for_ushers
def door_scans(request):
    """Scans of a phone, as they happen or later all at once; each is answered the same however often it comes."""
    try:
        sent = json.loads(request.body)["scans"]
        forms = [DoorScanForm(scan) for scan in sent[:MOST_SCANS]]
        is_valid = all(form.is_valid() for form in forms)
    except (RawPostDataException, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        is_valid = False
    if not is_valid:
        return JsonResponse({"error": _("These scans cannot be read. Load the page again.")}, status=400)
    return JsonResponse({"scans": [answer(request, form.cleaned_data) for form in forms]})


def answer(request, sent: dict) -> dict:
    door = door_of(request.user, sent["place"])
    what_happened = {"scanned_at": sent["at"], "let_in": sent["let_in"]}
    scan = flows.receive_scan(sent["id"], sent["code"], by=request.user, door=door, **what_happened)
    ticket = scan.ticket and Ticket.objects.for_the_door().get(pk=scan.ticket_id)
    if ticket and not door.is_for(ticket.booked_seat.showtime.theater):
        ticket = None
    admission = flows.Admission(scan.verdict, scan.reason, ticket)
    context = {"admission": admission, "ticket": ticket, "scan": scan}
    context["may_take_back"] = may_take_back(request.user, ticket)
    is_wrong = scan.let_in and scan.verdict != scan.Verdict.WELCOME
    return {
        "id": str(scan.uuid),
        "verdict": scan.verdict,
        "serial": ticket.serial if ticket else "",
        "html": render_to_string("bookings/_admission.html", context, request),
        "wrong": render_to_string("bookings/_wrongly_let_in.html", context) if is_wrong else "",
    }


@require_safe
@uses_the_camera
def door_offline(request):
    """The page as a phone keeps it: for anybody, with nothing in it about anybody."""
    return render(request, "bookings/door_offline.html", {"form": DoorForm(), "words": WORDS})


@require_safe
@never_cache
def door_worker(request):
    """The service worker, from /door/ because it may serve no page above its own address."""
    files = [static(name) for name in FILES]
    version = hashlib.sha256(" ".join(files).encode()).hexdigest()[:12]
    context = {"kept": json.dumps({"version": version, "files": files})}
    return render(request, "bookings/door_worker.js", context, content_type="text/javascript")
