"""The office: find a booking, see everything about it, cancel it with its refund, send the tickets again.

Nothing here is edited by hand: seats and money change by the same flows that customers use.
"""

from bookings.admin import bookings, calling_off, film_weeks, inspections, outbox, promos, records

__all__ = ["bookings", "calling_off", "film_weeks", "inspections", "outbox", "promos", "records"]
