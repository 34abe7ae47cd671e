import logging
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

import stripe
from django.conf import settings

from bookings.exceptions import PaymentRefused, PaymentUnavailable

logger = logging.getLogger(__name__)


@lru_cache
def client(key: str, base: str) -> stripe.StripeClient:
    # The SDK would wait 80 seconds and never try again. A retry carries the same idempotency key.
    return stripe.StripeClient(
        key,
        base_addresses={"api": base},
        max_network_retries=2,
        http_client=stripe.RequestsClient(timeout=3),
    )


def call(function, *args, **kwargs):
    """Call Stripe; what it will never accept is PaymentRefused, no answer (yet) PaymentUnavailable.

    A wrong key of ours is no answer: once it is mended the same call goes through.
    """
    try:
        return function(*args, **kwargs)
    except stripe.InvalidRequestError as error:
        logger.error("stripe refused", extra={"code": error.code, "stripe_request": error.request_id})
        raise PaymentRefused from error
    except stripe.StripeError as error:
        logger.error("stripe does not answer", extra={"kind": type(error).__name__})
        raise PaymentUnavailable from error


def v1():
    return client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE).v1


def listed(function, params: dict) -> Iterator:
    """Everything that a list of Stripe's holds, newest first, page after page; raises what `call` raises."""
    page = call(function, {**params, "limit": 100})
    while True:
        yield from page.data
        if not page.has_more:
            return
        page = call(page.next_page)


def since(moment: datetime) -> dict:
    return {"created": {"gte": int(moment.timestamp())}}
