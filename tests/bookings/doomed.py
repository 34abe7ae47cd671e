"""A process of the shop that is killed at a named line.

`python -m tests.bookings.doomed` loads the shop once and reads orders from its standard input, one in a line. Each
forks a child, which does what a web worker or the background worker does until it comes to the line, and then dies by
SIGKILL: no `finally`, no `atexit`, no ROLLBACK from our side. The exit code of each child is the answer.
"""

import json
import os
import signal
import sys
from importlib import import_module

import django
from django.conf import settings
from django.test import Client


def main() -> None:
    django.setup()
    import_module(settings.ROOT_URLCONF)
    for order in map(json.loads, sys.stdin):
        child = os.fork()
        if not child:
            work(order)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def work(order: dict) -> None:
    for name, value in order["settings"].items():
        setattr(settings, name, value)
    doom(order["line"])
    try:
        do(order["step"])
    finally:
        os._exit(0)


def doom(line: str) -> None:
    """From now on the process dies at the line: "before" or "after" the name of a function of the shop."""
    moment, name = line.split()
    place, function = find(name)
    original = getattr(place, function)

    def die(*args, **kwargs):
        if moment == "after":
            original(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(place, function, die)


def find(name: str) -> tuple:
    """bookings.flows.paying.settle -> (the module, "settle")"""
    place, function = name.rsplit(".", 1)
    return import_module(place), function


def do(step: dict):
    """One step of the journey, as it reaches us: a request to a web worker, or a task of the background worker."""
    if "task" in step:
        return getattr(import_module("bookings.tasks"), step["task"])()
    client = Client()
    client.cookies.load(step.get("cookies", {}))
    body = step.get("body", "")
    return client.generic(
        step["method"], step["path"], body, step.get("type", "text/plain"), headers=step.get("headers")
    )


if __name__ == "__main__":
    main()
