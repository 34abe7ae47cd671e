"""The projector dies at 21:05: those who were in and those who were not get back what staff have chosen, once."""

from decimal import Decimal

import pytest
from django.core import mail as outbox
from django.utils import timezone

from bookings import flows
from bookings.admin.breaking_off import who_was_in
from bookings.exceptions import NotCancellable, SaleClosed
from bookings.flows import breaking_off
from bookings.models import Booking, BreakdownShare, Mail, Refund, Ticket
from tests.bookings.steps import buy, open_session, start
from tests.bookings.threads import all_at_once
from tests.factories import (
    create_layout,
    create_screen,
    create_showtime,
    create_showtime_now,
    create_staff,
    create_user,
)
from theaters.admin.publishing import NotPossible, reopen_sale
from theaters.models import Showtime

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_are_in_order")]


@pytest.fixture
def manager(db):
    return create_staff()


@pytest.fixture
def showtime(db):
    """It will have begun when `begin` says so."""
    return create_showtime_now()


def begin(showtime):
    Showtime.objects.filter(pk=showtime.pk).update(starts_at=timezone.now())
    Booking.objects.filter(showtime=showtime).update(starts_at=timezone.now())


def admit(booking, manager, many=1):
    for ticket in Ticket.objects.live().filter(booked_seat__booking=booking)[:many]:
        assert flows.admit(ticket.serial, by=manager).verdict == "welcome"


def break_off(showtime, manager, *, admitted=50, absent=0):
    percent = {"percent_admitted": Decimal(admitted), "percent_absent": Decimal(absent)}
    return flows.break_off(showtime, by=manager, reason="The lamp broke.", **percent)


def amounts(sandbox):
    return sorted(refund["amount"] for refund in sandbox.refunds)


def test_those_who_were_in_get_half_and_the_others_nothing(ann, bob, showtime, manager, sandbox):
    was_in, was_not = buy(sandbox, ann, showtime, "A1", "A2"), buy(sandbox, bob, showtime, "A3")
    admit(was_in, manager, many=2)
    begin(showtime)
    flows.send_due_mails()
    outbox.outbox.clear()

    break_off(showtime, manager)
    flows.finish_breakdowns()
    flows.send_due_refunds()
    flows.send_due_mails()

    assert amounts(sandbox) == [1250]
    assert [(letter.to, "EUR 12.50 goes back" in letter.body) for letter in outbox.outbox] == [([ann.email], True)]
    was_in.refresh_from_db()
    assert (was_in.status, Refund.objects.get().reason) == ("confirmed", "breakdown")
    shares = BreakdownShare.objects.order_by("booking").values_list("booking", "admitted", "absent", "amount")
    assert list(shares) == [(was_in.pk, 2, 0, Decimal("12.50")), (was_not.pk, 0, 1, Decimal(0))]


def test_one_of_two_was_in_then_each_seat_counts_for_itself(ann, showtime, manager, sandbox):
    admit(buy(sandbox, ann, showtime, "A1", "A2"), manager, many=1)
    begin(showtime)

    break_off(showtime, manager, admitted=40, absent=100)
    flows.finish_breakdowns()
    flows.send_due_refunds()

    assert amounts(sandbox) == [1750]


