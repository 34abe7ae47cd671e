"""`make run`: the whole shop on this machine, to look at and to work on.

Embedded servers stand in for DATABASE_URL and REDIS_URL, and our own stand-in for Stripe, where those are not set.
What is set in the environment is handed on untouched.
"""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from moviebooking import embedded

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
START_SECONDS, STOP_SECONDS, PAUSE_SECONDS = 60, 30, 5
STAND_IN = "Stripe stand-in on "

OPEN = """
  The box office is open:  {SITE_URL}/

  Log in    moviegoer@example.com   buys tickets
            manager@example.com     plans the programme, in {SITE_URL}/admin/
            door@example.com        checks tickets, at {SITE_URL}/door/
            admin@example.com       may do everything
  Password  demo
  Mails     {mails}
  Payments  {payments}
  Stop      Ctrl-C
"""


class Stop(Exception):
    """Somebody asked us to stop."""


class Failure(Exception):
    """What ends the shop; the text says what to do."""


def main() -> int:
    if "MAKELEVEL" in os.environ:  # make dies by SIGKILL without a word to us
        embedded.die_with_parent(signal.SIGTERM, parent=os.getppid())()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    shop = Shop()
    try:
        shop.open(free_port())
        shop.watch()
    except Stop:
        say("\nClosing.")
    except (Failure, embedded.EmbeddedError) as failure:
        say(f"\n{failure}")
        return 1
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        shop.close()
    return 0


def interrupt(number, frame):
    raise Stop


def say(text: str) -> None:
    with contextlib.suppress(OSError):  # without a terminal the others shall still end in order
        print(text, flush=True)


