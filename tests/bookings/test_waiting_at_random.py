"""Whatever happens around a waiting list, in whatever order: offers are together, in order, and nobody else's."""

import random
from contextlib import suppress
from datetime import timedelta

import pytest

from bookings import flows
from bookings.exceptions import BookingError
from bookings.flows.locking import database_now
from bookings.models import BookedSeat, OfferedSeat, WaitingEntry
from tests.bookings.counter_steps import sell
from tests.bookings.steps import start
from tests.bookings.test_best_seats import create_room
from tests.bookings.waiting_steps import fill, wait
from tests.factories import create_user, seats_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_redis", "books_are_in_order")]
STEPS = 25


class House:
    """A full room, its cashier, and six people who would like to come."""

    def __init__(self, showtime, cashier, seed):
        self.showtime, self.cashier, self.dice = showtime, cashier, random.Random(seed)
        self.people = [create_user() for _n in range(6)]
        self.made = 0
        fill(showtime, cashier)
        for someone in self.people:
            wait(someone, showtime, self.dice.randint(1, 4))

    def join(self):
        wait(self.dice.choice(self.people), self.showtime, self.dice.randint(1, 4))

    def give_back(self):
        """Up to three seats side by side."""
        seat = self.dice.choice(seats_of(self.showtime))
        near = BookedSeat.objects.live().filter(seat__y=seat.y, seat__x__range=(seat.x, seat.x + 2))
        for booked in near.filter(booking__status="confirmed").select_related("booking"):
            flows.cancel_booking(booked.booking, by=self.cashier, in_full=True)

    def sell(self):
        seat = self.dice.choice(seats_of(self.showtime))
        sell(self.cashier, self.showtime, seat.label, tender="free", comp="guest")

    def let_lapse(self):
        over = database_now() - timedelta(seconds=1)
        someone = self.dice.choice(self.people)
        someone.waiting_entries.exclude(offered_until=None).update(offered_until=over)
        someone.waiting_entries.update(paused_until=None)

    def decline(self):
        flows.release_seats(self.dice.choice(self.people), showtime=self.showtime)

    def book(self):
        someone = self.dice.choice(self.people)
        labels = [row.seat.label for row in OfferedSeat.objects.live().filter(entry__user=someone)]
        if labels:
            start(someone, self.showtime, *labels)

    def offer(self):
        """Nobody is passed over by somebody behind them whose seats would have done."""
        order = list(WaitingEntry.objects.waiting())
        self.made += flows.offer_free_seats()
        asked = set(WaitingEntry.objects.offered().values_list("pk", flat=True))
        for place, entry in enumerate(order):
            if entry.pk in asked:
                assert [one.party for one in order[:place] if one.pk not in asked and one.party <= entry.party] == []

    def check(self):
        for entry in WaitingEntry.objects.offered():
            places = sorted((row.seat.y, row.seat.x) for row in entry.offered_seats.select_related("seat"))
            y, x = places[0]
            assert places == [(y, x + n) for n in range(entry.party)]
            seats = entry.offered_seats.values("seat")
            sold = BookedSeat.objects.live().filter(showtime=self.showtime, seat__in=seats)
            assert not sold.exclude(booking__user=entry.user).exists()


@pytest.mark.parametrize("seed", [1, 2])
def test_anything_happens_then_offers_are_together_in_order_and_nobody_elses(cashier, seed):
    showtime = create_room(rows="AB", seats=5)
    house = House(showtime, cashier, seed)
    steps = [house.join, house.give_back, house.sell, house.let_lapse, house.decline, house.book, house.offer]

    for _n in range(STEPS):
        with suppress(BookingError):
            house.dice.choices(steps, weights=[3, 2, 2, 1, 1, 1, 3])[0]()
        house.check()

    assert house.made > 1
