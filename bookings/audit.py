from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from bookings.invariants import INVARIANTS, Invariant

# A worker that sleeps for so long is an incident of its own; until then it may still tidy up.
WORKER_MAY_SLEEP_SECONDS = 600
LONGEST_QUERY_MS = 3_600_000
# Money on its way back, or back already.
GOING_BACK = ["created", "at_counter", "pending", "succeeded"]


@dataclass(frozen=True)
class Result:
    """How often an invariant is broken, and where, of the first five."""

    invariant: Invariant
    broken: int
    examples: list[str]


def audit() -> list[Result]:
    """Look for breaches of every invariant; in about a second per 100 000 bookings, however long a page may wait."""
    limits = {
        "going_back": GOING_BACK,
        "nap": WORKER_MAY_SLEEP_SECONDS,
        "grace": settings.BOOKING_GRACE_SECONDS,
        "most_seats": settings.MAX_SEATS_PER_BOOKING,
        "most_showtimes": settings.MAX_SHOWTIMES_HELD,
    }
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = %s", [LONGEST_QUERY_MS])
        try:
            return [look_for(invariant, limits) for invariant in INVARIANTS]
        finally:
            cursor.execute("RESET statement_timeout")  # to what the connection began with


def look_for(invariant: Invariant, limits: dict) -> Result:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), (array_agg(about ORDER BY about))[1:5] FROM ({invariant.sql}) AS breach",  # noqa: S608
            limits,
        )
        broken, examples = cursor.fetchone()
    return Result(invariant, broken, examples or [])
