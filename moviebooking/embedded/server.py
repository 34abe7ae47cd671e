"""What both servers have in common: one owner, one lock, an end with the owner's."""

import contextlib
import ctypes
import fcntl
import hashlib
import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PATIENCE_SECONDS = 60
NAME = "moviebooking"  # of the database and of its user
PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None)


class EmbeddedError(RuntimeError):
    """A server could not be had; the text says why and what to do."""


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
        self.sockets = socket_directory(var) / self.name.lower()
        self.account = {}
        self.process = None

    def own_or_attach(self) -> str:
        """Start the server unless somebody has; wait until it answers; the URL."""
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while not self.answers():
            with (self.var / f"{self.name.lower()}.lock").open("a") as lock:
                if self.process is None and take_lock(lock):
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


def socket_directory(var: Path) -> Path:
    """Private, and short whatever the path of the clone: the name of a socket has some 100 bytes."""
    key = hashlib.sha256(os.fsencode(var)).hexdigest()[:8]
    path = Path(f"/tmp/{NAME}-{os.geteuid()}-{key}")  # noqa: S108, whose it is is asked below
    path.mkdir(mode=0o700, exist_ok=True)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise EmbeddedError(f"{path} belongs to somebody else. Remove it, or move this folder.")
    path.chmod(0o711 if os.geteuid() == 0 else 0o700)  # “nobody” must pass through to its own
    return path


def take_lock(file) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def package_folder(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.submodule_search_locations[0]) if spec else None
