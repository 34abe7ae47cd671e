"""A showtime moves, in time or to another room: everybody who has bought moves with it, is told once, and may leave."""

from datetime import timedelta
from itertools import pairwise
from threading import Barrier

import pytest
from django.core import mail as outbox
from django.db import connection, connections
from django.utils import timezone

from bookings import flows
from bookings.audit import audit
from bookings.exceptions import NotMovable, PlanChanged, SeatsTaken
from bookings.flows import booking as booking_flow
from bookings.flows import locking, moving
from bookings.models import (
    BookedSeat,
    Booking,
    Mail,
    MovedBooking,
    Payment,
    Refund,
    ShowtimeMove,
    Ticket,
    WaitingEntry,
)
from tests.bookings.steps import buy, hold, open_session, quote, start
from tests.bookings.test_database_trouble import CutBefore
from tests.bookings.threads import all_at_once
from tests.bookings.unlocked import after, no_lock
from tests.factories import (
    create_layout,
    create_price_card,
    create_screen,
    create_showtime,
    create_staff,
    create_user,
    seats_of,
)
from theaters.models import Seat

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(db):
    return create_staff()


@pytest.fixture
def showtime(db):
    return side_by_side(create_showtime())


@pytest.fixture(autouse=True)
def books_are_in_order(request):
    yield
    if "control" not in request.node.name:
        assert [(result.invariant.code, result.examples) for result in audit() if result.broken] == []


def side_by_side(showtime, layout=None):
    """Let the seats of each row be neighbours."""
    seats = list((layout or showtime.layout).seats.order_by("y", "x"))
    for left, right in pairwise(seats):
        if left.row == right.row:
            left.next_to_right = right
    Seat.objects.bulk_update(seats, ["next_to_right"])
    return showtime


def other_room(showtime, **room):
    layout = create_layout(create_screen(showtime.theater), **room)
    side_by_side(showtime, layout)
    return layout


def move(showtime, manager, *, later=timedelta(0), layout=None, apart=False, **changes):
    showtime.refresh_from_db()
    target = {"starts_at": showtime.starts_at + later, "layout": layout or showtime.layout, "apart": apart}
    plan = flows.plan_move(showtime, **target)
    words = {"by": manager, "reason": "The lamp broke.", "fingerprint": plan.fingerprint}
    return flows.move_showtime(showtime, **target, **words | changes)


def test_later_then_seats_and_tickets_stay_and_the_showtime_has_its_new_time(ann, showtime, manager, sandbox):
    booking = buy(sandbox, ann, showtime, "A1", "A2")
    serials = set(Ticket.objects.live().values_list("serial", flat=True))
    was = showtime.starts_at

    move(showtime, manager, later=timedelta(hours=1))

    showtime.refresh_from_db()
    booking.refresh_from_db()
    assert (showtime.starts_at, showtime.ends_at > showtime.starts_at) == (was + timedelta(hours=1), True)
    assert (booking.starts_at, booking.seat_labels) == (showtime.starts_at, ["A1", "A2"])
    assert set(Ticket.objects.live().values_list("serial", flat=True)) == serials


def test_to_another_screen_then_new_seats_new_tickets_and_the_same_money(ann, showtime, manager, sandbox):
    booking = buy(sandbox, ann, showtime, "A1", "A2")
    old = list(booking.booked_seats.values_list("pk", "price", "fee", "tax", "total"))
    serials = set(Ticket.objects.values_list("serial", flat=True))
    layout = other_room(showtime, rows="ABCD", seats=10)

    move(showtime, manager, layout=layout)

    showtime.refresh_from_db()
    assert (showtime.layout, showtime.screen) == (layout, layout.screen)
    assert {booked.seat.layout for booked in booking.booked_seats.live()} == {layout}
    assert list(booking.booked_seats.values_list("pk", "price", "fee", "tax", "total")) == old
    live = Ticket.objects.live().values_list("serial", flat=True)
    assert (len(live), set(live) & serials) == (2, set())
    assert MovedBooking.objects.get().old_labels == ["A1", "A2"]
    assert MovedBooking.objects.get().new_labels == Booking.objects.get().seat_labels


def test_old_ticket_at_the_door_then_void_and_the_new_one_lets_in(ann, showtime, manager, sandbox):
    buy(sandbox, ann, showtime, "A1")
    old = Ticket.objects.get().serial
    move(showtime, manager, layout=other_room(showtime))

    assert flows.admit(old, by=manager).verdict == "void"
    assert flows.admit(Ticket.objects.live().get().serial, by=manager).verdict != "void"


