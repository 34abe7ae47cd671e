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
    path("bookings/<str:reference>/", views.booking, name="booking"),
    path("bookings/<str:reference>/pay/", views.pay, name="pay"),
    path("bookings/<str:reference>/return/", views.return_from_payment, name="return"),
    path("bookings/<str:reference>/cancel/", views.cancel, name="cancel"),
    path("bookings/<str:reference>/tickets/", views.tickets, name="tickets"),
    path("bookings/<str:reference>/tickets.pdf", views.tickets_pdf, name="tickets_pdf"),
    path("bookings/<str:reference>/calendar.ics", views.calendar, name="calendar"),
    path("door/", views.door, name="door"),
    path("stripe/webhook/", webhooks.stripe_webhook, name="stripe_webhook"),
]
