from bookings.views.bookings import booking, bookings, calendar, cancel, pay, return_from_payment, tickets, tickets_pdf
from bookings.views.checkout import checkout
from bookings.views.door import door, door_place, door_search, door_undo
from bookings.views.door_phone import door_keys, door_offline, door_revoked, door_scans, door_today, door_worker
from bookings.views.privacy import erase_data, export_data, privacy, your_data
from bookings.views.seats import hold, release, seat_map, seat_states

__all__ = [
    "booking",
    "bookings",
    "calendar",
    "cancel",
    "checkout",
    "door",
    "door_keys",
    "door_offline",
    "door_place",
    "door_revoked",
    "door_scans",
    "door_search",
    "door_today",
    "door_undo",
    "door_worker",
    "erase_data",
    "export_data",
    "hold",
    "pay",
    "privacy",
    "release",
    "return_from_payment",
    "seat_map",
    "seat_states",
    "tickets",
    "tickets_pdf",
    "your_data",
]
