"""The control: a shop without its lock, its constraint and its holds. `make prove CONTROL=1` must sell seats twice."""

import time
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from importlib import import_module

from django.apps import AppConfig
from django.db import connection, transaction

FLOWS, SIDES = ("holding", "expiring", "cancelling"), ("settling", "paying")


class Careless(AppConfig):
    name = "tests.prove.careless"
    label = "careless"

    def ready(self):
        for name in FLOWS:
            import_module(f"bookings.flows.{name}").locked_showtime = unlocked_showtime
        for name in SIDES:
            import_module(f"bookings.flows.{name}").locked_sides = unlocked_sides
        import_module("bookings.flows.booking").locked_showtime = partial(unlocked_showtime, pause=1)
        holds = import_module("bookings.holds")
        holds.hold_seats = holds.held_seats = nobody_holds


@contextmanager
def unlocked_showtime(showtime_id, pause=0, savepoint=True):
    """What `locked_showtime` would be without FOR UPDATE; the pause makes it a slow day."""
    from theaters.models import Showtime

    with transaction.atomic():
        yield Showtime.objects.select_related("movie", "screen__theater").get(pk=showtime_id), datetime.now(UTC)
        time.sleep(pause)


def unlocked_sides(booking):
    return unlocked_showtime(booking.showtime_id)


def nobody_holds(*args, **kwargs):
    from bookings.exceptions import HoldsUnavailable

    raise HoldsUnavailable


def drop_constraint():
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX seat_sold_once_per_showtime")
