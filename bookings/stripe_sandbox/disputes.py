"""A bank asks for a payment back: opened against the shop, and decided one way or the other."""

from bookings.stripe_sandbox import objects
from bookings.stripe_sandbox.account import Account

TIME_TO_ANSWER = 7 * 24 * 60 * 60
OUTCOMES = ("won", "lost")


def open_dispute(account: Account, payment_intent: str, reason: str = "fraudulent") -> dict:
    with account.store.transaction():
        intent = account.find("payment_intent", payment_intent)
        charge = account.find("charge", intent["latest_charge"])
        if charge["disputed"]:
            raise ValueError(f"Charge {charge['id']} is already disputed.")
        charge["disputed"] = True
        account.save(charge)
        dispute = objects.new_dispute(charge, reason, account.now(), account.now() + TIME_TO_ANSWER)
        account.save(dispute)
        account.emit("charge.dispute.created", dispute)
        account.emit("charge.dispute.funds_withdrawn", dispute)
        return dispute


def decide(account: Account, dispute_id: str, outcome: str = "lost") -> dict:
    if outcome not in OUTCOMES:
        raise ValueError(f"A dispute is {' or '.join(OUTCOMES)}.")
    with account.store.transaction():
        dispute = account.find("dispute", dispute_id)
        before = {"status": dispute["status"]}
        dispute["status"] = outcome
        account.save(dispute)
        account.emit("charge.dispute.closed", dispute, previous=before)
        if outcome == "won":
            account.emit("charge.dispute.funds_reinstated", dispute)
        return dispute
