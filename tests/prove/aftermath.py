"""When the fire is out: time passes, the worker brings everybody home, and the books are closed."""

import time
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path

from django.db import connection

from tests.prove.judge import Verdict, judge
from tests.prove.servers import House

PATIENCE_SECONDS = 90
WAITING = {
    "booking": "SELECT reference, status FROM bookings_booking WHERE status = 'pending'",
    "payment": "SELECT p.id, p.status, p.session_id, b.status FROM bookings_payment p"
    " JOIN bookings_booking b ON b.id = p.booking_id WHERE p.status IN ('creating', 'open', 'processing')",
    "refund": "SELECT id, status, last_error FROM bookings_refund WHERE status IN ('created', 'pending')",
    "mail": "SELECT id, kind, last_error FROM bookings_mail WHERE status = 'pending'",
}
LINE = b"\n" + b"-" * 79 + b"\n"


@dataclass
class End:
    """How the run ended: after so many seconds of rest, with this left undone, and these two opinions of the books."""

    seconds: float
    still_waiting: list[str]
    audit: str
    verdict: Verdict


def settle(house: House) -> End:
    """Let the worker finish, reconcile, audit, judge."""
    began = time.monotonic()
    while waiting() and time.monotonic() < began + PATIENCE_SECONDS:
        let_time_pass()
        time.sleep(3)
    seconds = time.monotonic() - began
    house.manage("reconcile")
    let_time_pass()
    time.sleep(6)
    house.close_doors()
    audit = house.run_command("audit")
    with connection.cursor() as cursor:
        verdict = judge(
            cursor, sessions=house.ledger("sessions"), refunds=house.ledger("refunds"), letters=letters(house.folder)
        )
    return End(seconds, waiting(), audit.stdout if audit.returncode else "", verdict)


def waiting() -> list[str]:
    """What is still under way."""
    found = []
    with connection.cursor() as cursor:
        for name, sql in WAITING.items():
            cursor.execute(sql)
            found += [f"{name} {row}" for row in cursor.fetchall()]
    return found


def let_time_pass() -> None:
    """What killed workers had in hand, or put off, is due now and not in minutes."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE bookings_refund SET next_attempt_at = now() WHERE status = 'created'")
        cursor.execute(
            "UPDATE bookings_payment SET created_at = created_at - interval '31 min' WHERE session_id IS NULL"
        )
        cursor.execute("UPDATE bookings_mail SET next_attempt_at = now() WHERE status = 'pending'")


def letters(folder: Path) -> set[str]:
    """The Message-IDs of all mails that went out."""
    mails = [mail for file in (folder / "mail").glob("*.log") for mail in file.read_bytes().split(LINE) if mail.strip()]
    return {message_from_bytes(mail)["Message-ID"].strip("<>").split("@")[0] for mail in mails}