def free_port() -> int:
    given = os.environ.get("PORT") or "8000"
    if not given.isdecimal() or not 0 < int(given) < 65536:
        raise Failure(f"PORT is “{given}”, but must be a number like 8000.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(given)))
        except PermissionError:
            raise Failure(f"Port {given} is for the system. Choose another: make run PORT=8001") from None
        except OSError:
            raise Failure(
                f"Port {given} is taken by another program. Stop it, or choose another: make run PORT={int(given) + 1}"
            ) from None
    return int(given)


class Shop:
    """The servers and the processes of one `make run`."""

    def __init__(self):
        self.servers = embedded.Servers()
        self.children: list[Child] = []

    def open(self, port: int) -> None:
        say("Opening the box office; the first time takes a little longer.")
        self.environ = environ = development_environment(port)
        self.start_servers()
        self.manage("migrate", "--verbosity", "0")
        if environ["DEBUG"].lower() in {"1", "true", "yes", "on"}:
            self.manage("demo", "--sales", "--verbosity", "0")
        stands_in = not environ.get("STRIPE_SECRET_KEY")
        if stands_in:
            self.start_stand_in(port)
        web = self.start("web", "-m", "gunicorn", "--log-level", "warning", "--bind", f"127.0.0.1:{port}")
        remember(environ)
        # Celery warns root about itself, which in a container is everybody, at length.
        worker = "-m celery --quiet -A moviebooking worker --pool threads --concurrency 2 --beat --loglevel WARNING"
        options = ["-W", "ignore:You're running the worker", *worker.split()]
        self.start("worker", *options, "--schedule", str(VAR / "celerybeat-schedule"))
        web.wait_until(lambda: answers(port))
        mails = "are sent as EMAIL_URL says" if environ.get("EMAIL_URL") else f"are written to {VAR / 'mail'}"
        payments = "are played by a stand-in: no money moves" if stands_in else "go to Stripe, with your key"
        say(OPEN.format(**environ, mails=mails, payments=payments))

    def start_servers(self) -> None:
        missing = {"postgres": not os.environ.get("DATABASE_URL"), "redis": not os.environ.get("REDIS_URL")}
        self.servers = embedded.start(VAR, **missing)
        urls = {"DATABASE_URL": self.servers.database_url, "REDIS_URL": self.servers.redis_url}
        self.environ |= {name: url for name, url in urls.items() if url}

    def manage(self, *command: str) -> None:
        child = Child(command[0], "manage.py", *command, environ=self.environ)
        self.children.append(child)
        if child.process.wait():
            raise Failure(f"“manage.py {' '.join(command)}” failed: its words are above.")
        self.children.remove(child)

    def start_stand_in(self, port: int) -> None:
        environ = self.environ
        environ["STRIPE_SECRET_KEY"] = "sk_test_sandbox"  # noqa: S105, it opens nothing
        environ["STRIPE_WEBHOOK_SECRET"] = environ.get("STRIPE_WEBHOOK_SECRET") or kept_secret("whsec_")
        options = {
            "--port": "0",
            "--data": str(VAR / "stripe_sandbox.sqlite3"),
            "--secret-key": environ["STRIPE_SECRET_KEY"],
            "--webhook-url": f"http://127.0.0.1:{port}/stripe/webhook/",
            "--webhook-secret": environ["STRIPE_WEBHOOK_SECRET"].split(",")[0].strip(),
        }
        words = [word for option in options.items() for word in option]
        stand_in = self.start("stripe", "-m", "bookings.stripe_sandbox", *words)
        address = stand_in.wait_until(lambda: stand_in.line_after(STAND_IN))
        environ["STRIPE_API_BASE"] = environ.get("STRIPE_API_BASE") or address

    def start(self, name: str, *command: str) -> "Child":
        self.children.append(Child(name, *command, environ=self.environ))
        return self.children[-1]

    def watch(self) -> None:
        while True:
            time.sleep(0.5)
            for child in self.children:
                if child.process.poll() is not None:
                    self.lose(child)
            if not self.servers.are_running():
                say("PostgreSQL or Redis has stopped; starting it again.")
                self.servers.stop()
                self.start_servers()

    def lose(self, child: "Child") -> None:
        if child.name != "worker":
            raise Failure(child.obituary())
        child.bury()
        say(f"{child.obituary()}\nStarting it again in {PAUSE_SECONDS} seconds; selling goes on without it.")
        time.sleep(PAUSE_SECONDS)
        child.start()

    def close(self) -> None:
        """Everybody is asked at once and has half a minute; the servers, which the others need, come last."""
        for child in self.children:
            child.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children:
            child.end_by(deadline)
        self.servers.stop()


class Child:
    """A process of ours: its output appears with its name, and its last words are remembered."""

    def __init__(self, name: str, *command: str, environ: dict[str, str]):
        self.name, self.command, self.environ = name, command, environ
        self.start()

    def start(self) -> None:
        self.words = deque(maxlen=15)
        # From the main thread, whose end is ours.
        self.process = subprocess.Popen(
            [sys.executable, *self.command],
            cwd=ROOT,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C is for us, who stop the others in order
            preexec_fn=embedded.die_with_parent(signal.SIGTERM),  # noqa: PLW1509, it takes no lock
        )
        self.listener = threading.Thread(target=self.listen, args=[self.process.stdout], daemon=True)
        self.listener.start()

    def listen(self, output) -> None:
        for line in output:
            self.words.append(line.rstrip())
            say(f"{self.name:7} | {line.rstrip()}")

    def line_after(self, beginning: str) -> str | None:
        return next((line.removeprefix(beginning) for line in list(self.words) if line.startswith(beginning)), None)

    def wait_until(self, ready):
        give_up_at = time.monotonic() + START_SECONDS
        while not (answer := ready()):
            if self.process.poll() is not None or time.monotonic() > give_up_at:
                raise Failure(self.obituary())
            time.sleep(0.1)
        return answer

    def obituary(self) -> str:
        code = self.process.poll()
        what = "did not answer in time" if code is None else f"ended unexpectedly (exit code {code})"
        self.listener.join(timeout=1)
        return "\n    ".join([f"The process “{self.name}” {what}. Its last words:", *self.words])

    def end_by(self, deadline: float) -> None:
        try:
            self.process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            say(f"{self.name} did not stop in time and is killed.")
        self.bury()

    def bury(self) -> None:
        """It, and whom it left behind: Celery's clock is a process of its own."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def development_environment(port: int) -> dict[str, str]:
    VAR.mkdir(exist_ok=True)
    defaults = {
        "DEBUG": "1",
        "PORT": str(port),
        "SITE_URL": f"http://127.0.0.1:{port}",
        "SECRET_KEY": kept_secret("development-"),
        "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1],testserver",
        "PYTHONUNBUFFERED": "1",
    }
    return os.environ | {name: value for name, value in defaults.items() if not os.environ.get(name)}


def remember(environ: dict[str, str]) -> None:
    """For `manage.py` by hand, in another terminal: the same shop, not another one."""
    path = VAR / "environment"
    path.touch(mode=0o600)
    names = ("DEBUG", "SITE_URL", "SECRET_KEY", "ALLOWED_HOSTS")
    names += ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_API_BASE")
    path.write_text("".join(f"{name}={environ[name]}\n" for name in names if name in environ))


def kept_secret(name: str) -> str:
    """Random, begins with its name, and is the same at the next start, so that nobody is logged out."""
    path = VAR / f"{name}.secret"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(name + secrets.token_urlsafe(50))
    return path.read_text()


def answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
