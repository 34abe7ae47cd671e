"""What is done to the shop while it sells. Every kind comes in turn, in an order that the seed decides."""

import os
import random
import signal
import time

import psycopg
import requests

from tests.prove.servers import House
from tests.prove.tally import Tally

# Servers die, hang and come back.


def redis_killed(house: House, chance: random.Random) -> None:
    house.redis.die()
    time.sleep(chance.uniform(0.5, 3))
    house.redis.start()


def redis_hung(house: House, chance: random.Random) -> None:
    hang(house.redis.process.pid, chance.uniform(1, 4))


def redis_restarted(house: House, chance: random.Random) -> None:
    house.redis.ask_to_stop()
    house.redis.wait_for_end()
    house.redis.start()


def redis_flushed(house: House, chance: random.Random) -> None:
    house.flush_redis()


def postgres_restarted(house: House, chance: random.Random) -> None:
    """What `pg_ctl restart -m immediate` does: no goodbye, and recovery from the log at the start."""
    house.postgres.restart()


def postgres_cut_off(house: House, chance: random.Random) -> None:
    """Every connection ends, whatever it was in the middle of."""
    with psycopg.connect(house.postgres.url) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")


def web_worker_killed(house: House, chance: random.Random) -> None:
    os.kill(chance.choice(house.web_workers()), signal.SIGKILL)


def web_worker_hung(house: House, chance: random.Random) -> None:
    hang(chance.choice(house.web_workers()), chance.uniform(1, 4))


def worker_killed(house: House, chance: random.Random) -> None:
    house.bury("worker")
    time.sleep(chance.uniform(0, 2))
    house.start_worker()


def worker_hung(house: House, chance: random.Random) -> None:
    hang(house.children["worker"].pid, chance.uniform(1, 4))


def hang(pid: int, seconds: float) -> None:
    os.kill(pid, signal.SIGSTOP)
    time.sleep(seconds)
    os.kill(pid, signal.SIGCONT)


def refund_in_the_dashboard(house: House, chance: random.Random) -> None:
    """Somebody at the theater gives all of a payment back without telling us."""
    given = {refund["payment_intent"] for refund in house.ledger("refunds")}
    paid = {session["payment_intent"] for session in house.ledger("sessions") if session["payment_status"] == "paid"}
    if open_to_it := sorted(paid - given):
        house.control("refund_outside", payment_intent=chance.choice(open_to_it))


SERVERS = [
    redis_killed,
    redis_hung,
    redis_restarted,
    redis_flushed,
    postgres_restarted,
    postgres_cut_off,
    web_worker_killed,
    web_worker_hung,
    worker_killed,
    worker_hung,
    refund_in_the_dashboard,
]

# How webhooks travel until the next turn.
WEBHOOKS = {
    "webhooks delayed": {"mode": "delay:3"},
    "webhooks doubled": {"copies": 3},
    "webhooks reordered": {"mode": "delay:1", "copies": 2, "shuffle": True},
    "webhooks held, then all at once": {"mode": "hold"},
    "webhooks dropped": {"mode": "lose"},
    "webhooks as they should be": {},
}
FAIR = {"mode": "now", "copies": 1, "shuffle": False, "answer_wait": 3}

# What the next few calls to the payment service meet: our patience with it ends after three seconds.
CALLS = {
    "Stripe says 429": {"kind": "429", "method": "*"},
    "Stripe says 500": {"kind": "500"},
    "Stripe says 503": {"kind": "503", "method": "*"},
    "Stripe's answer cut off": {"kind": "cut"},
    "Stripe slow": {"kind": "slow", "seconds": 2},
    "Stripe hangs": {"kind": "hang", "seconds": 4},
}


def play(house: House, *, seconds: float, seed: str, tally: Tally) -> None:
    """Turn after turn: other weather for webhooks, trouble with calls, and a server falls."""
    chance = random.Random(f"{seed}-faults")
    servers, webhooks, calls = (deck(cards, chance) for cards in (SERVERS, list(WEBHOOKS), list(CALLS)))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        weather, trouble, fall = next(webhooks), next(calls), next(servers)
        house.control("release")
        house.control("webhooks", **FAIR | WEBHOOKS[weather])
        house.control("faults", times=chance.randint(2, 6), **CALLS[trouble])
        if house.worker_has_ended():
            tally.fault("worker ended by itself, started again")
            house.start_worker()
        fall(house, chance)
        for name in (weather, trouble, fall.__name__.replace("_", " ")):
            tally.fault(name)
        time.sleep(max(0, min(chance.uniform(1, 4), end - time.monotonic())))


def deck(cards: list, chance: random.Random):
    """All the cards in some order, then all of them again."""
    while True:
        yield from chance.sample(cards, len(cards))


def calm(house: House) -> None:
    """Everything runs and answers again; what was held back is delivered, what was dropped stays lost."""
    house.control("webhooks", **FAIR)
    house.control("release")
    requests.delete(f"{house.stand_in}/_sandbox/faults", timeout=30)
