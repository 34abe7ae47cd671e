"""When the fire is out: time passes, the worker brings everybody home, and the books are closed."""

import time
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path

from django.core.management import get_commands
from django.db import connection

from tests.prove.judge import Verdict, judge
from tests.prove.servers import House

PATIENCE_SECONDS = 90
WAITING = {
    "bookings": "SELECT count(*) FROM bookings_booking WHERE status = 'pending'",
    "payments": "SELECT count(*) FROM bookings_payment WHERE status IN ('creating', 'open', 'processing')",
    "refunds": "SELECT count(*) FROM bookings_refund WHERE status IN ('created', 'pending')",
    "mails": "SELECT count(*) FROM bookings_mail WHERE status = 'pending'",
}
LINE = b"\n" + b"-" * 79 + b"\n"


@dataclass
class End:
    verdict: Verdict
    still_waiting: dict[str, int]
    audit: str
    seconds: float


def settle(house: House) -> End:
    """Let the worker finish, reconcile, audit, judge."""
    began = time.monotonic()
    while waiting() and time.monotonic() < began + PATIENCE_SECONDS:
        let_time_pass()
        time.sleep(3)
    seconds = time.monotonic() - began
    there = get_commands()
    if "reconcile" in there:
        house.manage("reconcile")
        let_time_pass()
        time.sleep(6)
    house.close_doors()
    audit = house.run_command("audit") if "audit" in there else None
    with connection.cursor() as cursor:
        verdict = judge(
            cursor, sessions=house.ledger("sessions"), refunds=house.ledger("refunds"), letters=letters(house.folder)
        )
    return End(verdict, waiting(), audit.stdout if audit and audit.returncode else "", seconds)


def waiting() -> dict[str, int]:
    """How much is still under way, of each kind that is."""
    with connection.cursor() as cursor:
        counts = {name: cursor.execute(sql).fetchone()[0] for name, sql in WAITING.items()}
    return {name: number for name, number in counts.items() if number}


def let_time_pass() -> None:
    """What killed workers had in hand, or put off, is due now and not in minutes."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE bookings_refund SET next_attempt_at = now() WHERE status = 'created'")
        cursor.execute("UPDATE bookings_mail SET next_attempt_at = now() WHERE status = 'pending'")


def letters(folder: Path) -> set[str]:
    """The Message-IDs of all mails that went out."""
    mails = [mail for file in (folder / "mail").glob("*.log") for mail in file.read_bytes().split(LINE) if mail.strip()]
    return {message_from_bytes(mail)["Message-ID"].strip("<>").split("@")[0] for mail in mails}
