"""What 10 000 people in the queue of a waiting room cost, and whether they are let in as promised.

    .venv/bin/python -m tests.bench.waiting_room [visitors] [seconds]

They ask by HTTP as often as they are told to, each with a cookie of their own; who is let in opens the seat map. Then
wrk finds out how many of their questions a second the shop could answer, in turns with a view that does nothing.
"""

import asyncio
import heapq
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import redis

from tests.bench import report
from tests.bench.wrk import put_under_load, raw_request

LINES = 24  # kept open by all the visitors together
TICKS = 100
RATE = 240


def rows(house, *, visitors: int = 10_000, seconds: int = 60, rounds: int = 5) -> list[report.Row]:
    """For the table. The shop stands open; Django is set up on its servers."""
    crowd = Crowd(house, visitors)
    with redis.Redis.from_url(house.redis.url) as memory:
        run = crowd.wait_in_the_queue(seconds, memory)
        return [*fairness_rows(crowd, run, memory), *load_rows(house, crowd, rounds)]


@dataclass
class Run:
    """What happened while they waited."""

    seconds: float = 0
    processor: float = 0  # of the web processes, as a part of one core
    asked: int = 0
    odd: int = 0
    admitted: list[int] = field(default_factory=list)  # numbers of the visitors, as they heard of it
    maps: int = 0
    inside: list[int] = field(default_factory=list)  # by Redis, second by second


class Crowd:
    """Each visitor is a number, in the order of their coming."""

    def __init__(self, house, visitors: int):
        from bookings import waiting_room
        from bookings.views.waiting_room import cookie_name, signer
        from tests.factories import create_showtime

        self.house, self.host = house, f"127.0.0.1:{house.port}"
        room = {"has_waiting_room": True, "waiting_room_rate": RATE, "waiting_room_places": 30_000}
        self.showtime = showtime = create_showtime(**room)
        self.names = [f"guest-{number:032x}" for number in range(visitors)]
        before = used_memory(house)
        places = [waiting_room.enter(showtime, name) for name in self.names]
        self.bytes_each = (used_memory(house) - before) / visitors
        self.waits = [waiting_room.ask(showtime.pk, name).ask_again_in for name in self.names]
        self.cookies = [
            {cookie_name(showtime.pk): signer(showtime.pk).sign("~".join((name, place.number or "0", place.epoch)))}
            for name, place in zip(self.names, places, strict=True)
        ]
        self.inside_before = waiting_room.look(showtime).inside

    @property
    def needed(self) -> float:
        """Questions a second, if each asks as often as told."""
        return sum(1 / (wait * 1.1) for wait in self.waits)  # the script adds up to a fifth by chance

    def question(self, number: int) -> str:
        return raw_request(f"/showtimes/{self.showtime.pk}/queue.json", host=self.host, cookies=self.cookies[number])

    def seat_map(self, number: int) -> str:
        return raw_request(f"/showtimes/{self.showtime.pk}/seats/", host=self.host, cookies=self.cookies[number])

    def wait_in_the_queue(self, seconds: float, memory) -> Run:
        run = Run()
        stats = [Path(f"/proc/{pid}/stat") for pid in self.house.web_workers()]
        before, begun = processor_seconds(stats), time.monotonic()
        asyncio.run(self.ask_for(seconds, run, memory))
        run.seconds = time.monotonic() - begun
        run.processor = (processor_seconds(stats) - before) / run.seconds
        return run

    async def ask_for(self, seconds: float, run: Run, memory) -> None:
        now = time.monotonic()
        self.end = now + seconds
        # Spread as they would be who have come one after the other.
        self.due = [(now + wait * (number % 97) / 97, number) for number, wait in enumerate(self.waits)]
        heapq.heapify(self.due)
        await asyncio.gather(self.count(run, memory), *(self.line(run) for _line in range(LINES)))

    async def count(self, run: Run, memory) -> None:
        while time.monotonic() < self.end:
            run.inside.append(memory.zcard(f"{{room:{self.showtime.pk}}}:inside"))
            await asyncio.sleep(1)

    async def line(self, run: Run) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.house.port)
        while (now := time.monotonic()) < self.end:
            if self.due[0][0] > now:
                await asyncio.sleep(min(0.05, self.due[0][0] - now))
                continue
            _moment, number = heapq.heappop(self.due)
            status, body = await ask(reader, writer, self.question(number))
            run.asked += 1
            place = json.loads(body) if status == 200 else {}
            if place.get("state") == "inside":
                run.admitted.append(number)
                status, body = await ask(reader, writer, self.seat_map(number))
                run.maps += status == 200 and b'name="seats"' in body
            elif place.get("state") == "waiting":
                heapq.heappush(self.due, (time.monotonic() + place["next"] * 1.1, number))
            else:
                run.odd += 1
        writer.close()


