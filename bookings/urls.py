from django.contrib import admin
from django.urls import path

from bookings import views, webhooks

office = admin.site.admin_view
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
    path("door/keys.json", views.door_keys, name="door_keys"),
    path("door/revoked.json", views.door_revoked, name="door_revoked"),
    path("admin/bookings/reports/", office(views.reports), name="reports"),
    path("admin/bookings/reports/film-weeks/", office(views.film_weeks), name="film_weeks"),
    path("admin/bookings/reports/film-weeks/close/", office(views.close_film_week), name="close_film_week"),
    path("admin/bookings/reports/subscriptions/<int:pk>/stop/", office(views.stop_report), name="stop_report"),
    path("admin/bookings/reports/<slug:slug>/", office(views.report), name="report"),
    path("admin/bookings/reports/<slug:slug>/subscribe/", office(views.subscribe_report), name="subscribe_report"),
    path("stripe/webhook/", webhooks.stripe_webhook, name="stripe_webhook"),
]
