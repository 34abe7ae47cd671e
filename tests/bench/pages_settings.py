"""The shop as in production, with a view beside it that only says ok."""

from moviebooking.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.pages_urls"
