"""Are pages as quick after years of business as in the first week?

    .venv/bin/python -m tests.bench.growth [bookings=1000000] [showtimes=100000] [only=words] [--keep]

Makes two shops in a PostgreSQL server of its own under var/growth (a small one with 1000 bookings and a past of 100
showtimes, and the large one asked for; both with as many theaters and showtimes to come), walks every page and task
through Django's test client in this process, in rounds that take turns, and prints the ratio of the medians, large to
small, with what each asks of the database. `measure` returns the rows of that table. PLANS=docs/plans.md adds what
PostgreSQL did in the large one for each query.
"""

import os
import re
import statistics
import subprocess
import sys
import time
import tracemalloc
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# Beside as many showtimes to come as in the large one, as those are what pages show.
SMALL_BOOKINGS, SMALL_PAST, ONE_TO_COME_IN = 1000, 100, 200
ROUNDS, TIMES, LONG_SECONDS = int(os.environ.get("ROUNDS", "5")), 1, 2.0
LIMIT = 1.3


@dataclass
class Row:
    """Of one page: seconds, queries, rows looked at, bytes of memory; (small, large) each."""

    name: str
    seconds: tuple[float, float]
    queries: tuple[int, int]
    rows: tuple[int, int]
    memory: tuple[int, int]
    scans: list[str] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return self.seconds[1] / self.seconds[0]

    def __str__(self):
        (small, large), words = self.seconds, "; ".join(self.scans)
        return (
            f"{self.name:<52} {self.ratio:6.2f} {small * 1000:9.1f} {large * 1000:9.1f}  "
            f"{self.queries[0]:>3} {self.queries[1]:>3}  {self.rows[0]:>7} {self.rows[1]:>9}  "
            f"{self.memory[0] // 1024:>6} {self.memory[1] // 1024:>6}  {words}"
        )


HEAD = (
    f"{'':<52} {'ratio':>6} {'small ms':>9} {'large ms':>9}  {'queries':>7}  {'rows read':>17}  {'memory KB':>13}  "
    "read from end to end"
)


def make(name: str, sizes: dict) -> None:
    """A database of this name, unless it is there."""
    import psycopg

    server = os.environ["SERVER_URL"]
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).rowcount:
            return
        connection.execute(f"CREATE DATABASE {name}")
    environ = os.environ | {"DATABASE_URL": f"{server}/{name}"}
    words = [f"{key}={value}" for key, value in sizes.items()]
    for command in (["migrate", "--verbosity", "0"], ["demo", "--scale", *words]):
        begun = time.monotonic()
        subprocess.run([sys.executable, "-W", "ignore", "manage.py", *command], cwd=ROOT, env=environ, check=True)
        print(f"{name}: {command[0]} took {time.monotonic() - begun:.0f} seconds", flush=True)


class Shops:
    """Both databases in one process: `enter` makes one of them the default."""

    def __init__(self, names):
        from django.db import connections

        self.names = names
        default = connections.databases["default"]
        for name in names:
            connections.databases[name] = default | {"NAME": name, "CONN_MAX_AGE": None}
        self.walks = {name: self.walk(name) for name in names}

    def walk(self, name):
        from tests.bench.growth_pages import Walk

        self.enter(name)
        return Walk()

    def enter(self, name):
        from django.contrib.contenttypes.models import ContentType
        from django.core.cache import caches
        from django.db import connections

        connections["default"] = connections[name]
        caches["default"].key_prefix = name
        ContentType.objects.clear_cache()


def once(shops, name, step) -> float:
    shops.enter(name)
    begun = time.perf_counter()
    shops.walks[name].steps[step]()
    return time.perf_counter() - begun


def seconds_of(shops, step) -> tuple[float, float]:
    """Medians of alternating rounds, after one to warm up; what takes long is done less often."""
    first = {name: once(shops, name, step) for name in shops.names}
    is_long = max(first.values()) > LONG_SECONDS
    taken = {name: [] for name in shops.names}
    for _round in range(1 if is_long else ROUNDS):
        for name in shops.names:
            taken[name] += [once(shops, name, step) for _time in range(1 if is_long else TIMES)]
    return tuple(statistics.median(taken[name]) for name in shops.names)


