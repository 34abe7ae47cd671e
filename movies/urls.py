from django.urls import path

from movies import views

app_name = "movies"
urlpatterns = [
    path("", views.home, name="home"),
    path("movies/", views.browse, name="browse"),
    path("suggestions/", views.suggestions, name="suggestions"),
    path("movies/<slug:slug>/", views.movie, name="movie"),
]
