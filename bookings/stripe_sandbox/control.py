"""`/_sandbox/…`: the driver of `Sandbox` in JSON, for tests that run in another process."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from bookings.stripe_sandbox.errors import SessionClosed, StripeError

if TYPE_CHECKING:
    from bookings.stripe_sandbox.sandbox import Sandbox

LISTS = ("events", "requests", "sessions", "refunds", "deliveries")
VERBS = (
    "pay", "decline", "pay_later", "settle", "expire", "fail_refund", "settle_refund", "refund_outside",
    "dispute", "decide_dispute", "deliver", "emit", "edit", "advance", "release", "reset",
)  # fmt: skip
WEBHOOK_POLICY = ("url", "secret", "mode", "copies", "shuffle", "answer_wait")


class Control:
    def __init__(self, sandbox: "Sandbox"):
        self._sandbox = sandbox

    def answer(self, method: str, name: str, body: str) -> tuple[int, object]:
        try:
            arguments = json.loads(body or "{}")
            if not isinstance(arguments, dict):
                raise ValueError("The arguments are one JSON object.")
            return self._dispatch(method, name, arguments)
        except StripeError as error:
            return error.status, {"error": error.message}
        except SessionClosed as error:
            return 409, {"error": str(error)}
        except (TypeError, ValueError) as error:
            return 400, {"error": str(error)}

    def _dispatch(self, method: str, name: str, arguments: dict) -> tuple[int, object]:
        if method == "GET" and name in LISTS:
            items = getattr(self._sandbox, name)
            return 200, [asdict(item) for item in items] if name == "requests" else items
        if method == "POST" and name in VERBS:
            return 200, {"result": getattr(self._sandbox, name)(**arguments)}
        if name == "webhooks" and method in ("GET", "POST"):
            return 200, self._webhooks(arguments)
        if name == "faults":
            return 200, self._faults(method, arguments)
        return 404, {"error": f"There is no {method} /_sandbox/{name}. See README.md."}

    def _webhooks(self, changes: dict) -> dict:
        policy = self._sandbox.webhooks
        if unknown := changes.keys() - set(WEBHOOK_POLICY):
            raise ValueError(f"Unknown settings: {', '.join(sorted(unknown))}.")
        for name, value in changes.items():
            setattr(policy, name, value)
        return {name: getattr(policy, name) for name in WEBHOOK_POLICY if name != "secret"}

    def _faults(self, method: str, arguments: dict) -> list[dict]:
        faults = self._sandbox.faults
        if method == "DELETE":
            faults.clear()
        elif method == "POST":
            faults.plan(**arguments)
        return [asdict(fault) for fault in faults.planned]
