"""The merchant's account: its clock, its objects, and the events that tell what happened to them."""

import copy
import time

from bookings.stripe_sandbox import objects
from bookings.stripe_sandbox.errors import no_such
from bookings.stripe_sandbox.store import Store
from bookings.stripe_sandbox.webhooks import Webhooks


class Account:
    def __init__(self, store: Store, webhooks: Webhooks):
        self.store = store
        self.webhooks = webhooks
        self.base_url = ""
        self.ahead_by = 0
        self.refunds_start = "succeeded"

    def now(self) -> int:
        return int(time.time()) + self.ahead_by

    def save(self, body: dict) -> None:
        self.store.put(body["object"], body["id"], body)

    def find(self, kind: str, object_id: str | None, param: str = "id", status: int = 404) -> dict:
        found = self.store.get(kind, object_id)
        if found is None:
            raise no_such(kind, object_id or "", param, status)
        return found

    def emit(self, event_type: str, about: dict, caller: dict | None = None, previous: dict | None = None) -> dict:
        """Record an event with the object as it is now; it leaves for the shop once the transaction commits."""
        event = objects.new_event(event_type, copy.deepcopy(about), self.now(), caller, previous)
        with self.store.transaction():
            self.webhooks.schedule(event)
            self.save(event)
        return event
