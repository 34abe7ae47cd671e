"""What search engines may show, and under which address: https://developers.google.com/search/docs"""

from urllib.parse import urlencode, urljoin

from django.conf import settings
from django.http import HttpResponse
from django.templatetags.static import static
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

# Pages for anybody who searches, and which of their questions make another page of them; all others only choose a day,
# an order or a language of the same one.
SHOWN = {
    "movies:home": (),
    "movies:browse": ("genre", "language", "format", "city", "need", "page"),
    "movies:movie": (),
    "theaters:theaters": (),
    "theaters:theater": (),
    "bookings:privacy": (),
}
PICTURES = "moviebooking.files.media"
# https://ogp.me/#optional
LOCALES = {"en": "en_US", "ar": "ar_AR"}
NOT_TO_BE_FETCHED = """
/accounts/
/admin/
/bookings/
/box-office/
/city/
/door/
/showtimes/*/best.json
/showtimes/*/checkout/
/showtimes/*/hold/
/showtimes/*/queue.json
/showtimes/*/queue/
/showtimes/*/release/
/showtimes/*/seats.json
/showtimes/*/seats.stream
/stripe/
/suggestions/
/theme/
""".split()


def keep_out(get_response):
    """Middleware: what is not made for search engines says so in its head, whatever it is."""

    def middleware(request):
        response = get_response(request)
        match = request.resolver_match
        if match and match.view_name not in SHOWN and match.view_name != PICTURES:
            response.headers.setdefault("X-Robots-Tag", "noindex")
        return response

    return middleware


def addresses(request) -> dict:
    """For the head of a page that may be shown: its one address, and that in each language; else nothing."""
    match = getattr(request, "resolver_match", None)
    if not match or match.view_name not in SHOWN:
        return {}
    questions = [
        (name, value)
        for name in SHOWN[match.view_name]
        for value in sorted(request.GET.getlist(name))
        if value and (name, value) != ("page", "1")
    ]
    plain = address(request.path, questions)
    languages = {code: address(request.path, [*questions, ("lang", code)]) for code, _name in settings.LANGUAGES}
    languages[settings.LANGUAGE_CODE] = plain
    return {
        "canonical": languages.get(get_language(), plain),
        "languages": [*languages.items(), ("x-default", plain)],
        "picture": urljoin(settings.SITE_URL, static("img/icon-512.png")),
        "locale": LOCALES.get(get_language(), ""),
    }


def address(path: str, questions: list) -> str:
    return f"{settings.SITE_URL}{path}?{urlencode(questions)}".rstrip("?")


@require_safe
@cache_control(public=True, max_age=3600)
def robots_txt(request):
    """The seat maps are not among them: only who fetches one reads that it is not to be shown, or is over."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in NOT_TO_BE_FETCHED)]
    lines += ["", f"Sitemap: {settings.SITE_URL}/sitemap.xml", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
