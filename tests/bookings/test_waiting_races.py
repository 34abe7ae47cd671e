"""An offer of the waiting list against website and counter on the same seats, in threads; and its controls."""

import uuid
from functools import partial
from threading import Barrier

import pytest
from django.db import connection

from bookings import flows
from bookings.flows import booking as booking_flow
from bookings.flows import waiting
from bookings.models import BookedSeat, OfferedSeat, WaitingMail
from tests.bookings.counter_steps import open_shift, sale
from tests.bookings.steps import quote, start
from tests.bookings.test_best_seats import create_room
from tests.bookings.test_counter_races import broken
from tests.bookings.threads import all_at_once, kinds
from tests.bookings.unlocked import after, no_lock
from tests.factories import create_member, create_user

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 6


@pytest.fixture
def showtime(transactional_db, no_redis):
    """Two seats, given back a moment ago; somebody waits for both."""
    showtime = create_room(rows="A", seats=2)
    taken = start(create_user(), showtime, "A1", "A2")
    flows.join_waiting_list(create_user("ann@example.com"), showtime=showtime, wish=flows.Wish(2))
    flows.release_seats(taken.user, showtime=showtime)
    return showtime


@pytest.fixture
def without_unique_offers():
    """Take the constraint away that has the last word, and bring it back over an empty table."""
    table, name = "bookings_offeredseat", "seat_offered_once_per_showtime"
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    yield
    OfferedSeat.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE (showtime_id, seat_id)")


def rivals(showtime):
    quoted = quote(showtime, "A1", "A2")
    cashiers = [create_member(showtime.theater, "box_office") for _n in range(CROWD)]
    for cashier in cashiers:
        open_shift(cashier, showtime)
    web = [partial(flows.start_booking, create_user(), showtime=showtime, quote=quoted) for _n in range(CROWD)]
    counter = [
        partial(flows.sell_at_counter, showtime, sale(showtime, "A1", "A2", key=uuid.uuid4()), by=cashier)
        for cashier in cashiers
    ]
    return web + counter


def test_offer_against_website_and_counter_then_one_has_the_seats(showtime):
    workers = [flows.offer_free_seats] * CROWD

    results = all_at_once([call for calls in zip(workers, rivals(showtime)[::2], strict=True) for call in calls])

    found = kinds(results)
    offers = sum(result for result in results if isinstance(result, int))
    assert (offers + found.get("Booking", 0), found["int"]) == (1, CROWD)
    assert BookedSeat.objects.live().count() + OfferedSeat.objects.count() == 2
    assert broken() == {}


def test_control_offer_against_website_without_the_lock_then_two_have_the_seats(showtime, without_lock, monkeypatch):
    monkeypatch.setattr(waiting, "locked_showtime", no_lock)
    together = Barrier(2)
    after(monkeypatch, booking_flow, "check_room", together)
    after(monkeypatch, waiting, "take_from_offers", together)

    results = all_at_once([flows.offer_free_seats, rivals(showtime)[0]])

    assert kinds(results) == {"int": 1, "Booking": 1}
    assert list(broken()) == ["I16"]


def test_many_workers_at_once_then_one_offer_and_one_mail(showtime):
    results = all_at_once([flows.offer_free_seats] * CROWD)

    assert sorted(results) == [0] * (CROWD - 1) + [1]
    assert (OfferedSeat.objects.count(), WaitingMail.objects.count()) == (2, 1)


def test_many_workers_at_once_with_the_constraint_alone_then_one_offer(showtime, monkeypatch):
    monkeypatch.setattr(waiting, "locked_showtime", no_lock)
    after(monkeypatch, waiting, "take_from_offers", Barrier(CROWD))

    results = all_at_once([flows.offer_free_seats] * CROWD)

    assert sorted(results) == [0] * (CROWD - 1) + [1]
    assert OfferedSeat.objects.count() == 2


def test_control_many_workers_without_lock_and_constraint_then_many_offers(
    showtime, without_unique_offers, monkeypatch
):
    monkeypatch.setattr(waiting, "locked_showtime", no_lock)
    after(monkeypatch, waiting, "take_from_offers", Barrier(CROWD))

    results = all_at_once([flows.offer_free_seats] * CROWD)

    assert results == [1] * CROWD
    assert OfferedSeat.objects.count() == 2 * CROWD
