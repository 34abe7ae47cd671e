"""`make bench`: what the shop can carry on this machine, each figure beside what the machine could do at best.

ROUNDS (5), SECONDS (3) a measurement and ONLY (a part of the names) may be set in the environment.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from tests.bench import report, wrk
from tests.servers import ROOT


def main() -> int:
    if not wrk.is_here():
        print("make bench needs wrk, the load generator: apt-get install wrk", file=sys.stderr)
        return 2
    folder = Path(tempfile.mkdtemp(prefix="moviebooking-bench-"))
    folder.chmod(0o711)  # PostgreSQL may run as another user, who has to pass through
    rows = run(folder)
    shutil.rmtree(folder)
    print(report.table(rows))
    if not os.environ.get("ONLY"):
        report.keep(rows, ROOT / "docs" / "performance.md")
    return 0


def run(folder: Path) -> list[report.Row]:
    rounds, seconds = int(os.environ.get("ROUNDS") or 5), int(os.environ.get("SECONDS") or 3)
    only = os.environ.get("ONLY") or ""
    from tests.bench.servers import BenchHouse

    house = BenchHouse(folder)
    try:
        house.open()
        os.environ.update(house.environ)
        import django

        django.setup()
        from tests.bench import pages, primitives, sales
        from tests.bench.programme import create_programme, signed_in_cookies

        house.manage("demo", "--force")
        programme, cookies = create_programme(2 * rounds + 3), signed_in_cookies(sales.STAMPEDE)
        django.db.connection.close()
        house.open_doors()
        few = cookies[: pages.CUSTOMERS]
        chosen = [case for case in pages.cases(house, programme, few) if case.is_wanted(only)]
        rows = list(pages.rows(chosen, pages.measure(house, chosen, rounds=rounds, seconds=seconds)))
        if only in "whole sale":
            rows.append(sales.measure_sales(house, programme, cookies, rounds=rounds, seconds=seconds))
        if only in "stampede":
            rows.append(sales.measure_stampede(house, programme.showtimes[-1], cookies, seconds=seconds))
        if only in "bare script":
            rows.append(primitives.measure_script(programme, rounds=rounds))
        if only in "bare transaction":
            rows += primitives.measure_bookings(programme, rounds=rounds)
        return rows
    finally:
        house.close()


if __name__ == "__main__":
    sys.exit(main())
