"""Finished pages, kept in the memory of this process for visitors of whom nothing is known.

Nothing of a visitor can get into such a page: it is made for a request that holds what the key holds, and no more. It
is good as long as the programme has the same version and the clock stands in the same step. What is sold meanwhile,
and what the clock alone changes, is seen with the next step; steps fall on whole minutes, as sales begin and end.
In Redis pages would cost a journey and a copy more, and there would be none without it.
"""

import hashlib
import io
import secrets
import time
from functools import wraps
from threading import Lock

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages import get_messages
from django.contrib.sessions.backends.base import SessionBase
from django.core.cache.backends.locmem import LocMemCache
from django.core.handlers.wsgi import WSGIRequest
from django.middleware.csrf import get_token
from django.utils.translation import get_language
from django_htmx.middleware import HtmxDetails

from movies import programme

# Together at most 32 MB a process; who was asked for longest ago goes.
MOST, LARGEST = 128, 256 * 1024
kept = LocMemCache("kept pages", {"OPTIONS": {"MAX_ENTRIES": MOST}})
# One makes a page that is missing, the others wait for it instead of making the same.
makers = [Lock() for _n in range(64)]

# All that a page may know of a request.
ENVIRON = (
    *("wsgi.url_scheme", "SERVER_NAME", "SERVER_PORT", "HTTP_HOST", "HTTP_X_FORWARDED_PROTO"),
    *("SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "HTTP_HX_REQUEST"),
)
COOKIES = (settings.THEME_COOKIE_NAME, settings.ACCESS_COOKIE_NAME)
SESSION = {"city"}
# Addresses are as long as who asks likes.
LONGEST = 1000
# Where a visitor's own token against forged requests will stand.
HOLE = secrets.token_hex(32).encode()


def kept_page(view):
    """Decorator for a view that only shows: one page for all visitors who have said nothing else about themselves."""

    view.is_kept = True

    @wraps(view)
    def shown(request, *args, **kwargs):
        known = what_is_known(request)
        if not (settings.KEEP_PAGES_SECONDS and may_be_anybody(request) and len(repr(known)) < LONGEST):
            return view(request, *args, **kwargs)
        response = kept_or_made(known, stranger(request, known), lambda other: view(other, *args, **kwargs))
        return fill(response, request) if response else view(request, *args, **kwargs)

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


def kept_or_made(known, other, make):
    """A page for the stranger, not anybody else's; None where it did something for whom it was made for."""
    key = hashlib.sha256(repr(known).encode()).hexdigest()
    state = programme.version(), int(time.time() // settings.KEEP_PAGES_SECONDS)
    if response := good(key, state):
        return response
    with makers[int(key, 16) % len(makers)]:
        if response := good(key, state):
            return response
        response = make(other)
        if response.cookies or other.session.modified or "CSRF_COOKIE" in other.META:
            return None
        if response.status_code == 200 and not response.streaming and len(response.content) <= LARGEST:
            kept.set(key, (state, response), settings.KEEP_PAGES_SECONDS)
        return response


def good(key, state):
    """A copy, as `kept` pickles: what others do to theirs does not come back."""
    found = kept.get(key)
    return found[1] if found and found[0] == state else None


def fill(response, request):
    if not response.streaming and HOLE in response.content:
        response.content = response.content.replace(HOLE, get_token(request).encode())
    return response


def token(request):
    """Context processor, after Django's own."""
    return {"csrf_token": HOLE.decode()} if getattr(request, "is_stranger", False) else {}
