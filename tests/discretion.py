"""Listens to every log record of a test run, as production would write it, and fails the run for a secret on it."""

import logging
import re

import pytest

from moviebooking.logs import CleanJsonFormatter

# Not the patterns that moviebooking/logs.py hides by: who checks with the same eyes sees the same.
SECRETS = {
    "email address": re.compile(r"[^\s@\"'<>(\[:=]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"),
    "key of Stripe": re.compile(r"(sk|rk)_(test|live)_\w|whsec_\w"),
    "payment page": re.compile(r"cs_(test|live)_\w"),
    "code of a ticket": re.compile(r"[A-Z2-7]{64}"),
    "serial of a ticket": re.compile(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b"),
    "reference of a booking": re.compile(r"\b([0-9A-Z]{4}-){2}[0-9A-Z]{4}\b"),
    # All letters of a session's key, where the hexadecimal ids of requests have six.
    "key of a session": re.compile(r"\b(?=[0-9a-f]*[g-z])[0-9a-z]{32}\b"),
    "token of a form": re.compile(r"\b(?=\w*[a-z])(?=\w*[A-Z])[0-9A-Za-z]{64}\b"),
    "token of a mail": re.compile(r"\b[0-9a-z]{1,13}-[0-9a-z]{6}-[0-9a-f]{32}\b"),
}


class Discretion(logging.Handler):
    """A plugin of pytest and a handler of the root logger at once."""

    def __init__(self):
        super().__init__()
        self.setFormatter(CleanJsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
        self.count, self.found, self.test = 0, [], "before the tests"

    def emit(self, record):
        self.count += 1
        line = self.format(record)
        for secret, pattern in SECRETS.items():
            if pattern.search(line):
                where = f"{record.name}, at {record.pathname}:{record.lineno}, in {self.test}"
                self.found.append(f"{secret} on the log of {where}")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item):
        """Before each test, as some set logging up anew. Production hears of everything from INFO on."""
        self.test, root = item.nodeid, logging.getLogger()
        for handler in root.handlers:
            if handler is not self and handler.level < root.level:
                handler.setLevel(root.level)  # what is printed stays as it was
        root.setLevel(min(root.level, logging.INFO))
        root.addHandler(self)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session):
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["discretion"] = self.count, self.found
        if self.found:
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node):
        """What one of several processes has heard."""
        count, found = getattr(node, "workeroutput", {}).get("discretion", (0, []))
        self.count += count
        self.found += found

    def pytest_terminal_summary(self, terminalreporter):
        terminalreporter.write_line(f"{self.count} log records were read for secrets, {len(self.found)} had one.")
        for sentence in dict.fromkeys(self.found):
            terminalreporter.write_line(sentence, red=True)
