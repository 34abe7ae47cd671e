"""What the tests of the staff's pages share."""

from datetime import UTC, datetime
from decimal import Decimal

from django.contrib.messages import get_messages
from django.utils import timezone

from tests.factories import (
    create_layout,
    create_price_card,
    create_screen,
    create_theater,
    create_ticket_types,
    create_user,
    seats_of,
)

TAKEN = "Alien runs on Screen 2 from 20:00 until 21:55; the room is free again at 22:10."


def errors(response):
    """The form's sentences, of an answer that shows the form again."""
    assert response.status_code == 200, response.headers.get("Location")
    return {name: list(sentences) for name, sentences in response.context["adminform"].form.errors.items()}


def messages_of(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def sell(showtime, label="A1"):
    """Somebody has a seat; the amounts do not matter here."""
    booking = create_user().bookings.create(
        showtime=showtime,
        movie=showtime.movie,
        starts_at=showtime.starts_at,
        currency="EUR",
        **dict.fromkeys(["price_total", "fee_total", "tax_total", "total", "tax_rate"], Decimal(0)),
        tax_included=True,
        expires_at=timezone.now(),
    )
    return booking.booked_seats.create(
        showtime=showtime,
        seat=seats_of(showtime, label)[0],
        ticket_type=create_ticket_types(showtime.theater)[0],
        **dict.fromkeys(["price", "fee", "tax", "total"], Decimal(0)),
    )


def at(*wall, zone):
    return datetime(*wall, tzinfo=zone).astimezone(UTC)


def create_ready_screen():
    """Screen 2 of the Rialto in Berlin, where a showtime can be planned."""
    screen = create_screen(create_theater("Rialto"), name="Screen 2")
    create_layout(screen)
    create_price_card(screen.theater, name="Every day")
    return screen


def create_member(theater, role):
    """Somebody who works there, and nowhere else."""
    user = create_user(is_staff=True)
    theater.memberships.create(user=user, role=role)
    return user
