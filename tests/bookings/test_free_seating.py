"""Showtimes with free seating: how many, not where. Each place is still a seat, so nothing is sold twice."""

from functools import partial

import pytest
from django.urls import reverse

from bookings import flows
from bookings.flows.places import TooFewPlaces
from bookings.models import BookedSeat
from bookings.pricing import quote_seats
from bookings.promises import todays_tariff
from tests.bookings.threads import all_at_once, kinds
from tests.factories import create_places, create_showtime, create_user

pytestmark = pytest.mark.django_db


def create_club(places=12, *, spaces=0, **fields):
    return create_showtime(layout=create_places(places, spaces=spaces), **fields)


def category_of(showtime):
    return showtime.layout.seats.first().category_id


def some(showtime, count, spaces=0):
    return flows.Places({category_of(showtime): count} if count else {}, spaces)


def hold(user, showtime, count, spaces=0):
    return flows.hold_places(user, showtime=showtime, wanted=some(showtime, count, spaces))


def numbers(showtime, count, **more):
    return {f"places_{category_of(showtime)}": count, **more}


def page(client, showtime, **more):
    return client.get(reverse("bookings:seat_map", args=[showtime.pk]), more)


def choose(client, showtime, count, **more):
    return client.post(reverse("bookings:hold", args=[showtime.pk]), numbers(showtime, count, **more))


def buy(user, showtime):
    """Hold one place, and start a booking for it."""
    seats = hold(user, showtime, 1).seats
    adult = showtime.theater.default_ticket_type()
    quote = quote_seats(todays_tariff(showtime), [(seat, adult) for seat in seats])
    return flows.start_booking(user, showtime=showtime, quote=quote)


@pytest.mark.django_db(transaction=True)
def test_130_buy_at_once_in_a_room_for_100_then_100_have_a_place_each():
    showtime = create_club(100)
    users = [create_user(f"crowd{n}@example.com") for n in range(130)]

    results = all_at_once([partial(buy, user, showtime) for user in users])

    assert kinds(results) == {"Booking": 100, "TooFewPlaces": 30}
    assert {str(result) for result in results if isinstance(result, TooFewPlaces)} == {"No place is left."}
    sold = list(BookedSeat.objects.live().values_list("seat__number", flat=True))
    assert sorted(sold, key=int) == [str(n) for n in range(1, 101)]


def test_page_of_free_seating_asks_how_many_and_has_no_map(client):
    showtime = create_club(12)

    html = page(client, showtime).content.decode()

    assert "12 places are left." in html
    assert f'name="places_{category_of(showtime)}"' in html
    assert "data-seat-map" not in html
    assert "data-party" not in html
    assert "EUR 12.50" in html
