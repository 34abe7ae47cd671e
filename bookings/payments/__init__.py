"""Stripe Checkout through the official SDK. The only place that imports `stripe`.

Every call that moves money carries an idempotency key that was committed before, so it can be repeated until it is
answered. Nothing here touches the database. Amounts are `Decimal` in the currency's main unit.
"""

from bookings.payments.disputes import DisputeState, fetch_dispute, list_disputes
from bookings.payments.events import EVENT_TYPES, Event, ForgedEvent, list_undelivered, read_event
from bookings.payments.refunds import (
    RefundState,
    fetch_refund,
    find_refund,
    list_refunds,
    refunds_of,
    refunds_of_charge,
    send_orphan_back,
    send_refund,
)
from bookings.payments.sessions import (
    SESSION_LIFE,
    Session,
    end_session,
    expire_session,
    fetch_session,
    list_sessions,
    open_session,
    session_of,
    session_request,
)

__all__ = [
    "EVENT_TYPES",
    "SESSION_LIFE",
    "DisputeState",
    "Event",
    "ForgedEvent",
    "RefundState",
    "Session",
    "end_session",
    "expire_session",
    "fetch_dispute",
    "fetch_refund",
    "fetch_session",
    "find_refund",
    "list_disputes",
    "list_refunds",
    "list_sessions",
    "list_undelivered",
    "open_session",
    "read_event",
    "refunds_of",
    "refunds_of_charge",
    "send_orphan_back",
    "send_refund",
    "session_of",
    "session_request",
]
