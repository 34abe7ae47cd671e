"""The shop as in production, with a view beside it that does nothing: what everything else is measured against."""

from moviebooking.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.urls"
