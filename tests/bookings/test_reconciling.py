"""Stripe's books beside ours, after webhooks were lost, workers were dead or a backup was restored."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from bookings import flows, tasks
from bookings.audit import audit
from bookings.models import BookedSeat, Booking, Dispute, Inspection, Payment, Refund, StripeEvent, Ticket, Trouble
from tests.bookings.steps import buy, lapse, open_session, start
from tests.factories import create_showtime, create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_order():
    yield
    assert [(result.invariant.code, result.examples) for result in audit() if result.broken] == []


def open_troubles():
    return list(Trouble.objects.open().values_list("kind", flat=True))


def test_two_days_without_webhooks_then_one_run_brings_every_paid_booking_home(showtime, sandbox, in_order):
    sandbox.webhooks.mode = "lose"
    bookings = [start(create_user(), showtime, f"A{n}") for n in range(1, 5)]
    for booking in bookings:
        sandbox.pay(open_session(booking))
    Payment.objects.update(created_at=timezone.now() - timedelta(hours=48))
    for booking in bookings:
        lapse(booking, seconds=48 * 3600)

    inspection = flows.reconcile()

    assert set(Booking.objects.values_list("status", flat=True)) == {"confirmed"}
    assert Ticket.objects.live().count() == 4
    assert inspection.results["payments settled"] == 4
    assert inspection.is_clean


def test_paid_meanwhile_and_the_seat_is_somebody_elses_then_the_money_goes_back(ann, bob, showtime, sandbox, in_order):
    booking = start(ann, showtime, "A1")
    session_id = open_session(booking)
    lapse(booking, seconds=61)
    buy(sandbox, bob, showtime, "A1")
    sandbox.pay(session_id)

    flows.reconcile()

    assert [refund["amount"] for refund in sandbox.refunds] == [1250]
    assert list(Refund.objects.values_list("reason", "status")) == [("seats_gone", "succeeded")]


def test_session_expired_unheard_then_its_payment_is_expired_and_the_seat_free(ann, showtime, sandbox, in_order):
    booking = start(ann, showtime, "A1")
    sandbox.expire(open_session(booking))
    lapse(booking)

    flows.reconcile()

    booking.refresh_from_db()
    assert (booking.status, Payment.objects.get().status) == (Booking.Status.EXPIRED, Payment.Status.EXPIRED)
    assert not BookedSeat.objects.live().exists()


def test_killed_before_the_session_was_noted_then_its_payment_is_found_by_its_key(ann, showtime, sandbox, in_order):
    booking = start(ann, showtime, "A1")
    sandbox.pay(open_session(booking))
    Payment.objects.update(session_id=None, session_url="", status=Payment.Status.CREATING)

    flows.reconcile()

    booking.refresh_from_db()
    assert booking.is_confirmed


def test_refund_made_in_the_dashboard_unheard_then_it_is_noted(ann, showtime, sandbox, in_order):
    booking = buy(sandbox, ann, showtime, "A1")
    sandbox.refund_outside(booking.paid_with.payment_intent)

    flows.reconcile()

    booking.refresh_from_db()
    assert (booking.status, Refund.objects.get().reason) == (Booking.Status.CANCELLED, Refund.Reason.OUTSIDE)


def test_refund_that_failed_unheard_then_staff_read_of_it_until_it_is_sent_again(ann, showtime, sandbox, in_order):
    booking = buy(sandbox, ann, showtime, "A1")
    flows.cancel_booking(booking, by=ann)
    flows.send_due_refunds()
    sandbox.fail_refund(sandbox.refunds[0]["id"])

    flows.reconcile()
    assert open_troubles() == ["refund_failed"]

    flows.send_again(Refund.objects.get(), by=ann)
    flows.reconcile()
    assert open_troubles() == []
    assert Trouble.objects.get().settled_at


def test_dispute_unheard_then_staff_read_until_when_to_answer(ann, showtime, sandbox, in_order):
    booking = buy(sandbox, ann, showtime, "A1")
    dispute = sandbox.dispute(booking.paid_with.payment_intent, reason="fraudulent")

    flows.reconcile()

    trouble = Trouble.objects.open().get()
    assert (trouble.booking, trouble.about) == (booking, dispute["id"])
    assert f"EUR 12.50 of {booking} back (fraudulent)" in trouble.words
    sandbox.decide_dispute(dispute["id"], "won")
    flows.reconcile()
    assert (open_troubles(), Dispute.objects.get().status) == ([], "won")


def test_pending_refund_from_before_the_window_then_it_is_asked_after(ann, showtime, sandbox, in_order):
    sandbox.account.refunds_start = "pending"
    booking = buy(sandbox, ann, showtime, "A1")
    flows.cancel_booking(booking, by=ann)
    flows.send_due_refunds()
    sandbox.account.refunds_start = "succeeded"
    sandbox.settle_refund(sandbox.refunds[0]["id"])

    flows.reconcile(since=timezone.now() + timedelta(minutes=1))

    assert Refund.objects.get().status == Refund.Status.SUCCEEDED


def test_backup_restored_then_money_for_a_lost_booking_goes_back_once_and_staff_read_of_it(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    Booking.objects.update(paid_with=None)
    for rows in (Payment.objects, Ticket.objects, BookedSeat.objects, booking.mails, Booking.objects):
        rows.all().delete()

    flows.reconcile()
    again = flows.reconcile()

    assert [(refund["amount"], refund["status"]) for refund in sandbox.refunds] == [(1250, "succeeded")]
    trouble = Trouble.objects.get()
    assert (trouble.kind, trouble.settled_at is not None) == (Trouble.Kind.ORPHAN_MONEY, True)
    assert f"EUR 12.50 was paid for {booking.reference}" in trouble.words
    assert again.is_clean


def test_backup_restored_and_stripe_refuses_the_refund_then_staff_see_to_it_and_the_run_goes_on(ann, showtime, sandbox):
    lost = buy(sandbox, ann, showtime, "A1")
    sandbox.dispute(lost.paid_with.payment_intent)
    Booking.objects.update(paid_with=None)
    for rows in (Payment.objects, Ticket.objects, BookedSeat.objects, lost.mails, Booking.objects):
        rows.all().delete()
    sandbox.pay(open_session(start(ann, showtime, "A2")))

    inspection = flows.reconcile()

    assert Trouble.objects.open().get(kind=Trouble.Kind.ORPHAN_MONEY).words.endswith("please see to it there.")
    assert (inspection.ended_at is not None, Booking.objects.get().is_confirmed) == (True, True)


def test_lost_booking_was_refunded_before_then_it_is_not_sent_back_again(ann, showtime, sandbox):
    lost = buy(sandbox, ann, showtime, "A1")
    flows.cancel_booking(lost, by=ann)
    flows.send_due_refunds()
    Booking.objects.update(paid_with=None)
    for rows in (Refund.objects, Payment.objects, Ticket.objects, BookedSeat.objects, lost.mails, Booking.objects):
        rows.all().delete()

    flows.reconcile()

    assert len(sandbox.refunds) == 1
    assert Trouble.objects.get().settled_at


def test_another_run_goes_on_then_the_task_leaves_it_alone(db, sandbox):
    Inspection.objects.create(kind=Inspection.Kind.RECONCILIATION)

    tasks.reconcile()

    assert (Inspection.objects.count(), sandbox.requests) == (1, [])


def test_paid_in_another_shop_on_the_same_account_then_it_is_left_alone(ann, showtime, sandbox, settings):
    settings.SITE_URL = "https://other.example.com"
    booking = buy(sandbox, ann, showtime, "A1")
    Booking.objects.update(paid_with=None)
    for rows in (Payment.objects, Ticket.objects, BookedSeat.objects, booking.mails, Booking.objects):
        rows.all().delete()
    settings.SITE_URL = "http://testserver"

    flows.reconcile()

    assert sandbox.refunds == []
    assert not Trouble.objects.exists()


def test_stripe_took_another_amount_than_our_books_say_then_staff_compare(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    Payment.objects.update(amount_received=Decimal("2.00"))

    inspection = flows.reconcile()

    assert not inspection.is_clean
    assert "Stripe took EUR 12.50" in Trouble.objects.get(kind=Trouble.Kind.OTHER_AMOUNT, booking=booking).words
    assert {result.invariant.code for result in audit() if result.broken} >= {"I2", "I12"}


def test_stripe_falls_silent_then_the_run_is_not_whole_and_the_next_goes_back_as_far(ann, showtime, sandbox, in_order):
    whole = flows.reconcile()
    sandbox.pay(open_session(start(ann, showtime, "A1")))
    sandbox.faults.plan("503", path="*", times=99, method="*")
    broken_off = flows.reconcile()
    sandbox.faults.clear()

    assert (broken_off.ended_at, broken_off.is_clean) == (None, False)
    assert flows.reconcile().results["since"] == f"{whole.began_at - timedelta(hours=1):%Y-%m-%d %H:%M} UTC"
    assert Booking.objects.get().is_confirmed


def test_events_that_never_arrived_then_staff_are_told_to_look_at_the_webhook(ann, showtime, sandbox, in_order):
    sandbox.advance(-2 * 3600)
    buy(sandbox, ann, showtime, "A1")
    sandbox.advance(2 * 3600)

    flows.reconcile()

    assert open_troubles() == ["webhooks"]
    for event in sandbox.events:
        sandbox.webhooks._mark_delivered(event["id"])
    flows.reconcile()
    assert open_troubles() == []


def test_run_twice_then_nothing_changes(ann, showtime, sandbox, in_order):
    sandbox.pay(open_session(start(ann, showtime, "A1")))

    flows.reconcile()
    before = Ticket.objects.count(), Refund.objects.count(), StripeEvent.objects.count()
    again = flows.reconcile()

    assert (Ticket.objects.count(), Refund.objects.count(), StripeEvent.objects.count()) == before
    assert again.results.get("payments settled", 0) == 0


def test_more_sessions_than_a_page_then_each_is_compared(ann, sandbox, in_order):
    for _n in range(2):
        open_session(start(create_user(), create_showtime(), "A1"))
    for number in range(103):
        sandbox.account.save(sandbox.sessions[0] | {"id": f"cs_test_other{number}", "metadata": {}})

    assert flows.reconcile().results["sessions"] == 105


def test_command_then_it_prints_what_it_did_and_what_is_left(ann, showtime, sandbox, capsys):
    booking = buy(sandbox, ann, showtime, "A1")
    sandbox.dispute(booking.paid_with.payment_intent)

    call_command("reconcile", hours=72)

    printed = capsys.readouterr().out
    assert "sessions: 1" in printed
    assert f"Dispute to be answered: A bank wants EUR 12.50 of {booking} back" in printed


def test_command_without_stripe_then_a_sentence_and_a_bad_exit(sandbox):
    sandbox.faults.plan("503", path="*", times=99, method="*")

    with pytest.raises(CommandError, match="Run it again"):
        call_command("reconcile")
    assert Inspection.objects.get().ended_at is None
