"""Delivery of events to the shop: signed, repeated until answered with 2xx, remembered across restarts."""

import http.client
import json
import random
import threading
import time
from collections import deque
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from stripe import WebhookSignature

from bookings.stripe_sandbox.store import Store

LONGEST_PAUSE = 240
GIVE_UP_AFTER = 3 * 24 * 60 * 60
ANSWER_TIMEOUT = 20


def sign(payload: str, secrets: Iterable[str], at: int) -> str:
    """`t=…,v1=…,v1=…`: one v1 for each secret, as while a secret is being rolled."""
    headers = [WebhookSignature.generate_signature_header(payload, secret, at) for secret in secrets]
    return ",".join([f"t={at}", *(header.split(",", 1)[1] for header in headers)])


class Webhooks:
    """Where events go and how well: `mode` is "now", "delay:SECONDS", "hold" or "lose"."""

    def __init__(self, store: Store, url: str | None, secret: str | None):
        self.url = url
        self.secret = secret or ""
        self.copies = 1
        self.shuffle = False
        self.answer_wait = 10.0
        self.attempts: deque[dict] = deque(maxlen=10_000)
        self._mode = "now"
        self._store = store
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._answered = threading.Condition()
        self._answered_events: set[str] = set()
        self._sending: set[int] = set()
        self._threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="webhook")
        self._clerk = threading.Thread(target=self._deliver_when_due, daemon=True)

    @property
    def mode(self) -> str:
        return self._mode

    @mode.setter
    def mode(self, mode: str) -> None:
        word, _, seconds = mode.partition(":")
        if word not in ("now", "hold", "lose", "delay") or (word == "delay") != bool(seconds):
            raise ValueError('The mode of delivery is "now", "delay:SECONDS", "hold" or "lose".')
        float(seconds or 0)
        self._mode = mode

    def start(self) -> None:
        self._clerk.start()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()
        if self._clerk.ident:
            self._clerk.join()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def schedule(self, event: dict) -> None:
        """Called inside the transaction that made the event, so neither exists without the other."""
        if not self.url:
            event["pending_webhooks"] = 0
            return
        if self.mode == "lose":
            return
        pause = float(self.mode.partition(":")[2] or 0)
        for _ in range(self.copies):
            jitter = random.uniform(0, 0.5) if self.shuffle else 0  # noqa: S311
            due_at = None if self.mode == "hold" else time.time() + pause + jitter
            self._store.run("INSERT INTO deliveries (event, due_at) VALUES (?, ?)", event["id"], due_at)
        self._wake.set()

    def release(self) -> int:
        """Let go of everything that is on hold; returns how many deliveries that was."""
        sql = "UPDATE deliveries SET due_at = ? WHERE due_at IS NULL AND ended_at IS NULL"
        released = self._store.run(sql, time.time())
        self._wake.set()
        return released

    def wait_for_answer(self, event: dict) -> bool:
        """Hold the customer back until the shop has answered, in whatever way, or has taken too long."""
        if not self.url or self.mode != "now":
            return False
        with self._answered:
            return self._answered.wait_for(lambda: event["id"] in self._answered_events, self.answer_wait)

    def deliver(self, event: dict, times: int = 1, at: int | None = None, secret: str | None = None) -> list[int]:
        """Send by hand, all copies at the same moment; the statuses answered, 0 where there was no answer."""
        start = threading.Barrier(times)

        def send(_: int) -> int:
            start.wait()
            return self._send(event, at, secret)

        with ThreadPoolExecutor(max_workers=times) as senders:
            return list(senders.map(send, range(times)))

    def _deliver_when_due(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait(0.1)
            self._wake.clear()
            due = self._store.rows(
                "SELECT * FROM deliveries WHERE ended_at IS NULL AND due_at <= ? ORDER BY due_at, id", time.time()
            )
            for row in due:
                if row["id"] not in self._sending and not self._stopping.is_set():
                    self._sending.add(row["id"])
                    self._threads.submit(self._attempt, dict(row))

    def _attempt(self, delivery: dict) -> None:
        try:
            event = self._store.get("event", delivery["event"])
            # A reset may have swept the event away while its delivery was waiting for a thread.
            if event is not None and not self._stopping.is_set():
                self._note(delivery, event, self._send(event))
        finally:
            self._sending.discard(delivery["id"])

    def _note(self, delivery: dict, event: dict, status: int) -> None:
        now, attempts = time.time(), delivery["attempts"] + 1
        delivered = 200 <= status < 300
        given_up = now > event["created"] + GIVE_UP_AFTER
        due_at = now + min(2 ** delivery["attempts"], LONGEST_PAUSE)
        ended_at = now if delivered or given_up else None
        sql = "UPDATE deliveries SET attempts = ?, due_at = ?, ended_at = ? WHERE id = ? AND ended_at IS NULL"
        self._store.run(sql, attempts, due_at, ended_at, delivery["id"])

    def _send(self, event: dict, at: int | None = None, secret: str | None = None) -> int:
        payload = json.dumps(event, indent=2)
        # Each attempt is signed afresh: the shop refuses a signature older than five minutes.
        signed_at = int(time.time()) if at is None else at
        secrets = [word.strip() for word in (self.secret if secret is None else secret).split(",")]
        status = post(self.url, payload, sign(payload, secrets, signed_at)) if self.url else 0
        self.attempts.append({"event": event["id"], "type": event["type"], "status": status, "at": time.time()})
        if 200 <= status < 300:
            self._mark_delivered(event["id"])
        with self._answered:
            self._answered_events.add(event["id"])
            self._answered.notify_all()
        return status

    def _mark_delivered(self, event_id: str) -> None:
        sql = "UPDATE objects SET body = json_set(body, '$.pending_webhooks', 0) WHERE kind = 'event' AND id = ?"
        self._store.run(sql, event_id)
        # What was on hold and has now been delivered by hand must not go out once more on release.
        held = "UPDATE deliveries SET ended_at = ? WHERE event = ? AND due_at IS NULL AND ended_at IS NULL"
        self._store.run(held, time.time(), event_id)


def post(url: str, payload: str, signature: str) -> int:
    """Redirects are not followed: for a webhook they are failures."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signature,
        "User-Agent": "moviebooking-stripe-stand-in",
    }
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = kind(parts.hostname, parts.port, timeout=ANSWER_TIMEOUT)
    try:
        connection.request("POST", target, payload.encode(), headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
