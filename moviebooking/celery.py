"""The background worker. What it does stands in `bookings/tasks.py`; nothing about selling waits for it."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moviebooking.settings")

app = Celery("moviebooking")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
