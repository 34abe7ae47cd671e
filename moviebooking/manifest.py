"""What a phone needs to put the shop on its home screen: https://www.w3.org/TR/appmanifest/"""

from django.conf import settings
from django.http import JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, get_language_bidi
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe


@require_safe
@cache_control(private=True, max_age=3600)
def manifest(request):
    home = reverse("movies:home")
    words = {
        "id": home,
        "name": settings.SITE_NAME,
        "lang": get_language(),
        "dir": "rtl" if get_language_bidi() else "ltr",
        "start_url": home,
        "scope": home,
        "display": "minimal-ui",
        "background_color": "#2b1236",
        "theme_color": "#2b1236",
        "icons": [
            icon("favicon.svg", "any", "image/svg+xml"),
            icon("icon-192.png", "192x192"),
            icon("icon-512.png", "512x512"),
            icon("icon-maskable-512.png", "512x512", purpose="maskable"),
        ],
    }
    return JsonResponse(words, content_type="application/manifest+json")


def icon(name: str, sizes: str, kind: str = "image/png", purpose: str = "any") -> dict:
    return {"src": static(f"img/{name}"), "sizes": sizes, "type": kind, "purpose": purpose}
