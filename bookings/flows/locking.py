"""The one lock, the one clock, and patience with the database."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import datetime
from functools import partial, wraps

from django.db import InterfaceError, OperationalError, connection, transaction
from psycopg.errors import ConnectionTimeout

from accounts.models import User
from bookings import holds
from bookings.exceptions import Busy, HoldsUnavailable
from bookings.models import Booking, Exchange
from theaters.models import Showtime

logger = logging.getLogger(__name__)

PAUSES_IN_SECONDS = 0.05, 0.2
# Over at once when tried again: a serialization failure, a deadlock, a server that restarts or is full for a moment. A
# lost connection has no code. Not among them is what has kept the customer waiting already: a lock, a slow statement.
PASSING = {None, "40001", "40P01", "57P01", "57P02", "57P03", "53300", "08000", "08001", "08003", "08004", "08006"}
is_repeating: ContextVar[bool] = ContextVar("is_repeating", default=False)


@contextmanager
def locked_showtime(showtime_id: int, *, savepoint: bool = True) -> Iterator[tuple[Showtime, datetime]]:
    """A transaction that holds the showtime's row; gives (the showtime read anew, the database's time).

    FOR NO KEY UPDATE, so that rows which only point at the showtime can be written meanwhile. Raises Busy when the
    lock does not come in time, or the database fails before the commit is certain. Without a `savepoint`, what fails
    inside takes the transaction around it along.
    """
    with busy_in_trouble(), transaction.atomic(savepoint=savepoint):
        showtime = (
            Showtime.objects.select_for_update(no_key=True, of=("self",))
            .select_related("movie", "screen__theater", "layout", "price_card")
            .get(pk=showtime_id)
        )
        transaction.on_commit(partial(tell_open_maps, showtime_id))
        yield showtime, database_now()


def tell_open_maps(showtime_id: int) -> None:
    with suppress(HoldsUnavailable):
        holds.announce(showtime_id)


@contextmanager
def locked_showtimes(*showtime_ids: int) -> Iterator[tuple[dict[int, Showtime], datetime]]:
    """As `locked_showtime`, but several, always in the order of their ids; gives ({id: showtime}, the time).

    For exchanges alone, which change a booking on either side: see docs/locking.md for why this closes no circle.
    """
    with busy_in_trouble(), transaction.atomic():
        showtimes = (
            Showtime.objects.select_for_update(no_key=True, of=("self",))
            .select_related("movie", "screen__theater")
            .filter(pk__in=showtime_ids)
            .order_by("pk")
        )
        for showtime_id in showtime_ids:
            transaction.on_commit(partial(tell_open_maps, showtime_id))
        yield {showtime.pk: showtime for showtime in showtimes}, database_now()


@contextmanager
def locked_sides(booking: Booking) -> Iterator[tuple[Showtime, datetime]]:
    """The booking's showtime, and with it that of the old tickets where it is an exchange; gives as `locked_showtime`.

    Which they are never changes, so they can be read before the lock.
    """
    exchange = Exchange.objects.filter(new=booking).select_related("old").first()
    others = [exchange.old.showtime_id] if exchange else []
    with locked_showtimes(booking.showtime_id, *others) as (showtimes, now):
        yield showtimes[booking.showtime_id], now


@contextmanager
def locked_customer(user) -> Iterator[None]:
    """A transaction that holds the customer's row, so that their bookings can be counted. Raises Busy.

    Taken before the showtime's and never after it: see docs/locking.md.
    """
    with busy_in_trouble(), transaction.atomic():
        User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)
        yield


def database_now() -> datetime:
    """The time now, and not when the transaction or the wait for the lock began."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


@contextmanager
def busy_in_trouble() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        logger.warning("trouble with the database", extra={"kind": type(error.__cause__ or error).__name__})
        raise Busy from error


def patient(flow: Callable) -> Callable:
    """Repeat a flow, from its beginning, while the database is in passing trouble; then, or else, raise Busy.

    Only for flows that may run twice, as the answer to a commit may be lost: the repetition finds what is there.
    """

    @wraps(flow)
    def repeated(*args, **kwargs):
        if is_repeating.get():  # the outermost flow begins anew
            return flow(*args, **kwargs)
        token = is_repeating.set(True)
        try:
            return repeat(partial(flow, *args, **kwargs))
        finally:
            is_repeating.reset(token)

    return repeated


def repeat(step: Callable):
    for pause in PAUSES_IN_SECONDS:
        try:
            with busy_in_trouble():
                return step()
        except Busy as busy:
            # Inside somebody's transaction there is nothing to repeat: it is lost as a whole.
            if connection.in_atomic_block or not is_passing(busy.__cause__):
                raise
        time.sleep(pause)
        connection.close_if_unusable_or_obsolete()
    with busy_in_trouble():
        return step()


def is_passing(error: Exception | None) -> bool:
    if error is None or isinstance(error.__cause__, ConnectionTimeout):
        return False
    return getattr(error.__cause__, "sqlstate", None) in PASSING
