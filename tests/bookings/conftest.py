import copy

import pytest
import redis as redis_py
from django.conf import settings as django_settings


@pytest.fixture
def redis():
    """A direct line to the Redis of the tests."""
    with redis_py.Redis.from_url(django_settings.REDIS_URL) as connection:
        yield connection


@pytest.fixture
def no_redis(settings):
    """Every cache points at a port where nobody listens."""
    caches = copy.deepcopy(settings.CACHES)
    for cache in caches.values():
        cache["LOCATION"] = "redis://127.0.0.1:9/0"
    settings.CACHES = caches
