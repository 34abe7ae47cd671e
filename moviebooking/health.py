"""/readyz: may this process take customers?"""

from django.core.cache import caches
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import JsonResponse
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError


def readyz(request):
    """200 while we can sell; a missing Redis is said, but stops no sale."""
    problems = {"database": database_problem(), "redis": redis_problem()}
    state = "down" if problems["database"] else "degraded" if problems["redis"] else "ok"
    checks = {name: problem or "ok" for name, problem in problems.items()}
    return JsonResponse({"status": state, **checks}, status=503 if state == "down" else 200)


def database_problem():
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "unreachable"
    return "migrations are missing" if waiting else ""


def redis_problem():
    try:
        caches["holds"].get("readyz")
    except (RedisError, ConnectionInterrupted):
        return "unreachable"
    return ""
