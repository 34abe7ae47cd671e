"""Whole sales, from the map to the tickets, and two thousand people who want the same room."""

import random
import re
import statistics
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from threading import local
from urllib.parse import urlencode, urlsplit

from bookings.models import BookedSeat, Booking
from tests.bench.pages import CUSTOMERS, Case
from tests.bench.programme import CSRF
from tests.bench.report import Row
from tests.bench.wrk import put_under_load, raw_request

FREE_SEAT = re.compile(r'name="seats" value="(\d+)"[^>]*data-state="available"')
STAMPEDE = 2000
# What the targets were set by: so many hellos a second.
HELLOS = 4500
lines = local()


class Lost(Exception):
    """The shop has answered something else than a sale needs."""


class Customer:
    """Clicks without rest, over one connection a thread."""

    def __init__(self, house, cookies: dict):
        self.shop, self.bank = urlsplit(house.url).netloc, urlsplit(house.stand_in).netloc
        self.cookies = "; ".join(f"{name}={value}" for name, value in cookies.items())
        self.told: Counter = Counter()

    def ask(self, method: str, address: str, **form):
        """(status, where it leads, page). In a path of ours, or at the bank."""
        parts = urlsplit(address)
        host = parts.netloc or self.shop
        headers = {"Cookie": self.cookies} if host == self.shop else {}
        body = None
        if method == "POST":
            body = urlencode({"csrfmiddlewaretoken": CSRF} | form, doseq=True)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        answer = self.send(host, method, f"{parts.path}?{parts.query}".rstrip("?"), body, headers)
        self.told[answer.status] += 1
        return answer.status, answer.headers.get("Location", ""), answer.read().decode()

    def send(self, host: str, *request):
        """As browsers do: where the line was closed meanwhile, as a worker has been replaced, over a new one."""
        for _try in range(3):
            if not hasattr(lines, host):
                setattr(lines, host, HTTPConnection(host, timeout=60))
            try:
                getattr(lines, host).request(*request)
                return getattr(lines, host).getresponse()
            except ConnectionError:
                getattr(lines, host).close()
                delattr(lines, host)
        raise Lost("no line to the shop")

    def buy(self, showtime: int, seats: list[int]) -> None:
        """The whole way; ends on the tickets."""
        self.ask("GET", f"/showtimes/{showtime}/seats/")
        status, _address, _page = self.ask("POST", f"/showtimes/{showtime}/hold/", seats=seats)
        if status != 302:
            raise Lost(f"hold: {status}")
        self.pay(showtime)

    def pay(self, showtime: int) -> None:
        self.ask("GET", f"/showtimes/{showtime}/checkout/")
        status, address, _page = self.ask("POST", f"/showtimes/{showtime}/checkout/")
        if status != 303:
            raise Lost(f"checkout: {status}")
        _status, address, _page = self.ask("POST", address, action="pay")
        while address:
            status, address, page = self.ask("GET", address)
        if status != 200 or "data:image/svg" not in page:
            raise Lost(f"no tickets: {status}")

    def rush(self, showtime: int, order: random.Random) -> str:
        """Try until there are tickets or no free seats; which of the two."""
        _status, _address, page = self.ask("GET", f"/showtimes/{showtime}/seats/")
        while free := [int(pk) for pk in FREE_SEAT.findall(page)]:
            first = order.randrange(len(free))
            status, _address, page = self.ask("POST", f"/showtimes/{showtime}/hold/", seats=free[first : first + 2])
            if status == 302:
                self.pay(showtime)
                return "tickets"
        return "told" if "Sold out." in page else "NOT TOLD"


def hello(house, seconds: float) -> float:
    one = Case("hello", [raw_request("/bench/hello/", host=f"127.0.0.1:{house.port}", cookies={})])
    load = put_under_load(house.url, one.requests, expected=200, connections=one.connections, seconds=seconds)
    return load.per_second


def measure_sales(house, programme, cookies: list[dict], *, rounds: int, seconds: float) -> Row:
    """Sales of two seats each, 32 at once, each by a customer of its own."""
    rates, ratios = [], []
    for number in range(rounds):
        showtime = programme.showtimes[2 + number]
        room = programme.seats[showtime]
        pairs = [room[first : first + 2] for first in range(0, len(room), 2)]
        sales = len(pairs)
        base = hello(house, seconds)
        customers = [Customer(house, cookie) for cookie in cookies[number * sales : (number + 1) * sales]]
        begun = time.monotonic()
        with ThreadPoolExecutor(CUSTOMERS) as crowd:
            list(crowd.map(lambda customer, pair, at=showtime: customer.buy(at, pair), customers, pairs))
        rates.append(sales / (time.monotonic() - begun))
        ratios.append(rates[-1] / ((base + hello(house, seconds)) / 2))
    rate = statistics.median(rates)
    ratio = statistics.median(ratios)
    note = "map, hold, checkout, payment at the stand-in, webhook, tickets"
    return Row("whole sale, 32 customers", f"{rate:,.1f}/s", ratio, "hello", 1 / 70, note=note)


def measure_stampede(house, showtime: int, cookies: list[dict], *, seconds: float) -> Row:
    order = random.Random(showtime)
    customers = [Customer(house, cookie) for cookie in cookies]
    base = hello(house, seconds)
    begun = time.monotonic()
    with ThreadPoolExecutor(64) as crowd:
        ends = Counter(crowd.map(lambda customer: customer.rush(showtime, order), customers))
    took = time.monotonic() - begun
    base = (base + hello(house, seconds)) / 2
    told = sum((customer.told for customer in customers), Counter())
    broken = sum(count for status, count in told.items() if status >= 500)
    live = BookedSeat.objects.live().filter(showtime=showtime, booking__status=Booking.Status.CONFIRMED)
    sold, seats = live.count(), live.values("seat").distinct().count()
    note = (
        f"{ends['tickets']} have tickets, {ends['told']} were told, {ends['NOT TOLD']} were not; {sold} seats sold, "
        f"{sold - seats} of them twice; {broken} answers 5xx; as seconds of a machine with {HELLOS:,} hellos a second"
    )
    is_right = sold == seats == 300 and not ends["NOT TOLD"] and not broken
    figure = f"{took:.1f} s"
    return Row(
        "2 000 customers, 300 seats",
        figure,
        took * base / HELLOS,
        "seconds",
        15,
        is_cost=True,
        note=note,
        failed=not is_right,
    )
