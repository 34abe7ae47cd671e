"""One key, one effect: the first answer to a key is kept for a day and given again."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bookings.stripe_sandbox.errors import StripeError
from bookings.stripe_sandbox.store import Store

DAY = 24 * 60 * 60


class IdempotencyKeys:
    def __init__(self, store: Store, now: Callable[[], int]):
        self._store = store
        self._now = now
        self._lock = threading.Lock()
        self._in_use: set[str] = set()

    @contextmanager
    def claim(self, key: str | None, fingerprint: str) -> Iterator[tuple[int, str] | None]:
        """Yields the saved answer, or None when the work is still to be done."""
        if key is None:
            yield None
            return
        with self._lock:
            if key in self._in_use:
                raise _in_use(key)
            saved = self._saved(key, fingerprint)
            self._in_use.add(key)
        try:
            yield saved
        finally:
            with self._lock:
                self._in_use.discard(key)

    def save(self, key: str | None, fingerprint: str, status: int, body: str) -> None:
        if key is not None:
            sql = "INSERT OR REPLACE INTO idempotency_keys VALUES (?, ?, ?, ?, ?)"
            self._store.run(sql, key, fingerprint, status, body, self._now())

    def _saved(self, key: str, fingerprint: str) -> tuple[int, str] | None:
        if len(key) > 255:
            raise StripeError("Idempotency keys can be at most 255 characters long.", type="idempotency_error")
        found = self._store.rows("SELECT * FROM idempotency_keys WHERE key = ?", key)
        # After a day the same key is a new request: nobody may rely on it for longer.
        if not found or found[0]["saved_at"] <= self._now() - DAY:
            return None
        if found[0]["fingerprint"] != fingerprint:
            raise StripeError(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                f"Try using a key other than '{key}' if you meant to execute a different request.",
                type="idempotency_error",
            )
        return found[0]["status"], found[0]["body"]


def _in_use(key: str) -> StripeError:
    return StripeError(
        f"There is currently another in-progress request using this Stripe-Idempotency-Key ({key}).",
        "idempotency_key_in_use",
        type="idempotency_error",
        status=409,
    )
