"""What the pages for everybody cost, beside a view that only says ok, under the same gunicorn.

.venv/bin/python -m tests.bench.pages [rounds] [seconds of each]
"""

import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import requests

from tests.prove.servers import House
from tests.servers import wait_for

PLACES = {"home": "/", "listing": "/movies/", "movie": r'href="(/movies/[\w-]+/)"', "theater": r"(/theaters/[\w-]+/)\""}


def rows(shop: str, hello: str, *, rounds: int = 5, seconds: int = 3) -> list[tuple[str, float, float]]:
    """[(page, its requests a second, as a part of hello's)]: medians of rounds in which both took turns."""
    found = []
    for name, path in paths_of(shop).items():
        pairs = [(asked(hello, seconds), asked(shop + path, seconds)) for _n in range(rounds)]
        ratio = statistics.median(page / greeting for greeting, page in pairs)
        found.append((name, statistics.median(page for _greeting, page in pairs), ratio))
    return found


def paths_of(shop):
    where = {"movie": shop, "theater": f"{shop}/theaters/"}
    texts = {name: requests.get(url, timeout=10).text for name, url in where.items()}
    return {name: re.search(place, texts[name])[1] if name in texts else place for name, place in PLACES.items()}


def asked(url, seconds):
    """Answers a second, to sixteen who ask all the time."""
    requests.get(url, timeout=60)  # whoever asked before has been answered
    said = subprocess.run(
        ["wrk", "-t1", "-c16", "--timeout=30s", f"-d{seconds}s", url], capture_output=True, text=True, check=True
    ).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(said)
    return float(re.search(r"Requests/sec: *([\d.]+)", said)[1])


def main(rounds="5", seconds="3"):
    folder = Path(tempfile.mkdtemp(prefix="moviebooking-bench-"))
    folder.chmod(0o711)
    house = House(folder)
    house.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.pages_settings"
    try:
        house.open()
        house.manage("demo", "--sales", "--force")
        house.start_web()
        wait_for(f"{house.url}/readyz")
        for name, per_second, ratio in rows(house.url, f"{house.url}/hello", rounds=int(rounds), seconds=int(seconds)):
            print(f"{name:10} {per_second:8.0f}/s {ratio:8.3f} of hello", flush=True)
    finally:
        house.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