def test_all_of_it_then_the_booking_is_cancelled_and_the_customer_told_once(ann, showtime, manager, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    begin(showtime)
    flows.send_due_mails()
    outbox.outbox.clear()

    break_off(showtime, manager, absent=100)
    flows.finish_breakdowns()
    flows.send_due_refunds()
    flows.send_due_mails()

    booking.refresh_from_db()
    assert (booking.status, amounts(sandbox)) == ("cancelled", [1250])
    assert ["this showtime broke off" in letter.body for letter in outbox.outbox] == [True]


def test_pressed_twice_and_run_again_then_nobody_is_paid_twice(ann, showtime, manager, sandbox):
    buy(sandbox, ann, showtime, "A1")
    begin(showtime)

    first, second = break_off(showtime, manager, absent=30), break_off(showtime, create_staff(), absent=90)
    for _n in range(3):
        flows.finish_breakdowns()
    flows.send_due_refunds()

    assert (first, second.percent_absent, amounts(sandbox)) == (second, Decimal(30), [375])
    assert Mail.objects.filter(kind=Mail.Kind.BROKEN_OFF).count() == 1


def test_worker_dies_half_way_then_the_next_run_goes_on(showtime, manager, sandbox, monkeypatch):
    for label in ("A1", "A2", "A3"):
        buy(sandbox, create_user(), showtime, label)
    begin(showtime)
    break_off(showtime, manager, absent=50)
    refund_bought, done = breaking_off.refund_bought, []

    def die_after_one(*args, **kwargs):
        if done:
            raise SystemExit
        refund_bought(*args, **kwargs)
        done.append(True)

    monkeypatch.setattr(breaking_off, "refund_bought", die_after_one)
    with pytest.raises(SystemExit):
        flows.finish_breakdowns()
    assert (BreakdownShare.objects.count(), Refund.objects.count()) == (1, 1)
    monkeypatch.undo()

    flows.finish_breakdowns()

    assert (BreakdownShare.objects.count(), Refund.objects.count()) == (3, 3)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_then_each_is_paid_once(showtime, manager, sandbox):
    for label in ("A1", "A2", "A3", "B1", "B2"):
        buy(sandbox, create_user(), showtime, label)
    begin(showtime)
    break_off(showtime, manager, absent=50)

    all_at_once([flows.finish_breakdowns] * 3)

    assert (BreakdownShare.objects.count(), Refund.objects.count()) == (5, 5)


def test_then_nothing_is_sold_and_who_still_pays_gets_it_back(ann, bob, showtime, manager, sandbox):
    session_id = open_session(start(ann, showtime, "A1"))
    begin(showtime)
    break_off(showtime, manager)
    flows.finish_breakdowns()
    sandbox.pay(session_id)

    flows.confirm_booking(session_id)

    assert Refund.objects.get().reason == Refund.Reason.SHOWTIME_CLOSED
    with pytest.raises(SaleClosed):
        start(bob, showtime, "A2")


def test_paid_before_the_worker_came_then_the_money_goes_back(ann, showtime, manager, sandbox):
    booking = start(ann, showtime, "A1")
    session_id = open_session(booking)
    begin(showtime)
    break_off(showtime, manager)
    sandbox.pay(session_id)

    flows.confirm_booking(session_id)
    flows.finish_breakdowns()

    booking.refresh_from_db()
    assert (booking.status, Refund.objects.get().reason) == ("failed", Refund.Reason.SHOWTIME_CLOSED)
    assert (Refund.objects.get().amount, BreakdownShare.objects.count()) == (Decimal("12.50"), 0)


def test_broke_off_then_its_sale_is_not_reopened(bob, showtime, manager, sandbox):
    Showtime.objects.update(sales_close_at=showtime.ends_at)
    begin(showtime)
    showtime.theater.sales_close_minutes = 60
    showtime.theater.save()
    break_off(showtime, manager)

    with pytest.raises(NotPossible, match="broke off"):
        reopen_sale(Showtime.objects.get())

    with pytest.raises(SaleClosed):
        start(bob, showtime, "A2")


def test_part_was_refunded_before_then_no_more_than_the_rest(ann, showtime, manager, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    flows.note_refund(sandbox.refund_outside(booking.paid_with.payment_intent, 1000)["id"])
    begin(showtime)

    break_off(showtime, manager, absent=50)
    flows.finish_breakdowns()
    flows.send_due_refunds()

    assert amounts(sandbox) == [250, 1000]


def test_room_changed_during_the_show_then_who_was_in_still_was(ann, bob, showtime, manager, sandbox):
    was_in, was_not = buy(sandbox, ann, showtime, "A1"), buy(sandbox, bob, showtime, "A2")
    admit(was_in, manager)
    begin(showtime)
    showtime.refresh_from_db()
    change_room(showtime, manager)
    on_the_page = {booking: (booking.were_in, booking.were_not) for booking in who_was_in(showtime)["bookings"]}
    assert on_the_page == {was_in: (["A1"], []), was_not: ([], ["A2"])}

    break_off(showtime, manager, admitted=50, absent=0)
    flows.finish_breakdowns()

    shares = BreakdownShare.objects.order_by("booking").values_list("booking", "admitted", "amount")
    assert list(shares) == [(was_in.pk, 1, Decimal("6.25")), (was_not.pk, 0, Decimal(0))]


def test_room_changed_after_they_came_in_then_the_customer_cannot_cancel(ann, showtime, manager, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    admit(booking, manager)

    change_room(showtime, manager)

    booking.refresh_from_db()
    assert not flows.is_cancellable(booking)
    with pytest.raises(NotCancellable, match="already come in with these tickets"):
        flows.cancel_booking(booking, by=ann)


def change_room(showtime, manager):
    target = {"starts_at": showtime.starts_at, "layout": create_layout(create_screen(showtime.theater))}
    fingerprint = flows.plan_move(showtime, **target).fingerprint
    flows.move_showtime(showtime, **target, by=manager, reason="The lamp broke.", fingerprint=fingerprint)
    showtime.refresh_from_db()


def test_before_the_start_then_a_sentence(manager):
    with pytest.raises(NotCancellable, match="has not begun: move it, or call it off"):
        break_off(create_showtime(), manager)
