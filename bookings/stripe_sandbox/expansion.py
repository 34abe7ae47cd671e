"""`expand[]=payment_intent.latest_charge`: replace an id by the object it stands for."""

from bookings.stripe_sandbox.account import Account
from bookings.stripe_sandbox.errors import StripeError
from bookings.stripe_sandbox.objects import as_list

EXPANDABLE = {
    "checkout.session": {"payment_intent"},
    "payment_intent": {"latest_charge"},
    "charge": {"payment_intent"},
    "refund": {"charge", "payment_intent"},
}
KIND_OF = {"latest_charge": "charge"}


def expand(account: Account, body: dict, paths: list[str]) -> dict:
    for path in paths:
        _expand(account, body, path.split("."), path)
    return body


def _expand(account: Account, body: dict, names: list[str], path: str) -> None:
    name, *rest = names
    if body["object"] == "list" and name == "data" and rest:
        for item in body["data"]:
            _expand(account, item, rest, path)
    elif body["object"] == "checkout.session" and name == "line_items":
        url = f"/v1/checkout/sessions/{body['id']}/line_items"
        lines = account.store.get("line_items", body["id"])
        body["line_items"] = as_list(url, lines[:10], len(lines) > 10)
    elif name not in EXPANDABLE.get(body["object"], ()):
        raise StripeError(f"This property cannot be expanded ({path}).", param="expand")
    elif body[name] is not None:
        if isinstance(body[name], str):
            body[name] = account.find(KIND_OF.get(name, name), body[name])
        if rest:
            _expand(account, body[name], rest, path)
