"""Start, pay, confirm: the straight way, and what happens twice."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from bookings import flows, holds
from bookings.audit import audit
from bookings.exceptions import NotPayable, PaymentRefused, PaymentUnavailable, SaleClosed, SeatsTaken
from bookings.models import BookedSeat, Booking, Mail, Payment, Refund, Ticket
from tests.bookings.steps import buy, hold, lapse, open_session, quote, start
from tests.factories import create_layout, create_price_card, create_showtime, create_ticket_types, create_user

pytestmark = pytest.mark.django_db


def test_start_booking_then_the_database_holds_the_seats_at_frozen_prices(ann, showtime):
    booking = start(ann, showtime, "A1", "A2")

    assert booking.status == Booking.Status.PENDING
    assert booking.seat_labels == ["A1", "A2"]
    assert (booking.price_total, booking.fee_total, booking.tax_total, booking.total) == (
        Decimal("23.00"),
        Decimal("2.00"),
        Decimal("1.64"),
        Decimal("25.00"),
    )
    assert booking.refund_policy == showtime.theater.refund_policy
    assert BookedSeat.objects.taken().filter(booking=booking).count() == 2


def test_start_booking_twice_then_the_same_booking(ann, showtime):
    assert start(ann, showtime, "A1") == start(ann, showtime, "A1")
    assert Booking.objects.count() == 1


def test_start_booking_with_other_seats_then_it_replaces_the_pending_one(ann, showtime):
    first = start(ann, showtime, "A1", "A2")
    second = start(ann, showtime, "A2", "A3")

    first.refresh_from_db()
    assert (first.status, second.status) == (Booking.Status.EXPIRED, Booking.Status.PENDING)
    assert sorted(str(taken.seat) for taken in BookedSeat.objects.taken()) == ["A2", "A3"]


def test_start_booking_of_a_taken_seat_then_it_is_named_and_nothing_is_written(ann, bob, showtime):
    start(bob, showtime, "A2")

    with pytest.raises(SeatsTaken, match="Seat A2 has just been taken"):
        start(ann, showtime, "A1", "A2")
    assert not ann.bookings.exists()


def test_start_booking_over_an_overdue_one_then_its_seats_change_hands_without_a_sweeper(ann, bob, showtime):
    late = start(bob, showtime, "A1")
    lapse(late, seconds=61)

    booking = start(ann, showtime, "A1")

    late.refresh_from_db()
    assert (late.status, booking.status) == (Booking.Status.EXPIRED, Booking.Status.PENDING)
    assert BookedSeat.objects.live().get().booking == booking


def test_start_booking_within_the_grace_of_another_then_the_seat_is_still_theirs(ann, bob, showtime):
    lapse(start(bob, showtime, "A1"), seconds=59)

    with pytest.raises(SeatsTaken):
        start(ann, showtime, "A1")


def test_start_booking_after_the_sale_then_a_sentence(ann):
    showtime = create_showtime()
    showtime.status = "cancelled"
    showtime.save()

    with pytest.raises(SaleClosed):
        start(ann, showtime, "A1")


def test_room_changed_during_the_hold_then_the_old_seats_are_gone(ann, showtime):
    quoted = quote(showtime, "A1")
    showtime.layout = create_layout(showtime.screen)
    showtime.save()

    with pytest.raises(SeatsTaken):
        flows.start_booking(ann, showtime=showtime, quote=quoted)


def test_seat_broken_during_the_hold_then_it_is_gone(ann, showtime):
    quoted = quote(showtime, "A1")
    showtime.layout.seats.filter(row="A", number="1").update(is_blocked=True)

    with pytest.raises(SeatsTaken, match="A1"):
        flows.start_booking(ann, showtime=showtime, quote=quoted)


def test_start_booking_again_after_it_was_paid_then_the_paid_one(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")

    assert start(ann, showtime, "A1") == booking
    assert flows.start_payment(booking) == booking.get_absolute_url()


def test_start_booking_of_more_seats_after_one_was_paid_then_a_second_booking(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")

    second = start(ann, showtime, "A2")

    booking.refresh_from_db()
    assert (booking.is_confirmed, second.is_pending) == (True, True)


def test_start_payment_then_the_session_asks_for_exactly_the_total(ann, showtime, sandbox):
    booking = start(ann, showtime, "A1", "A2")

    url = flows.start_payment(booking)

    session = sandbox.sessions[0]
    assert url == session["url"]
    assert (session["amount_total"], session["currency"]) == (2500, "eur")
    assert session["client_reference_id"] == booking.reference
    assert session["customer_email"] == "ann@example.com"
    assert session["success_url"].endswith(f"/bookings/{booking.reference}/return/?session={{CHECKOUT_SESSION_ID}}")


def test_start_payment_twice_then_one_session(ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")

    assert flows.start_payment(booking) == flows.start_payment(booking)
    assert len(sandbox.sessions) == 1


def test_start_payment_whose_answer_was_lost_then_the_next_try_gets_the_same_session(ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    sandbox.faults.plan("cut", path="/v1/checkout/sessions", times=3)
    with pytest.raises(PaymentUnavailable):
        flows.start_payment(booking)

    assert flows.start_payment(booking) == sandbox.sessions[0]["url"]
    assert len(sandbox.sessions) == 1


def test_start_payment_that_stripe_refuses_then_it_failed_and_another_may_be_tried(ann, showtime, sandbox):
    cheap = create_price_card(showtime.theater, adult="0.10")
    showtime.price_card = cheap
    showtime.theater.booking_fee = Decimal(0)
    booking = start(ann, showtime, "A1")

    with pytest.raises(PaymentRefused):
        flows.start_payment(booking)
    assert [payment.status for payment in booking.payments.all()] == [Payment.Status.FAILED]


def test_attempt_grown_too_old_for_its_request_then_another_one_at_once(ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    sandbox.faults.plan("503", path="/v1/checkout/sessions", times=3)
    with pytest.raises(PaymentUnavailable):
        flows.start_payment(booking)
    old = Payment.objects.get().request | {"expires_at": int((timezone.now() + timedelta(minutes=29)).timestamp())}
    Payment.objects.update(request=old)

    assert flows.start_payment(booking) == sandbox.sessions[0]["url"]
    assert [payment.status for payment in booking.payments.all()] == [Payment.Status.FAILED, Payment.Status.OPEN]
    sandbox.api.seen.clear()  # the old request was meant to be refused


def test_stripes_stored_failure_then_a_later_click_gets_another_attempt(ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    sandbox.faults.plan("500", path="/v1/checkout/sessions", times=1)
    with pytest.raises(PaymentUnavailable):
        flows.start_payment(booking)
    Payment.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    with pytest.raises(PaymentUnavailable):
        flows.start_payment(booking)

    assert flows.start_payment(booking) == sandbox.sessions[0]["url"]


def test_start_payment_after_the_window_then_not_payable(ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    lapse(booking)

    with pytest.raises(NotPayable):
        flows.start_payment(Booking.objects.get())


def test_start_payment_after_the_session_expired_then_a_new_session(ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    sandbox.expire(open_session(booking))

    flows.start_payment(booking)

    assert [payment.status for payment in booking.payments.all()] == [Payment.Status.EXPIRED, Payment.Status.OPEN]


def test_nothing_to_pay_then_confirmed_without_stripe(ann, showtime, sandbox):
    showtime.price_card = create_price_card(showtime.theater, adult="0")
    booking = start(ann, showtime, "A1")

    assert flows.start_payment(booking) == booking.get_absolute_url()
    booking.refresh_from_db()
    assert (booking.status, booking.total) == (Booking.Status.CONFIRMED, Decimal(0))
    assert sandbox.requests == []


def test_confirm_then_tickets_a_mail_and_the_payment(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1", "A2")

    payment = booking.payments.get()
    assert booking.status == Booking.Status.CONFIRMED
    assert (payment.status, payment.amount_received) == (Payment.Status.PAID, Decimal("25.00"))
    assert payment.payment_intent == sandbox.sessions[0]["payment_intent"]
    assert Ticket.objects.live().filter(booked_seat__booking=booking).count() == 2
    assert [mail.kind for mail in booking.mails.all()] == [Mail.Kind.TICKETS]


def test_confirm_many_times_then_once(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    session_id = booking.payments.get().session_id

    for _again in range(3):
        assert flows.confirm_booking(session_id) == booking
    assert (Ticket.objects.count(), Mail.objects.count(), Refund.objects.count()) == (1, 1, 0)


def test_confirm_before_we_saved_the_session_id_then_it_is_found_by_its_attempt(ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    session_id = open_session(booking)
    Payment.objects.update(status=Payment.Status.CREATING, session_id=None)
    sandbox.pay(session_id)

    assert flows.confirm_booking(session_id) == booking
    booking.refresh_from_db()
    assert booking.is_confirmed


def test_confirm_an_open_session_then_nothing_changes(ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    session_id = open_session(booking)
    sandbox.decline(session_id)

    flows.confirm_booking(session_id)

    booking.refresh_from_db()
    assert (booking.status, booking.payments.get().status) == (Booking.Status.PENDING, Payment.Status.OPEN)


def test_declined_then_paid_in_the_same_session_then_one_booking(ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    session_id = open_session(booking)
    sandbox.decline(session_id)
    sandbox.pay(session_id)

    assert flows.confirm_booking(session_id).is_confirmed
    assert Booking.objects.count() == 1


def test_price_changed_after_the_quote_then_the_quoted_one_is_charged(ann, showtime, sandbox):
    quoted = quote(showtime, "A1")
    showtime.price_card.prices.update(amount=Decimal("99.00"))

    booking = flows.start_booking(ann, showtime=showtime, quote=quoted)
    flows.start_payment(booking)

    assert booking.total == Decimal("12.50")
    assert sandbox.sessions[0]["amount_total"] == 1250


def test_confirmed_then_the_hold_is_no_longer_needed_for_the_seat(ann, bob, showtime, sandbox):
    hold(ann, showtime, "A1")
    buy(sandbox, ann, showtime, "A1")
    holds.release_seats(showtime.pk, holder=holds.holder_of(ann))

    with pytest.raises(SeatsTaken):
        hold(bob, showtime, "A1")


def test_child_ticket_then_its_own_price(ann, showtime):
    _adult, child = create_ticket_types(showtime.theater)

    booking = flows.start_booking(ann, showtime=showtime, quote=quote(showtime, "A1", ticket_type=child))

    assert booking.total == Decimal("8.50")


def test_rules_of_the_house_changed_after_the_sale_then_what_is_held_and_sold_stays(ann, showtime, sandbox):
    theater = showtime.theater
    surcharge = theater.surcharges.create(format="2d", name="70 mm surcharge", amount=Decimal(2))
    rule = theater.tax_rules.create(name="GST", rate=Decimal(12), price_up_to=Decimal(20))
    theater.order_fee = Decimal("1.50")
    quoted, booking = quote(showtime, "A1", "A2"), buy(sandbox, ann, showtime, "B1", "B2")
    before = amounts_of(booking)

    surcharge.delete(), rule.delete()
    theater.order_fee, theater.booking_fee, theater.fee_cap = Decimal(9), Decimal(9), Decimal("0.01")
    theater.save()
    later = flows.start_booking(create_user(), showtime=showtime, quote=quoted)

    assert amounts_of(booking) == amounts_of(later) == before
    assert before == {
        "booking": ("27.000", "4.000", "3.500", "3.140", "30.500", "70 mm surcharge"),
        "taxes": [["GST", "12.000", "2.90"], ["VAT", "7", "0.24"]],
        "seats": [("13.500", "2.000", "1.750", "12.000", "15.250")] * 2,
    }
    assert sandbox.sessions[0]["amount_total"] == 3050
    assert [result.invariant.code for result in audit() if result.broken] == []


def amounts_of(booking):
    booking = Booking.objects.get(pk=booking.pk)
    whole = "price_total surcharge_total fee_total tax_total total surcharge_name".split()
    parts = "price surcharge fee tax_rate total".split()
    return {
        "booking": tuple(str(getattr(booking, name)) for name in whole),
        "taxes": booking.taxes,
        "seats": [tuple(str(getattr(seat, name)) for name in parts) for seat in booking.booked_seats.all()],
    }
