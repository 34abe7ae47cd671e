"""/readyz: may this process take customers?"""

from functools import cache

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django_redis import get_redis_connection
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry


@never_cache
def readyz(request):
    """200 while we can sell; a missing Redis is said, but stops no sale."""
    problems = {"database": database_problem(), "redis": redis_problem()}
    state = "down" if problems["database"] else "degraded" if problems["redis"] else "ok"
    checks = {name: problem or "ok" for name, problem in problems.items()}
    return JsonResponse({"status": state, **checks}, status=503 if state == "down" else 200)


def database_problem():
    try:
        applied = MigrationRecorder(connection).applied_migrations()
    except Error:
        return "unreachable"
    return "" if newest_migrations() <= applied.keys() else "migrations are missing"


@cache
def newest_migrations():
    """Of each app, as this code knows them. Read from disk once: whoever asks shall have a quick answer."""
    return set(MigrationLoader(None).graph.leaf_nodes())


def redis_problem():
    """One try, shorter than a page's: a Redis that hangs must not make us look as if we did."""
    options = settings.CACHES["holds"]["OPTIONS"]["CONNECTION_POOL_KWARGS"]
    hurry = {"socket_timeout": 0.3, "socket_connect_timeout": 0.3, "retry": Retry(NoBackoff(), 0)}
    try:
        with Redis.from_url(settings.REDIS_URL, **options | hurry) as connection:
            connection.ping()
    except RedisError:
        return "unreachable"
    return ""


def redis_is_away() -> bool:
    """As our pages see it: while the breaker is open nobody waits for the answer."""
    try:
        get_redis_connection("holds").ping()
    except RedisError:
        return True
    return False
