"""The box office sells the same seats as the website, without its rules for buyers."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.models import DecimalField
from django.utils import timezone

from accounts.models import Change
from bookings import flows
from bookings.audit import audit
from bookings.exceptions import BadChoice, NoShift, SaleClosed, SeatsTaken
from bookings.models import BookedSeat, Booking, Mail, Payment, Refund, Ticket
from bookings.timeline import booking_timeline
from tests.bookings.counter_steps import close_shift, open_shift, sale, sell
from tests.bookings.steps import buy, hold, lapse, start
from tests.factories import create_member, create_showtime, create_showtime_now, create_user, seats_of
from theaters.models import Showtime, Theater

pytestmark = pytest.mark.django_db


@pytest.fixture
def cashier(showtime):
    return create_member(showtime.theater, "box_office", name="Cora")


@pytest.fixture
def shift(cashier, showtime):
    return open_shift(cashier, showtime)


def broken():
    return {result.invariant.code: result.examples for result in audit() if result.broken}


def ids_of(showtime, *labels):
    return [seat.pk for seat in seats_of(showtime, *labels)]


def test_cash_for_two_then_tickets_change_and_no_fee(cashier, showtime, shift):
    booking = sell(cashier, showtime, "A1", "A2", given="50.00")

    payment = booking.paid_with
    assert (booking.status, booking.total, booking.fee_total) == ("confirmed", Decimal("23.00"), 0)
    assert (booking.channel, booking.sold_by, booking.user) == ("counter", cashier, None)
    assert (payment.tender, payment.shift, payment.change_due) == ("cash", shift, Decimal("27.00"))
    assert Ticket.objects.live().count() == 2
    assert not Mail.objects.exists()
    assert broken() == {}


def test_every_kind_of_fee_there_is_then_the_counter_asks_for_none(cashier, showtime, shift):
    fees = [one.name for one in Theater._meta.fields if "fee" in one.name and isinstance(one, DecimalField)]
    Theater.objects.update(**dict.fromkeys(fees, Decimal(1)))

    booking = sell(cashier, showtime, "A1", "A2")

    assert (booking.fee_total, booking.total) == (0, Decimal("23.00"))


def test_cash_without_a_shift_then_nothing_is_sold(cashier, showtime):
    with pytest.raises(NoShift):
        sell(cashier, showtime, "A1")

    assert not Booking.objects.exists()
    assert sell(cashier, showtime, "A1", tender="card_terminal").is_confirmed
    assert broken() == {}


def test_somebody_elses_shift_then_it_does_not_count(showtime, shift):
    with pytest.raises(NoShift):
        sell(create_member(showtime.theater, "box_office"), showtime, "A1")


def test_free_tickets_then_they_cost_nothing_and_say_why(cashier, showtime):
    booking = sell(cashier, showtime, "A1", tender="free", comp="press", note="Daily News")

    assert (booking.total, booking.paid_with, booking.comp, booking.comp_note) == (0, None, "press", "Daily News")
    assert BookedSeat.objects.get().price == 0
    assert (Ticket.objects.live().count(), Payment.objects.count(), broken()) == (1, 0, {})


def test_too_little_cash_then_nothing_is_sold(cashier, showtime, shift):
    with pytest.raises(BadChoice):
        sell(cashier, showtime, "A1", given="10.00")

    assert not Booking.objects.exists()


def test_the_same_form_twice_then_it_is_sold_once(cashier, showtime, shift):
    key = uuid.uuid4()

    first, second = (sell(cashier, showtime, "A1", key=key) for _ in range(2))

    assert first == second
    assert Payment.objects.count() == 1


def test_seat_held_on_the_website_then_it_is_not_sold(ann, cashier, showtime, shift):
    hold(ann, showtime, "A2")

    with pytest.raises(SeatsTaken) as error:
        sell(cashier, showtime, "A1", "A2")

    assert [seat.label for seat in error.value.seats] == ["A2"]
    assert sell(cashier, showtime, "A1").is_confirmed


def test_seat_that_waits_for_payment_then_it_is_not_sold_until_that_is_over(ann, cashier, showtime, shift, redis):
    waiting = start(ann, showtime, "A1")
    redis.flushall()  # the database alone knows
    with pytest.raises(SeatsTaken):
        sell(cashier, showtime, "A1")

    lapse(waiting, seconds=61)

    assert sell(cashier, showtime, "A1").is_confirmed
    waiting.refresh_from_db()
    assert (waiting.status, broken()) == ("expired", {})


def test_set_aside_then_the_website_cannot_hold_them_until_they_are_given_back(ann, cashier, showtime):
    flows.set_aside(cashier, showtime=showtime, seat_ids=ids_of(showtime, "A1"))
    with pytest.raises(SeatsTaken):
        hold(ann, showtime, "A1")

    flows.give_back(cashier, showtime=showtime, seat_ids=[])

    assert hold(ann, showtime, "A1").seats


def test_after_the_websites_end_then_the_counter_still_sells_until_its_own(cashier):
    showtime = create_showtime_now(minutes=-30)
    open_shift(cashier, showtime)
    assert not showtime.is_on_sale
    assert sell(cashier, showtime, "A1").is_confirmed
    Showtime.objects.update(starts_at=timezone.now() - timedelta(minutes=50))

    with pytest.raises(SaleClosed):
        sell(cashier, showtime, "A2")
    assert Booking.objects.count() == 1


def test_late_sale_then_the_books_are_in_order(cashier):
    showtime = create_showtime_now(minutes=-30)
    open_shift(cashier, showtime)
    sell(cashier, showtime, "A1")

    assert broken() == {}


def test_whole_school_class_then_no_limit_of_seats(cashier, showtime, shift):
    booking = sell(cashier, showtime)

    assert len(booking.seat_labels) == 18
    with pytest.raises(SeatsTaken):
        sell(cashier, showtime, "C6")


@pytest.mark.parametrize("status", ["draft", "cancelled"])
def test_showtime_that_is_not_on_then_nothing_is_sold(cashier, showtime, shift, status):
    Showtime.objects.update(status=status)

    with pytest.raises(SaleClosed):
        sell(cashier, showtime, "A1")


def test_blocked_seat_then_not_even_the_counter_sells_it(cashier, showtime, shift):
    showtime.layout.seats.filter(row="A", number="1").update(is_blocked=True)

    with pytest.raises(SeatsTaken):
        flows.sell_at_counter(showtime, sale(showtime, "A1"), by=cashier)


def test_redis_away_then_the_counter_sells_on(cashier, showtime, shift, no_redis):
    assert sell(cashier, showtime, "A1").is_confirmed


# --- Back to the tender ---------------------------------------------------------------------------


def test_cash_refund_then_it_comes_out_of_the_open_shift(cashier, showtime, shift):
    booking = sell(cashier, showtime, "A1", "A2")
    assert shift.cash_in_drawer() == Decimal("123.00")

    flows.refund_at_counter(booking, by=cashier, reason="Changed their minds")

    refund = Refund.objects.get()
    assert (booking.status, refund.status, refund.shift, refund.by) == ("cancelled", "succeeded", shift, cashier)
    assert shift.cash_in_drawer() == Decimal("100.00")
    assert not Ticket.objects.live().exists()
    assert broken() == {}


def test_cash_refund_without_a_shift_then_the_tickets_stay_good(cashier, showtime, shift):
    booking = sell(cashier, showtime, "A1")
    close_shift(shift)

    with pytest.raises(NoShift):
        flows.refund_at_counter(booking, by=cashier, reason="Ill")

    booking.refresh_from_db()
    assert (booking.status, Refund.objects.count()) == ("confirmed", 0)


def test_terminal_refund_then_it_is_recorded_and_no_drawer_changes(cashier, showtime, shift):
    booking = sell(cashier, showtime, "A1", tender="card_terminal")

    flows.refund_at_counter(booking, by=cashier, reason="Ill")

    assert Refund.objects.get().status == "succeeded"
    assert (shift.cash_in_drawer(), broken()) == (Decimal("100.00"), {})


def test_web_booking_refunded_at_the_counter_then_stripe_sends_it(ann, cashier, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")

    flows.refund_at_counter(booking, by=cashier, reason="Ill")
    assert Refund.objects.get().status == "created"
    flows.send_due_refunds()

    refund = Refund.objects.get()
    assert (refund.status, refund.shift, bool(refund.stripe_id), broken()) == ("succeeded", None, True, {})


def test_cancelled_in_the_office_then_the_cash_waits_at_the_counter(cashier, showtime, shift):
    booking = sell(cashier, showtime, "A1")
    flows.cancel_booking(booking, by=create_user(is_staff=True), reason="Projector", in_full=True)
    refund = Refund.objects.get()
    assert (refund.status, flows.send_due_refunds(), broken()) == ("at_counter", 0, {})

    for _twice in range(2):
        flows.pay_out_at_counter(booking, by=cashier)

    refund.refresh_from_db()
    assert (refund.status, shift.cash_in_drawer()) == ("succeeded", Decimal("100.00"))
    assert (booking.reason, broken()) == ("Projector", {})


def test_showtime_called_off_then_what_the_counter_sold_waits_there(cashier, showtime, shift):
    sell(cashier, showtime, "A1")
    sell(cashier, showtime, "A2", tender="free", comp="staff")
    flows.cancel_showtime(showtime, by=cashier, reason="Flooded")
    flows.finish_cancellations()

    assert list(Booking.objects.values_list("status", flat=True)) == ["cancelled", "cancelled"]
    assert (Refund.objects.get().status, Mail.objects.count(), broken()) == ("at_counter", 0, {})


def test_story_of_a_counter_sale_then_it_says_who_and_how(cashier, showtime, shift):
    booking = sell(cashier, showtime, "A1")
    flows.refund_at_counter(booking, by=cashier, reason="Ill")

    story = [(event.words, event.by) for event in booking_timeline(booking)]

    assert ("Seats A1 taken", "Cora") in story
    assert ("EUR 11.50 came in: Cash", "Cora") in story
    assert ("Refund of EUR 11.50: Cancelled by the theater (Refunded)", "Cora") in story


def test_reprint_then_a_new_serial_and_the_copys_number(cashier, showtime, shift):
    booking = sell(cashier, showtime, "A1")
    old = Ticket.objects.get()

    (new,) = flows.reissue_tickets(booking, by=cashier, reason="Coffee")
    (newest,) = flows.reissue_tickets(booking, by=cashier, reason="Again")

    old.refresh_from_db()
    assert bool(old.revoked_at)
    assert (old.copy, new.copy, newest.copy) == (1, 2, 3)
    assert len({old.serial, new.serial, newest.serial}) == 3
    assert not Mail.objects.exists()
    assert broken() == {}


def test_old_sales_made_anonymous_then_the_books_stay(cashier, showtime, shift):
    booking = sell(cashier, showtime, "A1", tender="free", comp="guest", note="Ms. Quince")
    over = timezone.now() - timedelta(days=400)
    Showtime.objects.update(starts_at=over - timedelta(hours=2), ends_at=over)
    Booking.objects.update(starts_at=over - timedelta(hours=2), confirmed_at=over - timedelta(hours=3))

    assert flows.anonymise_old_bookings() == 1

    booking.refresh_from_db()
    assert (booking.comp, booking.comp_note, booking.sold_by) == ("guest", "", cashier)
    assert "Quince" not in str(list(Change.objects.values("before", "after")))


# --- The till -------------------------------------------------------------------------------------


def test_sum_of_the_zs_is_the_sum_of_the_ledger(cashier, showtime):
    other = create_member(showtime.theater, "box_office")
    for person, labels in [(cashier, "A1 A2 A3"), (other, "B1 B2"), (cashier, "C1 C2 C3 C4")]:
        shift = open_shift(person, showtime, "50.00")
        sold = [sell(person, showtime, label, given="20.00") for label in labels.split()]
        sell(person, showtime, *{"A": ["A5"], "B": ["B5"], "C": ["C5"]}[labels[0]], tender="card_terminal")
        flows.refund_at_counter(sold[0], by=person, reason="Ill")
        flows.move_cash(shift, kind="out", amount=Decimal("5.00"), reason="Flowers", by=person)
        flows.move_cash(shift, kind="in", amount=Decimal("20.00"), reason="Change", by=person)
        close_shift(shift, counted=shift.cash_in_drawer() - 1, note="One euro rolled away")

    shifts = list(showtime.theater.shifts.order_by("number"))
    cash = Payment.objects.filter(tender="cash")
    ledger = sum(p.amount_received for p in cash) - sum(r.amount for r in Refund.objects.all())
    assert [shift.number for shift in shifts] == [1, 2, 3]
    assert sum(shift.expected - shift.float - 15 for shift in shifts) == ledger == Decimal("69.00")
    assert [shift.variance for shift in shifts] == [-1, -1, -1]
    assert broken() == {}


def test_closed_shift_then_nothing_changes_it(cashier, showtime, shift):
    closed = close_shift(shift)

    assert close_shift(closed, counted="1.00").counted == Decimal("100.00")
    closed.counted = 1
    with pytest.raises(IntegrityError), transaction.atomic():
        closed.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        closed.delete()
    with pytest.raises(NoShift):
        sell(cashier, showtime, "A1")


def test_second_shift_at_once_then_it_is_the_first(cashier, showtime, shift):
    assert open_shift(cashier, showtime, "7.00") == shift
    elsewhere = open_shift(cashier, create_showtime(), "7.00")
    assert elsewhere != shift


@pytest.mark.parametrize("wrong", [{"by": None}, {"paid_out_at": None}, {"status": "pending"}, {"shift": None}])
def test_i12_cash_that_went_back_by_nobody(cashier, showtime, shift, wrong):
    booking = sell(cashier, showtime, "A1")
    flows.refund_at_counter(booking, by=cashier, reason="Ill")

    Refund.objects.update(**wrong)

    assert broken()["I12"] == [booking.reference]
