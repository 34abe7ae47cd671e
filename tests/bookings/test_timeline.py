"""What happened to a booking and to a seat, and why a seat is not sold, in words for the office."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.history import speaking
from bookings import flows
from bookings.audit import audit
from bookings.models import Booking
from bookings.timeline import booking_timeline, seat_timeline, why_not
from tests.bookings.steps import buy, hold, start
from tests.factories import create_layout, create_showtime, create_showtime_now, create_staff, create_theater, seats_of
from theaters.models import SeatOutage, Showtime

pytestmark = pytest.mark.django_db


def told(events):
    return [event.words for event in events]


def seat(showtime, label="A1"):
    return seats_of(showtime, label)[0]


def test_booking_then_its_story_is_whole_and_in_order(ann, sandbox):
    usher = create_staff(name="Max")
    booking = buy(sandbox, ann, create_showtime_now(), "A1")
    ticket = booking.booked_seats.get().tickets.get()
    flows.admit(ticket.serial, by=usher)
    with speaking(by=usher.pk):
        flows.cancel_booking(booking, by=usher, reason="The bulb burst", in_full=True)
    events = booking_timeline(Booking.objects.get())

    assert told(events)[:2] == ["Seats A1 taken", "Payment of EUR 12.50 begun"]
    assert set(told(events)[2:]) == {
        "EUR 12.50 came in",
        "Confirmed",
        f"Ticket {ticket.serial} for A1 issued",
        f"In with ticket {ticket.serial}",
        "Cancelled",
        "Refund of EUR 12.50: Cancelled by the theater (To be sent)",
        f"Ticket {ticket.serial} is void",
    }
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert {event.words: event.by for event in events}["Cancelled"] == "Max"


def test_seat_sold_given_back_and_sold_again_then_all_of_it_is_told(ann, bob, showtime, sandbox):
    first = buy(sandbox, ann, showtime, "A1")
    flows.cancel_booking(first, by=ann)
    second = buy(sandbox, bob, showtime, "A1")

    events = seat_timeline(showtime, seat(showtime))
    taken = [event.booking for event in events if event.words.startswith("Taken by booking")]
    assert taken == [first, second]
    assert told(events).count("Free again") == 1
    assert why_not(showtime, seat(showtime)) == f"It is sold, by booking {second}."


def test_free_seat_then_nothing_is_in_the_way(showtime):
    assert why_not(showtime, seat(showtime)) == ""


def test_seat_that_waits_for_its_payment_then_until_when(ann, showtime):
    booking = start(ann, showtime, "A1")

    until = f"{booking.expires_at.astimezone(showtime.theater.zone):%H:%M}"
    assert why_not(showtime, seat(showtime)) == f"Booking {booking} has it and may pay until {until}."


def test_seat_held_on_the_map_then_until_when(ann, showtime):
    hold(ann, showtime, "A1")

    assert why_not(showtime, seat(showtime)).startswith("A customer is choosing it just now, and holds it until ")


def test_seat_blocked_or_broken_or_without_price_then_why(showtime):
    now = timezone.now()
    SeatOutage.objects.create(seat=seat(showtime, "A1"), reason="torn", starts_at=now)
    SeatOutage.objects.create(seat=seat(showtime, "A2"), reason="wet", starts_at=now, ends_at=now + timedelta(days=9))
    showtime.layout.seats.filter(pk=seat(showtime, "A3").pk).update(is_blocked=True)

    assert why_not(showtime, seat(showtime, "A1")) == "It is out of order: torn."
    assert why_not(showtime, seat(showtime, "A2")).endswith(": wet.")
    assert why_not(showtime, seat(showtime, "A3")) == "This seat is never sold: it is blocked in the layout."
    showtime.price_card.prices.all().delete()
    assert "has no price for" in why_not(showtime, seat(showtime, "A4"))


def test_showtime_not_on_sale_then_so_is_the_seat(showtime):
    Showtime.objects.update(status="draft")
    showtime.refresh_from_db()

    assert why_not(showtime, seat(showtime)) == "The showtime is not on sale."


def test_page_of_a_seat_then_the_reason_and_the_story_with_links(client, ann, showtime, sandbox):
    client.force_login(create_staff("bookings.view_booking"))
    booking = buy(sandbox, ann, showtime, "A1")
    page = reverse("admin:bookings_booking_seat", args=[showtime.pk])

    sold, unknown = client.get(page, {"seat": "a1"}).text, client.get(page, {"seat": "Z9"}).text

    assert f"It is sold, by booking {booking}." in sold
    assert reverse("admin:bookings_booking_change", args=[booking.pk]) in sold
    assert "There is no seat Z9 in this room" in unknown


def test_story_of_a_booking_then_by_the_clock_of_its_theater(client, ann, sandbox):
    showtime = create_showtime(theater=create_theater(time_zone="Asia/Tokyo"))
    booking = buy(sandbox, ann, showtime, "A1")
    client.force_login(create_staff("bookings.view_booking"))

    page = client.get(reverse("admin:bookings_booking_change", args=[booking.pk])).text

    assert f"{booking.created_at.astimezone(showtime.theater.zone):%H:%M:%S}</time>" in page


def move(showtime, by, **target):
    target = {"starts_at": showtime.starts_at, "layout": showtime.layout} | target
    plan = flows.plan_move(showtime, **target)
    flows.move_showtime(showtime, **target, by=by, reason="The seat is torn.", fingerprint=plan.fingerprint)
    showtime.refresh_from_db()


def test_booking_moved_then_both_seats_and_the_booking_tell_where_it_was_when_and_why(ann, bob, showtime, sandbox):
    manager, later = create_staff(name="Max"), showtime.starts_at + timedelta(minutes=30)
    booking = buy(sandbox, ann, showtime, "B1")
    first = booking.booked_seats.get().tickets.get()
    seat(showtime, "B1").outages.create(reason="Torn", starts_at=later)
    move(showtime, manager, starts_at=later)
    seated = booking.booked_seats.get()
    second, new = seated.tickets.get(revoked_at=None), seated.seat
    outages = seat(showtime, "B1").outages
    outages.all().delete()
    next_one = buy(sandbox, bob, showtime, "B1")

    old_story, new_story = told(seat_timeline(showtime, seat(showtime, "B1"))), told(seat_timeline(showtime, new))
    assert old_story[0] == f"Taken by booking {booking}, Adult"
    assert f"Ticket {first.serial} for B1 issued" in old_story
    assert f"Booking {booking} goes from here to {new}: The seat is torn." in old_story
    assert f"Taken by booking {next_one}, Adult" in old_story
    assert second.serial not in " ".join(old_story)
    assert f"Booking {booking} comes here from B1: The seat is torn." in new_story
    assert f"Ticket {second.serial} for {new} issued" in new_story
    assert first.serial not in " ".join(new_story)
    story = {event.words: event.by for event in booking_timeline(Booking.objects.get(pk=booking.pk))}
    was, now = (f"{moment.astimezone(showtime.theater.zone):%a %-d %b, %H:%M}" for moment in (booking.starts_at, later))
    assert next(iter(story)) == "Seats B1 taken"
    assert story[f"Moved from {was}, B1 to {now}, {new}: The seat is torn."] == "Max"
    assert f"Ticket {first.serial} for B1 issued" in story
    assert audit_is_clean()


def test_booking_moved_to_another_room_and_back_then_its_story_names_the_rooms(ann, showtime, sandbox):
    manager, home = create_staff(name="Max"), showtime.layout
    booking = buy(sandbox, ann, showtime, "A1")
    away = create_layout(showtime.theater.screens.create(name="Studio", number=2))
    move(showtime, manager, layout=away)
    move(showtime, manager, layout=home)
    now = booking.booked_seats.get().seat

    words = told(booking_timeline(Booking.objects.get()))
    there = booking.moved_bookings.first().new_labels[0]
    assert f"Moved from Screen 1, A1 to Studio, {there}: The seat is torn." in words
    assert f"Moved from Studio, {there} to Screen 1, {now}: The seat is torn." in words
    story = told(seat_timeline(showtime, now))
    assert f"Booking {booking} comes here from {there} (Studio): The seat is torn." in story


def audit_is_clean():
    return [result.examples for result in audit() if result.broken] == []
