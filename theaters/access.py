"""What a visitor needs to come at all, kept in a cookie of their browser and nowhere else.

The cookie names the needs and nothing more, so it is the same for all who have the same; it is signed, so nobody
else's words get into a page. Features A1.11.
"""

from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.utils.translation import gettext_lazy as _

from theaters.models import Showtime

Need = Showtime.Need
COOKIE = settings.ACCESS_COOKIE_NAME
KEPT_FOR = timedelta(days=365)
LACKS = {
    Need.CAPTIONS: _("No open captions"),
    Need.AUDIO_DESCRIPTION: _("No audio description"),
    Need.RELAXED: _("Not a relaxed screening"),
    Need.WHEELCHAIR: _("No wheelchair space free"),
}
WARNINGS = {
    Need.CAPTIONS: _("This showtime has no open captions."),
    Need.AUDIO_DESCRIPTION: _("This showtime has no audio description."),
    Need.RELAXED: _("This showtime is not a relaxed screening."),
    Need.WHEELCHAIR: _("No wheelchair space is free at this showtime."),
}


def signer() -> Signer:
    return Signer(salt="access needs")


def needs_of(request) -> list[Need]:
    """Nothing where the cookie is not ours, or where an error page has no request."""
    try:
        said = signer().unsign(request.COOKIES.get(COOKIE, "")) if request else ""
    except BadSignature:
        return []
    return [need for need in Need if need in said.split(".")]


def access_needs(get_response):
    """Middleware: `request.access_needs` for every page."""

    def middleware(request):
        request.access_needs = needs_of(request)
        return get_response(request)

    return middleware


def keep_needs(response, needs) -> None:
    """For this browser, a year; without any need the cookie goes."""
    said = ".".join(need for need in Need if need in needs)
    if not said:
        response.delete_cookie(COOKIE, samesite="Lax")
        return
    kept = {"max_age": KEPT_FOR, "httponly": True, "samesite": "Lax", "secure": settings.SESSION_COOKIE_SECURE}
    response.set_cookie(COOKIE, signer().sign(said), **kept)


def lacking(showtime, needs, *, has_space: bool) -> list[Need]:
    """Those that this showtime does not meet; `has_space`: a wheelchair space is free."""
    return [need for need in needs if not (has_space if need == Need.WHEELCHAIR else need in showtime.attributes)]
