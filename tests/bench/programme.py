"""What is sold in the shop that is measured, and to whom: rooms of 300 seats, and people who have signed in."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from tests.prove.programme import create_buyers

ROWS, SEATS_IN_A_ROW = "ABCDEFGHIJKLMNO", 20
CSRF = "benchbenchbenchbenchbenchbenchbe"


@dataclass(frozen=True)
class Programme:
    """Showtimes of 300 seats each, with the ids of their seats in the order of the room."""

    showtimes: list[int]
    seats: dict[int, list[int]]
    movie: str
    theater: str


def create_programme(count: int) -> Programme:
    from tests.factories import create_layout, create_screen, create_showtime, create_theater

    theater = create_theater("Rialto")
    showtimes = [
        create_showtime(
            layout=create_layout(create_screen(theater), rows=ROWS, seats=SEATS_IN_A_ROW),
            starts_at=timezone.now() + timedelta(days=2 + number),
        )
        for number in range(count)
    ]
    seats = {
        showtime.pk: list(showtime.layout.seats.order_by("y", "x").values_list("pk", flat=True))
        for showtime in showtimes
    }
    return Programme([showtime.pk for showtime in showtimes], seats, showtimes[0].movie.slug, theater.slug)


def signed_in_cookies(count: int) -> list[dict]:
    """The cookies of customers who have signed in, with a token for their forms."""
    return [cookies | {settings.CSRF_COOKIE_NAME: CSRF} for cookies in create_buyers(count)]
