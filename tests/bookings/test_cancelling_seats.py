"""Single seats of a booking are given back: their share by the frozen policy, the rest stands."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core import mail as outbox
from django.urls import reverse
from django.utils import timezone

from bookings import flows
from bookings.exceptions import BadChoice, NotCancellable
from bookings.flows import cancelling_seats
from bookings.models import Booking, Mail, Refund, Ticket
from tests.bookings.steps import buy
from tests.factories import create_layout, create_promo_code, create_screen, create_showtime, create_staff, seats_of
from theaters.models import Seat, Showtime, Theater

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_are_in_order")]


@pytest.fixture
def showtime(db):
    return create_showtime(starts_at=datetime(2077, 3, 10, 19, tzinfo=UTC))


@pytest.fixture
def booking(ann, showtime, sandbox):
    return buy(sandbox, ann, showtime, "A1", "A2", "A3")


def give_back(booking, *labels):
    ids = booking.booked_seats.filter(seat__in=seats_of(booking.showtime, *labels)).values_list("pk", flat=True)
    return flows.cancel_seats(Booking.objects.get(pk=booking.pk), list(ids), by=booking.user)


def begins_in(showtime, **until):
    far = timezone.now() + timedelta(days=99)
    starts_at = timezone.now() + timedelta(**until)
    Showtime.objects.filter(pk=showtime.pk).update(starts_at=starts_at, free_at=far, sales_close_at=far)


def amounts():
    return list(Refund.objects.order_by("pk").values_list("amount", flat=True))


def test_one_seat_given_back_then_its_share_comes_back_and_the_others_stay(booking, bob, sandbox, showtime):
    booking = give_back(booking, "A2")

    live = Ticket.objects.live().values_list("booked_seat__seat__number", flat=True)
    assert (booking.status, booking.seat_labels, amounts()) == ("confirmed", ["A1", "A3"], [Decimal("12.50")])
    assert sorted(live) == ["1", "3"]
    assert buy(sandbox, bob, showtime, "A2").is_confirmed


@pytest.mark.parametrize(("hours", "back"), [(25, "12.50"), (23, "5.75"), (3, "5.75")])
def test_each_cutoff_then_its_percent_of_the_seat_without_the_fee(booking, showtime, hours, back):
    begins_in(showtime, hours=hours)

    give_back(booking, "A1")

    assert amounts() == [Decimal(back)]


def test_after_the_last_cutoff_then_a_sentence(booking, showtime):
    begins_in(showtime, minutes=100)

    with pytest.raises(NotCancellable, match="too late"):
        give_back(booking, "A1")


def test_fee_per_order_then_each_seat_brings_its_share_of_it(ann, showtime, sandbox):
    Theater.objects.update(order_fee=Decimal("1.00"))
    booking = buy(sandbox, ann, Showtime.objects.get(pk=showtime.pk), "A1", "A2", "A3")

    give_back(booking, "A1")
    flows.cancel_booking(Booking.objects.get(pk=booking.pk), by=ann)

    assert sum(amounts()) == booking.total
    assert amounts()[0] == Decimal("12.83")


def test_bought_with_a_promo_code_then_what_was_paid_comes_back_and_the_code_stays_used(ann, showtime, sandbox):
    promo = create_promo_code(showtime.theater)
    booking = buy(sandbox, ann, showtime, "A1", "A2", promo=promo)

    give_back(booking, "A1")

    assert (amounts(), promo.uses().count()) == ([Decimal("11.35")], 1)


def test_the_rest_is_cancelled_later_then_only_the_rest_comes_back(booking, ann):
    give_back(booking, "A1")

    flows.cancel_booking(Booking.objects.get(pk=booking.pk), by=ann)

    assert amounts() == [Decimal("12.50"), Decimal("25.00")]


def test_half_came_back_and_the_showtime_is_called_off_then_the_rest_comes_back_but_not_what_was_kept(
    booking, showtime
):
    begins_in(showtime, hours=3)
    give_back(booking, "A1")

    flows.cancel_showtime(Showtime.objects.get(pk=showtime.pk), by=create_staff(), reason="No light")
    flows.finish_cancellations()

    assert amounts() == [Decimal("5.75"), Decimal("25.00")]


def test_all_seats_given_back_then_the_booking_is_cancelled(booking):
    booking = give_back(booking, "A1", "A2", "A3")

    assert (booking.status, amounts()) == ("cancelled", [Decimal("37.50")])


@pytest.mark.parametrize("labels", [("A1",), ("A1", "A2", "A3")])
def test_given_back_then_who_waits_is_asked_at_once(booking, monkeypatch, labels):
    woken = []
    monkeypatch.setattr(cancelling_seats, "wake", woken.append)

    give_back(booking, *labels)

    assert "bookings.offer_seats" in woken


def test_sent_twice_then_given_back_once(booking):
    give_back(booking, "A1")
    give_back(booking, "A1")

    assert amounts() == [Decimal("12.50")]


def test_somebody_is_in_with_one_ticket_then_that_one_stays_and_another_may_go(booking, ann):
    Ticket.objects.filter(booked_seat__seat__number="1").update(checked_in_at=timezone.now(), checked_in_by=ann)

    with pytest.raises(NotCancellable, match="already come in"):
        give_back(booking, "A1")
    assert give_back(booking, "A2").seat_labels == ["A1", "A3"]


def test_half_of_a_love_seat_then_a_sentence_and_both_go_together(booking, showtime):
    one, two = seats_of(showtime, "A1", "A2")
    Seat.objects.filter(pk=one.pk).update(partner=two)
    Seat.objects.filter(pk=two.pk).update(partner=one)

    with pytest.raises(NotCancellable, match="A1 and A2 are one love seat"):
        give_back(booking, "A1")
    assert give_back(booking, "A1", "A2").seat_labels == ["A3"]


def test_companion_would_stay_without_the_wheelchair_then_a_sentence(booking, showtime):
    wheelchair, companion = seats_of(showtime, "A1", "A2")
    Seat.objects.filter(pk=companion.pk).update(companion_of=wheelchair, feature="companion")

    with pytest.raises(NotCancellable, match="A2 is the seat of the companion of A1"):
        give_back(booking, "A1")
    assert give_back(booking, "A2").seat_labels == ["A1", "A3"]


def test_seats_of_somebody_else_or_none_then_a_sentence(booking, bob, showtime, sandbox):
    others = buy(sandbox, bob, showtime, "B1")

    for ids in ([], [others.booked_seats.get().pk]):
        with pytest.raises(BadChoice, match="seats of this booking"):
            flows.cancel_seats(booking, ids, by=booking.user)


def test_moved_after_a_seat_was_given_back_then_nobody_sits_on_it_again(booking, showtime):
    give_back(booking, "A2")
    showtime = Showtime.objects.select_related("layout__screen__theater").get(pk=showtime.pk)
    target = {"starts_at": showtime.starts_at + timedelta(minutes=30), "layout": showtime.layout}

    plan = flows.plan_move(showtime, **target)
    flows.move_showtime(showtime, **target, by=create_staff(), reason="Late", fingerprint=plan.fingerprint)

    booking.refresh_from_db()
    assert (booking.seat_labels, booking.booked_seats.live().count()) == (["A1", "A3"], 2)


def test_moved_and_left_without_a_place_then_one_seat_given_back_does_not_cancel_all(booking, showtime):
    showtime = Showtime.objects.select_related("layout__screen__theater").get(pk=showtime.pk)
    small = create_layout(create_screen(showtime.theater), rows="A", seats=1)
    target = {"starts_at": showtime.starts_at, "layout": small}
    plan = flows.plan_move(showtime, **target)
    flows.move_showtime(showtime, **target, by=create_staff(), reason="Flooded", fingerprint=plan.fingerprint)

    with pytest.raises(NotCancellable):
        flows.cancel_seats(booking, [booking.booked_seats.first().pk], by=booking.user)

    booking.refresh_from_db()
    assert (booking.status, amounts()) == ("confirmed", [])


def test_page_says_what_each_seat_brings_and_gives_the_chosen_back(booking, client):
    client.force_login(booking.user)
    url = reverse("bookings:cancel_seats", args=[booking.reference])
    page = client.get(url)
    assert page.text.count("EUR 12.50 comes back") == 3

    nothing = client.post(url)
    done = client.post(url, {"seats": [booking.booked_seats.first().pk]}, follow=True)

    assert (nothing.status_code, done.status_code) == (400, 200)
    assert "These seats are cancelled." in done.text
    assert "given back" in done.text


def shown(page):
    return dict(re.findall(r'name="(back(?:_\d+)?|most)" value="([^"]+)"', page.text))


def test_cutoff_passes_between_page_and_click_then_refused_once_with_what_comes_back_now(booking, client, showtime):
    client.force_login(booking.user)
    begins_in(showtime, hours=24, minutes=1)
    url = reverse("bookings:cancel_seats", args=[booking.reference])
    seats = {"seats": [booked.pk for booked in booking.booked_seats.all()[:2]]}
    promised = shown(client.get(url))

    begins_in(showtime, hours=23)
    refused = client.post(url, seats | promised)

    assert (refused.status_code, amounts()) == (409, [])
    assert "comes back has changed since you looked: now it is EUR 11.50" in refused.text
    assert refused.text.count("EUR 5.75 comes back") == 3
    client.post(url, seats | shown(refused))
    assert amounts() == [Decimal("11.50")]


@pytest.mark.parametrize("labels", [("A1", "A2"), ("A1", "A2", "A3")])
def test_promise_of_the_page_at_each_number_of_seats_then_it_is_kept(booking, client, showtime, labels):
    Theater.objects.update(order_fee=Decimal("1.00"))
    begins_in(showtime, hours=3)
    client.force_login(booking.user)
    url = reverse("bookings:cancel_seats", args=[booking.reference])
    ids = booking.booked_seats.filter(seat__in=seats_of(showtime, *labels)).values_list("pk", flat=True)

    done = client.post(url, shown(client.get(url)) | {"seats": list(ids)})

    assert (done.status_code, amounts()) == (302, [Decimal("5.75") * len(labels)])


def letters():
    """What was sent of this kind, in the order of sending."""
    flows.send_due_mails()
    return [letter for letter in outbox.outbox if letter.subject.startswith("Some seats cancelled")]


def told(letter):
    """(the seats it calls given back, the money)"""
    gone = re.findall(r"^(\w\d), Adult$", letter.body, re.MULTILINE)
    assert [f"{label}, Adult<br>" in letter.alternatives[0].content for label in gone] == [True] * len(gone)
    return gone, re.search(r"(EUR [\d.]+) goes back", letter.body)[1]


def test_two_given_back_before_the_mail_then_it_names_both_and_the_money_of_both(booking):
    give_back(booking, "A1")
    give_back(booking, "A2")

    (letter,) = letters()

    assert told(letter) == (["A1", "A2"], "EUR 25.00")
    assert "Seat A3" in letter.body


def test_another_given_back_after_the_mail_then_the_next_tells_of_that_alone(booking, showtime):
    give_back(booking, "A3")
    letters()
    begins_in(showtime, hours=3)
    give_back(booking, "A2")

    assert [told(letter) for letter in letters()] == [(["A3"], "EUR 12.50"), (["A2"], "EUR 5.75")]


def test_staff_send_the_mail_once_more_then_it_tells_of_all(booking):
    give_back(booking, "A3")
    letters()
    give_back(booking, "A2")
    letters()
    Mail.objects.get(kind=Mail.Kind.SEATS_CANCELLED).try_again(timezone.now())

    assert told(letters()[-1]) == (["A2", "A3"], "EUR 25.00")


def test_another_refund_since_then_the_mail_tells_of_the_seats_alone(booking, ann):
    give_back(booking, "A3")
    refund = Refund.objects.get()
    Refund.objects.filter(pk=refund.pk).update(status=Refund.Status.FAILED, stripe_id="re_failed")
    flows.send_again(Refund.objects.get(), by=ann)

    assert told(letters()[-1]) == (["A3"], "EUR 12.50")
