"""The background worker. What it does stands in `bookings/tasks.py`; nothing about selling waits for it."""

import os

from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import ConnectionError as NoConnection

from moviebooking.breaker import redis_breaker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moviebooking.settings")


class CourteousCelery(Celery):
    def send_task(self, *args, **options):
        try:
            with redis_breaker:
                return super().send_task(*args, **options)
        except NoConnection as error:
            raise OperationalError from error


app = CourteousCelery("moviebooking")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
