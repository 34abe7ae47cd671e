"""What saturates first when the house grows: one machine, many, a chain of 500 screens. A simulation, in seconds.

    python -m tests.bench.chain

Sales arrive at random and go through the steps below. Each step wants some time of a web worker's processor and of the
servers that all share. Every resource serves so many at once, the next ones wait in a line. What it costs was measured
(docs/performance.md); what is not ours (Stripe's limit, connections of a hosted PostgreSQL) is as published.
"""

import heapq
import random
import statistics
from collections import Counter, deque
from dataclasses import dataclass

# Milliseconds that one sale needs of each, one visit after another: (resource, time). Two looks at the map on the way.
# Processor time of a slow machine of two cores (1 200 hellos a second); a faster one moves all of it together.
SALE = [
    ("web", 4), ("redis", 0.2), ("web", 4), ("redis", 0.2), ("postgres", 1),
    ("web", 9), ("redis", 0.6), ("postgres", 3),
    ("web", 13), ("redis", 0.3), ("postgres", 4),
    ("lock", 12), ("web", 35), ("postgres", 8), ("redis", 0.6),
    ("stripe", 40), ("web", 8), ("postgres", 2),
    ("lock", 8), ("web", 20), ("postgres", 8), ("redis", 0.6),
    ("web", 26), ("postgres", 4),
]  # fmt: skip
STRIPE_SESSIONS_PER_SECOND = 25  # https://docs.stripe.com/rate-limits, as an account begins
SECONDS = 40


@dataclass(frozen=True)
class House:
    """`cores` of web machines, of PostgreSQL; `rush`: the part of all customers who want one and the same showtime."""

    name: str
    web_cores: int
    database_cores: int
    showtimes: int
    rush: float = 0.0
    stripe_per_second: float = STRIPE_SESSIONS_PER_SECOND

    def servers(self, resource: str) -> int:
        return {"web": self.web_cores, "postgres": self.database_cores, "redis": 1}.get(resource, 1)


class Line:
    """So many are served at once; a limit per second is a server that is busy for as long."""

    def __init__(self, servers: int):
        self.free, self.waiting, self.busy = servers, deque(), 0.0


class Run:
    def __init__(self, house: House, per_second: float, seed: int = 1):
        self.house, self.random = house, random.Random(seed)
        self.lines: dict = {}
        self.events: list = []
        self.done: list[float] = []
        self.number = 0
        moment = 0.0
        while (moment := moment + self.random.expovariate(per_second)) < SECONDS:
            is_rush = self.random.random() < house.rush
            showtime = 0 if is_rush else self.random.randrange(house.showtimes)
            self.at(moment, (moment, showtime, 0))

    def at(self, moment: float, sale: tuple) -> None:
        self.number += 1
        heapq.heappush(self.events, (moment, self.number, sale, None))

    def line_of(self, resource: str, showtime: int) -> Line:
        key = (resource, showtime) if resource == "lock" else resource
        return self.lines.setdefault(key, Line(self.house.servers(resource)))

    def play(self) -> "Run":
        while self.events and self.events[0][0] < SECONDS:
            now, _number, sale, served = heapq.heappop(self.events)
            if served:
                self.leave(now, served)
            begun, showtime, step = sale
            if step == len(SALE):
                self.done.append(now - begun)
                continue
            line = self.line_of(SALE[step][0], showtime)
            if line.free:
                self.serve(now, line, sale)
            else:
                line.waiting.append(sale)
        return self

    def serve(self, now: float, line: Line, sale: tuple) -> None:
        begun, showtime, step = sale
        resource, milliseconds = SALE[step]
        time = 1 / self.house.stripe_per_second if resource == "stripe" else milliseconds / 1000
        line.free -= 1
        line.busy += time
        self.number += 1
        heapq.heappush(self.events, (now + time, self.number, (begun, showtime, step + 1), line))

    def leave(self, now: float, line: Line) -> None:
        line.free += 1
        if line.waiting:
            self.serve(now, line, line.waiting.popleft())

    def busiest(self) -> list[tuple[str, float]]:
        """(resource, part of the time that it was busy), the busiest first; of the locks, the busiest one."""
        load: Counter = Counter()
        for key, line in self.lines.items():
            name = key if isinstance(key, str) else key[0]
            load[name] = max(load[name], line.busy / SECONDS / self.house.servers(name))
        return load.most_common()


def most_per_second(house: House) -> float:
    """The most sales a second of which 99 % take less than two seconds more than alone."""
    low, high = 0.0, 2048.0
    while high - low > 0.04 * high:
        middle = (low + high) / 2
        run = Run(house, middle).play()
        is_kept_up = len(run.done) > 0.95 * middle * SECONDS and statistics.quantiles(run.done, n=100)[98] < 2
        low, high = (middle, high) if is_kept_up else (low, middle)
    return low


HOUSES = [
    House("one machine of two cores", 1, 1, 20),
    House("four machines", 8, 2, 60),
    House("twenty machines, 100 screens", 40, 4, 500),
    House("the same, Stripe's limit raised to 200/s", 40, 4, 500, stripe_per_second=200),
    House("a chain of 500 screens, limit 500/s", 160, 16, 2500, stripe_per_second=500),
    House("the chain, half of all want one premiere", 160, 16, 2500, rush=0.5, stripe_per_second=500),
]


def main() -> None:
    print("| House | Sales a second | Busiest then | Next |")
    print("| --- | --- | --- | --- |")
    for house in HOUSES:
        most = most_per_second(house)
        first, second, *_others = Run(house, most).play().busiest()
        print(f"| {house.name} | {most:,.0f} | {first[0]}, {first[1]:.0%} | {second[0]}, {second[1]:.0%} |")


if __name__ == "__main__":
    main()
