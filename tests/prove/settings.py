"""The shop as in production, only that the background worker goes round more often: a run lasts minutes."""

from moviebooking.settings import *  # noqa: F403
from moviebooking.settings import CELERY_BEAT_SCHEDULE

CELERY_BEAT_SCHEDULE = {
    name: job | {"schedule": max(2, min(job["schedule"], 600) / 20)}
    for name, job in CELERY_BEAT_SCHEDULE.items()
    if isinstance(job["schedule"], int)
}
