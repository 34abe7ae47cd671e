"""How often one may try in a minute: each customer, and more generously each address, which a campus may share.

Counted in the cache, minute by minute, so that it passes by itself; where the cache cannot count, nobody waits.
"""

import ipaddress
from contextlib import suppress
from time import time

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.utils.crypto import salted_hmac

from bookings.exceptions import TooManyTries

MINUTE, HOUR = 60, 3600
MOST_QUESTIONS_ABOUT_ONE = 3


def count_try(request, what: str, *, by_strangers: int = 0) -> None:
    """Count one try. Raises TooManyTries when there were enough; staff are not counted.

    `by_strangers` is how often an address may do it in a minute by people who are not signed in.
    """
    if request.user.is_staff:
        return
    is_known = request.user.is_authenticated
    limits = {f"customer:{request.user.pk}": settings.RATE_LIMIT_PER_CUSTOMER} if is_known else {}
    if address := address_of(request):
        limits[f"address:{address}"] = settings.RATE_LIMIT_PER_ADDRESS if is_known else by_strangers
    minute, second = divmod(int(time()), MINUTE)
    for who, most in limits.items():
        if tries(f"tries:{what}:{who}:{minute}") > most:
            raise TooManyTries(MINUTE - second)


def count_question(request, what: str, about: str) -> None:
    """Count what anybody may ask, signed in or not, for an address and `about` something. Raises TooManyTries.

    The same for whatever it is about, known to us or not.
    """
    about = salted_hmac("a question", about.lower()).hexdigest()
    limits = [(f"about:{about}", MOST_QUESTIONS_ABOUT_ONE, HOUR)]
    if address := address_of(request):
        limits.append((f"address:{address}", settings.RATE_LIMIT_PER_CUSTOMER, MINUTE))
    for who, most, span in limits:
        number, passed = divmod(int(time()), span)
        if tries(f"tries:{what}:{who}:{number}", span) > most:
            raise TooManyTries(span - passed)


def tries(key: str, span: int = MINUTE) -> int:
    """This one included; 0 when the cache is away."""
    for _try in range(2):
        with suppress(ValueError):  # nobody has tried before
            return cache.incr(key) or 0
        cache.add(key, 0, timeout=2 * span)
    return 0


def address_of(request) -> str | None:
    """As allauth sees it, that is behind ALLAUTH_TRUSTED_PROXY_COUNT; of IPv6 the network that one customer gets."""
    try:
        address = ipaddress.ip_address(get_adapter().get_client_ip(request))
    except (ImproperlyConfigured, PermissionDenied, ValueError):
        return None
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)
