"""One finds out that Redis does not answer; the others do not wait."""

import socket
import time

import pytest
from celery import current_app
from django.core.cache import cache
from django_redis import get_redis_connection
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from moviebooking import breaker
from tests.bookings.threads import all_at_once


@pytest.fixture
def hung_redis(settings):
    """It takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        address = f"redis://127.0.0.1:{server.getsockname()[1]}"
        settings.CACHES = {name: kind | {"LOCATION": address} for name, kind in settings.CACHES.items()}
        yield server


def ask():
    with pytest.raises(RedisError):
        get_redis_connection("holds").ping()


def seconds(call):
    started = time.monotonic()
    call()
    return time.monotonic() - started


def test_redis_hangs_then_the_first_waits_and_the_next_hundred_do_not(hung_redis):
    assert seconds(ask) > 0.2
    assert seconds(lambda: [ask() for _n in range(100)]) < 0.2


def test_control_without_a_pause_then_everybody_waits(hung_redis, monkeypatch):
    monkeypatch.setattr(breaker, "PAUSE_SECONDS", 0)

    assert seconds(lambda: [ask() for _n in range(5)]) > 1


def test_pause_is_over_then_one_waits_for_all(hung_redis, monkeypatch):
    ask()
    breaker.redis_breaker.try_again_at = time.monotonic()

    waits = all_at_once([lambda: seconds(ask)] * 8)

    assert sum(wait > 0.2 for wait in waits) <= 2


def test_redis_hangs_then_the_cache_remembers_in_this_process(hung_redis):
    cache.set("answer", 42)

    assert (cache.get("answer"), cache.add("answer", 43), cache.get("question")) == (42, False, None)


def test_redis_is_back_then_it_is_asked_again(hung_redis, settings):
    ask()
    settings.CACHES = {name: kind | {"LOCATION": settings.REDIS_URL} for name, kind in settings.CACHES.items()}
    breaker.redis_breaker.try_again_at = time.monotonic()

    assert get_redis_connection("holds").ping()
    assert not breaker.redis_breaker.is_open


def test_redis_refuses_a_command_then_it_is_there_all_the_same():
    with pytest.raises(RedisError):
        get_redis_connection("holds").execute_command("NONSENSE")

    assert not breaker.redis_breaker.is_open


def test_broker_that_is_away_then_the_worker_is_not_called_and_nobody_waits():
    breaker.redis_breaker.open()

    with pytest.raises(OperationalError):
        current_app.send_task("bookings.send_mails", retry=False)
