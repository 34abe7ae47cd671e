"""Tells the background worker that there is work. It finds the work in the tables by itself, only a little later."""

import logging

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def wake(task: str) -> None:
    """After the commit, ask for one run of a task now instead of at its next turn; losing this loses nothing."""
    transaction.on_commit(lambda: _send(task))


def _send(task: str) -> None:
    try:
        current_app.send_task(task, retry=False, ignore_result=True)
    except (OperationalError, OSError):
        logger.warning("no broker; the worker will find the work at its next turn", extra={"task": task})
