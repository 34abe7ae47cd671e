"""Servers of a test's own, to be killed, hung restarted by pid; and the shop under gunicorn."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import requests

from moviebooking import embedded

ROOT = Path(__file__).parent.parent


class Mortal:
    """An embedded server, and what may happen to it."""

    def die(self):
        """Like `kill -9`, or `pg_ctl stop -m immediate`."""
        self.process.send_signal(self.sudden)
        self.process.wait(30)
        self.process = None

    def hang(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def start(self):
        return self.own_or_attach()

    def restart(self):
        self.die()
        self.start()


class MortalRedis(Mortal, embedded.Redis):
    sudden = signal.SIGKILL


class MortalPostgres(Mortal, embedded.Postgres):
    sudden = signal.SIGQUIT

    def options(self):
        return super().options() | {"max_connections": 12}


@contextmanager
def own_server(kind, *, durable):
    """A server in a folder of its own. (PostgreSQL may run as another user, who has to pass through.)"""
    var = Path(tempfile.mkdtemp(prefix="moviebooking-own-"))
    var.chmod(0o711)
    server = kind(var, durable)
    try:
        server.start()
        yield server
    finally:
        if server.process:
            server.go_on()
            server.ask_to_stop()
        server.wait_for_end()
        server.clean_up()
        shutil.rmtree(var, ignore_errors=True)


def database_url(connection):
    """Of the database that the tests use, for another process."""
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


@contextmanager
def gunicorn(sandbox, mails, **environ):
    """The shop as it is served, with two workers: (its address, its process)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    sandbox.webhooks.url = f"{url}/stripe/webhook/"
    environ = {
        "DJANGO_SETTINGS_MODULE": "moviebooking.settings",
        "STRIPE_API_BASE": sandbox.url,
        "SITE_URL": url,
        "PORT": str(port),
        "WEB_CONCURRENCY": "2",
        "KEEP_PAGES_SECONDS": "10",
        "EMAIL_URL": f"file://{mails}",
    } | environ
    command = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "moviebooking.wsgi"]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | environ) as process:
        try:
            wait_for(f"{url}/readyz")
            yield url, process
        finally:
            process.terminate()
            process.wait(30)


def wait_for(url):
    give_up_at = time.monotonic() + 30
    while time.monotonic() < give_up_at:
        try:
            if requests.get(url, timeout=2).ok:
                return
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")
