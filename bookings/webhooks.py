"""Where Stripe tells us that something has happened."""

import logging

from django.http import HttpResponse, HttpResponseBadRequest
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bookings import flows
from bookings.exceptions import Busy, PaymentRefused, PaymentUnavailable
from bookings.payments import ForgedEvent, read_event

logger = logging.getLogger(__name__)


# Stripe has no token of ours; its signature stands in for it.
@csrf_exempt
@require_POST
def stripe_webhook(request):
    """200: taken, now or before. 400: not signed by Stripe. 503: come again, Stripe does."""
    try:
        event = read_event(request.body, request.headers.get("Stripe-Signature", ""))
    except ForgedEvent:
        logger.warning("a forged event")
        return HttpResponseBadRequest()
    try:
        flows.act_on_event(event)
    except PaymentRefused:
        logger.warning("an event of an object that Stripe does not show us", extra={"type": event.type})
    except (PaymentUnavailable, Busy):
        return HttpResponse(status=503)
    return HttpResponse()
