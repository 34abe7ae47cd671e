"""What pages that show tickets have in common: nobody indexes them or hears of their address; they open offline."""

import hashlib
import json
from datetime import timedelta

from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

# How long a phone keeps a ticket after the end: people look up where they sat, and showtimes run late.
KEPT_AFTER = timedelta(hours=6)
STYLES = "layers variables base header button form notice panel ticket share".split()
SCRIPTS = "menus theme ticket_page ticket_share ticket_push signed_out".split()
FILES = [
    *(f"css/{name}.css" for name in STYLES),
    *(f"js/{name}.js" for name in SCRIPTS),
    "bootstrap/css/bootstrap.min.css",
    "django_htmx/htmx-2.min.js",
    "fonts/big-shoulders-display-latin.woff2",
    *("img/favicon.svg", "img/icon-32.png", "img/icon-180.png"),
]


def for_guests(response):
    """Its address is all that somebody needs: no link tells it to anybody, not even to other pages of ours.

    A form would be refused there, as its browser does not say where it comes from.
    """
    response["Referrer-Policy"] = "no-referrer"
    return response


def as_ticket(response, showtime=None):
    """With a showtime the page may be kept on the phone, and keep its screen awake."""
    response["X-Robots-Tag"] = "noindex"
    if showtime:
        response["Permissions-Policy"] = "screen-wake-lock=(self)"
        response["X-Ticket-Until"] = int((showtime.ends_at + KEPT_AFTER).timestamp() * 1000)
    return response


@require_safe
@never_cache
def tickets_worker(request):
    """The service worker, from /bookings/ because it may serve no page above its own address."""
    files = [static(name) for name in FILES]
    version = hashlib.sha256(" ".join(files).encode()).hexdigest()[:12]
    kept = {"version": version, "files": files, "home": reverse("bookings:bookings")}
    return render(request, "bookings/tickets_worker.js", {"kept": json.dumps(kept)}, content_type="text/javascript")
