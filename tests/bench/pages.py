"""Pages and feeds under load, each beside a view that does nothing, in the same round."""

import statistics
from dataclasses import dataclass
from functools import partial
from itertools import islice

import requests

from tests.bench.programme import CSRF
from tests.bench.report import Row
from tests.bench.wrk import Load, put_under_load, raw_request

CUSTOMERS = 32


@dataclass(frozen=True)
class Case:
    """`against`: the name of the case that it is a part of; `target`: which part it has to be."""

    name: str
    requests: list[str]
    expected: int = 200
    against: str = "hello"
    target: float | None = None
    connections: int = 16

    def is_wanted(self, only: str) -> bool:
        """What others are measured against always is."""
        return self.target is None or only in self.name


def cases(house, programme, cookies: list[dict]) -> list[Case]:
    showtime = programme.showtimes[0]
    seats, states = f"/showtimes/{showtime}/seats/", f"/showtimes/{showtime}/seats.json"
    host = f"127.0.0.1:{house.port}"
    ask = partial(raw_request, host=host)
    alone = partial(ask, cookies={})
    etag = requests.get(house.url + states, timeout=10).headers["ETag"]
    signed_in = [ask(seats, cookies=cookie) for cookie in cookies]
    me = [ask("/bench/hello/signed-in/", cookies=cookie) for cookie in cookies]
    return [
        Case("hello", [alone("/bench/hello/")]),
        Case("signed-in hello", me),
        Case("seat map, 300 seats", [alone(seats)], target=0.25),
        Case("seat map, signed in", signed_in, against="signed-in hello", target=0.40),
        Case("seat states, all of them", [alone(states)], target=0.60),
        Case("seat states, nothing new", [alone(states, headers={"If-None-Match": etag})], expected=304, target=0.75),
        Case("home", [alone("/")], target=0.25),
        Case("movies", [alone("/movies/")], target=0.25),
        Case("movie", [alone(f"/movies/{programme.movie}/")], target=0.25),
        Case("theater", [alone(f"/theaters/{programme.theater}/")], target=0.25),
        Case(
            "hold of four seats, 32 customers",
            holds(ask, programme, cookies),
            expected=302,
            against="signed-in hello",
            target=0.40,
            connections=CUSTOMERS,
        ),
    ]


def holds(ask, programme, cookies: list[dict]) -> list[str]:
    """Each customer changes between two times four seats of their own, all in one room."""
    showtime = programme.showtimes[1]
    room = iter(programme.seats[showtime])
    choices = [(list(islice(room, 4)), list(islice(room, 4))) for _customer in cookies]
    posts = []
    for turn in (0, 1):
        for cookie, choice in zip(cookies, choices, strict=True):
            form = "&".join([f"csrfmiddlewaretoken={CSRF}", *(f"seats={seat}" for seat in choice[turn])])
            posts.append(ask(f"/showtimes/{showtime}/hold/", cookies=cookie, form=form))
    return posts


def measure(house, all_cases: list[Case], *, rounds: int, seconds: int) -> dict[str, list[Load]]:
    """Round by round, all of them in each."""
    loads: dict[str, list[Load]] = {case.name: [] for case in all_cases}
    for number in range(rounds + 1):
        for case in all_cases:
            load = put_under_load(
                house.url,
                case.requests,
                expected=case.expected,
                connections=case.connections,
                seconds=seconds if number else 1,
            )
            if number:  # the first round only warms
                loads[case.name].append(load)
    return loads


def rows(all_cases: list[Case], loads: dict[str, list[Load]]):
    """For the table: what, figure, its part of what it is measured against, the target, and what else is to say."""
    for case in all_cases:
        mine, theirs = loads[case.name], loads[case.against]
        ratios = [a.per_second / b.per_second for a, b in zip(mine, theirs, strict=True)]
        rate = statistics.median(load.per_second for load in mine)
        p50, p99 = (statistics.median(getattr(load, name) for load in mine) for name in ("p50", "p99"))
        odd = sum(load.odd for load in mine)
        note = f"half within {p50:.1f} ms, 99 % within {p99:.1f} ms" + (f"; {odd} ODD ANSWERS" if odd else "")
        yield Row(case.name, f"{rate:,.0f}/s", statistics.median(ratios), case.against, case.target, note=note)
