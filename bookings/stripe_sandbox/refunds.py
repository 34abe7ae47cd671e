"""Money back: in full or in parts, by the shop or from the dashboard, and the refund that fails afterwards."""

from bookings.stripe_sandbox import money, objects
from bookings.stripe_sandbox.account import Account
from bookings.stripe_sandbox.errors import StripeError

FAILURE_REASONS = (
    "lost_or_stolen_card expired_or_canceled_card charge_for_pending_refund_disputed insufficient_funds declined "
    "merchant_request unknown"
).split()


def create(account: Account, params: dict, caller: dict | None = None) -> dict:
    with account.store.transaction():
        charge = _charge_to_refund(account, params)
        _refuse_while_disputed(account, charge)
        amount = _amount_to_refund(charge, params)
        refund = objects.new_refund(charge, amount, params, account.now(), account.refunds_start)
        account.save(refund)
        account.emit("refund.created", refund, caller)
        _count(account, charge, amount, "charge.refunded", caller)
        if refund["status"] == "succeeded":
            _announce_reference(account, refund)
        return refund


def settle(account: Account, refund_id: str) -> dict:
    """A pending refund reaches the customer's bank."""
    with account.store.transaction():
        refund = account.find("refund", refund_id)
        if refund["status"] != "pending":
            raise ValueError(f"Refund {refund_id} is {refund['status']}, not pending.")
        refund |= {"status": "succeeded", "balance_transaction": objects.new_id("txn")}
        refund.pop("pending_reason", None)
        _announce(account, refund, {"status": "pending", "pending_reason": "processing"})
        return refund


def fail(account: Account, refund_id: str, reason: str = "unknown") -> dict:
    """The bank sends the money back, perhaps long after the refund was reported as succeeded."""
    if reason not in FAILURE_REASONS:
        raise ValueError(f"A refund fails for one of these reasons: {', '.join(FAILURE_REASONS)}.")
    with account.store.transaction():
        refund = account.find("refund", refund_id)
        if refund["status"] not in ("succeeded", "pending"):
            raise ValueError(f"Refund {refund_id} is already {refund['status']}.")
        before = {"status": refund["status"], "failure_reason": None}
        refund |= {"status": "failed", "failure_reason": reason}
        refund["failure_balance_transaction"] = objects.new_id("txn")
        refund.pop("pending_reason", None)
        charge = account.find("charge", refund["charge"])
        _count(account, charge, -refund["amount"])
        _announce(account, refund, before)
        account.emit("refund.failed", refund)
        return refund


def _charge_to_refund(account: Account, params: dict) -> dict:
    if "charge" in params:
        return account.find("charge", params["charge"], "charge", 400)
    intent = account.find("payment_intent", params["payment_intent"], "payment_intent", 400)
    charge = account.store.get("charge", intent["latest_charge"])
    if charge is None or not charge["paid"]:
        message = f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
        raise StripeError(message, param="payment_intent")
    return charge


def _refuse_while_disputed(account: Account, charge: dict) -> None:
    disputes = [dispute for dispute in account.store.find("dispute") if dispute["charge"] == charge["id"]]
    if any(dispute["status"] != "won" and not dispute["status"].startswith("warning_") for dispute in disputes):
        raise StripeError(f"Charge {charge['id']} has been charged back; cannot issue a refund.", "charge_disputed")


def _amount_to_refund(charge: dict, params: dict) -> int:
    if not charge["paid"]:
        raise StripeError(f"Charge {charge['id']} was not paid and cannot be refunded.", param="charge")
    rest = charge["amount"] - charge["amount_refunded"]
    if rest == 0:
        raise StripeError(f"Charge {charge['id']} has already been refunded.", "charge_already_refunded")
    amount = params.get("amount", rest)
    if amount > rest:
        asked, left = (money.with_symbol(figure, charge["currency"]) for figure in (amount, rest))
        message = f"Refund amount ({asked}) is greater than unrefunded amount on charge ({left})"
        raise StripeError(message, param="amount")
    return amount


def _count(account: Account, charge: dict, amount: int, event: str | None = None, caller: dict | None = None) -> None:
    before = {name: charge[name] for name in ("amount_refunded", "refunded")}
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    account.save(charge)
    if event:
        account.emit(event, charge, caller, before)


def _announce_reference(account: Account, refund: dict) -> None:
    """Stripe updates every card refund once more, when the bank's reference number is known."""
    before = {"destination_details": {"type": "card", "card": dict(refund["destination_details"]["card"])}}
    refund["destination_details"]["card"] |= {"reference_status": "available", "reference": refund["id"][-12:]}
    _announce(account, refund, before)


def _announce(account: Account, refund: dict, before: dict) -> None:
    account.save(refund)
    account.emit("refund.updated", refund, previous=before)
    account.emit("charge.refund.updated", refund, previous=before)
