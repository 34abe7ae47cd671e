"""The run of tests that finds a secret on a log line has failed, and says whose line it was."""

import json
import logging
import os
import subprocess
import sys

import pytest

from bookings.codes import ticket_code
from bookings.models.bookings import new_reference
from bookings.models.tickets import new_serial
from tests.discretion import Discretion
from tests.moviebooking.production import ROOT

SECRETS = {
    "email address": "o'anna+x@mail.example.co.uk",
    "key of Stripe": "whsec_x1",
    "payment page": "cs_test_a1B2",
    "code of a ticket": ticket_code("XW7M9-K3QPH", 7),
    "serial of a ticket": new_serial(),
    "reference of a booking": new_reference(),
    "key of a session": "0123456789abcdefghijklmnopqrstuv",
    "token of a form": "aB3" * 21 + "x",
    "token of a mail": "2n-cyk1a7-0123456789abcdef0123456789abcdef",
}


def listener(formatter=None):
    listener = Discretion()
    if formatter:
        listener.setFormatter(formatter)
    return listener


def hear(listener, message):
    listener.handle(logging.LogRecord("careless", logging.INFO, "shop.py", 7, message, (), None))
    return [sentence.partition(" on the log of ")[0] for sentence in listener.found]


@pytest.mark.parametrize("secret", SECRETS)
def test_every_kind_of_secret_is_seen_where_nothing_hides_it(secret):
    assert secret in hear(listener(logging.Formatter()), f"about {SECRETS[secret]} now")


def test_an_ordinary_line_is_none():
    ordinary = {"request_id": "3f2504e04f8911d39a0c0305e82c3301", "task": "3f2504e0-4f89-11d3-9a0c-0305e82c3301"}
    line = json.dumps(
        ordinary | {"route": "bookings/<slug:reference>/", "status": 200, "time": "2026-01-02 03:04:05,678"}
    )

    assert hear(listener(logging.Formatter()), line) == []


CARELESS = """
import logging, uuid

def test_buy():
    logging.getLogger("shop.till").info("session %s", "0123456789abcdefghijklmnopqrstuv")
"""
CONFTEST = """
from tests.discretion import Discretion

def pytest_configure(config):
    config.pluginmanager.register(Discretion())
"""


@pytest.mark.parametrize(("careless", "exit_code"), [(CARELESS, 1), (CARELESS.replace("0123", "[hidden]"), 0)])
def test_run_with_a_secret_on_the_log_has_failed_and_names_the_logger(tmp_path, careless, exit_code):
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_till.py").write_text(careless)
    without = [word for plugin in ("django", "playwright", "cov", "cacheprovider") for word in ("-p", f"no:{plugin}")]
    command = [sys.executable, "-m", "pytest", *without, "-c", os.devnull, "--rootdir", str(tmp_path), str(tmp_path)]
    run = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60
    )

    assert run.returncode == exit_code, run.stdout
    assert "1 passed" in run.stdout
    assert ("key of a session on the log of shop.till" in run.stdout) == bool(exit_code)
