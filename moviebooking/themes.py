"""Light foyer, dark auditorium: as the device has it, or as the visitor has chosen for this browser."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

COOKIE = settings.THEME_COOKIE_NAME
THEMES = ("light", "dark")
KEPT_FOR = timedelta(days=365)


def theme_of(request) -> str:
    """One of THEMES, or nothing where the device decides."""
    theme = request.COOKIES.get(COOKIE, "")
    return theme if theme in THEMES else ""


@require_POST
def choose_theme(request):
    """Keep "light" or "dark" for this browser; anything else gives the choice back to the device."""
    theme, back = request.POST.get("theme", ""), request.POST.get("next", "")
    is_ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    response = HttpResponseRedirect(back) if is_ours else redirect("movies:home")
    if theme in THEMES:
        kept = {"max_age": KEPT_FOR, "httponly": True, "samesite": "Lax", "secure": settings.SESSION_COOKIE_SECURE}
        response.set_cookie(COOKIE, theme, **kept)
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
    return response
