"""Reads the environment; what is missing or makes no sense stops the start with a sentence that names it."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}
# They say so themselves. Their disks are new after every restart.
PLATFORMS = {"DYNO": "Heroku", "RENDER": "Render"}

# A platform's build collects the static files, perhaps before it is told anything. What it collects is for production
# and depends on none of this; what is missing stops the release.
if sys.argv[1:2] == ["collectstatic"]:
    os.environ |= {
        "DEBUG": "0",
        "SECRET_KEY": "nothing-is-signed-while-a-build-collects-static-files-0123456789",
        "SITE_URL": "https://build.invalid",
        "ALLOWED_HOSTS": "build.invalid",
        "DATABASE_URL": "postgresql://build.invalid/none",
        "REDIS_URL": "redis://build.invalid",
        "STRIPE_SECRET_KEY": "sk_test_build",
        "STRIPE_WEBHOOK_SECRET": "whsec_build",
        "EMAIL_URL": "dummy://",
        "AWS_STORAGE_BUCKET_NAME": "build",
        "AWS_ACCESS_KEY_ID": "build",
        "AWS_SECRET_ACCESS_KEY": "build",
    }


def text(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, "").strip() or default
    if value is None:
        raise ImproperlyConfigured(
            f"{name} is not set. Set it in the environment (README, “Configuration”), "
            "or set DEBUG=1 on a development machine."
        )
    return value


def boolean(name: str, default: bool) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} is “{value}”, but must be 1 or 0.")
    return value in TRUE


def integer(name: str, default: int, *, minimum: int = 0) -> int:
    value = os.environ.get(name, "").strip() or str(default)
    if not value.isdecimal() or int(value) < minimum:
        raise ImproperlyConfigured(f"{name} is “{value}”, but must be a whole number of at least {minimum}.")
    return int(value)


def words(name: str, default: str | None = None) -> list[str]:
    """A comma-separated list without its blanks."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def platform() -> str:
    """Where we run, if it is one of those we know."""
    return next((name for variable, name in PLATFORMS.items() if os.environ.get(variable)), "")