def test_nobody_finds_a_worse_seat_and_who_has_none_is_kept_and_listed(ann, bob, showtime, manager, sandbox):
    together = buy(sandbox, ann, showtime, "A1", "A2", "A3")
    single = buy(sandbox, bob, showtime, "B1")

    done = move(showtime, manager, layout=other_room(showtime, rows="A", seats=2))

    together.refresh_from_db()
    single.refresh_from_db()
    assert (together.status, together.seat_labels, len(single.seat_labels)) == ("confirmed", [], 1)
    left_out = done.moved_bookings.exclude(why_no_seats="").get()
    assert (left_out.booking, left_out.why_no_seats) == (together, "No 3 seats as good are free side by side.")
    assert Ticket.objects.live().count() == 1


def test_left_out_then_the_customer_or_staff_get_the_money_back(ann, showtime, manager, sandbox):
    booking = buy(sandbox, ann, showtime, "A1", "A2")
    move(showtime, manager, layout=other_room(showtime, rows="A", seats=1))
    booking.refresh_from_db()
    assert flows.is_cancellable(booking)

    flows.cancel_booking(booking, by=ann)
    flows.send_due_refunds()

    assert [refund["amount"] for refund in sandbox.refunds] == [2500]


def test_left_out_then_a_seat_comes_free_and_looking_again_finds_it(ann, bob, showtime, manager, sandbox):
    buy(sandbox, ann, showtime, "A1", "A2")
    second = buy(sandbox, bob, showtime, "B1", "B2")
    layout = other_room(showtime, rows="A", seats=2)
    move(showtime, manager, layout=layout)
    first = Booking.objects.exclude(seat_labels=[]).get()
    flows.cancel_booking(first, by=manager, in_full=True)

    move(showtime, manager)

    seated = Booking.objects.get(status="confirmed")
    assert (seated.seat_labels, Ticket.objects.live().count()) == (["A1", "A2"], 2)
    assert second.mails.filter(kind=Mail.Kind.MOVED).count() == 1


def test_looking_again_then_what_the_waiting_list_offers_stays_free_for_them(ann, bob, showtime, manager, sandbox):
    buy(sandbox, ann, showtime, "A1", "A2")
    buy(sandbox, bob, showtime, "B1", "B2")
    move(showtime, manager, layout=other_room(showtime, rows="A", seats=2))
    showtime.refresh_from_db()
    entry = WaitingEntry.objects.create(user=create_user(), showtime=showtime, party=2)
    first = Booking.objects.exclude(seat_labels=[]).get()
    flows.cancel_booking(first, by=manager, in_full=True)
    assert flows.offer_free_seats() == 1

    move(showtime, manager)

    assert Booking.objects.get(status="confirmed").seat_labels == []
    assert entry.offered_labels == ["A1", "A2"]


def test_looking_again_then_who_has_a_seat_and_who_waits_for_a_payment_stay_where_they_are(
    ann, bob, showtime, manager, sandbox
):
    buy(sandbox, ann, showtime, "A1", "A2")
    move(showtime, manager, layout=other_room(showtime, rows="A", seats=1))
    showtime.refresh_from_db()
    waiting = start(bob, showtime, "A1")

    move(showtime, manager, apart=True)

    waiting.refresh_from_db()
    assert (waiting.status, BookedSeat.objects.live().get().booking) == ("pending", waiting)


def test_each_customer_is_told_once_with_the_old_and_the_new(ann, bob, showtime, manager, sandbox):
    buy(sandbox, ann, showtime, "A1")
    buy(sandbox, bob, showtime, "A2")
    flows.send_due_mails()
    outbox.outbox.clear()
    layout = other_room(showtime)
    for _n in range(2):
        seen = first_fingerprint(showtime, layout)
        move(showtime, manager, layout=layout, later=timedelta(hours=1), fingerprint=seen)
        flows.send_due_mails()

    assert sorted(letter.to[0] for letter in outbox.outbox) == ["ann@example.com", "bob@example.com"]
    letter = next(letter for letter in outbox.outbox if letter.to == ["ann@example.com"])
    for words in ("21:00", "20:00", "Screen 1", "Screen 2", "seat A1", "The lamp broke.", "EUR 12.50 back"):
        assert words in letter.body
    assert Ticket.objects.live().get(booked_seat__booking__user=ann).serial in letter.body
    assert "SEQUENCE:1" in letter.attachments[-1].get_payload(decode=True).decode().replace("\r\n ", "")


