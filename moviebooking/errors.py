"""Pages for what went wrong; each says what to do next."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views import defaults

from moviebooking.themes import theme_of


def csrf_failure(request, reason=""):
    return render(request, "403_csrf.html", status=403)


def bad_request(request, exception=None):
    """Also where the database went away under a session: Django takes that for a session which was deleted."""
    return try_again(request) if is_database_trouble(exception) else render(request, "400.html", status=400)


def server_error(request):
    """Outside of views, too, the database may be missed: by a session, or by the page that says 404."""
    return try_again(request) if is_database_trouble(sys.exception()) else defaults.server_error(request)


def is_database_trouble(error: BaseException | None) -> bool:
    """By itself, or by what it was raised from."""
    while error and not isinstance(error, (OperationalError, InterfaceError)):
        error = error.__cause__ or error.__context__
    return error is not None


def try_again(request):
    """503 without the database: no session, no user, no context processor. Its button repeats the request as it was."""
    if request.path.endswith(".json"):
        response = JsonResponse({"error": _("We are very busy. Please ask again in a few seconds.")}, status=503)
    else:
        # Files are chosen again, and passwords typed again rather than written into a page.
        repeatable = not request.FILES and not any("password" in name for name in request.POST)
        fields = list(request.POST.lists()) if repeatable else None
        context = {"path": request.get_full_path(), "fields": fields, "theme": theme_of(request)}
        response = HttpResponse(render_to_string("503.html", context), status=503)
    add_never_cache_headers(response)
    return response


def too_many_requests(request):
    """allauth's answer to too many tries; it counts by the minute."""
    response = render(request, "429.html", status=429)
    response["Retry-After"] = 60
    return response
