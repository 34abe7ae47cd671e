"""What a thousand open seat maps cost, and how soon they hear of a hold.

    make run PORT=8001, and beside it: .venv/bin/python -m tests.bench.open_maps http://127.0.0.1:8001 [maps] [seconds]

Maps listen as browsers do; a customer holds and changes two seats once a second. Printed: processor time of the
web processes as part of one core, at rest and with the holds, and how long after the answer to a hold a map was told.
"""

import itertools
import re
import selectors
import socket
import statistics
import sys
import time
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import requests

TICKS = 100


class Customer:
    """Signed in, over HTTP."""

    def __init__(self, shop):
        self.shop, self.session = shop, requests.Session()
        page = self.session.get(f"{shop}/accounts/login/").text
        answer = self.post("/accounts/login/", page, login="moviegoer@example.com", password="demo")
        assert "/accounts/login/" not in answer.url, "nobody could sign in"

    def post(self, path, page, **fields):
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
        headers = {"Referer": self.shop}
        return self.session.post(self.shop + path, {"csrfmiddlewaretoken": token} | fields, headers=headers)

    def choose_showtime(self):
        self.path = re.search(r"/showtimes/\d+/", self.session.get(self.shop).text)[0]
        self.map = self.session.get(f"{self.shop}{self.path}seats/").text
        self.free = re.findall(r'value="(\d+)" data-label="[^"]+"[^>]*data-state="available"', self.map)

    def hold(self, *seats):
        return self.post(f"{self.path}hold/", self.map, seats=seats).elapsed


def open_map(address, path):
    line = socket.create_connection((address.hostname, address.port))
    line.sendall(f"GET {path}seats.stream HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode())
    return line


def hear(lines, told, end):
    """Note when each map was told something, and how many bytes came."""
    selector = selectors.DefaultSelector()
    for line in lines:
        selector.register(line, selectors.EVENT_READ)
    while time.monotonic() < end:
        for key, _events in selector.select(0.5):
            if b"data:" in key.fileobj.recv(65536):
                told.append(time.monotonic())


def web_processes(port):
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        words = place.read_bytes().split(b"\0")
        if b"gunicorn" in b" ".join(words) and f":{port}".encode() in b" ".join(words):
            yield place.parent / "stat"


def processor_seconds(stats):
    """utime and stime, the 14th and 15th of proc(5)."""
    return sum(sum(map(int, stat.read_text().rpartition(")")[2].split()[11:13])) for stat in stats) / TICKS


def cost(stats, seconds, work=lambda: None):
    """Part of one core."""
    before, begun = processor_seconds(stats), time.monotonic()
    while time.monotonic() < begun + seconds:
        pause = time.monotonic() + 1
        work()
        time.sleep(max(0, pause - time.monotonic()))
    return (processor_seconds(stats) - before) / (time.monotonic() - begun)


def main(shop, maps=1000, seconds=20):
    customer, address = Customer(shop), urlsplit(shop)
    customer.choose_showtime()
    stats, told, delays = list(web_processes(address.port)), [], []

    pairs = itertools.count(step=2)

    def hold():
        first = next(pairs) % (len(customer.free) - 1)
        asked = time.monotonic()
        customer.hold(*customer.free[first : first + 2])
        delays.append(asked)

    alone = cost(stats, seconds, hold)
    delays.clear()
    lines = [open_map(address, customer.path) for _map in range(maps)]
    Thread(target=hear, args=(lines, told, time.monotonic() + 5 * seconds), daemon=True).start()
    time.sleep(5)
    rest = cost(stats, seconds)
    told.clear()
    busy = cost(stats, seconds, hold)
    first_told = [[moment for moment in told if asked <= moment < asked + 2] for asked in delays]
    times = [moment - asked for asked, moments in zip(delays, first_told, strict=True) for moment in moments]
    print(f"{maps} maps, {len(stats)} processes; part of one core: {rest:.3f} at rest")
    print(f"with a hold a second {busy:.3f}, of which the holds themselves {alone:.3f}")
    print(f"told {len(told)} times; after asking for the hold: half within {statistics.median(times):.2f} s,", end=" ")
    print(f"99 % within {statistics.quantiles(times, n=100)[98]:.2f} s")


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), *map(int, sys.argv[2:]))
