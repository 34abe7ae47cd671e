"""How the shop is served, on a platform and by `make run`. gunicorn finds this file by itself."""

import os
import socket
import struct
from pathlib import Path

wsgi_app = "moviebooking.wsgi"
bind = f"0.0.0.0:{os.environ.get('PORT') or 8000}"

# Pages wait for PostgreSQL more than they compute, so each process serves some of them side by side. 2 x 4 fit in the
# smallest machine (512 MB) and take 8 of its database's 20 connections.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
threads = int(os.environ.get("PYTHON_MAX_THREADS") or os.environ.get("GUNICORN_THREADS") or 4)

# The application is loaded once, before the workers part: half the memory, and what is wrong with the environment stops
# the start instead of one worker after the other. Connections are made later, by each worker for itself.
preload_app = True

# A worker without a heartbeat for so long hangs as a whole and is replaced, before Heroku's router gives up on its
# customers at 30 seconds. (A single slow page does not stop the heartbeat; the database's statement_timeout ends that.)
timeout = 28
# Platforms kill 30 seconds after SIGTERM. Pages end in milliseconds, a call to Stripe within 10 seconds.
graceful_timeout = 25
# Heroku's router keeps idle connections for 90 seconds; if we hung up first, a customer would now and then see a 503.
keepalive = 95

# Against slow leaks; the jitter keeps the workers from leaving together.
max_requests = 10_000
max_requests_jitter = 1_000

# The heartbeat is a file, and on a slow disk a worker hangs on it; memory does not hang.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108

# Only the platform's router can reach us, and its addresses change.
forwarded_allow_ips = "*"

# On by default, at a path that two shops of one user would fight over.
control_socket_disable = True

# The application writes one line per request itself, as JSON and without addresses that hold secrets.
accesslog = None
errorlog = "-"

# Platforms' routers send requests whole. Who is connected otherwise and falls silent within one keeps no thread.
SILENT_SECONDS = 5


def when_ready(server):
    for listener in server.LISTENERS:  # what is accepted inherits it
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", SILENT_SECONDS, 0))
