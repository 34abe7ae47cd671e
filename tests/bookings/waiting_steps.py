"""What happens around a waiting list."""

from bookings import flows
from tests.bookings.counter_steps import sell
from tests.factories import seats_of


def fill(showtime, cashier):
    """{label: the booking of that one seat}, given away at the counter."""
    guest = {"tender": "free", "comp": "guest"}
    return {seat.label: sell(cashier, showtime, seat.label, **guest) for seat in seats_of(showtime)}


def give_back(sold_out, *labels):
    for label in labels:
        flows.cancel_booking(sold_out[label], by=sold_out[label].sold_by, in_full=True)


def wait(user, showtime, party, *, apart=False, **wish):
    return flows.join_waiting_list(user, showtime=showtime, wish=flows.Wish(party, **wish), apart=apart)