def used_memory(house) -> int:
    with redis.Redis.from_url(house.redis.url) as memory:
        return memory.info("memory")["used_memory"]


async def ask(reader, writer, request: str) -> tuple[int, bytes]:
    writer.write(request.encode())
    head = await reader.readuntil(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().splitlines() if line.startswith(b"content-length")]
    return int(head.split()[1]), await reader.readexactly(int(lengths[0]))


def processor_seconds(stats) -> float:
    """utime and stime, the 14th and 15th of proc(5)."""
    return sum(sum(map(int, stat.read_text().rpartition(")")[2].split()[11:13])) for stat in stats) / TICKS


def fairness_rows(crowd: Crowd, run: Run, memory) -> list[report.Row]:
    keys = {name: f"{{room:{crowd.showtime.pk}}}:{name}" for name in ("queue", "inside", "missed")}
    inside = {name.decode() for name in memory.zrange(keys["inside"], 0, -1)}
    queue = {name.decode() for name in memory.zrange(keys["queue"], 0, -1)}
    let_in = len(inside) - crowd.inside_before
    is_in_order = inside == set(crowd.names[: len(inside)])
    is_whole = not inside & queue and len(inside) + len(queue) == len(crowd.names) and not memory.hlen(keys["missed"])
    is_once = len(set(run.admitted)) == len(run.admitted) == run.maps
    planned = RATE * run.seconds / 60
    tens = [after - before for before, after in zip(run.inside, run.inside[10:], strict=False)]
    visitors = f"{len(crowd.names):,} waiting"
    return [
        report.Row(
            f"{visitors}: let in at {RATE} a minute",
            f"{let_in} in {run.seconds:.0f} s",
            let_in / planned,
            "the rate",
            note=f"in any 10 s {min(tens, default=0)} to {max(tens, default=0)}; in order: {say(is_in_order)}, nobody "
            f"twice or lost: {say(is_once and is_whole)}, {run.maps} seat maps opened, {run.odd} odd answers",
            failed=not (is_in_order and is_whole and is_once and let_in <= planned + RATE / 12 and not run.odd),
        ),
        report.Row(
            f"{visitors}: what they cost",
            f"{run.asked / run.seconds:.0f} questions/s",
            run.processor,
            "one core",
            note="processor time of the web processes, with the seat maps of those who were let in; "
            f"{crowd.bytes_each:.0f} bytes of Redis each",
        ),
    ]


def say(is_so: bool) -> str:
    return "yes" if is_so else "NO"


def load_rows(house, crowd: Crowd, rounds: int) -> list[report.Row]:
    host, page = crowd.host, f"/showtimes/{crowd.showtime.pk}/seats/"
    last = range(len(crowd.names) - 1, len(crowd.names) // 10, -1)
    loads = {
        "hello": [raw_request("/bench/hello/", host=host, cookies={})],
        "question of who waits": [crowd.question(number) for number in last],
        "page of who waits": [raw_request(page, host=host, cookies=crowd.cookies[number]) for number in last],
    }
    figures = {name: [] for name in loads}
    for _round in range(rounds):
        for name, requests in loads.items():
            figures[name].append(put_under_load(house.url, requests, expected=200, connections=16, seconds=3))
    rates = {name: [load.per_second for load in found] for name, found in figures.items()}
    for name in list(loads)[1:]:
        ratio = statistics.median(a / b for a, b in zip(rates[name], rates["hello"], strict=True))
        odd = sum(load.odd for load in figures[name])
        p99 = statistics.median(load.p99 for load in figures[name])
        yield report.Row(
            name,
            f"{statistics.median(rates[name]):,.0f}/s",
            ratio,
            "hello",
            note=f"99 % within {p99:.0f} ms" + (f"; {odd} ODD ANSWERS" if odd else ""),
            failed=bool(odd),
        )
    possible = statistics.median(rates["question of who waits"])
    yield report.Row(
        f"{len(crowd.names):,} waiting: questions needed of those possible",
        f"{crowd.needed:,.0f}/s",
        crowd.needed / possible,
        "possible",
        target=0.5,
        is_cost=True,
    )


def main(visitors: int = 10_000, seconds: int = 60) -> None:
    from tests.bench.servers import BenchHouse

    folder = Path(tempfile.mkdtemp(prefix="moviebooking-bench-"))
    folder.chmod(0o711)  # PostgreSQL may run as another user, who has to pass through
    house = BenchHouse(folder)
    try:
        house.open()
        os.environ.update(house.environ)
        import django

        django.setup()
        house.open_doors()
        print(report.table(rows(house, visitors=visitors, seconds=seconds)))
    finally:
        house.close()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
