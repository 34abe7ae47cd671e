"""The endpoints the shop uses, each with the SDK's own parameters for it."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import stripe

from bookings.stripe_sandbox import checkout, refunds
from bookings.stripe_sandbox.account import Account
from bookings.stripe_sandbox.errors import StripeError, no_such
from bookings.stripe_sandbox.objects import as_list

EVENTS_ARE_KEPT = 30 * 24 * 60 * 60
COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


@dataclass(frozen=True)
class Route:
    method: str
    pattern: str
    params: type
    work: Callable[[Account, dict, list[str], dict], dict]

    def match(self, method: str, path: str) -> re.Match | None:
        return re.fullmatch(self.pattern.replace("ID", "([^/]+)"), path) if method == self.method else None


def find(method: str, path: str) -> tuple[Route, list[str]]:
    for route in ROUTES:
        if match := route.match(method, path):
            return route, list(match.groups())
    raise StripeError(f"Unrecognized request URL ({method}: {path}).", status=404)


def create_session(account: Account, params: dict, ids: list[str], caller: dict) -> dict:
    return checkout.create(account, params)


def get_session(account: Account, params: dict, ids: list[str], caller: dict) -> dict:
    return account.find("checkout.session", ids[0], "session")


def expire_session(account: Account, params: dict, ids: list[str], caller: dict) -> dict:
    return checkout.expire(account, ids[0], caller)


def list_sessions(account: Account, params: dict, ids: list[str], caller: dict) -> dict:
    where = _equal(params, "payment_intent", "status")
    if email := params.get("customer_details", {}).get("email"):
        where.append(("json_extract(body, '$.customer_details.email') = ?", email))
    return _page(account, "checkout.session", "/v1/checkout/sessions", params, where)


def list_line_items(account: Account, params: dict, ids: list[str], caller: dict) -> dict:
    session = account.find("checkout.session", ids[0], "session")
    lines = account.store.get("line_items", session["id"])
    if after := params.get("starting_after"):
        places = [index for index, line in enumerate(lines) if line["id"] == after]
        if not places:
            raise no_such("item", after, "starting_after", 400)
        lines = lines[places[0] + 1 :]
    limit = params.get("limit", 10)
    return as_list(f"/v1/checkout/sessions/{session['id']}/line_items", lines[:limit], len(lines) > limit)


def create_refund(account: Account, params: dict, ids: list[str], caller: dict) -> dict:
    return refunds.create(account, params, caller)


def get_refund(account: Account, params: dict, ids: list[str], caller: dict) -> dict:
    return account.find("refund", ids[0])


def list_refunds(account: Account, params: dict, ids: list[str], caller: dict) -> dict:
    return _page(account, "refund", "/v1/refunds", params, _equal(params, "payment_intent", "charge"))


def get_dispute(account: Account, params: dict, ids: list[str], caller: dict) -> dict:
    return account.find("dispute", ids[0])


def list_disputes(account: Account, params: dict, ids: list[str], caller: dict) -> dict:
    return _page(account, "dispute", "/v1/disputes", params, _equal(params, "payment_intent", "charge"))


def get_payment_intent(account: Account, params: dict, ids: list[str], caller: dict) -> dict:
    return account.find("payment_intent", ids[0], "intent")


def refuse_to_steer(account: Account, params: dict, ids: list[str], caller: dict) -> dict:
    intent = account.find("payment_intent", ids[0], "intent")
    raise StripeError(
        f"The PaymentIntent {intent['id']} belongs to a Checkout Session and cannot be confirmed or canceled directly. "
        "To cancel, expire the Checkout Session.",
        "payment_intent_unexpected_state",
    )


def get_event(account: Account, params: dict, ids: list[str], caller: dict) -> dict:
    return account.find("event", ids[0])


def list_events(account: Account, params: dict, ids: list[str], caller: dict) -> dict:
    where: list[tuple[str, object]] = [
        ("json_extract(body, '$.created') > ?", account.now() - EVENTS_ARE_KEPT),
    ]
    if "type" in params:
        # The only wildcard Stripe knows is `*`, which GLOB shares.
        where.append(("json_extract(body, '$.type') GLOB ?", params["type"]))
    if "types" in params:
        marks = ", ".join("?" * len(params["types"]))
        where.append((f"json_extract(body, '$.type') IN ({marks})", params["types"]))
    if "delivery_success" in params:
        where.append(("(json_extract(body, '$.pending_webhooks') = 0) = ?", params["delivery_success"]))
    return _page(account, "event", "/v1/events", params, where)


def _equal(params: dict, *names: str) -> list[tuple[str, object]]:
    return [(f"json_extract(body, '$.{name}') = ?", params[name]) for name in names if name in params]


def _page(account: Account, kind: str, url: str, params: dict, where: list[tuple[str, object]]) -> dict:
    created = params.get("created", {})
    bounds = created if isinstance(created, dict) else {"gte": created, "lte": created}
    for name, moment in bounds.items():
        where.append((f"json_extract(body, '$.created') {COMPARISONS[name]} ?", moment))
    for cursor in ("starting_after", "ending_before"):
        if cursor in params:
            account.find(kind, params[cursor], cursor, 400)
    items, has_more = account.store.page(
        kind, where, params.get("limit", 10), params.get("starting_after"), params.get("ending_before")
    )
    return as_list(url, items, has_more)


_checkout, _params = stripe.params.checkout, stripe.params
ROUTES = (
    Route("POST", "/v1/checkout/sessions", _checkout.SessionCreateParams, create_session),
    Route("GET", "/v1/checkout/sessions", _checkout.SessionListParams, list_sessions),
    Route("GET", "/v1/checkout/sessions/ID", _checkout.SessionRetrieveParams, get_session),
    Route("POST", "/v1/checkout/sessions/ID/expire", _checkout.SessionExpireParams, expire_session),
    Route("GET", "/v1/checkout/sessions/ID/line_items", _checkout.SessionListLineItemsParams, list_line_items),
    Route("POST", "/v1/refunds", _params.RefundCreateParams, create_refund),
    Route("GET", "/v1/refunds", _params.RefundListParams, list_refunds),
    Route("GET", "/v1/refunds/ID", _params.RefundRetrieveParams, get_refund),
    Route("GET", "/v1/disputes", _params.DisputeListParams, list_disputes),
    Route("GET", "/v1/disputes/ID", _params.DisputeRetrieveParams, get_dispute),
    Route("GET", "/v1/payment_intents/ID", _params.PaymentIntentRetrieveParams, get_payment_intent),
    Route("POST", "/v1/payment_intents/ID/cancel", _params.PaymentIntentCancelParams, refuse_to_steer),
    Route("POST", "/v1/payment_intents/ID/confirm", _params.PaymentIntentConfirmParams, refuse_to_steer),
    Route("GET", "/v1/events", _params.EventListParams, list_events),
    Route("GET", "/v1/events/ID", _params.EventRetrieveParams, get_event),
)
