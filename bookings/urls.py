from django.urls import path

from bookings import views, webhooks

app_name = "bookings"
urlpatterns = [
    path("showtimes/<int:pk>/seats/", views.seat_map, name="seat_map"),
    path("showtimes/<int:pk>/seats.json", views.seat_states, name="seat_states"),
    path("showtimes/<int:pk>/hold/", views.hold, name="hold"),
    path("showtimes/<int:pk>/release/", views.release, name="release"),
    path("showtimes/<int:pk>/checkout/", views.checkout, name="checkout"),
    path("bookings/", views.bookings, name="bookings"),
    path("bookings/<slug:reference>/", views.booking, name="booking"),
    path("bookings/<slug:reference>/pay/", views.pay, name="pay"),
    path("bookings/<slug:reference>/return/", views.return_from_payment, name="return"),
    path("bookings/<slug:reference>/cancel/", views.cancel, name="cancel"),
    path("bookings/<slug:reference>/tickets/", views.tickets, name="tickets"),
    path("bookings/<slug:reference>/tickets.pdf", views.tickets_pdf, name="tickets_pdf"),
    path("bookings/<slug:reference>/calendar.ics", views.calendar, name="calendar"),
    path("privacy/", views.privacy, name="privacy"),
    path("accounts/data/", views.your_data, name="your_data"),
    path("accounts/data/export/", views.export_data, name="export_data"),
    path("accounts/data/erase/", views.erase_data, name="erase_data"),
    path("door/", views.door, name="door"),
    path("door/place/", views.door_place, name="door_place"),
    path("door/undo/", views.door_undo, name="door_undo"),
    path("door/search/", views.door_search, name="door_search"),
    path("door/scans/", views.door_scans, name="door_scans"),
    path("door/offline/", views.door_offline, name="door_offline"),
    path("door/worker.js", views.door_worker, name="door_worker"),
    path("door/keys.json", views.door_keys, name="door_keys"),
    path("door/revoked.json", views.door_revoked, name="door_revoked"),
    path("door/today.json", views.door_today, name="door_today"),
    path("stripe/webhook/", webhooks.stripe_webhook, name="stripe_webhook"),
]
