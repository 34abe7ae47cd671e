from django.urls import path

from movies import list_views, views

app_name = "movies"
urlpatterns = [
    path("", views.home, name="home"),
    path("movies/", views.browse, name="browse"),
    path("suggestions/", views.suggestions, name="suggestions"),
    path("movies/<slug:slug>/", views.movie, name="movie"),
    path("movies/<slug:slug>/reviews/", views.reviews, name="reviews"),
    path("movies/<slug:slug>/watch/", list_views.watch, name="watch"),
    path("watchlist/", list_views.watchlist, name="watchlist"),
    path("watchlist/lists/", list_views.create_list, name="create_list"),
    path("watchlist/lists/<int:pk>/", list_views.movie_list, name="list"),
    path("watchlist/lists/<int:pk>/add/", list_views.add_to_list, name="add_to_list"),
    path("watchlist/lists/<int:pk>/movies/<int:entry>/", list_views.listed_movie, name="listed_movie"),
    path("watchlist/lists/<int:pk>/share/", list_views.share_list, name="share_list"),
    path("watchlist/lists/<int:pk>/delete/", list_views.delete_list, name="delete_list"),
    path("lists/<str:key>/", list_views.shared_list, name="shared_list"),
]
