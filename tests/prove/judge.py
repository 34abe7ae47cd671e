"""An independent judge: plain SQL beside the ledger of the payment stand-in, and nothing of the shop's own code.

Every showtime it is asked about is so far away that a cancelled booking gets all of its money back, so one rule holds
for everybody: who has tickets has paid just their price, who has none has nothing left at Stripe. Amounts are in cents.
"""

from collections import defaultdict
from dataclasses import dataclass, field

SOLD_TWICE = """
    SELECT s.showtime_id, s.seat_id FROM bookings_ticket t
    JOIN bookings_bookedseat s ON s.id = t.booked_seat_id
    WHERE t.revoked_at IS NULL GROUP BY 1, 2 HAVING count(*) > 1
    UNION
    SELECT showtime_id, seat_id FROM bookings_bookedseat
    WHERE released_at IS NULL GROUP BY 1, 2 HAVING count(*) > 1
"""
BOOKINGS = """
    SELECT b.reference, b.status, (b.total * 100)::int, jsonb_array_length(b.seat_labels),
        (SELECT count(*) FROM bookings_bookedseat s WHERE s.booking_id = b.id AND s.released_at IS NULL),
        (SELECT count(*) FROM bookings_ticket t JOIN bookings_bookedseat s ON s.id = t.booked_seat_id
         WHERE s.booking_id = b.id AND t.revoked_at IS NULL)
    FROM bookings_booking b
"""
REFUNDS = "SELECT stripe_id, status, (amount * 100)::int FROM bookings_refund WHERE status <> 'needless'"
# What its money stands behind today: (old booking, the one it was exchanged for).
EXCHANGES = """
    SELECT old.reference, new.reference FROM bookings_exchange e
    JOIN bookings_booking old ON old.id = e.old_id JOIN bookings_booking new ON new.id = e.new_id
    WHERE e.done_at IS NOT NULL ORDER BY e.done_at
"""
MAILS = """
    SELECT b.reference, b.status, count(m.id) FILTER (WHERE m.status IN ('sent', 'pending')),
        array_agg(m.message_id::text) FILTER (WHERE m.status = 'sent')
    FROM bookings_booking b LEFT JOIN bookings_mail m ON m.booking_id = b.id AND m.kind = 'tickets'
    GROUP BY 1, 2
"""


@dataclass
class Verdict:
    """What is wrong, each a list of sentences; all empty when the books are clean."""

    seats_sold_twice: list[str] = field(default_factory=list)
    money_without_ticket_or_refund: list[str] = field(default_factory=list)
    tickets_without_money: list[str] = field(default_factory=list)
    refunds_unlike_stripes: list[str] = field(default_factory=list)
    seats_stuck: list[str] = field(default_factory=list)
    customers_not_told: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether anything is wrong."""
        return any(vars(self).values())


def judge(cursor, *, sessions: list[dict], refunds: list[dict], letters: set[str] | None = None) -> Verdict:
    """Compare the tables with the stand-in's ledger, when all is quiet. `letters`: Message-IDs that have gone out."""
    verdict = Verdict()
    for showtime, seat in rows(cursor, SOLD_TWICE):
        verdict.seats_sold_twice.append(f"seat {seat} of showtime {showtime}")
    judge_bookings(cursor, handed_on(cursor, kept_money(sessions, refunds)), verdict)
    judge_refunds(cursor, refunds, verdict)
    judge_mails(cursor, letters, verdict)
    return verdict


def rows(cursor, sql: str) -> list[tuple]:
    cursor.execute(sql)
    return cursor.fetchall()


def kept_money(sessions: list[dict], refunds: list[dict]) -> dict[str, int]:
    """By booking: what its paid sessions brought, less what went back."""
    kept, booking_of = defaultdict(int), {}
    for session in sessions:
        if session["payment_status"] == "paid":
            kept[session["client_reference_id"]] += session["amount_total"]
            booking_of[session["payment_intent"]] = session["client_reference_id"]
    for refund in refunds:
        if refund["status"] != "failed":
            kept[booking_of.get(refund["payment_intent"], "nobody")] -= refund["amount"]
    return kept


def handed_on(cursor, kept: dict[str, int]) -> dict[str, int]:
    """By the booking that was got for it at last: old tickets have paid for new ones."""
    kept = defaultdict(int, kept)
    for old, new in rows(cursor, EXCHANGES):
        kept[new] += kept.pop(old, 0)
    return kept


def judge_bookings(cursor, kept: dict[str, int], verdict: Verdict) -> None:
    unclaimed = dict(kept)
    for reference, status, total, chosen, seats, tickets in rows(cursor, BOOKINGS):
        money = unclaimed.pop(reference, 0)
        due = total if tickets else 0
        if money > due:
            verdict.money_without_ticket_or_refund.append(f"{reference}, {status}: {money} kept, {due} due")
        if money < due or (tickets and status != "confirmed"):
            verdict.tickets_without_money.append(f"{reference}, {status}: {tickets} tickets, {money} of {due}")
        if (seats, tickets) != ((chosen, chosen) if status == "confirmed" else (0, 0)):
            verdict.seats_stuck.append(f"{reference}, {status}: {chosen} chosen, {seats} taken, {tickets} tickets")
    for reference, money in unclaimed.items():
        if money:
            verdict.money_without_ticket_or_refund.append(f"{reference}, unknown to us: {money} kept")


def judge_refunds(cursor, refunds: list[dict], verdict: Verdict) -> None:
    ours = {stripe_id: (status, amount) for stripe_id, status, amount in rows(cursor, REFUNDS)}
    theirs = {refund["id"]: (refund["status"], refund["amount"]) for refund in refunds}
    for stripe_id in ours.keys() | theirs.keys():
        if ours.get(stripe_id) != theirs.get(stripe_id):
            verdict.refunds_unlike_stripes.append(
                f"{stripe_id}: ours {ours.get(stripe_id)}, Stripe's {theirs.get(stripe_id)}"
            )


def judge_mails(cursor, letters: set[str] | None, verdict: Verdict) -> None:
    for reference, status, mails, sent in rows(cursor, MAILS):
        if status == "confirmed" and mails != 1:
            verdict.customers_not_told.append(f"{reference}: {mails} mails with tickets")
        for message_id in sent or []:
            if letters is not None and message_id not in letters:
                verdict.customers_not_told.append(f"{reference}: a mail is noted as sent and never went out")
