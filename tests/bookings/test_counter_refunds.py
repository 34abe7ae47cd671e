"""What the box office owes is handed out, and no more than that; what it refunds it cancels."""

from decimal import Decimal

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from bookings import flows
from bookings.exceptions import NotCancellable
from bookings.flows import cancelling, counter_refunds
from bookings.models import Booking, Refund, Ticket
from tests.bookings.counter_steps import open_shift, sell
from tests.bookings.threads import in_a_thread, wait_until_somebody_waits
from tests.factories import create_member, create_showtime_now
from theaters.models import Showtime

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_are_in_order")]


@pytest.fixture
def showtime(db):
    return create_showtime_now()


def at(name, booking):
    return reverse(f"bookings:{name}", args=[booking.reference])


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


def break_off(showtime, manager, percent):
    Showtime.objects.filter(pk=showtime.pk).update(starts_at=timezone.now())
    Booking.objects.filter(showtime=showtime).update(starts_at=timezone.now())
    back = {"percent_admitted": Decimal(percent), "percent_absent": Decimal(percent)}
    flows.break_off(showtime, by=manager, reason="The lamp broke.", **back)
    flows.finish_breakdowns()


def test_share_of_a_broken_off_showtime_then_just_that_is_handed_out_and_the_tickets_stay(
    till, cashier, manager, showtime
):
    shift = open_shift(cashier, showtime)
    booking = sell(cashier, showtime, "A1", "A2")
    break_off(showtime, manager, percent=50)
    page = till.get(at("counter_booking", booking))
    assert f'action="{at("counter_pay_out", booking)}"' in page.text

    paid, again = (till.post(at("counter_pay_out", booking), follow=True) for _n in range(2))

    booking.refresh_from_db()
    assert (booking.status, Ticket.objects.live().count()) == ("confirmed", 2)
    assert list(Refund.objects.values_list("status", "amount", "shift")) == [("succeeded", Decimal("11.50"), shift.pk)]
    assert shift.cash_in_drawer() == Decimal("111.50")
    assert messages_of(paid) == ["EUR 11.50 is written down as paid out."]
    assert messages_of(again) == ["There is nothing left to pay out: it is done already."]


def test_share_is_owed_then_a_cashier_may_still_not_cancel_what_somebody_has_used(till, cashier, manager, showtime):
    booking = sell(cashier, showtime, "A1", tender="card_terminal")
    Ticket.objects.update(checked_in_at=timezone.now(), checked_in_by=cashier)
    break_off(showtime, manager, percent=50)

    refused = till.post(at("counter_refund", booking), {"refund-reason": "Ill"}, follow=True)

    booking.refresh_from_db()
    assert (booking.status, Refund.objects.get().status) == ("confirmed", "at_counter")
    assert messages_of(refused) == ["Only a manager can refund this booking."]


def test_room_changed_after_they_came_in_then_only_a_manager_may_refund(till, cashier, manager, showtime):
    booking = sell(cashier, showtime, "A1", tender="card_terminal")
    Ticket.objects.update(checked_in_at=timezone.now(), checked_in_by=cashier, revoked_at=timezone.now())
    Ticket.objects.issue_for(booking)
    assert "1 has come in" in till.get(at("counter_booking", booking)).text

    refused = till.post(at("counter_refund", booking), {"refund-reason": "Ill"}, follow=True)

    assert messages_of(refused) == ["Only a manager can refund this booking."]


def test_share_was_handed_out_then_a_manager_is_told_to_refund_the_rest(client, cashier, manager, showtime):
    booking = sell(cashier, showtime, "A1", "A2", tender="card_terminal")
    break_off(showtime, manager, percent=50)
    flows.pay_out_at_counter(booking, by=cashier)
    client.force_login(manager)
    assert "Refund EUR 11.50 on the card terminal first." in client.get(at("counter_booking", booking)).text

    client.post(at("counter_refund", booking), {"refund-reason": "Goodwill"})

    assert sorted(Refund.objects.values_list("status", "amount")) == [("succeeded", Decimal("11.50"))] * 2


def test_cash_is_owed_and_no_shift_is_open_then_a_sentence_and_it_stays_owed(till, manager, showtime):
    other = create_member(showtime.theater, "box_office")
    open_shift(other, showtime)
    booking = sell(other, showtime, "A1")
    break_off(showtime, manager, percent=100)

    refused = till.post(at("counter_pay_out", booking), follow=True)

    assert "please open a shift" in messages_of(refused)[0]
    assert Refund.objects.get().status == "at_counter"


def refund_while_somebody_comes_in(booking, cashier):
    """The page has been looked at before; what the refund gave or raised."""
    with transaction.atomic():
        assert flows.admit(Ticket.objects.get().serial, by=cashier).verdict == "welcome"
        finish = in_a_thread(lambda: flows.refund_at_counter(booking, by=cashier, reason="Ill"))
        wait_until_somebody_waits()
    return finish()


@pytest.mark.django_db(transaction=True)
def test_somebody_comes_in_meanwhile_then_it_is_not_refunded(cashier, showtime):
    booking = sell(cashier, showtime, "A1", tender="card_terminal")

    refused = refund_while_somebody_comes_in(booking, cashier)

    assert str(refused) == "Somebody has come in with these tickets. Only a manager can refund this booking."
    assert (Booking.objects.get().status, Refund.objects.exists()) == ("confirmed", False)


@pytest.mark.django_db(transaction=True)
def test_control_without_the_tickets_lock_somebody_is_in_and_has_the_money_back(cashier, showtime, monkeypatch):
    booking = sell(cashier, showtime, "A1", tender="card_terminal")
    for flow in (counter_refunds, cancelling):
        monkeypatch.setattr(flow, "lock_tickets", lambda booking: None)

    refund_while_somebody_comes_in(booking, cashier)

    assert (Booking.objects.get().status, Ticket.objects.admitted().count()) == ("cancelled", 1)


def test_manager_refunds_although_somebody_is_in(client, cashier, manager, showtime):
    booking = sell(cashier, showtime, "A1", tender="card_terminal")
    flows.admit(Ticket.objects.get().serial, by=cashier)
    with pytest.raises(NotCancellable):
        flows.refund_at_counter(booking, by=cashier, reason="Ill")
    client.force_login(manager)

    client.post(at("counter_refund", booking), {"refund-reason": "No sound"})

    assert (Booking.objects.get().status, Refund.objects.get().status) == ("cancelled", "succeeded")


def test_refund_pressed_twice_then_it_is_cancelled_once_and_said_so(till, cashier, showtime):
    booking = sell(cashier, showtime, "A1", tender="card_terminal")

    first, second = (till.post(at("counter_refund", booking), {"refund-reason": "Ill"}, follow=True) for _n in range(2))

    assert Refund.objects.count() == 1
    assert messages_of(first) == [f"Booking {booking.reference} is cancelled and refunded as it was paid."]
    assert messages_of(second) == ["Nothing was changed: this booking does not stand any more."]
