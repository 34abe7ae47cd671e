"""Money on its way back: sent once, whatever gets lost on the way."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from bookings import flows
from bookings.audit import audit
from bookings.models import Refund, Trouble
from tests.bookings.steps import buy
from tests.factories import create_showtime, create_staff

pytestmark = pytest.mark.django_db


def sent_amounts(sandbox):
    return [sent["amount"] for sent in sandbox.refunds]


def half_refund(user, showtime, sandbox):
    """A cancelled booking of which half goes back, so that Stripe would take it twice."""
    booking = buy(sandbox, user, showtime, "A1")
    booking.refund_policy = [{"minutes_before": 0, "percent": "50", "fee_refunded": False}]
    booking.save()
    flows.cancel_booking(booking, by=user)
    return Refund.objects.get()


def test_refund_owed_then_the_worker_sends_it_once(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    flows.cancel_booking(booking, by=ann)

    assert (flows.send_due_refunds(), flows.send_due_refunds()) == (1, 0)

    refund = Refund.objects.get()
    assert (refund.status, refund.stripe_id) == (Refund.Status.SUCCEEDED, sandbox.refunds[0]["id"])
    assert [sent["amount"] for sent in sandbox.refunds] == [1250]


def test_refund_whose_answer_was_lost_then_the_next_try_repeats_it_with_its_key(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    flows.cancel_booking(booking, by=ann)
    sandbox.faults.plan("cut", path="/v1/refunds", times=3)
    flows.send_due_refunds()
    refund = Refund.objects.get()
    assert (refund.status, refund.attempts) == (Refund.Status.CREATED, 1)

    refund.try_again(timezone.now())
    flows.send_due_refunds()

    refund.refresh_from_db()
    assert refund.status == Refund.Status.SUCCEEDED
    assert len(sandbox.refunds) == 1


def test_refund_that_fails_later_then_it_says_so(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    flows.cancel_booking(booking, by=ann)
    flows.send_due_refunds()
    refund = Refund.objects.get()
    sandbox.fail_refund(refund.stripe_id, reason="lost_or_stolen_card")

    flows.note_refund(refund.stripe_id)

    refund.refresh_from_db()
    assert (refund.status, refund.failure_reason) == (Refund.Status.FAILED, "lost_or_stolen_card")


def test_refund_whose_answer_was_lost_for_more_than_a_day_then_it_is_found_and_not_sent_twice(ann, showtime, sandbox):
    refund = half_refund(ann, showtime, sandbox)
    sandbox.faults.plan("cut", path="/v1/refunds", times=3)
    flows.send_due_refunds()
    sandbox.advance(25 * 3600)
    refund.try_again(timezone.now())

    flows.send_due_refunds()

    refund.refresh_from_db()
    assert sent_amounts(sandbox) == [575]
    assert (refund.status, refund.amount) == (Refund.Status.SUCCEEDED, Decimal("5.75"))


def test_worker_killed_before_it_noted_the_refund_and_it_failed_meanwhile_then_we_know(ann, showtime, sandbox):
    refund = half_refund(ann, showtime, sandbox)
    flows.send_due_refunds()
    stripe_id = sandbox.refunds[0]["id"]
    Refund.objects.update(stripe_id=None, status=Refund.Status.CREATED, next_attempt_at=timezone.now())
    sandbox.fail_refund(stripe_id)

    flows.note_refund(stripe_id)

    refund.refresh_from_db()
    assert flows.send_due_refunds() == 0
    assert (refund.status, sent_amounts(sandbox)) == (Refund.Status.FAILED, [575])


def test_stripes_stored_failure_then_a_later_attempt_goes_through(ann, showtime, sandbox):
    refund = half_refund(ann, showtime, sandbox)
    sandbox.faults.plan("500", path="/v1/refunds", times=1)
    for _attempt in range(4):
        Refund.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
        flows.send_due_refunds()

    refund.refresh_from_db()
    assert (refund.status, sent_amounts(sandbox)) == (Refund.Status.SUCCEEDED, [575])


def test_failed_refund_sent_again_then_a_new_one_beside_it_and_only_one(ann, showtime, sandbox):
    refund = half_refund(ann, showtime, sandbox)
    flows.send_due_refunds()
    refund.refresh_from_db()
    sandbox.fail_refund(refund.stripe_id)
    flows.note_refund(refund.stripe_id)
    refund.refresh_from_db()
    manager = create_staff()

    first, second = (flows.send_again(refund, by=manager) for _n in range(2))
    flows.send_due_refunds()

    refund.refresh_from_db()
    first.refresh_from_db()
    assert (refund.status, first.status, first.by) == (Refund.Status.FAILED, Refund.Status.SUCCEEDED, manager)
    assert (second, Refund.objects.count()) == (first, 2)


def failed(refund, sandbox):
    flows.send_due_refunds()
    refund.refresh_from_db()
    sandbox.fail_refund(refund.stripe_id)
    flows.note_refund(refund.stripe_id)
    refund.refresh_from_db()
    return refund


def needs_a_human():
    flows.reconcile()
    return list(Trouble.objects.open().values_list("about", flat=True))


def test_another_refund_came_later_then_the_failed_one_still_needs_somebody(ann, showtime, sandbox):
    first = failed(half_refund(ann, showtime, sandbox), sandbox)
    flows.note_refund(sandbox.refund_outside(first.payment.payment_intent, 100)["id"])

    assert needs_a_human() == [f"refund {first.pk}"]
    assert Refund.objects.unfinished().get() == first
    flows.send_again(first, by=create_staff())
    flows.send_due_refunds()

    assert sent_amounts(sandbox)[-1] == 575
    assert (needs_a_human(), Refund.objects.unfinished().count(), broken()) == ([], 0, {})


def test_the_second_try_failed_too_then_it_needs_somebody_and_is_sent_a_third_time(ann, showtime, sandbox):
    first = failed(half_refund(ann, showtime, sandbox), sandbox)
    second = failed(flows.send_again(first, by=create_staff()), sandbox)
    assert needs_a_human() == [f"refund {second.pk}"]
    assert Refund.objects.unfinished().get() == second

    third, again = (flows.send_again(one, by=create_staff()) for one in (first, second))
    flows.send_due_refunds()

    assert (third, Refund.objects.count()) == (again, 3)
    assert (needs_a_human(), Refund.objects.unfinished().count(), broken()) == ([], 0, {})


def test_all_of_it_went_back_in_parts_by_hand_then_nothing_is_unfinished(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    flows.cancel_booking(booking, by=ann)
    failed(Refund.objects.get(), sandbox)
    for cents in (1000, 250):
        flows.note_refund(sandbox.refund_outside(booking.paid_with.payment_intent, cents)["id"])

    assert (needs_a_human(), Refund.objects.unfinished().count(), broken()) == ([], 0, {})


def broken():
    return {result.invariant.code: result.examples for result in audit() if result.broken}


def test_stripe_silent_then_it_is_asked_once_a_round(ann, sandbox):
    for _n in range(3):
        flows.cancel_booking(buy(sandbox, ann, create_showtime(), "A1"), by=ann, in_full=True)
    sandbox.faults.plan("503", path="*", times=99)

    assert flows.send_due_refunds() == 1
