"""A club where seating is free, and what one does there."""

from django.urls import reverse

from bookings import flows
from bookings.pricing import quote_seats
from bookings.promises import todays_tariff
from tests.bookings import steps
from tests.factories import create_places, create_showtime


def create_club(places=12, *, spaces=0, **fields):
    return create_showtime(layout=create_places(places, spaces=spaces), **fields)


def category_of(showtime):
    return showtime.layout.seats.order_by("x").first().category_id


def hold(user, showtime, count, spaces=0):
    wanted = flows.Places({category_of(showtime): count}, spaces)
    return flows.hold_places(user, showtime=showtime, wanted=wanted)


def at(name, *args):
    return reverse(f"bookings:{name}", args=args)


def numbers(showtime, count, **more):
    """What the form sends."""
    return {f"places_{category_of(showtime)}": count, **more}


def page(client, showtime, **more):
    return client.get(at("seat_map", showtime.pk), more)


def choose(client, showtime, count, **more):
    return client.post(at("hold", showtime.pk), numbers(showtime, count, **more))


def held(client, showtime):
    return client.get(at("checkout", showtime.pk)).context["hold"].seats


def words(response):
    return " ".join(response.content.decode().split())


def number_in(response, name):
    """What stands in a field of the form."""
    return str(response.context["places"][name].value())


def buy(user, showtime, count=1):
    """Hold places and start a booking for them."""
    seats, adult = hold(user, showtime, count).seats, showtime.theater.default_ticket_type()
    quote = quote_seats(todays_tariff(showtime), [(seat, adult) for seat in seats])
    return flows.start_booking(user, showtime=showtime, quote=quote)


def buy_and_pay(sandbox, user, showtime, count=1):
    session = steps.open_session(buy(user, showtime, count))
    sandbox.pay(session)
    return flows.confirm_booking(session)
