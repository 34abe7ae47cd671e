"""The shop's settings, on servers of the tests' own. pytest-django loads them before any conftest."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from moviebooking import embedded

# A test ends the same way whatever a shell has set; only the servers may be chosen.
FIXED = {
    "DEBUG": "1",
    "SECRET_KEY": "for-tests-only-" * 4,
    "SITE_URL": "http://testserver",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1,[::1]",
    "EMAIL_URL": "memory://",
    "STRIPE_SECRET_KEY": "sk_test_tests",
    "STRIPE_WEBHOOK_SECRET": "whsec_tests",
    "KEEP_PAGES_SECONDS": "0",  # tests tell at once what they have done; see test_kept_pages.py
    "STRIPE_API_BASE": "http://127.0.0.1:9",  # nobody listens there
}
SERVERS = {"DATABASE_URL", "REDIS_URL"}
# Each of several test processes (`make test` starts one per core) has servers of its own, not those of the first.
PROCESS = os.environ.get("PYTEST_XDIST_WORKER", "first")
_owner, *_started = os.environ.get("SERVERS_OF", PROCESS).split()
if _owner != PROCESS:
    for name in _started:
        del os.environ[name]
CONTRACT = (
    *("GOOGLE_", "APPLE_", "VAPID_", "AWS_", "SENTRY_", "MEDIA_URL", "TRUSTED_PROXY_", "SITE_NAME"),
    *("HOLD_", "BOOKING_", "MAX_SEATS_", "MAX_SHOWTIMES_", "MAX_LAPSED_", "COOL_DOWN_", "RATE_LIMIT_"),
    *("WAITING_ROOM_",),
    *("ANONYMISE_", "DOORS_OPEN_", "HSTS_", "DYNO", "RENDER"),
)
for name in [name for name in os.environ if name.startswith(CONTRACT)]:
    del os.environ[name]
os.environ |= FIXED

# A browser's event loop lives in the thread of its test, which Django takes for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

OWN_REDIS, OWN_POSTGRES = (not os.environ.get(name) for name in ("REDIS_URL", "DATABASE_URL"))
if missing := sorted(name for name in SERVERS if not os.environ.get(name)):
    os.environ["SERVERS_OF"] = " ".join([PROCESS, *missing])
    _var = Path(tempfile.mkdtemp(prefix="moviebooking-tests-"))
    _var.chmod(0o711)  # PostgreSQL may run as another user, who has to pass through
    atexit.register(shutil.rmtree, _var, ignore_errors=True)
    _servers = embedded.start(
        _var, durable=False, postgres=not os.environ.get("DATABASE_URL"), redis=not os.environ.get("REDIS_URL")
    )
    os.environ["DATABASE_URL"] = _servers.database_url or os.environ["DATABASE_URL"]
    os.environ["REDIS_URL"] = _servers.redis_url or os.environ["REDIS_URL"]

from moviebooking.servers import TIMEOUTS  # noqa: E402
from moviebooking.settings import *  # noqa: E402, F403

# The real ones work 0.4 seconds for every password, which is their purpose.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]

# Static files come from where they are written, not from where a deployment collects them.
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True

# A server thread that lives on would keep the test database from being dropped.
DATABASES["default"]["CONN_MAX_AGE"] = 0  # noqa: F405

# In a race nobody gives up because the machine is slow; what those hear who do is asked in test_database_trouble.
DATABASES["default"]["OPTIONS"]["options"] = TIMEOUTS.replace("lock_timeout=3000", "lock_timeout=30000")  # noqa: F405
