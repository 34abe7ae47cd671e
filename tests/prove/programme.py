"""What is sold, and who comes: made by Django in this process, before the doors open."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.utils import timezone

from accounts.models import User
from accounts.sessions import SessionStore
from bookings import flows
from bookings.demo.people import ADMIN, create_people
from tests.factories import create_layout, create_screen, create_showtime, create_theater
from theaters.models import Showtime

ROWS, SEATS_IN_A_ROW = "ABCDEFGHIJ", 12


def create_showtimes(count: int) -> list[int]:
    """Rooms of 120 seats, days ahead, so that a cancelled booking gets all of its money back."""
    theater = create_theater("Rialto")
    showtimes = [
        create_showtime(
            layout=create_layout(create_screen(theater), rows=ROWS, seats=SEATS_IN_A_ROW),
            starts_at=timezone.now() + timedelta(days=5 + number),
        )
        for number in range(count)
    ]
    return [showtime.pk for showtime in showtimes]


def call_off(showtime: int) -> None:
    """What staff do when the projector is broken."""
    boss = User.objects.get(email=ADMIN)
    flows.cancel_showtime(Showtime.objects.get(pk=showtime), by=boss, reason="The projector is broken")
    connection.close()


def create_buyers(count: int) -> list[dict]:
    """Customers and the cookie of each who has signed in. A real login costs 0.4 seconds of computing."""
    create_people(count)
    users = User.objects.filter(email__startswith="buyer").order_by("email")
    return [{settings.SESSION_COOKIE_NAME: signed_in(user)} for user in users]


def signed_in(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session.save()
    return session.session_key
