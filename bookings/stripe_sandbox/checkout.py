"""A Checkout Session's life: created, then paid, declined and tried again, paid later, or expired.

Each step is one transaction: the objects and the events about them are stored together or not at all.
"""

from bookings.stripe_sandbox import money, objects
from bookings.stripe_sandbox.account import Account
from bookings.stripe_sandbox.errors import SessionClosed, StripeError, no_such

DECLINED = {
    "type": "card_error",
    "code": "card_declined",
    "decline_code": "generic_decline",
    "message": "Your card was declined.",
}
NOT_AUTHENTICATED = {
    "type": "invalid_request_error",
    "code": "payment_intent_authentication_failure",
    "message": "The card's 3-D Secure check was not passed.",
}
DEBIT_FAILED = {
    "type": "card_error",
    "code": "payment_intent_payment_attempt_failed",
    "message": "The bank could not collect the payment.",
}


def create(account: Account, params: dict) -> dict:
    _refuse_unknown_objects(params)
    lines = [objects.new_line_item(line, account.now()) for line in params["line_items"]]
    total = sum(line["amount_total"] for line in lines)
    _check_total(total, lines[0]["currency"])
    session = objects.new_session(params, total, account.now(), account.base_url)
    account.save(session)
    account.store.put("line_items", session["id"], lines)
    # The payment intent does not exist before the customer confirms, so its settings wait here.
    account.store.put("payment_intent_data", session["id"], params.get("payment_intent_data", {}))
    return session


def expire(account: Account, session_id: str, caller: dict | None = None) -> dict:
    with account.store.transaction():
        session = account.find("checkout.session", session_id, "session")
        if session["status"] != "open":
            raise StripeError(
                'Only Checkout Sessions with a status in ["open"] can be expired. '
                f"This Checkout Session has a status of `{session['status']}`."
            )
        return _close_unpaid(account, session, caller)


def pay(account: Account, session_id: str, email: str | None = None) -> dict:
    """Returns the completed event, so that the caller may wait for the shop's answer to it."""
    with account.store.transaction():
        session = _open_session(account, session_id)
        if session["amount_total"]:
            intent = _confirm(account, session)
            _collect(account, intent, _email(session, email))
            session["payment_status"] = "paid"
        return _complete(account, session, email)


def decline(account: Account, session_id: str, error: dict = DECLINED) -> None:
    """The session stays open: the customer may try again."""
    with account.store.transaction():
        session = _open_session(account, session_id)
        intent = _confirm(account, session)
        account.save(session)
        _fail(account, intent, error, session["customer_email"])


def ask_for_3d_secure(account: Account, session_id: str) -> None:
    with account.store.transaction():
        session = _open_session(account, session_id)
        intent = _confirm(account, session)
        url = f"{account.base_url}/pay/{session_id}/3ds"
        intent["status"] = "requires_action"
        intent["next_action"] = {"type": "redirect_to_url", "redirect_to_url": {"url": url, "return_url": None}}
        account.save(session)
        account.save(intent)
        account.emit("payment_intent.requires_action", intent)


def pay_later(
    account: Account, session_id: str, succeed: bool | None = None, after: int = 0, email: str | None = None
) -> dict:
    """Complete but unpaid, as with a bank debit. Without `succeed` it stays so until settle() is called."""
    with account.store.transaction():
        session = _open_session(account, session_id)
        intent = _confirm(account, session) | {"status": "processing", "processing": None, "next_action": None}
        account.save(intent)
        account.emit("payment_intent.processing", intent)
        if succeed is not None:
            due_at = account.now() + after
            account.store.run("INSERT INTO settlements VALUES (?, ?, ?)", session_id, due_at, succeed)
        return _complete(account, session, email)


def settle(account: Account, session_id: str, succeed: bool) -> dict:
    with account.store.transaction():
        account.store.run("DELETE FROM settlements WHERE session = ?", session_id)
        session = account.find("checkout.session", session_id)
        intent = account.find("payment_intent", session["payment_intent"])
        if intent["status"] != "processing":
            raise SessionClosed(f"The payment of {session_id} is {intent['status']}, not processing.")
        email = session["customer_details"]["email"]
        if succeed:
            _collect(account, intent, email)
            session["payment_status"] = "paid"
        else:
            _fail(account, intent, DEBIT_FAILED, email)
        account.save(session)
        outcome = "succeeded" if succeed else "failed"
        return account.emit(f"checkout.session.async_payment_{outcome}", session)