def first_fingerprint(showtime, layout):
    """What both presses of the button carry."""
    if done := showtime.moves.first():
        return done.fingerprint
    starts_at = showtime.starts_at + timedelta(hours=1)
    return flows.plan_move(showtime, starts_at=starts_at, layout=layout).fingerprint


def test_moved_twice_then_told_of_each_or_of_both_at_once(ann, showtime, manager, sandbox):
    buy(sandbox, ann, showtime, "A1")
    flows.send_due_mails()
    outbox.outbox.clear()

    move(showtime, manager, later=timedelta(hours=1))
    flows.send_due_mails()
    move(showtime, manager, later=timedelta(hours=1))
    move(showtime, manager, later=timedelta(hours=1))
    flows.send_due_mails()

    was = [next(line for line in letter.body.splitlines() if line.startswith("It was")) for letter in outbox.outbox]
    assert [line.split(", ")[-3].split(" ")[0] for line in was] == ["20:00", "21:00"]


def test_same_plan_again_then_the_same_move(ann, showtime, manager, sandbox):
    buy(sandbox, ann, showtime, "A1")

    first = move(showtime, manager, later=timedelta(hours=1))
    again = flows.move_showtime(
        showtime,
        starts_at=first.new_starts_at,
        layout=first.new_layout,
        by=create_staff(),
        reason="Once more",
        fingerprint=first.fingerprint,
    )

    assert (again, again.by, Mail.objects.filter(kind=Mail.Kind.MOVED).count()) == (first, manager, 1)


def test_somebody_bought_since_staff_looked_then_the_new_plan_is_asked_for(ann, bob, showtime, manager, sandbox):
    buy(sandbox, ann, showtime, "A1")
    layout = other_room(showtime)
    seen = flows.plan_move(showtime, starts_at=showtime.starts_at, layout=layout)
    buy(sandbox, bob, showtime, "A2")

    with pytest.raises(PlanChanged):
        move(showtime, manager, layout=layout, fingerprint=seen.fingerprint)

    assert (ShowtimeMove.objects.count(), Mail.objects.filter(kind=Mail.Kind.MOVED).count()) == (0, 0)


