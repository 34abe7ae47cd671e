"""What our log lines look like, and what is never on them: people, references, tokens, query strings."""

import copy
import logging
import re

from pythonjsonlogger.json import JsonFormatter

from moviebooking.errors import is_database_trouble

HIDDEN = re.compile(
    r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"  # addresses of people
    r"|\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b|\b[0-9A-Z]{5}-[0-9A-Z]{5}\b"  # references and serials
    r"|\b(?:sk|rk|whsec)_\w+|\b[A-Z2-7]{64,}"  # keys, ticket codes
    r"|(?<=\?)[\w-]+=[^\s'\"]*"  # query strings
    r"|(?<=DETAIL: ).*"  # PostgreSQL quotes the row
)


def clean(text: str) -> str:
    return HIDDEN.sub("[hidden]", text)


def route(request) -> str:
    match = getattr(request, "resolver_match", None)
    return match.route if match else "-"


class DatabaseAway(logging.Filter):
    """One line says that the database is away; a traceback for every page that missed it would bury the rest."""

    def filter(self, record):
        if record.exc_info and is_database_trouble(record.exc_info[1]):
            record.exc_info = None
        return True


class CleanJsonFormatter(JsonFormatter):
    """Django names the path of what went wrong, and a path may hold a secret: the route stands in for it."""

    def format(self, record):
        record = copy.copy(record)
        request = record.__dict__.pop("request", None)
        if isinstance(record.args, tuple) and hasattr(request, "path"):
            record.args = tuple(route(request) if arg == request.path else arg for arg in record.args)
        record.__dict__.pop("data", None)  # Celery repeats a task's exception here
        return super().format(record)

    def process_log_record(self, log_data):
        return {name: clean(value) if isinstance(value, str) else value for name, value in log_data.items()}


def clean_event(event, hint):
    """Before Sentry hears of it: the same, and nothing of the request but the route that names the event."""
    event.pop("request", None)
    for error in event.get("exception", {}).get("values", []):
        error["value"] = clean(error.get("value") or "")
    return event
