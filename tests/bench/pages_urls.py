from django.http import HttpResponse
from django.urls import path

from moviebooking import urls


def hello(request):
    return HttpResponse("ok")


handler400, handler429, handler500 = urls.handler400, urls.handler429, urls.handler500
urlpatterns = [path("hello", hello), *urls.urlpatterns]
