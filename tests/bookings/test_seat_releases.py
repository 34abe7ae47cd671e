"""When everybody may have wheelchair spaces and companion seats, and what is written down of it."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookings import flows
from bookings.exceptions import CompanionAlone, KeptForWheelchairs
from bookings.flows import booking as booking_flow
from bookings.flows.locking import database_now
from bookings.flows.settling import confirm
from bookings.models import BookedSeat, Booking, Payment, Refund, SeatRelease
from bookings.views.exchanges import about
from tests.bookings.spaces import create_room_with_spaces, others, outcome, sell_others
from tests.bookings.steps import buy, hold, lapse, open_session, start
from tests.bookings.test_pages import seat_map, seats_on, words
from tests.bookings.threads import in_a_thread, wait_until_somebody_waits
from tests.bookings.unlocked import no_lock
from tests.factories import create_category, create_user, seats_of
from theaters.models import Price, Theater

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_are_in_order")]
KEPT, ALONE = KeptForWheelchairs, CompanionAlone


@pytest.fixture
def room(db):
    return create_room_with_spaces()


# --- General sale ------------------------------------------------------------------------------------

Rule = Theater.SpaceRelease


@pytest.mark.parametrize("rule", [Rule.NEVER, Rule.ROOM, Rule.AREA, Rule.PRICE, Rule.MINUTES])
def test_one_other_seat_unsold_then_kept_by_every_rule(ann, sandbox, rule):
    room = create_room_with_spaces(rule)
    sell_others(sandbox, room, "B6")
    start(create_user(), room, "B6")  # waits for its payment, which is not sold

    assert outcome(hold, ann, room, "A1") is KEPT
    assert outcome(start, ann, room, "A1") is KEPT


def test_bought_on_general_sale_then_an_exchange_does_not_take_them_for_wheelchair_users(ann, sandbox):
    room = create_room_with_spaces(Rule.ROOM)
    sell_others(sandbox, room)

    assert not about(buy(sandbox, ann, room, "A5", "A6"))["need"]


@pytest.mark.parametrize("rule", [Rule.ROOM, Rule.AREA, Rule.PRICE])
def test_all_others_sold_then_on_general_sale_and_the_reason_is_written_down(client, ann, sandbox, rule):
    room = create_room_with_spaces(rule)
    sell_others(sandbox, room)

    assert seats_on(seat_map(client, room))["A2"]["data-state"] == "available"
    booking = start(ann, room, "A2")

    release = SeatRelease.objects.get()
    assert (release.rule, release.general, release.sold, release.protected_at) == (rule, 7, 7, None)
    assert "7 of 7" in release.reason
    assert release.seat_labels == ["A1", "A2", "A3", "A5", "A6"]
    assert booking.booked_seats.get().release == release


def test_never_then_sold_out_but_for_them_in_words_on_map_and_programme(client, room, sandbox):
    sell_others(sandbox, room)
    programme = f"{reverse('theaters:theater', args=[room.theater.slug])}?date={room.business_date}"

    assert "Sold out except for wheelchair spaces." in words(seat_map(client, room))
    for address in (programme, room.movie.get_absolute_url(), "/"):
        assert "Sold out except for wheelchair spaces" in words(client.get(address))
    assert f'href="/showtimes/{room.pk}/seats/"' in client.get(programme).text


@pytest.mark.parametrize(("rule", "released"), [(Rule.ROOM, []), (Rule.AREA, ["A5", "A6"]), (Rule.PRICE, ["A5", "A6"])])
def test_one_category_sold_then_only_its_own_are_on_general_sale(ann, sandbox, rule, released):
    room = create_room_with_spaces(rule)
    premium = create_category(room.theater, "Premium", look="premium", order=1)
    room.layout.seats.filter(row="A", number__in="456").update(category=premium)
    kind = room.theater.default_ticket_type()
    Price.objects.create(card=room.price_card, category=premium, ticket_type=kind, amount=15)
    sell_others(sandbox, room, *[label for label in others(room) if label != "A4"])

    free = [label for label in ("A1", "A2", "A5", "A6") if outcome(start, create_user(), room, label) is None]

    assert free == released


@pytest.mark.parametrize(("minutes", "free"), [(29, None), (40, KEPT)])
def test_by_the_clock_then_so_many_minutes_before_the_start(ann, minutes, free):
    room = create_room_with_spaces(Rule.MINUTES)
    room.starts_at = timezone.now() + timedelta(minutes=minutes)
    room.set_times()
    room.save()

    assert outcome(start, ann, room, "A1") is free


def test_another_seat_comes_back_then_kept_again_and_the_record_is_closed(client, ann, bob, sandbox):
    room = create_room_with_spaces(Rule.ROOM)
    bookings = sell_others(sandbox, room)
    hold(bob, room, "A6")
    start(ann, room, "A1")
    flows.cancel_booking(bookings[0], by=bookings[0].user, in_full=True)

    assert outcome(start, bob, room, "A6") is KEPT  # though held, a general seat is free now
    assert SeatRelease.objects.get().protected_at is None  # the refusal has left no trace, the worker does
    assert flows.review_releases() == 1
    assert SeatRelease.objects.get().protected_at > Booking.objects.latest("pk").created_at
    assert seats_on(seat_map(client, room))["A5"]["data-state"] == "blocked"
    assert Booking.objects.filter(user=ann).get().booked_seats.live().count() == 1


def test_kept_again_while_somebody_fills_in_the_checkout_then_409_in_words_and_the_choice_kept(client, ann, sandbox):
    room = create_room_with_spaces(Rule.ROOM)
    bookings = sell_others(sandbox, room)
    client.force_login(ann)
    client.post(reverse("bookings:hold", args=[room.pk]), {"seats": [seats_of(room, "A6")[0].pk]})
    flows.cancel_booking(bookings[0], by=bookings[0].user, in_full=True)

    page = client.post(reverse("bookings:checkout", args=[room.pk]))

    assert page.status_code == 409
    assert "A6 is kept for people who use a wheelchair" in words(page)
    assert "checked" in seats_on(page)["A6"]


def test_worker_then_writes_down_what_nobody_has_bought_and_only_once(room, sandbox):
    room.theater.space_release = Rule.ROOM
    room.theater.save()
    assert flows.review_releases() == 0
    sell_others(sandbox, room)

    assert flows.review_releases() == 1
    assert flows.review_releases() == 0
    assert SeatRelease.objects.get().protected_at is None


def test_paid_late_and_no_longer_on_general_sale_then_the_money_goes_back(ann, sandbox):
    room = create_room_with_spaces(Rule.ROOM)
    bookings = sell_others(sandbox, room)
    booking = start(ann, room, "A1")
    session_id = open_session(booking)
    sandbox.pay(session_id)
    lapse(booking, seconds=3600)
    Payment.objects.filter(booking=booking).update(session_expires_at=timezone.now())
    booking.give_up(timezone.now())
    flows.cancel_booking(bookings[0], by=bookings[0].user, in_full=True)

    flows.confirm_booking(session_id)

    assert Refund.objects.filter(payment__booking=booking).get().reason == Refund.Reason.SEATS_GONE


# --- Whatever happens --------------------------------------------------------------------------------

DEEDS = st.tuples(st.sampled_from(["buy", "buy", "cancel", "review"]), st.sampled_from(["A1", "A2", "A4", "B1", "B2"]))


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(deeds=st.lists(DEEDS, max_size=12), rule=st.sampled_from([Rule.NEVER, Rule.ROOM, Rule.AREA]))
def test_whatever_happens_then_nothing_kept_is_sold_to_others_unless_the_condition_is_true(db, deeds, rule):
    with transaction.atomic():
        room = create_room_with_spaces(rule)
        room.layout.seats.exclude(row="A", number__in="124").exclude(row="B", number__in="12").update(is_blocked=True)
        for deed, label in deeds:
            do(room, deed, label, rule)
        check_records(room)
        transaction.set_rollback(True)


def do(room, deed, label, rule):
    sold = {booking.seat_labels[0]: booking for booking in Booking.objects.filter(showtime=room, status="confirmed")}
    if deed == "review":
        flows.review_releases()
    elif deed == "cancel" and label in sold:
        flows.cancel_booking(sold[label], by=sold[label].user, in_full=True)
    elif deed == "buy" and label not in sold:
        is_sold_out = {"A4", "B1", "B2"} <= sold.keys()
        may_have = label in others(room) or (rule != Rule.NEVER and is_sold_out)
        assert outcome(buy_free, room, label) is (None if may_have else KEPT)


def buy_free(room, label):
    """Sold at once, as if it had cost nothing."""
    booking = start(create_user(), room, label)
    Payment.objects.create(booking=booking, status="paid", amount=booking.total, currency=booking.currency)
    confirm(booking, database_now())


def check_records(room):
    kept = BookedSeat.objects.filter(showtime=room).exclude(seat__feature="").select_related("release", "booking")
    for booked in kept:
        assert booked.release.sold == booked.release.general == 3
        assert booked.seat_id in booked.release.seat_ids
        assert booked.release.protected_at is None or booked.booking.created_at < booked.release.protected_at


# --- A race ------------------------------------------------------------------------------------------


def race(monkeypatch, sandbox, ann, *, waits):
    """Somebody gives the last ordinary seat back just after the sale of a released one was judged; what came when."""
    room = create_room_with_spaces(Rule.ROOM)
    bookings = sell_others(sandbox, room)
    came, judge = [], booking_flow.releases_for

    def give_back():
        flows.cancel_booking(bookings[0], by=bookings[0].user, in_full=True)
        came.append("another seat is free")

    def judge_then_look_away(*args, **kwargs):
        releases = judge(*args, **kwargs)
        came.append(in_a_thread(give_back))
        waits(came[0])
        return releases

    monkeypatch.setattr(booking_flow, "releases_for", judge_then_look_away)
    start(ann, room, "A1")
    came.append("sold")
    came.pop(0)()
    return came


@pytest.mark.django_db(transaction=True)
def test_other_seat_comes_back_during_the_sale_then_it_waits_until_the_sale_is_made(monkeypatch, sandbox, ann):
    assert race(monkeypatch, sandbox, ann, waits=lambda _finish: wait_until_somebody_waits())[0] == "sold"


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_then_sold_after_the_condition_was_over(monkeypatch, sandbox, ann):
    monkeypatch.setattr(booking_flow, "locked_showtime", no_lock)

    assert race(monkeypatch, sandbox, ann, waits=lambda finish: finish()) == ["another seat is free", "sold"]
