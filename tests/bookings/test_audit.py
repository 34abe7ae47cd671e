"""Every invariant of the books can be seen broken, and holds after everything that customers and staff do."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from bookings import flows
from bookings.audit import audit
from bookings.invariants import INVARIANTS, Invariant
from bookings.models import (
    BookedSeat,
    Booking,
    Exchange,
    Mail,
    OfferedSeat,
    Payment,
    PromoCode,
    Redemption,
    Refund,
    SeatRelease,
    Shift,
    Ticket,
    Trouble,
    WaitingEntry,
)
from tests.bookings.counter_steps import close_shift, open_shift, sell
from tests.bookings.spaces import create_room_with_spaces, sell_others
from tests.bookings.steps import buy, lapse, open_session, quote, start
from tests.factories import (
    create_layout,
    create_member,
    create_promo_code,
    create_screen,
    create_showtime,
    create_showtime_now,
    create_staff,
    create_user,
    seats_of,
)
from theaters.models import Showtime

pytestmark = pytest.mark.django_db


def broken():
    return {result.invariant.code: result.examples for result in audit() if result.broken}


@pytest.fixture
def booking(ann, showtime, sandbox):
    """A confirmed one, of two seats."""
    return buy(sandbox, ann, showtime, "A1", "A2")


@pytest.fixture
def no_constraints():
    """Take every unique index and check away that would not let a test break the books."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("DROP INDEX seat_sold_once_per_showtime")
        for table, name in [
            ("booking", "booking_confirmed_has_time"),
            ("booking", "booking_once_confirmed_never_undone"),
            ("mail", "mail_once_per_booking_and_kind"),
        ]:
            cursor.execute(f"ALTER TABLE bookings_{table} DROP CONSTRAINT {name}")


def test_every_state_there_is_then_the_books_are_in_order(ann, bob, showtime, sandbox, booking):
    buy(sandbox, ann, create_showtime_now(), "A1")
    flows.cancel_booking(buy(sandbox, bob, showtime, "B1"), by=bob)
    lapse(late := start(bob, showtime, "B2"), seconds=61)
    session_id = open_session(start(create_user(), showtime, "B3"))
    flows.expire_overdue()
    sandbox.pay_later(session_id)
    flows.confirm_booking(session_id)
    assert flows.admit(Ticket.objects.live().latest("pk").serial, by=create_staff()).verdict == "welcome"

    late.refresh_from_db()
    assert (late.status, broken()) == ("expired", {})


def test_i1_seat_kept_twice_or_by_a_booking_that_is_over(bob, showtime, booking, no_constraints):
    start(bob, showtime, "B1")
    BookedSeat.objects.filter(booking__user=bob).update(seat=seats_of(showtime, "A1")[0])

    assert broken()["I1"] == [f"showtime {showtime.pk}, seat {seats_of(showtime, 'A1')[0].pk}"]
    Booking.objects.filter(user=bob).update(status="failed")
    assert broken()["I1"][0] == Booking.objects.get(user=bob).reference


@pytest.mark.parametrize(
    "wrong",
    [{"amount_received": Decimal("24.99")}, {"currency_received": "USD"}, {"status": "failed"}],
    ids=["amount", "currency", "not paid"],
)
def test_i2_sold_without_the_exact_payment(booking, wrong):
    Payment.objects.update(**wrong)

    assert broken()["I2"] == [booking.reference]


def test_i2_sold_without_a_payment(booking):
    Booking.objects.update(paid_with=None)

    assert broken()["I2"] == [booking.reference]


