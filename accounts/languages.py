"""In which language somebody reads: their cookie says it on pages, their account in mails."""

from django.conf import settings
from django.utils.translation import get_language


def known_language(code: str) -> str:
    """The code, if the shop speaks that language, else nothing."""
    return code if code in dict(settings.LANGUAGES) else ""


def keep(response, code: str):
    """For this browser, a year."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,
    )
    return response


def write_to(user, code: str = "") -> None:
    """Mails to a person come in the language in which they read, or have read last."""
    code = code or known_language(get_language() or "")
    if code and user.is_authenticated and user.language != code:
        user.language = code
        user.save(update_fields=["language"])
