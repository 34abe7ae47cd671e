from bookings.views.bookings import booking, bookings, calendar, cancel, pay, return_from_payment, tickets, tickets_pdf
from bookings.views.checkout import checkout
from bookings.views.door import door, door_keys, door_place, door_revoked, door_undo
from bookings.views.film_weeks import close_film_week, film_weeks
from bookings.views.privacy import erase_data, export_data, privacy, your_data
from bookings.views.reports import report, reports, stop_report, subscribe_report
from bookings.views.seats import hold, release, seat_map, seat_states

__all__ = [
    "booking",
    "bookings",
    "calendar",
    "cancel",
    "checkout",
    "close_film_week",
    "door",
    "door_keys",
    "door_place",
    "door_revoked",
    "door_undo",
    "erase_data",
    "export_data",
    "film_weeks",
    "hold",
    "pay",
    "privacy",
    "release",
    "report",
    "reports",
    "return_from_payment",
    "seat_map",
    "seat_states",
    "stop_report",
    "subscribe_report",
    "tickets",
    "tickets_pdf",
    "your_data",
]
