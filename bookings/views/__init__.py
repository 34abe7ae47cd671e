from bookings.views.bookings import (
    booking,
    bookings,
    calendar,
    cancel,
    cancel_seats,
    pay,
    return_from_payment,
    tickets,
    tickets_pdf,
)
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
from bookings.views.counter_queue import counter_queue
from bookings.views.door import door, door_place, door_search, door_undo
from bookings.views.door_phone import door_keys, door_offline, door_revoked, door_scans, door_today, door_worker
from bookings.views.exchanges import exchange, exchange_checkout, exchange_seats
from bookings.views.feeds import movie_calendar, movie_json, showtimes_json, sitemap, theater_calendar, theater_json
from bookings.views.film_weeks import close_film_week, film_weeks
from bookings.views.openings import opening, stop_opening, tell_me
from bookings.views.privacy import erase_data, export_data, privacy, your_data
from bookings.views.push import push
from bookings.views.reports import report, reports, stop_report, subscribe_report
from bookings.views.reviews import delete_review, review
from bookings.views.seat_feeds import best_seats, seat_states, seat_stream
from bookings.views.seats import hold, release, seat_map
from bookings.views.shared_tickets import find, opened, share, shared, shared_calendar, take_back
from bookings.views.shifts import cash_up, shift, shift_movement, shift_report, shifts
from bookings.views.ticket_pages import tickets_worker
from bookings.views.waiting import leave_by_mail, leave_waiting, waiting_list
from bookings.views.waiting_room import leave_queue, queue_place
from bookings.views.wallets import apple_wallet, google_wallet, shared_apple_wallet, shared_google_wallet

__all__ = [
    "apple_wallet",
    "best_seats",
    "booking",
    "bookings",
    "box_office",
    "calendar",
    "cancel",
    "cancel_seats",
    "cash_up",
    "checkout",
    "close_film_week",
    "counter",
    "counter_booking",
    "counter_find",
    "counter_pay_out",
    "counter_queue",
    "counter_refund",
    "counter_release",
    "counter_reprint",
    "counter_sale",
    "counter_seats",
    "counter_tickets",
    "delete_review",
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
    "exchange",
    "exchange_checkout",
    "exchange_seats",
    "export_data",
    "film_weeks",
    "find",
    "google_wallet",
    "hold",
    "leave_by_mail",
    "leave_queue",
    "leave_waiting",
    "movie_calendar",
    "movie_json",
    "opened",
    "opening",
    "pay",
    "privacy",
    "push",
    "queue_place",
    "release",
    "report",
    "reports",
    "return_from_payment",
    "review",
    "seat_map",
    "seat_states",
    "seat_stream",
    "share",
    "shared",
    "shared_apple_wallet",
    "shared_calendar",
    "shared_google_wallet",
    "shift",
    "shift_movement",
    "shift_report",
    "shifts",
    "showtimes_json",
    "sitemap",
    "stop_opening",
    "stop_report",
    "subscribe_report",
    "take_back",
    "tell_me",
    "theater_calendar",
    "theater_json",
    "tickets",
    "tickets_pdf",
    "tickets_worker",
    "waiting_list",
    "your_data",
]
