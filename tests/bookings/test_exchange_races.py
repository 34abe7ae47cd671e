"""Exchanges against each other and against all that may happen to the old tickets, in threads on real servers.

Each race has a control in which the lock is taken away, or taken in another order, and it goes wrong.
"""

from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from django.db import transaction

from bookings import flows
from bookings.audit import audit
from bookings.exceptions import Busy
from bookings.flows import booking as booking_flow
from bookings.flows import cancelling, exchanging, locking, settling
from bookings.flows.locking import busy_in_trouble, database_now
from bookings.models import Booking, Exchange, Refund, Ticket
from tests.bookings.steps import buy, open_session, quote
from tests.bookings.threads import all_at_once, in_a_thread, kinds, wait_until_somebody_waits
from tests.bookings.unlocked import after
from tests.factories import (
    create_layout,
    create_price_card,
    create_screen,
    create_showtime,
    create_showtime_now,
    create_staff,
    create_user,
)
from theaters.models import Showtime

pytestmark = pytest.mark.django_db(transaction=True)


def another(showtime, **fields):
    layout = create_layout(create_screen(showtime.theater))
    return create_showtime(layout=layout, starts_at=showtime.starts_at + timedelta(days=3), **fields)


def dearer(showtime):
    return another(showtime, price_card=create_price_card(showtime.theater, adult="20.00"))


def broken():
    return [result.invariant.code for result in audit() if result.broken]


def begin(old, showtime, *labels):
    return flows.start_exchange(old, showtime=showtime, quote=quote(showtime, *labels))


def paid_for(sandbox, new):
    """The session of what is paid, and not heard of yet."""
    session_id = open_session(new)
    sandbox.pay(session_id)
    return session_id


@pytest.fixture
def showtime(db):
    """Far enough for everything to come back."""
    return create_showtime(starts_at=create_showtime().starts_at + timedelta(days=30))


def rivals(sandbox, showtime, crowd=8):
    """Each has a ticket, and all want the same seat of another showtime."""
    target, seats = another(showtime), iter(showtime.layout.seats.all())
    olds = [buy(sandbox, create_user(), showtime, next(seats).label) for _n in range(crowd)]
    return [partial(begin, old, target, "A1") for old in olds]


def test_many_exchange_into_the_last_seat_then_one_has_it_and_the_others_keep_theirs(showtime, sandbox):
    results = all_at_once(rivals(sandbox, showtime))

    assert kinds(results) == {"Booking": 1, "SeatsTaken": 7}
    assert Booking.objects.filter(status="confirmed").count() == 8
    assert broken() == []


def test_control_many_exchange_into_one_seat_without_lock_and_constraint_then_it_is_oversold(
    showtime, sandbox, without_lock, without_constraints, monkeypatch
):
    calls = rivals(sandbox, showtime, crowd=4)
    after(monkeypatch, booking_flow, "take_seats_from_overdue", Barrier(4))

    assert kinds(all_at_once(calls)) == {"Booking": 4}
    assert "I1" in broken()
    Exchange.objects.all().delete()


def crossing(sandbox, showtime):
    """Ann goes from here to there and Bob from there to here; both have paid, and nobody has heard of it."""
    there = another(showtime)
    dear = create_price_card(showtime.theater, adult="20.00")
    Showtime.objects.update(price_card=create_price_card(showtime.theater, adult="10.00"))
    ways = [(Showtime.objects.get(pk=showtime.pk), there), (Showtime.objects.get(pk=there.pk), showtime)]
    olds = [(buy(sandbox, create_user(), here, "A1"), other) for here, other in ways]
    Showtime.objects.update(price_card=dear)
    news = [begin(old, Showtime.objects.get(pk=other.pk), "B1") for old, other in olds]
    return [partial(flows.confirm_booking, paid_for(sandbox, new)) for new in news]


@pytest.mark.parametrize("round_", range(3))
def test_two_opposite_exchanges_at_once_then_both_and_no_deadlock(showtime, sandbox, monkeypatch, round_):
    monkeypatch.setattr(locking, "PAUSES_IN_SECONDS", ())  # a second try would hide it

    results = all_at_once(crossing(sandbox, showtime))

    assert kinds(results) == {"Booking": 2}
    assert Exchange.objects.done().count() == 2
    assert broken() == []