def test_i3_money_without_tickets_or_refund(ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    session_id = open_session(booking)
    lapse(booking, seconds=61)
    Showtime.objects.update(status="cancelled")
    sandbox.pay(session_id)
    flows.confirm_booking(session_id)
    assert broken() == {}

    Refund.objects.update(amount=Decimal("12.49"))

    assert broken()["I3"] == [booking.reference]


@pytest.mark.parametrize("wrong", [{"amount": Decimal("25.01")}, {"currency": "USD"}], ids=["amount", "currency"])
def test_i4_more_goes_back_than_came_in(ann, booking, wrong):
    flows.cancel_booking(booking, by=ann)

    Refund.objects.update(**wrong)

    assert broken()["I4"] == [booking.reference]


def test_i5_confirmed_became_something_else(booking, no_constraints):
    Booking.objects.update(status="expired")

    assert broken()["I5"] == [booking.reference]


def test_i6_more_waits_for_one_customer_than_allowed(ann, showtime):
    start(ann, showtime, "A1", "A2", "A3", "A4")
    Booking.objects.update(seat_labels=["A1"] * 9)

    assert broken()["I6"] == [f"customer {ann.pk}"]


def test_i7_free_seat_that_can_still_be_paid(ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    open_session(booking)
    lapse(booking, seconds=700)

    assert broken()["I7"] == [booking.reference]


@pytest.mark.parametrize("lost", ["ticket", "booking"])
def test_i8_seat_without_ticket_or_ticket_without_sale(booking, no_constraints, lost):
    if lost == "ticket":
        Ticket.objects.filter(pk=Ticket.objects.first().pk).update(revoked_at=timezone.now())
    else:
        Booking.objects.update(status="failed", confirmed_at=None)

    assert booking.reference in broken()["I8"]


def test_i9_mail_missing(booking):
    Mail.objects.all().delete()

    assert broken()["I9"] == [booking.reference]


@pytest.mark.parametrize("change", ["seat", "booking", "payment", "seat surcharge", "surcharge"])
def test_i10_price_changed_after_the_hold(booking, change):
    if change == "seat":
        BookedSeat.objects.filter(pk=BookedSeat.objects.first().pk).update(price=1)
    elif change == "seat surcharge":
        BookedSeat.objects.filter(pk=BookedSeat.objects.first().pk).update(surcharge=1)
    elif change == "surcharge":
        Booking.objects.update(surcharge_total=1)
    elif change == "booking":
        Booking.objects.update(fee_total=0)
    else:
        Payment.objects.update(amount=1)

    assert broken()["I10"] == [booking.reference]


def test_i10_sold_seat_given_away(booking):
    BookedSeat.objects.filter(pk=BookedSeat.objects.first().pk).update(released_at=timezone.now())

    assert broken()["I10"] == [booking.reference]


def test_i11_sold_after_the_sale_had_closed_or_for_a_showtime_called_off(ann, showtime, booking):
    Showtime.objects.update(status="cancelled")
    assert broken()["I11"] == [booking.reference]

    Showtime.objects.update(status="published")
    Booking.objects.update(created_at=showtime.sales_close_at + timedelta(seconds=1))
    assert broken()["I11"] == [booking.reference]


@pytest.mark.parametrize("lost", [{"payment_intent": ""}, {"session_id": None}, {"paid_at": None}])
def test_i12_money_that_stripe_does_not_know(booking, lost):
    Payment.objects.update(**lost)

    assert broken()["I12"] == [booking.reference]


def test_i13_promo_code_used_too_often(ann, bob, showtime, sandbox):
    code = create_promo_code(showtime.theater)
    for user, seat in ((ann, "A1"), (bob, "A2")):
        buy(sandbox, user, showtime, seat, promo=code)

    PromoCode.objects.update(limit=1)

    assert broken() == {"I13": ["promo code SUMMER10"]}


@pytest.mark.parametrize("change", [{"released_at": Now()}, {"amount": 1}])
def test_i13_discount_without_its_code(ann, showtime, sandbox, change):
    booking = buy(sandbox, ann, showtime, "A1", promo=create_promo_code(showtime.theater))

    Redemption.objects.update(**change)

    assert broken() == {"I13": [booking.reference]}


def test_i13_code_kept_by_a_booking_that_is_over(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1", promo=create_promo_code(showtime.theater))
    flows.cancel_booking(booking, by=ann, in_full=True)
    assert broken() == {}

    Redemption.objects.update(released_at=None)

    assert broken() == {"I13": [booking.reference]}


@pytest.mark.parametrize("wrong", ["amount", "number"])
def test_i14_shift_that_expects_something_else_or_has_left_a_number_out(showtime, wrong):
    cashier = create_member(showtime.theater, "box_office")
    shift = open_shift(cashier, showtime)
    sell(cashier, showtime, "A1", given="20.00")
    assert broken() == {}

    if wrong == "amount":
        close_shift(shift)
        Payment.objects.update(amount_received=1)
    else:
        drawer = dict.fromkeys(["expected", "counted"], shift.cash_in_drawer())
        Shift.objects.update(number=2, closed_at=timezone.now(), closed_by=cashier, **drawer)

    about = {"amount": f"shift {shift.pk}", "number": f"theater {showtime.theater.pk}"}
    assert broken()["I14"] == [about[wrong]]


@pytest.fixture
def exchanged(ann, sandbox):
    """Two seats on another day, at the same price; the old booking has given a third one back before."""
    showtime = create_showtime(starts_at=datetime(2077, 3, 10, 19, tzinfo=UTC))
    old = buy(sandbox, ann, showtime, "A1", "A2", "A3")
    flows.cancel_seats(old, [old.booked_seats.first().pk], by=ann)
    layout = create_layout(create_screen(showtime.theater))
    other = create_showtime(layout=layout, starts_at=showtime.starts_at + timedelta(days=1))
    new = flows.start_exchange(Booking.objects.get(pk=old.pk), showtime=other, quote=quote(other, "A1", "A2"))
    flows.start_payment(new)
    assert broken() == {}
    return Exchange.objects.get()


@pytest.mark.parametrize(
    "change",
    [
        {"done_at": None},
        {"value": F("value") + 1, "kept": F("kept") + 1},
        {"value": F("value") + 1, "credit": F("credit") + 1},
    ],
)
def test_i15_exchange_that_does_not_add_up(exchanged, change):
    Exchange.objects.update(**change)

    assert exchanged.old.reference in broken()["I15"]


def test_i15_old_tickets_that_stand_beside_the_new(exchanged):
    Booking.objects.filter(pk=exchanged.old_id).update(status="confirmed", cancelled_at=None)

    assert exchanged.old.reference in broken()["I15"]


def test_i15_more_of_it_refunded_than_was_taken_over(exchanged):
    flows.cancel_booking(exchanged.new, by=exchanged.new.user, in_full=True)
    assert broken() == {}

    Refund.objects.filter(sale=exchanged.new).update(amount=F("amount") + 1)

    assert exchanged.old.reference in broken()["I15"]


def test_i15_seat_given_back_and_not_free(exchanged):
    BookedSeat.objects.exclude(cancelled_at=None).update(released_at=None)

    assert exchanged.old.reference in broken()["I15"]


@pytest.mark.parametrize("wrong", [{"sold": 6}, {"seat_ids": [1]}, {"protected_at": timezone.now()}])
def test_i17_kept_seat_sold_to_others_without_a_reason(ann, sandbox, wrong):
    room = create_room_with_spaces("room")
    sell_others(sandbox, room)
    start(ann, room, "A1")
    assert broken() == {}

    SeatRelease.objects.update(**wrong)

    assert list(broken()) == ["I17"]


def test_i16_seat_sold_to_somebody_else_while_the_waiting_list_keeps_it(booking):
    now = timezone.now()
    entry = WaitingEntry.objects.create(
        user=create_user(), showtime=booking.showtime, party=1, offered_until=now + timedelta(hours=1)
    )
    seat = booking.booked_seats.first().seat
    OfferedSeat.objects.create(entry=entry, showtime=booking.showtime, seat=seat)

    assert broken()["I16"] == [booking.reference]

    WaitingEntry.objects.update(offered_until=now - timedelta(hours=1))
    assert broken() == {}


def test_every_invariant_has_its_test():
    named = {name.split("_")[1].upper() for name in globals() if name.startswith("test_i")}

    assert named == {invariant.code for invariant in INVARIANTS}


def test_command_then_each_is_printed_with_its_count(booking, capsys):
    call_command("audit")

    printed = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in printed[:13]] == [[f"I{n}", "0"] for n in range(1, 14)]


def test_command_with_something_broken_then_a_bad_exit_and_a_trouble_that_settles_itself(booking, capsys):
    Mail.objects.update(kind=Mail.Kind.REMINDER)

    with pytest.raises(CommandError, match="not in order"):
        call_command("audit")
    assert booking.reference in capsys.readouterr().out
    assert Trouble.objects.open().get().about == "I9"

    Mail.objects.update(kind=Mail.Kind.TICKETS)
    call_command("audit")
    assert not Trouble.objects.open().exists()


def test_two_showtimes_of_one_seat_then_they_are_two_seats(ann, bob, showtime, sandbox, booking):
    buy(sandbox, bob, create_showtime(layout=showtime.layout, starts_at=showtime.starts_at + timedelta(days=1)), "A1")

    assert broken() == {}


def test_audit_of_a_large_house_then_it_takes_longer_than_a_page_may(db, monkeypatch):
    slow = Invariant("I0", "Nothing is quick.", "SELECT 'all' AS about FROM pg_sleep(0.1)")
    monkeypatch.setattr("bookings.audit.INVARIANTS", [slow])
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        usual = cursor.fetchone()
        cursor.execute("SET statement_timeout = 20")

        assert [result.examples for result in audit()] == [["all"]]

        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == usual
