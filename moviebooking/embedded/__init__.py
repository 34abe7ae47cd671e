"""A real PostgreSQL and a real Redis for development and tests, out of pip packages, on Unix sockets only.

The first process that asks owns the servers; later ones attach. A server itself holds the lock on `<var>/<name>.lock`,
having inherited it, so the lock is free when, and only when, nothing works on that data any more. No pid is trusted:
two starts at once, or one right after a SIGKILL, end in one server. When the owner dies, however it dies, the kernel
stops its servers (on Linux; elsewhere those of a killed owner run on, and the next start attaches to them).

The programs come with requirements-dev.txt. Production sets DATABASE_URL and REDIS_URL and never comes here.
"""

import atexit
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path

from moviebooking.embedded.postgres import Postgres
from moviebooking.embedded.redis import Redis
from moviebooking.embedded.server import EmbeddedError, Server, die_with_parent

__all__ = ["EmbeddedError", "Postgres", "Redis", "Server", "Servers", "die_with_parent", "start"]


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
