"""Money that goes back without us: refunds made in Stripe's dashboard, and disputes."""

from decimal import Decimal

import pytest
from django.utils import timezone

from bookings import flows
from bookings.exceptions import NotCancellable
from bookings.models import BookedSeat, Booking, Dispute, Mail, Payment, Refund, Ticket
from tests.bookings.steps import buy, deliver, events, open_session, start
from tests.factories import create_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_are_in_order")]


def refund_outside(client, sandbox, booking, minor_units=None):
    """Staff refund in the dashboard, and Stripe tells us."""
    refund = sandbox.refund_outside(booking.paid_with.payment_intent, minor_units)
    for event in events(sandbox, "refund.created"):
        assert deliver(client, event).status_code == 200
    return refund


def statuses():
    return list(Refund.objects.order_by("pk").values_list("reason", "amount", "status"))


def test_refunded_in_the_dashboard_then_the_tickets_are_void_and_the_customer_is_told(client, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1", "A2")

    refund_outside(client, sandbox, booking)

    booking.refresh_from_db()
    assert (booking.status, booking.cancelled_by) == (Booking.Status.CANCELLED, None)
    assert statuses() == [("outside", Decimal("25.00"), "succeeded")]
    assert not BookedSeat.objects.live().exists()
    assert not Ticket.objects.live().exists()
    assert [mail.kind for mail in booking.mails.order_by("pk")] == [Mail.Kind.TICKETS, Mail.Kind.CANCELLED]


def test_part_refunded_in_the_dashboard_then_the_tickets_stay_and_only_the_rest_can_go_back(
    client, ann, showtime, sandbox
):
    booking = buy(sandbox, ann, showtime, "A1", "A2")

    refund_outside(client, sandbox, booking, 1000)
    booking.refresh_from_db()
    assert booking.is_confirmed

    flows.cancel_booking(booking, by=create_staff(), in_full=True)
    flows.send_due_refunds()
    assert statuses() == [("outside", Decimal("10.00"), "succeeded"), ("staff", Decimal("15.00"), "succeeded")]


def test_part_refunded_in_the_dashboard_then_the_customer_is_told_each_time(client, ann, showtime, sandbox, mailoutbox):
    booking = buy(sandbox, ann, showtime, "A1", "A2")
    flows.send_due_mails()
    for minor_units in (1000, 250):
        refund_outside(client, sandbox, booking, minor_units)
        flows.send_due_mails()
    for event in events(sandbox, "charge.refunded", "refund.updated", "refund.created"):
        deliver(client, event)
    flows.send_due_mails()

    _tickets, first, second = mailoutbox
    assert "Your money comes back" in first.subject
    assert "pays EUR 10.00 of this booking back" in first.body
    assert "Your tickets stay valid:" in first.body
    assert "Seats A1, A2" in first.body
    assert "pays EUR 2.50 of this booking back" in second.body
    assert first.extra_headers["Message-ID"] != second.extra_headers["Message-ID"]


def test_part_refunded_in_the_dashboard_fails_before_the_mail_is_sent_then_there_is_none(
    client, ann, showtime, sandbox, mailoutbox
):
    booking = buy(sandbox, ann, showtime, "A1", "A2")
    refund_outside(client, sandbox, booking, 1000)
    Refund.objects.update(status=Refund.Status.FAILED)
    flows.send_due_mails()

    assert "Your money comes back" not in [mail.subject for mail in mailoutbox][-1]
    assert booking.mails.get(kind=Mail.Kind.PAID_BACK).status == Mail.Status.DROPPED


def test_rest_of_a_cancelled_booking_refunded_in_the_dashboard_then_the_customer_is_told(
    client, ann, showtime, sandbox, mailoutbox
):
    showtime.theater.refund_rules.update(percent=80)
    booking = buy(sandbox, ann, showtime, "A1")
    flows.cancel_booking(booking, by=ann)
    flows.send_due_refunds()
    refund_outside(client, sandbox, booking)
    flows.send_due_mails()

    assert "pays EUR 2.30 of this booking back" in mailoutbox[-1].body
    assert "stay valid" not in mailoutbox[-1].body


def test_told_of_it_three_times_in_every_way_then_one_refund(client, ann, showtime, sandbox):
    refund_outside(client, sandbox, buy(sandbox, ann, showtime, "A1"))

    for event in events(sandbox, "charge.refunded", "refund.updated", "refund.created"):
        assert deliver(client, event).status_code == 200

    assert (Refund.objects.count(), Mail.objects.filter(kind=Mail.Kind.CANCELLED).count()) == (1, 1)


def test_refunded_in_the_dashboard_before_we_heard_of_the_payment_then_both_are_noted(client, ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    intent = sandbox.pay(open_session(booking))["payment_intent"]
    sandbox.refund_outside(intent)

    for event in events(sandbox, "refund.created"):
        deliver(client, event)

    booking.refresh_from_db()
    assert (booking.status, Payment.objects.get().status) == (Booking.Status.CANCELLED, Payment.Status.PAID)


def test_refunded_in_the_dashboard_while_ours_waits_then_ours_is_needless(client, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    flows.cancel_booking(booking, by=ann)

    refund_outside(client, sandbox, booking)

    assert statuses() == [("customer", Decimal("12.50"), "needless"), ("outside", Decimal("12.50"), "succeeded")]
    assert not Mail.objects.filter(kind=Mail.Kind.PAID_BACK).exists()
    assert flows.send_due_refunds() == 0


def test_part_refunded_in_the_dashboard_unheard_then_stripe_refuses_ours_and_the_rest_goes(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    sandbox.refund_outside(booking.paid_with.payment_intent, 500)
    flows.cancel_booking(booking, by=ann)

    flows.send_due_refunds()
    flows.send_due_refunds()

    assert statuses() == [
        ("customer", Decimal("12.50"), "needless"),
        ("outside", Decimal("5.00"), "succeeded"),
        ("customer", Decimal("7.50"), "succeeded"),
    ]


def test_second_payment_refunded_in_the_dashboard_then_the_tickets_of_the_first_stay(client, ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    sandbox.pay(first := open_session(booking))
    Payment.objects.update(status=Payment.Status.FAILED)
    sandbox.pay(second := open_session(booking))
    flows.confirm_booking(first)
    flows.confirm_booking(second)
    other = Payment.objects.get(session_id=second)

    sandbox.refund_outside(other.payment_intent)
    for event in events(sandbox, "refund.created"):
        deliver(client, event)

    booking.refresh_from_db()
    assert booking.is_confirmed
    assert statuses() == [("paid_twice", Decimal("12.50"), "needless"), ("outside", Decimal("12.50"), "succeeded")]


def test_dashboard_refund_that_fails_later_then_it_says_so(client, ann, showtime, sandbox):
    refund = refund_outside(client, sandbox, buy(sandbox, ann, showtime, "A1"))
    sandbox.fail_refund(refund["id"])

    for event in events(sandbox, "refund.failed"):
        deliver(client, event)

    assert statuses() == [("outside", Decimal("12.50"), "failed")]


def test_dispute_then_it_is_listed_the_tickets_stay_and_nothing_is_paid_twice(client, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    sandbox.dispute(booking.paid_with.payment_intent)

    for event in events(sandbox, "charge.dispute.created"):
        assert deliver(client, event).status_code == 200

    dispute = Dispute.objects.get()
    assert (dispute.status, dispute.amount, dispute.answer_by > timezone.now()) == (
        "needs_response",
        Decimal("12.50"),
        True,
    )
    with pytest.raises(NotCancellable, match="Your bank"):
        flows.cancel_booking(booking, by=ann)
    flows.cancel_booking(booking, by=create_staff(), in_full=True)
    assert (flows.send_due_refunds(), sandbox.refunds) == (0, [])


@pytest.mark.parametrize(("outcome", "status"), [("won", "succeeded"), ("lost", "needless")])
def test_cancelled_while_a_bank_decides_then_the_refund_waits_for_that(client, ann, showtime, sandbox, outcome, status):
    booking = buy(sandbox, ann, showtime, "A1")
    dispute = sandbox.dispute(booking.paid_with.payment_intent)
    flows.note_dispute(dispute["id"])
    flows.cancel_booking(booking, by=create_staff(), in_full=True)
    sandbox.decide_dispute(dispute["id"], outcome)
    flows.note_dispute(dispute["id"])

    flows.send_due_refunds()

    assert statuses() == [("staff", Decimal("12.50"), status)]


def test_part_of_it_lost_to_a_bank_then_the_tickets_are_void_and_the_rest_goes_back(client, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1", "A2")
    dispute = sandbox.dispute(booking.paid_with.payment_intent)
    sandbox.edit("dispute", dispute["id"], amount=1000)
    sandbox.decide_dispute(dispute["id"], "lost")

    flows.note_dispute(dispute["id"])

    assert (Dispute.objects.get().amount, statuses()) == (Decimal("10.00"), [("staff", Decimal("15.00"), "created")])


def test_bank_only_asks_then_the_customer_may_cancel_and_is_refunded(client, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    dispute = sandbox.dispute(booking.paid_with.payment_intent)
    sandbox.edit("dispute", dispute["id"], status="warning_needs_response")
    flows.note_dispute(dispute["id"])

    flows.cancel_booking(booking, by=ann)
    flows.send_due_refunds()

    assert statuses() == [("customer", Decimal("12.50"), "succeeded")]


def test_failed_refund_made_good_in_the_dashboard_then_trying_it_again_sends_nothing(client, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1", "A2")
    booking.refund_policy = [{"minutes_before": 0, "percent": "50", "fee_refunded": False}]
    booking.save()
    flows.cancel_booking(booking, by=ann)
    flows.send_due_refunds()
    sandbox.fail_refund(sandbox.refunds[0]["id"])
    flows.note_refund(sandbox.refunds[0]["id"])
    failed = Refund.objects.get()
    refund_outside(client, sandbox, booking, 1150)

    flows.send_again(failed, by=create_staff())

    assert (flows.send_due_refunds(), len(statuses())) == (0, 2)


def test_made_needless_then_nothing_is_unfinished(client, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    flows.cancel_booking(booking, by=ann)

    refund_outside(client, sandbox, booking)

    assert not Refund.objects.unfinished().exists()


def test_part_refunded_before_the_dispute_and_heard_of_after_then_the_tickets_stay(client, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    refund = sandbox.refund_outside(booking.paid_with.payment_intent, 100)
    flows.note_dispute(sandbox.dispute(booking.paid_with.payment_intent)["id"])

    flows.note_refund(refund["id"])

    booking.refresh_from_db()
    assert booking.is_confirmed


def test_ours_failed_unheard_and_staff_refund_in_the_dashboard_then_both_are_right(client, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    flows.cancel_booking(booking, by=ann)
    flows.send_due_refunds()
    sandbox.fail_refund(sandbox.refunds[0]["id"])

    flows.note_refund(sandbox.refund_outside(booking.paid_with.payment_intent)["id"])

    assert statuses() == [("customer", Decimal("12.50"), "failed"), ("outside", Decimal("12.50"), "succeeded")]


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_dispute_decided_then_only_a_lost_one_takes_the_tickets(client, ann, showtime, sandbox, outcome):
    booking = buy(sandbox, ann, showtime, "A1")
    dispute = sandbox.dispute(booking.paid_with.payment_intent)
    sandbox.decide_dispute(dispute["id"], outcome)

    # In the wrong order, and one of them twice.
    for event in events(sandbox, "charge.dispute.closed", "charge.dispute.created")[::-1] * 2:
        deliver(client, event)

    booking.refresh_from_db()
    assert Dispute.objects.get().status == outcome
    assert booking.is_confirmed == (outcome == "won")
    assert Ticket.objects.live().exists() == (outcome == "won")
