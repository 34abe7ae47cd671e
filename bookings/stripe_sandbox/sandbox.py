"""`Sandbox`: the whole stand-in in this process, and the hands of customer, bank and dashboard for tests."""

import threading
from pathlib import Path

from bookings.stripe_sandbox import checkout, disputes, refunds
from bookings.stripe_sandbox.account import Account
from bookings.stripe_sandbox.api import Api, SeenRequest
from bookings.stripe_sandbox.faults import Faults
from bookings.stripe_sandbox.pages import Pages
from bookings.stripe_sandbox.server import Server
from bookings.stripe_sandbox.store import Store
from bookings.stripe_sandbox.webhooks import Webhooks

LIVE_KEYS = ("sk_live_", "rk_live_")


class Sandbox:
    def __init__(
        self,
        *,
        secret_key: str,
        webhook_url: str | None = None,
        webhook_secret: str | None = None,
        data: str | Path = ":memory:",
        port: int = 0,
        later_after: int = 5,
        rate_limit: int | None = None,
    ):
        if not secret_key:
            raise ValueError("The stand-in for Stripe needs a test key: sk_test_ and any letters.")
        if secret_key.startswith(LIVE_KEYS):
            raise ValueError("This is a live Stripe key. The stand-in takes only test keys, such as sk_test_local.")
        if webhook_url and not webhook_secret:
            raise ValueError("The stand-in signs its webhooks, so it needs a webhook secret: whsec_ and any letters.")
        self.store = Store(data)
        self.webhooks = Webhooks(self.store, webhook_url, webhook_secret)
        self.account = Account(self.store, self.webhooks)
        self.faults = Faults(rate_limit)
        self.api = Api(self.account, secret_key, self.faults)
        self.pages = Pages(self.account, later_after)
        self._port = port
        self._server: Server | None = None
        self._stopping = threading.Event()
        self._timer = threading.Thread(target=self._watch_the_clock, daemon=True)

    @property
    def url(self) -> str:
        return self.account.base_url

    def start(self) -> "Sandbox":
        try:
            self._server = self._bind()
        except OSError:
            self.store.close()
            raise
        self.account.base_url = f"http://127.0.0.1:{self._server.server_port}"
        self.store.remember("port", self._server.server_port)
        # Pages of sessions from before a restart must be found where the stand-in is now.
        self.store.run(
            "UPDATE objects SET body = json_set(body, '$.url', ? || '/pay/' || id)"
            " WHERE kind = 'checkout.session' AND json_extract(body, '$.status') = 'open'",
            self.url,
        )
        self._server.start()
        self.webhooks.start()
        self._timer.start()
        return self

    def stop(self) -> None:
        self._stopping.set()
        self.api.stopping.set()
        if self._server:
            self._server.shutdown()
            self._server.server_close()
        if self._timer.ident:
            self._timer.join()
        self.webhooks.stop()
        self.store.close()

    def __enter__(self) -> "Sandbox":
        return self.start()

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    # The customer on the payment page.

    def pay(self, session_id: str, email: str | None = None) -> dict:
        self.webhooks.wait_for_answer(checkout.pay(self.account, session_id, email))
        return self.account.find("checkout.session", session_id)

    def decline(self, session_id: str) -> dict:
        checkout.decline(self.account, session_id)
        return self.account.find("checkout.session", session_id)

    def pay_later(self, session_id: str) -> dict:
        self.webhooks.wait_for_answer(checkout.pay_later(self.account, session_id))
        return self.account.find("checkout.session", session_id)

    # The bank, the clock and the dashboard.

    def settle(self, session_id: str, succeed: bool = True) -> dict:
        checkout.settle(self.account, session_id, succeed)
        return self.account.find("checkout.session", session_id)

    def expire(self, session_id: str) -> dict:
        return checkout.expire(self.account, session_id)

    def fail_refund(self, refund_id: str, reason: str = "unknown") -> dict:
        return refunds.fail(self.account, refund_id, reason)

    def settle_refund(self, refund_id: str) -> dict:
        return refunds.settle(self.account, refund_id)

    def refund_outside(self, payment_intent: str, amount: int | None = None) -> dict:
        params = {"payment_intent": payment_intent} | ({} if amount is None else {"amount": amount})
        return refunds.create(self.account, params)

    def dispute(self, payment_intent: str, reason: str = "fraudulent") -> dict:
        return disputes.open_dispute(self.account, payment_intent, reason)

    def decide_dispute(self, dispute_id: str, outcome: str = "lost") -> dict:
        return disputes.decide(self.account, dispute_id, outcome)

    def advance(self, seconds: int) -> int:
        """Move this account's clock; signatures and retries stay on real time, as the shop's clock does."""
        self.account.ahead_by += seconds
        checkout.catch_up(self.account)
        return self.account.now()

    def edit(self, kind: str, object_id: str, **changes: object) -> dict:
        """Make an object say something it never should, such as another amount than was asked for."""
        with self.store.transaction():
            body = self.account.find(kind, object_id) | changes
            self.account.save(body)
        return body

    def emit(self, event_type: str, about: dict) -> dict:
        return self.account.emit(event_type, about)

    def deliver(self, event: dict | str, times: int = 1, at: int | None = None, secret: str | None = None) -> list[int]:
        found = self.account.find("event", event) if isinstance(event, str) else event
        return self.webhooks.deliver(found, times, at, secret)

    def release(self) -> int:
        return self.webhooks.release()

    def reset(self) -> None:
        self.store.forget_everything()
        self.faults.clear()
        self.api.seen.clear()
        self.webhooks.attempts.clear()
        self.account.ahead_by = 0

    # What happened so far, oldest first.

    @property
    def events(self) -> list[dict]:
        return self.store.find("event")

    @property
    def sessions(self) -> list[dict]:
        return self.store.find("checkout.session")

    @property
    def refunds(self) -> list[dict]:
        return self.store.find("refund")

    @property
    def requests(self) -> list[SeenRequest]:
        return list(self.api.seen)

    @property
    def deliveries(self) -> list[dict]:
        return list(self.webhooks.attempts)

    def _bind(self) -> Server:
        """The port of last time, if still free: links to payment pages then survive a restart."""
        remembered = self.store.recall("port")
        if not self._port and remembered:
            try:
                return Server(remembered, self)
            except OSError:
                pass
        return Server(self._port, self)

    def _watch_the_clock(self) -> None:
        while not self._stopping.wait(0.25):
            checkout.catch_up(self.account)
