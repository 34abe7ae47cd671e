"""All the servers of a shop on this machine, each in a process that can be killed, hung and started again."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import ClassVar

import redis
import requests

from moviebooking import embedded
from tests.servers import ROOT, MortalPostgres, MortalRedis, wait_for

STAND_IN = "Stripe stand-in on "

# Short, so that many run out while others buy.
TIMES = {"HOLD_SECONDS": "30", "BOOKING_WINDOW_SECONDS": "20", "BOOKING_GRACE_SECONDS": "5"}


class Postgres(MortalPostgres):
    """With room for everybody."""

    options = embedded.Postgres.options


class House:
    """PostgreSQL, Redis, the payment stand-in, gunicorn with two workers, and the background worker.

    Everything is started from the main thread: the kernel takes the end of a starting thread for the owner's death.
    """

    settings = "tests.prove.settings"
    own_environment: ClassVar[dict[str, str]] = TIMES

    def __init__(self, folder: Path):
        self.folder = folder
        self.postgres, self.redis = Postgres(folder, durable=True), MortalRedis(folder, durable=True)
        self.children: dict[str, subprocess.Popen] = {}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.environ = os.environ | self.environment()

    def environment(self) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": self.settings,
            "DEBUG": "0",
            "SECRET_KEY": secrets.token_urlsafe(60),
            "ALLOWED_HOSTS": "127.0.0.1",
            "SITE_URL": self.url,
            "PORT": str(self.port),
            "WEB_CONCURRENCY": "2",
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.redis.url,
            "STRIPE_SECRET_KEY": "sk_test_prove",
            "STRIPE_WEBHOOK_SECRET": "whsec_prove",
            "EMAIL_URL": f"file://{self.folder}/mail",
            "STATIC_ROOT": f"{self.folder}/static",
            "MEDIA_ROOT": f"{self.folder}/media",
            "PYTHONUNBUFFERED": "1",
            **self.own_environment,
        }

    def open(self) -> None:
        self.postgres.start()
        self.redis.start()
        self.start_stand_in()
        self.manage("migrate", "--verbosity", "0")
        self.manage("collectstatic", "--no-input", "--verbosity", "0")

    def open_doors(self) -> None:
        self.start_web()
        self.start_worker()
        wait_for(f"{self.url}/readyz")

    def start_stand_in(self) -> None:
        hook = f"{self.url}/stripe/webhook/"
        words = f"--data {self.folder}/stripe.sqlite3 --webhook-url {hook} --later-after 4".split()
        # It refuses to run where DEBUG is off.
        self.start("stripe", "-m", "bookings.stripe_sandbox", *words, DEBUG="1")
        log = self.log("stripe")
        while STAND_IN not in log.read_text():
            if self.children["stripe"].poll() is not None:
                raise RuntimeError(f"The payment stand-in did not start: {log}")
            time.sleep(0.1)
        line = next(line for line in log.read_text().splitlines() if line.startswith(STAND_IN))
        self.stand_in = self.environ["STRIPE_API_BASE"] = line.removeprefix(STAND_IN)

    def start_web(self) -> None:
        self.start("web", "-m", "gunicorn", "--config", "gunicorn.conf.py", "--bind", f"127.0.0.1:{self.port}")

    def start_worker(self) -> None:
        words = "-m celery -A moviebooking worker --pool threads --concurrency 2 --beat --loglevel INFO --schedule"
        # Celery warns root about itself, which in a container is everybody.
        options = ["-W", "ignore:You're running the worker"]
        self.start("worker", *options, *words.split(), f"{self.folder}/celerybeat-schedule")

    def start(self, name: str, *command: str, **environ: str) -> None:
        with self.log(name).open("ab") as log:
            self.children[name] = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=self.environ | environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=embedded.die_with_parent(signal.SIGTERM),  # noqa: PLW1509, it takes no lock
            )

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def manage(self, *command: str) -> subprocess.CompletedProcess:
        done = self.run_command(*command)
        if done.returncode:
            raise RuntimeError(f"manage.py {' '.join(command)} failed:\n{done.stdout}")
        return done

    def run_command(self, *command: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=self.environ,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )

    def web_workers(self) -> list[int]:
        master = self.children["web"].pid
        return [int(pid) for pid in Path(f"/proc/{master}/task/{master}/children").read_text().split()]

    def bury(self, name: str) -> None:
        """By SIGKILL, and whom it would leave behind: Celery's clock is a process of its own."""
        child = self.children.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()

    def worker_has_ended(self) -> bool:
        """Celery does so when it loses Redis at a bad moment; a platform starts it again."""
        if self.children["worker"].poll() is None:
            return False
        self.bury("worker")
        return True

    def control(self, verb: str, **arguments):
        """Something that the stand-in's bank, customer or network shall do."""
        return requests.post(f"{self.stand_in}/_sandbox/{verb}", json=arguments, timeout=30).json()

    def ledger(self, name: str) -> list[dict]:
        return requests.get(f"{self.stand_in}/_sandbox/{name}", timeout=60).json()

    def flush_redis(self) -> None:
        with redis.Redis.from_url(self.redis.url) as connection:
            connection.flushall()

    def close_doors(self) -> None:
        for name in ("web", "worker"):
            if name in self.children:
                self.children[name].terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.children[name].wait(40)
                self.bury(name)

    def close(self) -> None:
        """The data stay, for whoever wants to know what went wrong."""
        self.close_doors()
        for name in list(self.children):
            self.bury(name)
        for server in (self.redis, self.postgres):
            server.ask_to_stop()
            server.wait_for_end()
            embedded.Server.clean_up(server)
