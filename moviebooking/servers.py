"""PostgreSQL and Redis: how settings.py reaches them, and how long a page waits for them."""

from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from psycopg import IsolationLevel
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NoConnection
from redis.retry import Retry

from moviebooking import env

TIMEOUTS = "-c lock_timeout=3000 -c statement_timeout=15000 -c idle_in_transaction_session_timeout=30000"


def database(url: str) -> dict:
    try:
        parsed = dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True)
    except ValueError:
        parsed = {}
    if parsed.get("ENGINE") != "django.db.backends.postgresql":
        raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL database: the seats rest on its row locks.")
    options = {
        # Long enough to ask twice, as a first packet may be lost after a second; then the page says “try again”.
        "connect_timeout": 3,
        # A machine that vanished from the network is given up as quickly as a statement that runs too long.
        "tcp_user_timeout": 15000,
        # The lock needs it; a database may have been given another default (docs/locking.md).
        "isolation_level": IsolationLevel.READ_COMMITTED,
        # PGOPTIONS is PostgreSQL's own; migrations need other timeouts than pages do (Procfile).
        "options": env.text("PGOPTIONS", TIMEOUTS),
    }
    return parsed | {"ENGINE": "moviebooking.postgresql", "OPTIONS": options | parsed.get("OPTIONS", {})}


def redis_connection(url: str) -> dict:
    """A page never waits longer for Redis, which is a courtesy; the next ones do not wait at all (breaker.py)."""
    if urlsplit(url).scheme not in {"redis", "rediss", "unix"}:
        raise ImproperlyConfigured("REDIS_URL must begin with redis://, rediss:// (over TLS) or unix://.")
    connection = {
        "socket_timeout": 0.25,
        "socket_connect_timeout": 0.25,
        # A lost connection is made anew once, as Redis may have been restarted; silence is believed at once.
        "retry": Retry(NoBackoff(), 1, (NoConnection,)),
    }
    if url.startswith("rediss://") and not env.boolean("REDIS_TLS_VERIFY", default=True):
        connection["ssl_cert_reqs"] = None
    return connection


def caches(url: str, connection: dict) -> dict:
    options = {"CONNECTION_POOL_KWARGS": connection, "REDIS_CLIENT_CLASS": "moviebooking.breaker.CourteousRedis"}
    redis = {"LOCATION": url, "OPTIONS": options}
    return {
        "default": redis | {"BACKEND": "moviebooking.caches.SparedCache", "KEY_PREFIX": "cache"},
        # Holds must hear of an outage: nobody's memory stands in, which would read as “free”.
        "holds": redis | {"BACKEND": "django_redis.cache.RedisCache", "KEY_PREFIX": "holds"},
    }
