"""The office: find a booking, see everything about it, cancel it with its refund, send the tickets again.

Nothing here is edited by hand: seats and money change by the same flows that customers use.
"""

from bookings.admin import (
    bookings,
    breaking_off,
    calling_off,
    film_weeks,
    inspections,
    moving,
    outbox,
    promos,
    records,
    releases,
    waiting,
)

__all__ = [
    "bookings",
    "breaking_off",
    "calling_off",
    "film_weeks",
    "inspections",
    "moving",
    "outbox",
    "promos",
    "records",
    "releases",
    "waiting",
]
