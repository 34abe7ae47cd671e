"""Trouble on demand: the next requests to a path fail, get lost, or take their time."""

import threading
import time
from collections import defaultdict, deque
from dataclasses import dataclass
from fnmatch import fnmatchcase

from bookings.stripe_sandbox.errors import StripeError

KINDS = {
    "500": "an api_error instead of the work, saved under the idempotency key as Stripe does",
    "503": "an api_error before anything began, not saved",
    "429": "the rate limiter's refusal, not saved",
    "cut": "the work is done, then the connection closes without an answer",
    "hang": "the work is done, then nothing is answered until `seconds` have passed",
    "slow": "the work begins only after `seconds`",
}


@dataclass
class Fault:
    kind: str
    path: str = "*"
    method: str = "POST"
    times: int = 1
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.kind = str(self.kind)
        if self.kind not in KINDS:
            raise ValueError(f"A fault is one of {', '.join(KINDS)}.")


class Faults:
    def __init__(self, rate_limit: int | None = None):
        self.rate_limit = rate_limit
        self._lock = threading.Lock()
        self._planned: list[Fault] = []
        self._recent: dict[str, deque[float]] = defaultdict(deque)

    def plan(self, kind: str, path: str = "*", *, times: int = 1, seconds: float = 0.0, method: str = "POST") -> None:
        """The next `times` requests to `path` (a shell pattern; method "*" for any) meet this fault."""
        with self._lock:
            self._planned.append(Fault(kind, path, method, times, seconds))

    def clear(self) -> None:
        with self._lock:
            self._planned.clear()

    @property
    def planned(self) -> list[Fault]:
        with self._lock:
            return [fault for fault in self._planned if fault.times > 0]

    def take(self, method: str, path: str) -> Fault | None:
        with self._lock:
            for fault in self._planned:
                if fault.times > 0 and fnmatchcase(path, fault.path) and fault.method in (method, "*"):
                    fault.times -= 1
                    return fault
        return None

    def count(self, endpoint: str) -> None:
        """Stripe's limit per endpoint and second; off unless a number is set, so that tests may hurry."""
        if not self.rate_limit:
            return
        with self._lock:
            recent, now = self._recent[endpoint], time.monotonic()
            while recent and recent[0] <= now - 1:
                recent.popleft()
            if len(recent) >= self.rate_limit:
                raise too_many_requests()
            recent.append(now)


def too_many_requests() -> StripeError:
    return StripeError("Too many requests hit the API too quickly. Please back off.", "rate_limit", status=429)


def server_error(status: int) -> StripeError:
    message = "An unknown error occurred on the server side, as planned by a fault."
    return StripeError(message, type="api_error", status=status)
