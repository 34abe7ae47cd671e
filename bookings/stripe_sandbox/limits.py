"""What Stripe refuses although every type is right: lengths, counts, ranges, and parameters that need each other."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from bookings.stripe_sandbox import money
from bookings.stripe_sandbox.contract import Violation, missing
from bookings.stripe_sandbox.forms import bracket

MINUTE, DAY = 60, 24 * 60 * 60
LONGEST_DEFAULT = 5000
LONGEST = {
    "client_reference_id": 200,
    "*product_data.description": 40_000,
    "payment_intent_data.description": 1000,
    "payment_intent_data.statement_descriptor*": 22,
    "*metadata.*": 500,
}
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def check_session(params: dict, now: int) -> list[Violation]:
    checks = (_required, _lines, _currencies, _urls, _expiry, _email)
    found = [violation for check in checks for violation in check(params, now)]
    return found + check_lengths(params)


def check_refund(params: dict) -> list[Violation]:
    found = check_lengths(params)
    if "payment_intent" not in params and "charge" not in params:
        message = "One of the following params should be provided for this request: payment_intent or charge."
        found.append(Violation(message, "parameter_missing", None))
    if isinstance(params.get("amount"), int) and params["amount"] < 1:
        found.append(Violation("Invalid positive integer", "parameter_invalid_integer", "amount"))
    return found


def check_page(params: dict) -> list[Violation]:
    limit = params.get("limit")
    if isinstance(limit, int) and not 1 <= limit <= 100:
        return [Violation("limit must be between 1 and 100.", "parameter_invalid_integer", "limit")]
    if "type" in params and "types" in params:
        return [Violation("You may only specify one of these parameters: type, types.", None, "types")]
    return []


def check_lengths(params: object, path: tuple = ()) -> list[Violation]:
    if isinstance(params, dict):
        found = _metadata(params, path) if path and path[-1] == "metadata" else []
        return found + [bad for key, inner in params.items() for bad in check_lengths(inner, (*path, key))]
    if isinstance(params, list):
        return [bad for index, inner in enumerate(params) for bad in check_lengths(inner, (*path, index))]
    longest = _longest(path)
    if not isinstance(params, str) or len(params) <= longest:
        return []
    message = f"Invalid string: {params[:10]}...; must be at most {longest} characters"
    return [Violation(message, None, bracket(path))]


def _longest(path: tuple) -> int:
    dotted = ".".join(map(str, path))
    return next((size for name, size in LONGEST.items() if fnmatchcase(dotted, name)), LONGEST_DEFAULT)


def _metadata(pairs: dict, path: tuple) -> list[Violation]:
    found = []
    if len(pairs) > 50:
        found.append(Violation("Metadata can have at most 50 keys.", None, bracket(path)))
    too_long = "Metadata keys must be at most 40 characters."
    return found + [Violation(too_long, None, bracket((*path, key))) for key in pairs if len(key) > 40]


def _required(params: dict, now: int) -> Iterator[Violation]:
    if "mode" not in params:
        yield missing(("mode",))
    elif params["mode"] not in ("payment", None):
        yield Violation("This stand-in sells tickets: only mode=payment works here.", None, "mode")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        yield Violation("This stand-in has one page: only ui_mode=hosted_page works here.", None, "ui_mode")
    for name in ("success_url", "line_items"):
        if name not in params:
            yield missing((name,))


def _lines(params: dict, now: int) -> Iterator[Violation]:
    lines = params.get("line_items") or []
    if len(lines) > 100:
        yield Violation("Checkout Sessions can have at most 100 line items.", None, "line_items")
    for index, line in enumerate(lines):
        here = ("line_items", index)
        if not isinstance(line, dict):
            continue
        if ("price" in line) == ("price_data" in line):
            yield Violation("You must specify either `price` or `price_data`.", "parameter_missing", bracket(here))
        if "quantity" not in line:
            yield missing((*here, "quantity"))
        elif isinstance(line["quantity"], int) and line["quantity"] < 1:
            yield _too_small((*here, "quantity"), 1)
        if isinstance(line.get("price_data"), dict):
            yield from _price(line["price_data"], (*here, "price_data"))


def _price(price: dict, here: tuple) -> Iterator[Violation]:
    if ("product" in price) == ("product_data" in price):
        yield missing((*here, "product_data"))
    if "unit_amount" not in price:
        yield missing((*here, "unit_amount"))
    amount, currency = price.get("unit_amount"), price.get("currency")
    if isinstance(currency, str) and currency not in money.CURRENCIES:
        yield Violation(f"Invalid currency: {currency}", None, bracket((*here, "currency")))
    if not isinstance(amount, int):
        return
    if amount < 0:
        yield _too_small((*here, "unit_amount"), 0)
    step = 10 if currency in money.THREE_DECIMAL else 100 if currency in money.WHOLE_UNITS_ONLY else 1
    if amount % step:
        message = f"Invalid amount: in {currency} amounts must be divisible by {step}."
        yield Violation(message, None, bracket((*here, "unit_amount")))


def _currencies(params: dict, now: int) -> Iterator[Violation]:
    lines = [line for line in params.get("line_items") or [] if isinstance(line, dict)]
    used = {(line.get("price_data") or {}).get("currency") for line in lines} - {None}
    if len(used) > 1:
        message = "You cannot combine currencies in a single Checkout Session: " + ", ".join(sorted(used))
        yield Violation(message, None, "line_items")


def _urls(params: dict, now: int) -> Iterator[Violation]:
    for name in ("success_url", "cancel_url"):
        url = params.get(name)
        if not isinstance(url, str):
            continue
        parts = urlsplit(url)
        # A line break in it would write headers of its own into the redirect.
        if parts.scheme not in ("http", "https") or not parts.netloc or re.search(r"[\x00-\x20]", url):
            yield Violation("Not a valid URL", "url_invalid", name)


def _expiry(params: dict, now: int) -> Iterator[Violation]:
    expires_at = params.get("expires_at")
    if not isinstance(expires_at, int):
        return
    rule = "The `expires_at` timestamp must be {} from Checkout Session creation."
    if expires_at < now + 30 * MINUTE:
        yield Violation(rule.format("at least 30 minutes"), None, "expires_at")
    if expires_at > now + DAY:
        yield Violation(rule.format("less than 24 hours"), None, "expires_at")


def _email(params: dict, now: int) -> Iterator[Violation]:
    email = params.get("customer_email")
    if isinstance(email, str) and not EMAIL.fullmatch(email):
        yield Violation(f"Invalid email address: {email}", "email_invalid", "customer_email")


def _too_small(path: tuple, least: int) -> Violation:
    message = f"This value must be greater than or equal to {least}."
    return Violation(message, "parameter_invalid_integer", bracket(path))
