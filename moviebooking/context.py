from functools import partial

from django.conf import settings

from moviebooking.health import redis_is_away
from moviebooking.search_engines import addresses
from moviebooking.themes import theme_of


def site(request):
    return {
        "site_name": settings.SITE_NAME,
        "search_engines": partial(addresses, request),
        "theme": theme_of(request),
        "google_login": bool(settings.GOOGLE_CLIENT_ID),
        "redis_is_away": redis_is_away,  # asked only where a template asks, that is for staff
    }
