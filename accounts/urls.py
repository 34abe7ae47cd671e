from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("login/", views.login),  # before allauth's, whose name for it stays
    path("profile/", views.profile, name="profile"),
    path("language/", views.choose_language, name="choose_language"),
]
