"""A whole showtime is called off: the sale stops, everybody is refunded and told, whatever dies on the way."""

from decimal import Decimal

import pytest
from django.db.models import Sum

from bookings import flows
from bookings.exceptions import NotCancellable, SaleClosed
from bookings.flows import calling_off
from bookings.models import BookedSeat, Booking, Mail, Refund, ShowtimeCancellation
from tests.bookings.steps import buy, lapse, open_session, start
from tests.factories import create_showtime, create_staff, create_user
from theaters.models import Showtime

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_are_in_order")]


@pytest.fixture
def manager(db):
    return create_staff()


def call_off(showtime, manager):
    return flows.cancel_showtime(showtime, by=manager, reason="The projector is broken.")


def buy_many(sandbox, showtime, *labels):
    return [buy(sandbox, create_user(), showtime, label) for label in labels]


def test_called_off_then_everybody_is_refunded_in_full_and_told(ann, showtime, manager, sandbox):
    buy_many(sandbox, showtime, "A1", "A2", "A3")

    call_off(showtime, manager)
    flows.finish_cancellations()
    flows.send_due_refunds()

    assert set(Booking.objects.values_list("status", "reason")) == {("cancelled", "The projector is broken.")}
    assert [refund["amount"] for refund in sandbox.refunds] == [1250] * 3
    assert Mail.objects.filter(kind=Mail.Kind.SHOWTIME_CANCELLED).count() == 3
    assert not BookedSeat.objects.live().exists()
    assert ShowtimeCancellation.objects.get().finished_at


def test_called_off_then_nothing_is_sold_any_more(ann, showtime, manager, sandbox):
    call_off(showtime, manager)

    with pytest.raises(SaleClosed):
        start(ann, showtime, "A1")


def test_called_off_while_somebody_pays_then_the_money_goes_back(ann, showtime, manager, sandbox):
    booking = start(ann, showtime, "A1")
    session_id = open_session(booking)
    call_off(showtime, manager)
    flows.finish_cancellations()
    sandbox.pay(session_id)

    flows.confirm_booking(session_id)
    flows.send_due_refunds()

    booking.refresh_from_db()
    assert booking.status == Booking.Status.EXPIRED
    assert list(Refund.objects.values_list("reason", "status")) == [("showtime_cancelled", "succeeded")]
    assert booking.mails.get().kind == Mail.Kind.REFUNDED


def test_called_off_then_sessions_are_ended_and_nobody_can_pay(ann, showtime, manager, sandbox):
    open_session(start(ann, showtime, "A1"))
    call_off(showtime, manager)
    flows.finish_cancellations()

    flows.end_abandoned_sessions()

    assert [session["status"] for session in sandbox.sessions] == ["expired"]


def test_called_off_twice_then_one_cancellation_and_one_refund_each(showtime, manager, sandbox):
    buy_many(sandbox, showtime, "A1")

    first, second = call_off(showtime, manager), call_off(showtime, create_staff())
    for _n in range(3):
        flows.finish_cancellations()

    assert (first, second.by, Refund.objects.count()) == (second, manager, 1)


def test_published_again_and_called_off_again_then_who_bought_in_between_is_refunded(showtime, manager, sandbox):
    (before,) = buy_many(sandbox, showtime, "A1")
    call_off(showtime, manager)
    flows.finish_cancellations()
    Showtime.objects.update(status="published")
    (since,) = buy_many(sandbox, showtime, "A1")
    other = create_staff()

    for _twice in range(2):
        cancellation = flows.cancel_showtime(showtime, by=other, reason="Flooded.")
    assert cancellation.finished_at is None
    flows.finish_cancellations()

    reasons = Booking.objects.order_by("pk").values_list("pk", "status", "reason", "cancelled_by")
    assert list(reasons) == [
        (before.pk, "cancelled", "The projector is broken.", manager.pk),
        (since.pk, "cancelled", "Flooded.", other.pk),
    ]
    assert Refund.objects.count() == 2
    assert ShowtimeCancellation.objects.get().finished_at


def test_worker_dies_half_way_then_the_next_run_goes_on(showtime, manager, sandbox, monkeypatch):
    buy_many(sandbox, showtime, "A1", "A2", "A3")
    call_off(showtime, manager)
    undo, done = calling_off.undo, []

    def die_after_one(*args, **kwargs):
        if done:
            raise SystemExit
        undo(*args, **kwargs)
        done.append(True)

    monkeypatch.setattr(calling_off, "undo", die_after_one)
    with pytest.raises(SystemExit):
        flows.finish_cancellations()
    assert Booking.objects.filter(status="cancelled").count() == 1
    monkeypatch.undo()

    flows.finish_cancellations()

    assert (Booking.objects.filter(status="cancelled").count(), Refund.objects.count()) == (3, 3)


def test_one_booking_resists_then_the_others_are_cancelled_and_it_is_tried_again(
    showtime, manager, sandbox, monkeypatch
):
    bookings = buy_many(sandbox, showtime, "A1", "A2", "A3")
    call_off(showtime, manager)
    undo = calling_off.undo

    def resist(booking, *args, **kwargs):
        if booking == bookings[1]:
            raise ValueError
        undo(booking, *args, **kwargs)

    monkeypatch.setattr(calling_off, "undo", resist)
    flows.finish_cancellations()
    assert ShowtimeCancellation.objects.get().finished_at is None
    assert Refund.objects.count() == 2
    monkeypatch.undo()

    flows.finish_cancellations()

    assert ShowtimeCancellation.objects.get().finished_at
    assert Refund.objects.aggregate(sum=Sum("amount"))["sum"] == Decimal("37.50")


def test_free_and_overdue_bookings_then_they_end_without_a_refund(ann, bob, manager, sandbox):
    showtime = create_showtime()
    showtime.price_card.prices.update(amount=0)
    free = start(ann, showtime, "A1")
    flows.start_payment(free)
    lapse(overdue := start(bob, showtime, "A2"))

    call_off(showtime, manager)
    flows.finish_cancellations()

    free.refresh_from_db()
    overdue.refresh_from_db()
    assert (free.status, overdue.status, Refund.objects.count()) == ("cancelled", "expired", 0)


def test_part_was_refunded_before_then_only_the_rest_goes_back(ann, showtime, manager, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    flows.note_refund(sandbox.refund_outside(booking.paid_with.payment_intent, 200)["id"])

    call_off(showtime, manager)
    flows.finish_cancellations()
    flows.send_due_refunds()

    assert sorted(refund["amount"] for refund in sandbox.refunds) == [200, 1050]


def test_draft_then_a_sentence(showtime, manager):
    Showtime.objects.update(status="draft")

    with pytest.raises(NotCancellable, match="delete it instead"):
        call_off(showtime, manager)
