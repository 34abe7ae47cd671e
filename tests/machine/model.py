"""What may become of a booking, whatever happens: a dict of what was seen so far, and what each step may change."""

from collections import Counter

from bookings.audit import audit
from bookings.models import Booking, Payment, Refund

P, C, E, F, X = "pending", "confirmed", "expired", "failed", "cancelled"
SETTLED = {(P, C), (P, F), (E, C), (F, C)}
GIVEN_UP = {(P, E)}
CALLED_BACK = {(C, X)}
# A refund made in the dashboard may be the first that we hear of a payment.
HEARD = SETTLED | CALLED_BACK | {(P, X), (E, X), (F, X)}
MAY_CHANGE = {
    "checkout": {(None, P), (None, C)} | SETTLED | GIVEN_UP,
    "hold": GIVEN_UP,
    "release": GIVEN_UP,
    # What is exchanged ends an old booking, too.
    "exchange": {(None, P), (None, C)} | SETTLED | GIVEN_UP | CALLED_BACK,
    "pay": SETTLED | GIVEN_UP | CALLED_BACK,
    "come back": SETTLED | CALLED_BACK,
    "hear": HEARD,
    "worker": SETTLED | GIVEN_UP | CALLED_BACK | HEARD,
    "time": SETTLED | GIVEN_UP | CALLED_BACK | HEARD,
    "cancel": CALLED_BACK,
    "move": GIVEN_UP,
    "rest": HEARD | GIVEN_UP,
}


class Model:
    """`seen`: {reference: (status, seats, total)}; `frozen` is what never changes."""

    def __init__(self):
        self.seen: dict[str, tuple] = {}

    def look(self, step: str):
        """Compare with the tables; the step may have changed only what its name allows."""
        now = {booking.reference: self.facts(booking) for booking in Booking.objects.all()}
        assert self.seen.keys() <= now.keys(), "a booking has vanished"
        for reference, (status, *frozen) in now.items():
            before, *frozen_before = self.seen.get(reference, (None, *frozen))
            assert frozen == frozen_before, f"{reference}: price or seats changed"
            if before != status:
                assert (before, status) in MAY_CHANGE.get(step, set()), f"{step}: {before} became {status}"
        self.seen = now
        self.nobody_shares_a_seat()
        broken = [(result.invariant.code, result.examples) for result in audit() if result.broken]
        assert broken == [], broken

    @staticmethod
    def facts(booking):
        return booking.status, booking.showtime_id, tuple(booking.seat_labels), booking.total, booking.user_id

    def nobody_shares_a_seat(self):
        sold = Counter(
            (showtime, seat) for status, showtime, seats, *_rest in self.seen.values() if status == C for seat in seats
        )
        assert [seat for seat, times in sold.items() if times > 1] == []

    def taken_by_others(self, user, showtime) -> set:
        return {
            seat
            for status, where, seats, _total, whose in self.seen.values()
            if status == C and where == showtime.pk and whose != user.pk
            for seat in seats
        }


def compare_ledgers(sandbox):
    """Stripe's book beside ours, at rest: every payment bought its tickets or has gone back, to the cent."""
    refunded = Counter()
    for refund in sandbox.refunds:
        if refund["status"] != "failed":
            refunded[refund["payment_intent"]] += refund["amount"]
    disputed = {dispute["payment_intent"] for dispute in sandbox.store.find("dispute") if dispute["status"] != "won"}
    for session in sandbox.sessions:
        if session["payment_status"] != "paid":
            continue
        intent = session["payment_intent"]
        payment = Payment.objects.get(payment_intent=intent)
        bought = Booking.objects.filter(paid_with=payment).first()
        went_back = refunded[intent] == session["amount_total"] or payment.refunds.filter(status="failed").exists()
        assert bought or went_back or intent in disputed, f"{session['id']}: money without ticket or refund"
        ours = sum(refund.amount for refund in payment.refunds.filter(status__in=["pending", "succeeded"]))
        assert (payment.amount_received * 100, ours * 100) == (session["amount_total"], refunded[intent])
    assert not Refund.objects.filter(status="created", payment__disputes=None).exists()
    open_sessions = {session["id"] for session in sandbox.sessions if session["status"] == "open"}
    over = Payment.objects.filter(session_id__in=open_sessions).exclude(booking__status=P)
    assert not over.exists(), "a booking that is over can still be paid"
