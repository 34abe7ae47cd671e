"""The shop as in production, only that the background worker goes round more often: a run lasts minutes."""

import os

from moviebooking.settings import *  # noqa: F403
from moviebooking.settings import CELERY_BEAT_SCHEDULE, INSTALLED_APPS

if os.environ.get("CONTROL"):
    INSTALLED_APPS = [*INSTALLED_APPS, "tests.prove.careless.Careless"]

CELERY_BEAT_SCHEDULE = {
    name: job | {"schedule": max(2, min(job["schedule"], 600) / 20)}
    for name, job in CELERY_BEAT_SCHEDULE.items()
    if isinstance(job["schedule"], int)
}
