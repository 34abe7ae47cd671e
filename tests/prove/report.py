"""The figures of a run on one page, and whether it was a good one."""

from collections import Counter

from django.db import connection

from tests.prove import logs
from tests.prove.aftermath import End
from tests.prove.servers import House
from tests.prove.tally import Tally

COUNTS = {
    "bookings begun": "SELECT count(*) FROM bookings_booking",
    "bookings confirmed at some time": "SELECT count(*) FROM bookings_booking WHERE confirmed_at IS NOT NULL",
    "tickets sold": "SELECT count(*) FROM bookings_ticket",
    "tickets that are good now": "SELECT count(*) FROM bookings_ticket WHERE revoked_at IS NULL",
    "refunds": "SELECT count(*) FROM bookings_refund",
    "mails sent": "SELECT count(*) FROM bookings_mail WHERE status = 'sent'",
}


def report(house: House, end: End, tally: Tally) -> bool:
    """Print everything; whether nothing is wrong."""
    table("Sold", {name: count(sql) for name, sql in COUNTS.items()})
    table("Refunds by reason", dict(rows("SELECT reason, count(*) FROM bookings_refund GROUP BY 1 ORDER BY 1")))
    table("Buyers did", tally.deeds)
    table("Faults", tally.faults)
    table("Answers by status", tally.answers)
    deliveries = Counter(delivery["status"] or "no answer" for delivery in house.ledger("deliveries"))
    table("Webhooks answered with", deliveries)
    print(f"\nPages: half within {tally.slowest(0.5):.2f} s, 95 % within {tally.slowest(0.95):.2f} s.")
    print(f"All was at rest {end.seconds:.0f} s after the last customer had left.")
    wrong = {name.replace("_", " "): found for name, found in vars(end.verdict).items()}
    wrong["answers that should never be given"] = sorted(set(tally.problems))
    wrong["answers that Stripe should never get"] = [str(s) for s in deliveries if s not in (200, 503, "no answer")]
    for name in ("web", "worker"):
        wrong[f"tracebacks of the {name}"] = [f"{n} x {it}" for it, n in logs.tracebacks(house.log(name)).items()]
        wrong[f"secrets in the log of the {name}"] = logs.leaks(house.log(name))
    wrong["audit"] = end.audit.splitlines()
    wrong["still under way"] = end.still_waiting
    table("Wrong", {name: len(found) for name, found in wrong.items()})
    for name, found in wrong.items():
        for sentence in found[:20]:
            print(f"    {name}: {sentence}")
    return not any(wrong.values())


def table(title: str, figures: dict) -> None:
    print(f"\n{title}")
    for name, number in sorted(figures.items(), key=lambda pair: str(pair[0])) if title != "Sold" else figures.items():
        print(f"    {name!s:<40}{number:>8}", flush=True)


def count(sql: str) -> int:
    return rows(sql)[0][0]


def rows(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()