def asked(shops, name, step) -> tuple[int, int, int, list[str]]:
    """(queries, rows looked at, bytes of memory at the peak, what was read from end to end)"""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tests.bench.plans import plan_of, read_from_end_to_end, rows_read

    shops.enter(name)
    with CaptureQueriesContext(connection) as queries:
        shops.walks[name].steps[step]()
    count = len(queries)  # the next request throws them away
    selects = [query["sql"] for query in queries if query["sql"].lstrip().startswith(("SELECT", "WITH", "("))]
    plans = [plan_of(sql) for sql in selects]
    tracemalloc.start()
    shops.walks[name].steps[step]()
    memory = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    scans = [scan for plan in plans for scan in read_from_end_to_end(plan)]
    if "PLANS" in os.environ and name == shops.names[-1]:
        keep_plans(Path(os.environ["PLANS"]), step, selects, plans)
    if "SHOW" in os.environ:
        for sql, plan in zip(selects, plans, strict=True):
            if read_from_end_to_end(plan):
                print(f"\n{step}, {plan['Actual Total Time']:.0f} ms: {sql[:3000]}\n")
    return count, sum(map(rows_read, plans)), memory, scans


def keep_plans(report: Path, step: str, selects: list[str], plans: list[dict]) -> None:
    """Adds a row for each query to a table."""
    from tests.bench.plans import rows_read, ways

    with report.open("a") as table:
        for sql, plan in zip(selects, plans, strict=True):
            asked_for = re.search(r'FROM "?(\w+)', sql)
            cells = [step, asked_for[1] if asked_for else "", ways(plan), f"{rows_read(plan):,}"]
            table.write(f"| {' | '.join(cells)} | {plan['Actual Total Time']:.1f} |\n")


def measure(names, only: str = ""):
    """A Row for each page, as it is ready."""
    shops = Shops(names)
    for step in shops.walks[names[0]].steps:
        if re.search(only, step):
            try:
                seconds = seconds_of(shops, step)
                (queries, rows, memory, _none), (more, rows_then, memory_then, scans) = (
                    asked(shops, name, step) for name in names
                )
            except Exception as error:  # noqa: BLE001 - the others are measured all the same
                print(f"{step}: {type(error).__name__}: {error}", flush=True)
                from django.db import connection

                connection.close()
                continue
            yield Row(step, seconds, (queries, more), (rows, rows_then), (memory, memory_then), scans)


def start_servers() -> None:
    from moviebooking import embedded

    servers = embedded.start(ROOT / "var" / "growth")
    os.environ["SERVER_URL"] = servers.database_url.rpartition("/")[0]
    os.environ |= {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url}
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"


def begin() -> None:
    import django
    from django.conf import settings

    django.setup()
    settings.DEBUG = False
    settings.DATABASES["default"]["OPTIONS"]["options"] = "-c statement_timeout=0"
    # One process asks more often than a customer may.
    settings.RATE_LIMIT_PER_CUSTOMER = settings.RATE_LIMIT_PER_ADDRESS = 10**9


def main(words) -> None:
    options = dict(word.split("=") for word in words)
    only, name = options.pop("only", ""), options.pop("name", "growth_large")
    start_servers()
    large = {"bookings": 1000000, "theaters": 80} | {key: int(size) for key, size in options.items()}
    large = {"showtimes": large["bookings"] // 10} | large
    large = {"upcoming": large["showtimes"] // ONE_TO_COME_IN} | large
    small = {"bookings": SMALL_BOOKINGS, "showtimes": SMALL_PAST + large["upcoming"]}
    make(f"{name}_beside", large | small)
    make(name, large)
    begin()
    print(HEAD, flush=True)
    rows = []
    for row in measure((f"{name}_beside", name), only):
        rows.append(row)
        print(row, flush=True)
    over = [row for row in rows if row.ratio > LIMIT]
    print(f"\n{len(rows)} measured, {len(over)} of them over {LIMIT}: {', '.join(row.name for row in over)}")


if __name__ == "__main__":
    main(sys.argv[1:])
