from django.urls import path

from theaters import views

app_name = "theaters"
urlpatterns = [
    path("theaters/", views.theaters, name="theaters"),
    path("theaters/<slug:slug>/", views.theater, name="theater"),
    path("access/", views.access, name="access"),
    path("city/", views.choose_city, name="choose_city"),
]
