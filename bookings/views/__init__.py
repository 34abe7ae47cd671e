from bookings.views.bookings import booking, bookings, calendar, cancel, pay, return_from_payment, tickets, tickets_pdf
from bookings.views.box_office import box_office
from bookings.views.checkout import checkout
from bookings.views.counter import counter, counter_release, counter_sale, counter_seats
from bookings.views.counter_bookings import (
    counter_booking,
    counter_find,
    counter_pay_out,
    counter_refund,
    counter_reprint,
    counter_tickets,
)
from bookings.views.door import door, door_place, door_search, door_undo
from bookings.views.door_phone import door_keys, door_offline, door_revoked, door_scans, door_today, door_worker
from bookings.views.film_weeks import close_film_week, film_weeks
from bookings.views.privacy import erase_data, export_data, privacy, your_data
from bookings.views.reports import report, reports, stop_report, subscribe_report
from bookings.views.seat_feeds import best_seats, seat_states, seat_stream
from bookings.views.seats import hold, release, seat_map
from bookings.views.shifts import cash_up, shift, shift_movement, shift_report, shifts
from bookings.views.waiting import leave_by_mail, leave_waiting, waiting_list

__all__ = [
    "best_seats",
    "booking",
    "bookings",
    "box_office",
    "calendar",
    "cancel",
    "cash_up",
    "checkout",
    "close_film_week",
    "counter",
    "counter_booking",
    "counter_find",
    "counter_pay_out",
    "counter_refund",
    "counter_release",
    "counter_reprint",
    "counter_sale",
    "counter_seats",
    "counter_tickets",
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
    "film_weeks",
    "hold",
    "leave_by_mail",
    "leave_waiting",
    "pay",
    "privacy",
    "release",
    "report",
    "reports",
    "return_from_payment",
    "seat_map",
    "seat_states",
    "seat_stream",
    "shift",
    "shift_movement",
    "shift_report",
    "shifts",
    "stop_report",
    "subscribe_report",
    "tickets",
    "tickets_pdf",
    "waiting_list",
    "your_data",
]
