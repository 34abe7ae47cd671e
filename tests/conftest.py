import copy
import os
import shutil

import hypothesis
import pytest
import redis
from django.conf import settings

from moviebooking.breaker import redis_breaker
from moviebooking.caches import SparedCache
from tests.discretion import Discretion

# A busy machine draws its examples slowly, which says nothing about them.
PATIENT = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("patient", **PATIENT)
hypothesis.settings.load_profile("patient")

NO_CHROMIUM = "no Chromium found"
CHROMIUM_FLAGS = [
    "--no-sandbox",  # it cannot make one as root, which CI is
    "--disable-gpu",
    # Nothing that asks the outside world for anything.
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_configure(config):
    config.pluginmanager.register(Discretion())


@pytest.fixture(autouse=True)
def empty_redis():
    """What one test holds, caches and counts is not the next one's. Never on a Redis that somebody else chose."""
    yield
    redis_breaker.close()
    SparedCache.spare.clear()
    if settings.OWN_REDIS:
        with redis.Redis.from_url(settings.REDIS_URL) as connection:
            connection.flushall()


@pytest.fixture(scope="session")
def django_db_keepdb():
    """Our own server goes as a whole; its database alone could not, while a browser's loop keeps a connection open."""
    return settings.OWN_POSTGRES


@pytest.fixture
def no_redis(settings):
    """Every cache points at a port where nobody listens."""
    caches = copy.deepcopy(settings.CACHES)
    for cache in caches.values():
        cache["LOCATION"] = "redis://127.0.0.1:9/0"
    settings.CACHES = caches


def find_chromium():
    chosen = os.environ.get("CHROMIUM")
    names = [chosen] if chosen else ["/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome"]
    return next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return browser_type_launch_args | {"executable_path": find_chromium(), "args": CHROMIUM_FLAGS}


def pytest_collection_modifyitems(config, items):
    if not find_chromium():
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))


def journeys(config, *outcomes):
    """The names of the browser journeys that ended so."""
    reports = config.pluginmanager.get_plugin("terminalreporter").stats
    ended = [report for outcome in outcomes for report in reports.get(outcome, [])]
    return [report.nodeid for report in ended if "browser" in report.keywords]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    """With REQUIRE_BROWSER=1 a run without its browser journeys has failed."""
    if hasattr(session.config, "workerinput"):
        return  # one of several processes: the first of them judges
    ran = journeys(session.config, "passed", "failed")
    if os.environ.get("REQUIRE_BROWSER") == "1" and (not ran or journeys(session.config, "skipped")):
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    not_run = journeys(config, "skipped")
    if not_run:
        terminalreporter.section("browser journeys NOT run")
        for name in not_run:
            terminalreporter.line(name)
    if os.environ.get("REQUIRE_BROWSER") == "1" and (not_run or not journeys(config, "passed", "failed")):
        terminalreporter.line(
            "REQUIRE_BROWSER=1, but not every browser journey was made: this run has failed.", red=True
        )


@pytest.fixture
def keeping(settings):
    """Pages are kept, in one step of the clock until the year 2286."""
    from movies.keeping import memory

    settings.KEEP_PAGES_SECONDS = 10**10
    memory.clear()
    yield
    memory.clear()
