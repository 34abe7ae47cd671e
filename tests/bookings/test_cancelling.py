from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from bookings import flows
from bookings.exceptions import NotCancellable
from bookings.models import BookedSeat, Booking, Mail, Refund, Ticket
from tests.bookings.steps import buy, start
from tests.factories import create_showtime_now, create_staff
from theaters.models import Showtime

pytestmark = pytest.mark.django_db


def move_start(showtime, **until):
    Showtime.objects.filter(pk=showtime.pk).update(
        starts_at=timezone.now() + timedelta(**until),
        free_at=timezone.now() + timedelta(days=9),
        sales_close_at=timezone.now() + timedelta(days=9),
    )


def cancel(booking, by, **how):
    return flows.cancel_booking(Booking.objects.get(pk=booking.pk), by=by, **how)


def test_cancel_a_day_before_then_everything_comes_back_and_the_seats_are_free(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1", "A2")
    move_start(showtime, hours=25)

    booking = cancel(booking, ann)

    refund = Refund.objects.get()
    assert booking.status == Booking.Status.CANCELLED
    assert (refund.amount, refund.reason, refund.by) == (Decimal("25.00"), Refund.Reason.CUSTOMER, ann)
    assert not BookedSeat.objects.live().exists()
    assert not Ticket.objects.live().exists()
    assert booking.mails.filter(kind=Mail.Kind.CANCELLED).count() == 1


def test_cancel_three_hours_before_then_half_without_the_fee(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1", "A2")
    move_start(showtime, hours=3)

    cancel(booking, ann)

    assert Refund.objects.get().amount == Decimal("11.50")


def test_cancel_after_the_cutoff_then_a_sentence_and_nothing_changes(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    move_start(showtime, hours=1)

    with pytest.raises(NotCancellable, match="too late"):
        cancel(booking, ann)
    assert BookedSeat.objects.taken().count() == 1


def test_policy_changed_after_the_purchase_then_the_frozen_one_counts(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    showtime.theater.refund_rules.all().delete()
    move_start(showtime, hours=25)

    cancel(booking, ann)

    assert Refund.objects.get().amount == Decimal("12.50")


def test_cancel_twice_then_one_refund(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    move_start(showtime, hours=25)

    cancel(booking, ann)
    cancel(booking, ann)

    assert Refund.objects.count() == 1


def test_cancel_a_pending_booking_then_a_sentence(ann, showtime):
    with pytest.raises(NotCancellable, match="Only a confirmed booking"):
        cancel(start(ann, showtime, "A1"), ann)


def test_cancel_after_somebody_has_come_in_then_a_sentence(ann, sandbox):
    showtime = create_showtime_now(minutes=30)
    showtime.theater.refund_rules.filter(minutes_before=120).update(minutes_before=10)
    booking = buy(sandbox, ann, showtime, "A1")
    assert flows.is_cancellable(booking)
    flows.admit(Ticket.objects.get().serial, by=create_staff())

    with pytest.raises(NotCancellable, match="already come in"):
        cancel(booking, ann)
    assert not flows.is_cancellable(booking)


def test_staff_cancel_at_any_time_then_all_of_it_with_the_reason(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    manager = create_staff()
    move_start(showtime, minutes=5)

    booking = cancel(booking, manager, reason="The projector broke", in_full=True)

    refund = Refund.objects.get()
    assert (booking.reason, booking.cancelled_by) == ("The projector broke", manager)
    assert (refund.amount, refund.reason, refund.by) == (Decimal("12.50"), Refund.Reason.STAFF, manager)


def test_cancelled_seat_then_somebody_else_can_have_it(ann, bob, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    cancel(booking, ann, in_full=True)

    assert buy(sandbox, bob, showtime, "A1").is_confirmed


def test_cancelled_booking_then_it_is_no_longer_something_to_look_forward_to(ann, showtime, sandbox):
    booking, other = buy(sandbox, ann, showtime, "A1"), buy(sandbox, ann, showtime, "A2")

    cancel(booking, ann, in_full=True)

    assert (list(ann.bookings.upcoming()), list(ann.bookings.past())) == ([other], [booking])


def test_free_booking_then_it_can_be_cancelled_until_the_start(ann, showtime, sandbox):
    showtime.price_card.prices.update(amount=0)
    booking = start(ann, showtime, "A1")
    flows.start_payment(booking)

    assert cancel(booking, ann).status == Booking.Status.CANCELLED
    assert not Refund.objects.exists()


def test_free_booking_after_the_start_then_a_sentence(ann, showtime, sandbox):
    showtime.price_card.prices.update(amount=0)
    booking = start(ann, showtime, "A1")
    flows.start_payment(booking)
    move_start(showtime, minutes=-1)

    with pytest.raises(NotCancellable, match="has begun"):
        cancel(booking, ann)
