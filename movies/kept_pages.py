"""Finished pages, kept for visitors of whom nothing is known, as long as keeping.py says.

Nothing of a visitor can get into such a page: it is made for a request that holds what the key holds, and no more.
"""

import io
import secrets
from functools import wraps

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages import get_messages
from django.contrib.sessions.backends.base import SessionBase
from django.core.handlers.wsgi import WSGIRequest
from django.middleware.csrf import get_token
from django.utils.translation import get_language
from django_htmx.middleware import HtmxDetails

from movies.keeping import PAGES, kept_or_made

# All that a page may know of a request.
ENVIRON = (
    *("wsgi.url_scheme", "SERVER_NAME", "SERVER_PORT", "HTTP_HOST", "HTTP_X_FORWARDED_PROTO"),
    *("SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "HTTP_HX_REQUEST"),
)
COOKIES = (settings.THEME_COOKIE_NAME, settings.ACCESS_COOKIE_NAME)
SESSION = {"city"}
# Pages have about 60 kB. A process keeps 32 MB at most.
LARGEST = 256 * 1024
# Where a visitor's own token against forged requests will stand.
HOLE = secrets.token_hex(32).encode()


def kept_page(view):
    """Decorator for a view that only shows: one page for all visitors who have said nothing else about themselves."""

    @wraps(view)
    def shown(request, *args, **kwargs):
        if not (settings.KEEP_PAGES_SECONDS and may_be_anybody(request)):
            return view(request, *args, **kwargs)
        known = what_is_known(request)
        response = kept_or_made(
            known, lambda: made(view, stranger(request, known), *args, **kwargs), locks=PAGES, is_worth=is_page
        )
        return fill(response, request) if response else view(request, *args, **kwargs)

    shown.is_kept = True
    return shown


def may_be_anybody(request) -> bool:
    """Nothing to be told to them, and nothing in their session but what the key holds: they are not signed in, then."""
    return request.method == "GET" and SESSION.issuperset(request.session.keys()) and not len(get_messages(request))


def what_is_known(request) -> dict:
    return {
        "language": get_language(),
        "session": {name: request.session[name] for name in SESSION & request.session.keys()},
        "cookies": {name: request.COOKIES[name] for name in COOKIES if name in request.COOKIES},
        "environ": {name: request.META[name] for name in ENVIRON if name in request.META},
    }


def stranger(request, known) -> WSGIRequest:
    """A request of which a page can learn nothing that is not `known`."""
    other = WSGIRequest(known["environ"] | {"REQUEST_METHOD": "GET", "wsgi.input": io.BytesIO()})
    other.COOKIES = known["cookies"]
    other.session = SessionBase()
    other.session.update(known["session"])
    other.session.modified = False
    other.user, other.htmx, other.is_stranger = AnonymousUser(), HtmxDetails(other), True
    other.LANGUAGE_CODE, other.access_needs = known["language"], request.access_needs  # these are of a cookie
    other.resolver_match = request.resolver_match
    return other


def made(view, other, *args, **kwargs):
    """The page that the stranger gets; None where it did something for whom it was made for."""
    response = view(other, *args, **kwargs)
    return None if response.cookies or other.session.modified or "CSRF_COOKIE" in other.META else response


def is_page(response) -> bool:
    return bool(
        response and response.status_code == 200 and not response.streaming and len(response.content) <= LARGEST
    )


def fill(response, request):
    if not response.streaming and HOLE in response.content:
        response.content = response.content.replace(HOLE, get_token(request).encode())
    return response


def token(request):
    """Context processor, after Django's own."""
    return {"csrf_token": HOLE.decode()} if getattr(request, "is_stranger", False) else {}