def test_control_two_opposite_exchanges_that_lock_their_own_side_first_then_a_deadlock(showtime, sandbox, monkeypatch):
    monkeypatch.setattr(locking, "PAUSES_IN_SECONDS", ())
    calls, together = crossing(sandbox, showtime), Barrier(2)

    @contextmanager
    def own_side_first(booking):
        with busy_in_trouble(), transaction.atomic():
            rows = Showtime.objects.select_for_update(no_key=True)
            own = rows.get(pk=booking.showtime_id)
            together.wait(timeout=30)
            rows.get(pk=booking.exchange.old.showtime_id)
            yield own, database_now()

    monkeypatch.setattr(settling, "locked_sides", own_side_first)

    results = all_at_once(calls)

    assert kinds(results) == {"Booking": 1, "Busy": 1}
    lost = next(result for result in results if isinstance(result, Busy))
    assert lost.__cause__.__cause__.sqlstate == "40P01"


@pytest.mark.parametrize("round_", range(3))
def test_exchange_against_cancelling_then_one_of_them_and_the_money_adds_up(ann, showtime, sandbox, round_):
    old = buy(sandbox, ann, showtime, "A1")
    new = begin(old, dearer(showtime), "A1")
    session_id = paid_for(sandbox, new)

    all_at_once([partial(flows.confirm_booking, session_id), partial(flows.cancel_booking, old, by=ann)])

    new.refresh_from_db()
    reasons = set(Refund.objects.values_list("reason", flat=True))
    assert (new.status, reasons) in [("confirmed", set()), ("failed", {"customer", "exchange_off"})]
    assert broken() == []


def test_control_exchange_against_cancelling_without_the_lock_then_the_money_is_spent_twice(
    ann, showtime, sandbox, without_lock, monkeypatch
):
    old = buy(sandbox, ann, showtime, "A1")
    session_id = paid_for(sandbox, begin(old, dearer(showtime), "A1"))
    judge = settling.is_off

    def judge_while_it_is_cancelled(*args):
        verdict = judge(*args)
        in_a_thread(partial(flows.cancel_booking, Booking.objects.get(pk=old.pk), by=ann))()
        return verdict

    # The tickets' lock keeps the two apart as well.
    for module in (exchanging, cancelling):
        monkeypatch.setattr(module, "lock_tickets", lambda booking: None)
    monkeypatch.setattr(settling, "is_off", judge_while_it_is_cancelled)

    flows.confirm_booking(session_id)

    back = Refund.objects.filter(reason="customer").values_list("amount", flat=True)
    assert (list(back), Exchange.objects.done().count()) == ([old.total], 1)


@pytest.fixture
def tonight(db):
    """Its doors are open, and exchanges still allowed."""
    showtime = create_showtime_now(minutes=30)
    theater = showtime.theater
    theater.exchange_minutes = 0
    theater.save()
    return Showtime.objects.get(pk=showtime.pk)


def scan_while_it_is_handed_over(monkeypatch, old, *, wait):
    """The usher scans the old ticket when it has been judged to be unused, and is not void yet."""
    scans, undo, usher = [], exchanging.undo, create_staff()
    serial = Ticket.objects.get(booked_seat__booking=old).serial

    def scan_then_undo(*args, **kwargs):
        scan = in_a_thread(partial(flows.admit, serial, by=usher))
        scans.append(scan)
        wait(scan)
        return undo(*args, **kwargs)

    monkeypatch.setattr(exchanging, "undo", scan_then_undo)
    return scans


def test_scanned_while_it_is_exchanged_then_void_at_the_door(ann, tonight, sandbox, monkeypatch):
    old = buy(sandbox, ann, tonight, "A1")
    session_id = paid_for(sandbox, begin(old, dearer(tonight), "A1"))
    scans = scan_while_it_is_handed_over(monkeypatch, old, wait=lambda scan: wait_until_somebody_waits())

    flows.confirm_booking(session_id)

    assert scans[0]().verdict == "void"
    assert not Ticket.objects.admitted().exists()
    assert broken() == []


def test_control_scanned_while_it_is_exchanged_without_the_tickets_lock_then_in_with_both(
    ann, tonight, sandbox, monkeypatch
):
    old = buy(sandbox, ann, tonight, "A1")
    session_id = paid_for(sandbox, begin(old, dearer(tonight), "A1"))
    scans = scan_while_it_is_handed_over(monkeypatch, old, wait=lambda scan: scan())
    monkeypatch.setattr(exchanging, "lock_tickets", lambda booking: None)

    flows.confirm_booking(session_id)

    assert scans[0]().verdict == "welcome"
    assert Exchange.objects.done().exists()


def test_sent_ten_times_at_once_then_one_exchange(ann, showtime, sandbox):
    old, target = buy(sandbox, ann, showtime, "A1"), another(showtime)

    results = all_at_once([lambda: flows.start_payment(begin(old, target, "A1"))] * 10)

    new = Booking.objects.get(showtime=target)
    assert set(results) == {new.get_absolute_url()}
    assert (Exchange.objects.count(), new.status) == (1, "confirmed")
    assert broken() == []
