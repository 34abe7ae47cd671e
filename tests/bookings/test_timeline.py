"""What happened to a booking and to a seat, and why a seat is not sold, in words for the office."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.history import speaking
from bookings import flows
from bookings.models import Booking
from bookings.timeline import booking_timeline, seat_timeline, why_not
from tests.bookings.steps import buy, hold, start
from tests.factories import create_showtime, create_showtime_now, create_staff, create_theater, seats_of
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
