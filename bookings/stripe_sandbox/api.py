"""The API under /v1: authenticate, limit, replay, check the contract, then do the work once."""

import base64
import json
import logging
import re
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from urllib.parse import parse_qsl

from bookings.stripe_sandbox import checkout, contract, endpoints, limits, objects
from bookings.stripe_sandbox.account import Account
from bookings.stripe_sandbox.errors import StripeError
from bookings.stripe_sandbox.expansion import expand
from bookings.stripe_sandbox.faults import Fault, Faults, server_error, too_many_requests
from bookings.stripe_sandbox.forms import decode
from bookings.stripe_sandbox.idempotency import IdempotencyKeys

logger = logging.getLogger(__name__)


@dataclass
class SeenRequest:
    method: str
    path: str
    body: str
    idempotency_key: str | None
    id: str = field(default_factory=lambda: objects.new_id("req", 14))
    params: dict = field(default_factory=dict)
    violations: list[dict] = field(default_factory=list)
    status: int | None = None
    replayed: bool = False


@dataclass
class Answer:
    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)
    lost: bool = False


class Api:
    def __init__(self, account: Account, secret_key: str, faults: Faults):
        self.seen: deque[SeenRequest] = deque(maxlen=10_000)
        self.stopping = threading.Event()
        self._account = account
        self._secret_key = secret_key
        self._faults = faults
        self._keys = IdempotencyKeys(account.store, account.now)

    def answer(self, method: str, path: str, text: str, header: Callable[[str], str | None]) -> Answer:
        """`text` is the form: the body of a POST, the query of a GET."""
        key = header("Idempotency-Key") if method == "POST" else None
        seen = SeenRequest(method, path, text, key)
        self.seen.append(seen)
        fault = None
        try:
            self._authenticate(header("Authorization"))
            route, ids = endpoints.find(method, path)
            fault = self._faults.take(method, path)
            if fault and fault.kind == "429":
                raise too_many_requests()
            self._faults.count(f"{method} {route.pattern}")
            answer = self._once(route, ids, seen, fault)
        except StripeError as error:
            answer = Answer(error.status, json.dumps(error.as_body(seen.id)))
        return self._send_off(answer, seen, fault)

    def _authenticate(self, credentials: str | None) -> None:
        kind, _, key = (credentials or "").partition(" ")
        if kind == "Basic":
            try:
                key = base64.b64decode(key).decode().partition(":")[0]
            except ValueError:
                key = ""
        if not key:
            raise StripeError("You did not provide an API key.", status=401)
        if key != self._secret_key:
            raise StripeError(f"Invalid API Key provided: {key[:8]}****{key[-4:]}", status=401)

    def _once(self, route: endpoints.Route, ids: list[str], seen: SeenRequest, fault: Fault | None) -> Answer:
        pairs = sorted(parse_qsl(seen.body, keep_blank_values=True))
        fingerprint = json.dumps([seen.path, pairs])
        with self._keys.claim(seen.idempotency_key, fingerprint) as saved:
            if saved:
                seen.replayed = True
                return Answer(*saved)
            if fault and fault.kind == "slow":
                self.stopping.wait(fault.seconds)
            if fault and fault.kind == "503":
                raise server_error(503)
            # A parameter error is answered before the endpoint begins, hence not saved under the key.
            self._read_params(route, seen)
            checkout.catch_up(self._account)
            try:
                with self._account.store.transaction():
                    if fault and fault.kind == "500":
                        raise server_error(500)
                    caller = {"id": seen.id, "idempotency_key": seen.idempotency_key}
                    result = route.work(self._account, seen.params, ids, caller)
                    result = expand(self._account, result, seen.params.get("expand", []))
                    body = json.dumps(result)
                    self._keys.save(seen.idempotency_key, fingerprint, 200, body)
                return Answer(200, body)
            except StripeError as error:
                body = json.dumps(error.as_body(seen.id))
                self._keys.save(seen.idempotency_key, fingerprint, error.status, body)
                return Answer(error.status, body)

    def _read_params(self, route: endpoints.Route, seen: SeenRequest) -> None:
        try:
            seen.params, found = contract.check(decode(seen.body), route.params)
        except StripeError as error:
            found = [contract.Violation(error.message, error.code, error.param)]
        else:
            found += self._check_limits(route, seen.params)
        if found:
            seen.violations = [asdict(violation) for violation in found]
            for violation in found:
                logger.warning("%s %s breaks the contract: %s", seen.method, seen.path, violation.message)
            raise found[0].as_error()

    def _check_limits(self, route: endpoints.Route, params: dict) -> list[contract.Violation]:
        if route.work is endpoints.create_session:
            return limits.check_session(params, self._account.now())
        if route.work is endpoints.create_refund:
            return limits.check_refund(params)
        return limits.check_page(params)

    def _send_off(self, answer: Answer, seen: SeenRequest, fault: Fault | None) -> Answer:
        seen.status = answer.status
        answer.headers |= {"Request-Id": seen.id, "Content-Type": "application/json"}
        if seen.idempotency_key and re.fullmatch(r"[\x20-\x7e]+", seen.idempotency_key):
            answer.headers["Idempotency-Key"] = seen.idempotency_key
        if seen.replayed:
            answer.headers["Idempotent-Replayed"] = "true"
        if fault and fault.kind in ("cut", "hang"):
            answer.lost = True
            self.stopping.wait(fault.seconds if fault.kind == "hang" else 0)
        return answer