def test_the_room_is_taken_then_a_sentence_and_nothing_has_happened(ann, showtime, manager, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    layout = other_room(showtime)
    create_showtime(layout=layout, starts_at=showtime.starts_at)

    with pytest.raises(NotMovable, match="Another showtime is on this screen"):
        move(showtime, manager, layout=layout)

    booking.refresh_from_db()
    assert (booking.seat_labels, ShowtimeMove.objects.count()) == (["A1"], 0)


@pytest.mark.parametrize(
    ("status", "later", "sentence"),
    [
        ("draft", timedelta(hours=1), "Only a published showtime"),
        ("cancelled", timedelta(hours=1), "Only a published showtime"),
        ("published", timedelta(days=-3), "That time is past"),
    ],
)
def test_not_to_be_moved_then_a_sentence(showtime, manager, status, later, sentence):
    type(showtime).objects.update(status=status)

    with pytest.raises(NotMovable, match=sentence):
        move(showtime, manager, later=later)


# --- The right to the money --------------------------------------------------------------------------


@pytest.mark.parametrize(("minutes", "cents"), [(15, None), (-15, None), (16, 1250), (-16, 1250)])
def test_more_than_a_quarter_of_an_hour_then_all_the_money_until_the_start(ann, manager, sandbox, minutes, cents):
    showtime = create_showtime(starts_at=timezone.now() + timedelta(minutes=70))
    booking = buy(sandbox, ann, showtime, "A1")
    assert not flows.is_cancellable(booking)

    move(showtime, manager, later=timedelta(minutes=minutes))

    booking = Booking.objects.get()
    assert (flows.is_cancellable(booking), int(flows.refundable_now(booking) * 100) or None) == (bool(cents), cents)


def test_small_moves_add_up(ann, manager, sandbox):
    showtime = create_showtime(starts_at=timezone.now() + timedelta(minutes=60))
    buy(sandbox, ann, showtime, "A1")

    for _n in range(2):
        move(showtime, manager, later=timedelta(minutes=10))

    assert flows.is_cancellable(Booking.objects.get())


def test_after_the_start_then_no_more(ann, manager, sandbox):
    showtime = create_showtime(starts_at=timezone.now() + timedelta(minutes=60))
    buy(sandbox, ann, showtime, "A1")
    move(showtime, manager, layout=other_room(showtime))
    type(showtime).objects.update(starts_at=timezone.now() - timedelta(minutes=1))

    assert not flows.is_cancellable(Booking.objects.get())


# --- Who is buying just now --------------------------------------------------------------------------


def test_on_the_payment_page_then_it_is_ended_and_money_goes_back(ann, showtime, manager, sandbox):
    booking = start(ann, showtime, "A1")
    session_id = open_session(booking)
    move(showtime, manager, later=timedelta(hours=1))
    sandbox.pay(session_id)

    flows.confirm_booking(session_id)
    flows.send_due_refunds()

    booking.refresh_from_db()
    assert (booking.status, booking.reason) == ("expired", "The lamp broke.")
    assert list(Refund.objects.values_list("reason", "status")) == [("showtime_moved", "succeeded")]
    assert booking.mails.get().kind == Mail.Kind.REFUNDED


def test_on_a_seat_that_broke_then_another_only_where_it_is_broken_at_the_new_time(
    ann, bob, showtime, manager, sandbox
):
    before, then = buy(sandbox, ann, showtime, "A1"), buy(sandbox, bob, showtime, "B1")
    later = showtime.starts_at + timedelta(minutes=30)
    first, second = seats_of(showtime, "A1", "B1")
    first.outages.create(reason="Torn", starts_at=showtime.starts_at)
    second.outages.create(reason="Torn", starts_at=later)

    move(showtime, manager, later=timedelta(hours=1))

    before.refresh_from_db()
    then.refresh_from_db()
    assert (before.seat_labels, then.seat_labels == ["B1"], len(then.seat_labels)) == (["A1"], False, 1)


def test_money_on_its_way_then_the_booking_moves_along_and_gets_its_tickets(ann, showtime, manager, sandbox):
    booking = start(ann, showtime, "A1")
    session_id = open_session(booking)
    sandbox.pay_later(session_id)
    flows.confirm_booking(session_id)
    layout = other_room(showtime)

    move(showtime, manager, layout=layout)
    sandbox.settle(session_id)
    flows.confirm_booking(session_id)

    booking.refresh_from_db()
    assert (booking.status, booking.booked_seats.live().get().seat.layout) == ("confirmed", layout)


def test_held_seats_are_free_and_cannot_be_bought_after_the_move(ann, showtime, manager, redis):
    hold(ann, showtime, "A1")
    chosen = quote(showtime, "A1")

    move(showtime, manager, layout=other_room(showtime))

    assert redis.hlen(f"{{holds}}:showtime:{showtime.pk}") == 0
    with pytest.raises(SeatsTaken):
        flows.start_booking(ann, showtime=showtime, quote=chosen)


# --- All or nothing, and races -----------------------------------------------------------------------


def test_it_dies_in_the_middle_then_nothing_has_moved(ann, showtime, manager, sandbox, monkeypatch):
    booking = buy(sandbox, ann, showtime, "A1")
    layout = other_room(showtime)
    monkeypatch.setattr(moving, "tell", lambda *args: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        move(showtime, manager, layout=layout)

    showtime.refresh_from_db()
    assert (showtime.layout == layout, booking.booked_seats.live().get().seat) == (False, seats_of(showtime, "A1")[0])
    assert (ShowtimeMove.objects.count(), Ticket.objects.live().count()) == (0, 1)


@pytest.mark.django_db(transaction=True)
def test_the_line_is_cut_before_any_statement_then_it_moves_once_and_whole(
    ann, showtime, manager, sandbox, monkeypatch
):
    monkeypatch.setattr(locking, "PAUSES_IN_SECONDS", (0, 0))
    buy(sandbox, ann, showtime, "A1", "A2")
    rooms = [showtime.layout, other_room(showtime)]
    other = connections.create_connection("default")
    statements, done = 0, False
    while not done:
        statements, rooms = statements + 3, rooms[::-1]
        showtime.refresh_from_db()
        target = {"starts_at": showtime.starts_at, "layout": rooms[0]}
        seen = flows.plan_move(showtime, **target).fingerprint
        knife = CutBefore(statements, other)
        with connection.execute_wrapper(knife):
            flows.move_showtime(showtime, **target, by=manager, reason="The lamp broke.", fingerprint=seen)
        done = knife.left > 0
        assert (in_the_wrong_room(rooms[0]), Ticket.objects.live().count()) == (0, 2)
        assert ShowtimeMove.objects.count() == MovedBooking.objects.count() == statements / 3

    other.close()
    assert statements > 15


def race_a_move_against_confirmations(sandbox, manager):
    """Twelve have paid; in the same instant their payments arrive and the showtime moves."""
    showtime = side_by_side(create_showtime())
    layout = other_room(showtime, rows="ABC", seats=6)
    sessions = []
    for label in [f"{row}{n}" for row in "ABC" for n in range(1, 5)]:
        sessions.append(open_session(start(create_user(), showtime, label)))
        sandbox.pay(sessions[-1])
    plan = flows.plan_move(showtime, starts_at=showtime.starts_at, layout=layout)
    target = {"starts_at": showtime.starts_at, "layout": layout, "by": manager, "reason": "The lamp broke."}

    def try_to_move():
        fingerprint = plan.fingerprint
        for _n in range(20):
            try:
                return flows.move_showtime(showtime, **target, fingerprint=fingerprint)
            except PlanChanged:
                fingerprint = flows.plan_move(showtime, starts_at=showtime.starts_at, layout=layout).fingerprint
        return None

    all_at_once([try_to_move, *[lambda paid=paid: flows.confirm_booking(paid) for paid in sessions]])
    for paid in sessions:
        flows.confirm_booking(paid)
    return layout


def in_the_wrong_room(layout):
    return BookedSeat.objects.live().exclude(seat__layout=layout).count()


@pytest.mark.django_db(transaction=True)
def test_move_against_payments_then_each_is_seated_in_the_new_room_or_has_the_money_back(sandbox, manager):
    layout = race_a_move_against_confirmations(sandbox, manager)

    sold = Booking.objects.filter(status="confirmed").count()
    assert ShowtimeMove.objects.count() == 1
    assert in_the_wrong_room(layout) == 0
    assert (sold + Refund.objects.count(), Payment.objects.filter(status="paid").count()) == (12, 12)
    assert Mail.objects.filter(kind=Mail.Kind.MOVED).count() == MovedBooking.objects.count()


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_somebody_is_left_in_the_old_room(sandbox, manager, without_lock, monkeypatch):
    """Both have read before either writes: a purchase that begins, and a move that has seen no purchase."""
    showtime = side_by_side(create_showtime())
    layout = other_room(showtime)
    monkeypatch.setattr(moving, "locked_showtime", no_lock)
    together = Barrier(2)
    after(monkeypatch, moving, "plan_move", together)
    after(monkeypatch, booking_flow, "check_room", together)
    plan = flows.plan_move(showtime, starts_at=showtime.starts_at, layout=layout)
    target = {"starts_at": showtime.starts_at, "layout": layout, "by": manager, "reason": "The lamp broke."}
    ann, chosen = create_user(), quote(showtime, "A1")

    all_at_once(
        [
            lambda: flows.move_showtime(showtime, **target, fingerprint=plan.fingerprint),
            lambda: flows.start_booking(ann, showtime=showtime, quote=chosen),
        ]
    )

    assert in_the_wrong_room(layout) == 1


def test_a_full_room_moves_in_a_moment_and_in_as_many_queries_as_a_small_one(
    showtime, manager, sandbox, django_assert_max_num_queries
):
    for label in ("A1", "A2", "A3", "B1", "B2", "B3"):
        buy(sandbox, create_user(), showtime, label)
    layout = other_room(showtime)
    showtime.refresh_from_db()
    plan = flows.plan_move(showtime, starts_at=showtime.starts_at, layout=layout)

    with django_assert_max_num_queries(40):
        flows.move_showtime(
            showtime,
            starts_at=showtime.starts_at,
            layout=layout,
            by=manager,
            reason="The lamp broke.",
            fingerprint=plan.fingerprint,
        )


def test_dearer_room_then_better_seats_and_no_new_price(ann, showtime, manager, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    layout = other_room(showtime)
    premium = showtime.theater.seat_categories.create(name="Premium", look="premium", order=1)
    layout.seats.update(category=premium)
    card = create_price_card(showtime.theater, adult="20.00")
    standard = showtime.theater.seat_categories.get(name="Standard")
    card.prices.filter(category=standard).update(amount="11.50")
    type(showtime).objects.update(price_card=card)
    showtime.refresh_from_db()

    plan = flows.plan_move(showtime, starts_at=showtime.starts_at, layout=layout)
    move(showtime, manager, layout=layout)

    booking.refresh_from_db()
    assert ([step.is_better for step in plan.steps], str(booking.total)) == ([True], "12.500")
