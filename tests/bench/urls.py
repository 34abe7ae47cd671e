from django.http import HttpResponse
from django.urls import include, path


def hello(request):
    return HttpResponse("ok")


def hello_signed_in(request):
    return HttpResponse("ok" if request.user.is_authenticated else "who are you?")


urlpatterns = [
    path("bench/hello/", hello),
    path("bench/hello/signed-in/", hello_signed_in),
    path("", include("moviebooking.urls")),
]
