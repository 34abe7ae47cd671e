"""A shop whose booking page breaks."""

from django.urls import path

from tests.moviebooking.test_logging import explode

urlpatterns = [path("bookings/<slug:reference>/", explode)]
