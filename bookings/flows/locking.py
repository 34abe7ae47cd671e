"""The one lock and the one clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import OperationalError, connection, transaction

from bookings.exceptions import Busy
from theaters.models import Showtime


@contextmanager
def locked_showtime(showtime_id: int) -> Iterator[tuple[Showtime, datetime]]:
    """A transaction that holds the showtime's row; gives (the showtime read anew, the database's time).

    FOR NO KEY UPDATE, so that rows which only point at the showtime can be written meanwhile. Raises Busy when the
    lock does not come in time.
    """
    with transaction.atomic():
        try:
            showtime = (
                Showtime.objects.select_for_update(no_key=True, of=("self",))
                .select_related("movie", "screen__theater")
                .get(pk=showtime_id)
            )
        except OperationalError as error:
            raise Busy from error
        yield showtime, database_now()


def database_now() -> datetime:
    """The time now, and not when the transaction or the wait for the lock began."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
