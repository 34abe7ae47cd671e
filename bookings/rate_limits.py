"""How often one may try in a minute: each customer, and more generously each address, which a campus may share.

Counted in Redis, minute by minute, so that it passes by itself; where Redis is away, nobody waits.
"""

import ipaddress
from dataclasses import dataclass
from time import time

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.utils.crypto import salted_hmac

from bookings.exceptions import HoldsUnavailable, TooManyTries
from bookings.scripts import run

MINUTE, HOUR = 60, 3600
MOST_QUESTIONS_ABOUT_ONE = 3


@dataclass(frozen=True)
class Limit:
    """`most` tries of `who` in each span of so many seconds."""

    who: str
    most: int
    span: int = MINUTE


def count_try(request, what: str, *, by_strangers: int = 0) -> None:
    """Count one try. Raises TooManyTries when there were enough; staff are not counted.

    `by_strangers` is how often an address may do it in a minute by people who are not signed in.
    """
    if request.user.is_staff:
        return
    is_known = request.user.is_authenticated
    limits = [Limit(f"customer:{request.user.pk}", settings.RATE_LIMIT_PER_CUSTOMER)] if is_known else []
    if address := address_of(request):
        limits.append(Limit(f"address:{address}", settings.RATE_LIMIT_PER_ADDRESS if is_known else by_strangers))
    count(what, limits)


def count_question(request, what: str, about: str) -> None:
    """Count what anybody may ask, signed in or not, for an address and `about` something. Raises TooManyTries.

    The same for whatever it is about, known to us or not.
    """
    about = salted_hmac("a question", about.lower()).hexdigest()
    limits = [Limit(f"about:{about}", MOST_QUESTIONS_ABOUT_ONE, HOUR)]
    if address := address_of(request):
        limits.append(Limit(f"address:{address}", settings.RATE_LIMIT_PER_CUSTOMER))
    count(what, limits)


def count(what: str, limits: list[Limit]) -> None:
    """One for each, in one round trip. Raises TooManyTries, with the seconds until all of them may try again."""
    now = int(time())
    keys = [f"{{tries}}:{what}:{limit.who}:{now // limit.span}" for limit in limits]
    try:
        counts = run("count", keys, *(2000 * limit.span for limit in limits))
    except HoldsUnavailable:
        return
    waits = [limit.span - now % limit.span for limit, tries in zip(limits, counts, strict=True) if tries > limit.most]
    if waits:
        raise TooManyTries(max(waits))


def address_of(request) -> str | None:
    """As allauth sees it, that is behind ALLAUTH_TRUSTED_PROXY_COUNT; of IPv6 the network that one customer gets."""
    try:
        address = ipaddress.ip_address(get_adapter().get_client_ip(request))
    except (ImproperlyConfigured, PermissionDenied, ValueError):
        return None
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)
