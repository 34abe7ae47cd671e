"""The programme for machines: JSON, calendars, the sitemap. The same for everybody, whoever asks."""

from functools import wraps

from django.contrib.sitemaps.views import SitemapIndexItem
from django.contrib.sitemaps.views import sitemap as page_of_sitemap
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from bookings.open_data.calendars import calendar_of
from bookings.open_data.showtimes import absolute, describe, showtimes_ahead
from bookings.open_data.sitemap import PublicPages
from movies.models import Movie
from theaters.models import Theater

ON_A_PAGE = 200


def open_data(view):
    """Pages of any site may read it; for a minute nobody need ask again, and then only whether it has changed."""

    @require_safe
    @wraps(view)
    def opened(request, *args, **kwargs):
        response = conditional_page(view)(request, *args, **kwargs)
        patch_cache_control(response, public=True, max_age=60)
        response["Access-Control-Allow-Origin"] = "*"
        response["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    return opened


@open_data
def showtimes_json(request):
    return as_json(request, showtimes_ahead())


@open_data
def movie_json(request, slug):
    return as_json(request, showtimes_ahead().filter(movie=get_object_or_404(Movie, slug=slug)))


@open_data
def movie_calendar(request, slug):
    movie = get_object_or_404(Movie, slug=slug)
    return as_calendar(movie.title, showtimes_ahead().filter(movie=movie))


@open_data
def theater_json(request, slug):
    return as_json(request, showtimes_ahead().filter(screen__theater=get_object_or_404(Theater, slug=slug)))


@open_data
def theater_calendar(request, slug):
    theater = get_object_or_404(Theater, slug=slug)
    return as_calendar(theater.name, showtimes_ahead().filter(screen__theater=theater))


def as_json(request, showtimes):
    page = Paginator(showtimes, ON_A_PAGE).get_page(request.GET.get("page"))
    further = absolute(f"{request.path}?page={page.next_page_number()}") if page.has_next() else None
    return JsonResponse({"showtimes": describe(page), "next": further})


def as_calendar(name, showtimes):
    return HttpResponse(calendar_of(name, describe(showtimes)), content_type="text/calendar; charset=utf-8")


@require_safe
@cache_control(public=True, max_age=3600)
def sitemap(request):
    """One file, as long as one holds all pages; else a list of such files."""
    pages = PublicPages()
    if "p" in request.GET or pages.paginator.num_pages == 1:
        return page_of_sitemap(request, {"pages": pages})
    here = absolute(reverse("bookings:sitemap"))
    files = [SitemapIndexItem(f"{here}?p={number}") for number in pages.paginator.page_range]
    return render(request, "sitemap_index.xml", {"sitemaps": files}, content_type="application/xml")
