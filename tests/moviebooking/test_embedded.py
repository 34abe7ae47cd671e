"""Real processes, real servers, real SIGKILL."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psycopg
import pytest
import redis

from moviebooking import embedded
from moviebooking.embedded import imitation

OWNER = """
import sys
from moviebooking import embedded
servers = embedded.start(sys.argv[1], durable=sys.argv[2] == "durable")
print("started", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def var():
    """One for all stories, as making a database takes most of their time. Each leaves no server behind."""
    path = Path(tempfile.mkdtemp(prefix="moviebooking-embedded-"))
    path.chmod(0o711)
    yield path / "var"
    shutil.rmtree(embedded.server.socket_directory(path / "var"))
    shutil.rmtree(path)


@pytest.fixture
def owners(var):
    """Start processes that own or attach until they are killed or the story ends."""
    started = []

    def start(number=1, how="durable"):
        new = [
            subprocess.Popen(
                [sys.executable, "-c", OWNER, str(var), how], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            for _ in range(number)
        ]
        started.extend(new)
        assert [owner.stdout.readline() for owner in new] == ["started\n"] * number
        return new

    yield start
    for owner in started:
        owner.communicate()  # closes its stdin, so that it ends in order
    assert eventually(is_free, var)


def eventually(condition, *args, seconds=2):
    give_up_at = time.monotonic() + seconds
    while not (answer := condition(*args)) and time.monotonic() < give_up_at:
        time.sleep(0.01)
    return answer


def is_free(var):
    """No server works on this data any more."""
    for path in var.glob("*.lock"):
        with path.open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
    return True


def who_serves(servers):
    with psycopg.connect(servers.database_url) as database, redis.Redis.from_url(servers.redis_url) as memory:
        started_at = database.execute("SELECT pg_postmaster_start_time()").fetchone()[0]
        return started_at, memory.info("server")["run_id"]


def write(servers, value):
    with psycopg.connect(servers.database_url) as database, redis.Redis.from_url(servers.redis_url) as memory:
        database.execute("CREATE TABLE IF NOT EXISTS kept (value text)")
        database.execute("DELETE FROM kept")
        database.execute("INSERT INTO kept VALUES (%s)", [value])
        memory.set("kept", value)


def read(servers):
    with psycopg.connect(servers.database_url) as database, redis.Redis.from_url(servers.redis_url) as memory:
        return database.execute("SELECT value FROM kept").fetchone()[0], memory.get("kept").decode()


def test_restart_keeps_what_was_written(var):
    first = embedded.start(var)
    write(first, "popcorn")
    first.stop()
    second = embedded.start(var)
    assert read(second) == ("popcorn", "popcorn")
    second.stop()


def test_database_knows_letters_of_all_languages(var):
    servers = embedded.start(var, redis=False)
    with psycopg.connect(servers.database_url) as database:
        assert database.execute("SELECT lower('ÉÄŽ'), current_setting('server_encoding')").fetchone() == ("éäž", "UTF8")
    servers.stop()


def test_only_what_is_missing_is_started(var):
    servers = embedded.start(var, postgres=False)
    assert servers.database_url is None
    assert servers.redis_url.startswith("unix:///")
    assert not embedded.Postgres(var, True).answers()
    servers.stop()


def test_four_starts_at_once_end_in_one_pair(var, owners):
    owners(4)
    servers = embedded.start(var)
    before = who_serves(servers)
    servers.stop()  # they are not ours
    assert who_serves(embedded.start(var)) == before


def test_second_start_of_one_process_changes_nothing(var):
    first, second = embedded.start(var), embedded.start(var)
    second.stop()
    assert first.are_running()
    first.stop()
    first.stop()
    assert not first.are_running()


def test_killed_owner_takes_its_servers_along(var, owners):
    owner = owners()[0]
    owner.kill()
    assert eventually(is_free, var, seconds=1)


def test_start_right_after_a_kill_keeps_what_was_written(var, owners):
    owner = owners()[0]
    write(embedded.start(var), "champagne")
    owner.kill()
    owner.wait()
    servers = embedded.start(var)
    assert read(servers) == ("champagne", "champagne")
    servers.stop()


def test_stale_sockets_and_pids_do_not_stop_a_start(var):
    servers = embedded.start(var)
    postgres, memory = embedded.Postgres(var, True), embedded.Redis(var, True)
    servers.stop()
    (postgres.data / "postmaster.pid").write_text(f"{os.getpid()}\n{postgres.data}\n")
    for path in (postgres.sockets / ".s.PGSQL.5432", memory.socket):
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(str(path))
    servers = embedded.start(var)
    assert servers.are_running()
    servers.stop()


def test_dead_server_is_noticed_and_started_again(var):
    servers = embedded.start(var)
    servers._asked[1].process.send_signal(signal.SIGKILL)
    assert eventually(lambda: not servers.are_running())
    servers.stop()
    servers = embedded.start(var)
    assert servers.are_running()
    servers.stop()


def test_long_path_has_short_sockets():
    with tempfile.TemporaryDirectory() as closed:  # for “nobody” too: mode 0700
        var = Path(closed) / ("long" * 40) / "var"
        servers = embedded.start(var, durable=False)
        assert servers.are_running()
        places = [server.sockets for server in servers._asked] + [(var / "postgresql").resolve()]
        servers.stop()
        assert [place for place in places if place.exists()] == []
        assert len(f"{embedded.Postgres(var, True).sockets}/.s.PGSQL.5432") < 100


def test_start_from_another_thread_is_refused(var):
    errors = []

    def start():
        try:
            embedded.start(var)
        except embedded.EmbeddedError as error:
            errors.append(str(error))

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert errors == ["The embedded servers can only be started from the main thread."]


def test_imitated_redis_serves_clients_apart(var):
    place = embedded.Redis(var, durable=False)
    place.sockets.mkdir(exist_ok=True)
    imitated = subprocess.Popen([sys.executable, "-P", imitation.__file__, str(place.socket)])
    try:
        assert eventually(place.answers, seconds=10)
        with redis.Redis.from_url(place.url) as one, redis.Redis.from_url(place.url) as other:
            one.set("seat", "F7")
            assert other.eval("return redis.call('GET', KEYS[1])", 1, "seat") == b"F7"
            assert one.client_id() != other.client_id()
    finally:
        imitated.kill()
        imitated.wait()