def catch_up(account: Account) -> None:
    """Do what the clock demands: expire sessions, settle delayed payments. Called on every read and by a timer."""
    now = account.now()
    with account.store.transaction():
        overdue = account.store.rows(
            "SELECT id FROM objects WHERE kind = 'checkout.session' AND json_extract(body, '$.status') = 'open'"
            " AND json_extract(body, '$.expires_at') <= ?", now,
        )  # fmt: skip
        for row in overdue:
            _close_unpaid(account, account.find("checkout.session", row["id"]))
        for row in account.store.rows("SELECT session, succeed FROM settlements WHERE due_at <= ?", now):
            settle(account, row["session"], bool(row["succeed"]))


def _open_session(account: Account, session_id: str) -> dict:
    session = account.find("checkout.session", session_id)
    # The time counts even in the moment before the timer has come by to say so.
    if session["status"] != "open" or session["expires_at"] <= account.now():
        raise SessionClosed(f"Checkout Session {session_id} is no longer open.")
    return session


def _confirm(account: Account, session: dict) -> dict:
    if session["payment_intent"]:
        return account.find("payment_intent", session["payment_intent"])
    options = account.store.get("payment_intent_data", session["id"]) or {}
    intent = objects.new_payment_intent(session, options, account.now())
    session["payment_intent"] = intent["id"]
    account.save(intent)
    account.emit("payment_intent.created", intent)
    return intent


def _collect(account: Account, intent: dict, email: str | None) -> None:
    intent |= {"status": "succeeded", "amount_received": intent["amount"], "payment_method": objects.new_id("pm")}
    intent |= {"last_payment_error": None, "next_action": None}
    charge = objects.new_charge(intent, email, account.now(), "succeeded")
    intent["latest_charge"] = charge["id"]
    account.save(charge)
    account.save(intent)
    account.emit("charge.succeeded", charge)
    account.emit("payment_intent.succeeded", intent)


def _fail(account: Account, intent: dict, error: dict, email: str | None) -> None:
    intent |= {"status": "requires_payment_method", "next_action": None, "last_payment_error": error}
    # A refused 3-D Secure check never reaches the bank, so it leaves no charge behind.
    if error["type"] == "card_error":
        charge = objects.new_charge(intent, email, account.now(), "failed", error)
        intent |= {"latest_charge": charge["id"], "last_payment_error": error | {"charge": charge["id"]}}
        account.save(charge)
        account.emit("charge.failed", charge)
    account.save(intent)
    account.emit("payment_intent.payment_failed", intent)


def _complete(account: Account, session: dict, email: str | None) -> dict:
    names = ("address", "business_name", "individual_name", "name", "phone", "tax_ids")
    details = dict.fromkeys(names) | {"email": _email(session, email), "tax_exempt": "none"}
    session |= {"status": "complete", "url": None, "customer_details": details}
    account.save(session)
    return account.emit("checkout.session.completed", session)


def _close_unpaid(account: Account, session: dict, caller: dict | None = None) -> dict:
    with account.store.transaction():
        session |= {"status": "expired", "url": None}
        account.save(session)
        if session["payment_intent"]:
            intent = account.find("payment_intent", session["payment_intent"])
            intent |= {"status": "canceled", "canceled_at": account.now(), "cancellation_reason": "expired"}
            intent["next_action"] = None
            account.save(intent)
            account.emit("payment_intent.canceled", intent, caller)
        account.emit("checkout.session.expired", session, caller)
    return session


def _email(session: dict, email: str | None) -> str:
    return session["customer_email"] or email or "customer@example.com"


def _refuse_unknown_objects(params: dict) -> None:
    # No products, prices or customers can be created here, so every id of one is unknown.
    if "customer" in params:
        raise no_such("customer", params["customer"], "customer", 400)
    for index, line in enumerate(params["line_items"]):
        if "price" in line:
            raise no_such("price", line["price"], f"line_items[{index}][price]", 400)
        if "product" in line["price_data"]:
            product = line["price_data"]["product"]
            raise no_such("product", product, f"line_items[{index}][price_data][product]", 400)


def _check_total(total: int, currency: str) -> None:
    least = money.MINIMUM.get(currency, 1)
    # Nothing to pay is a complete order of its own kind; a few cents are a mistake.
    if 0 < total < least:
        raise StripeError(
            f"The Checkout Session's total amount must convert to at least {money.with_symbol(least, currency)}. "
            f"{money.with_symbol(total, currency)} is less.",
            "amount_too_small",
        )
    if total > money.MAXIMUM:
        most = money.with_symbol(money.MAXIMUM, currency)
        raise StripeError(f"The Checkout Session's total amount due must be no more than {most}.", "amount_too_large")
