"""Showtimes from the memory of this process, with what follows from the programme alone.

Good for one version of the programme (movies/programme.py) and KEEP_PAGES_SECONDS, as some of it depends on the clock.
Whoever holds a showtime's lock has read it anew, and works all of this out anew: the sale rests on nothing remembered.
"""

import time

from django.conf import settings
from django.db import connection

from movies import programme
from movies.recent import Recent
from theaters.models import Seat, Showtime
from theaters.remembering import follows_from_programme

_showtimes: Recent[tuple[tuple, Showtime]] = Recent(at_most=256)


def known_showtime(pk: int) -> Showtime | None:
    """Whatever is or was on sale; None for a draft, which does not exist yet. It is shared: do not change it."""
    state = programme.version(), time.time() // settings.KEEP_PAGES_SECONDS if settings.KEEP_PAGES_SECONDS else None
    found = _showtimes.get(pk)
    if found and found[0] == state and settings.KEEP_PAGES_SECONDS:
        return found[1]
    showtimes = Showtime.objects.exclude(status=Showtime.Status.DRAFT).for_listing()
    showtimes = showtimes.select_related("layout", "price_card").prefetch_related("screen__theater__refund_rules")
    showtime = showtimes.filter(pk=pk).first()
    # Inside a transaction the version may count what is rolled back later, and then stand for something else.
    if showtime and settings.KEEP_PAGES_SECONDS and not connection.in_atomic_block:
        showtime.remembered = {}
        _showtimes.keep(pk, (state, showtime))
    return showtime


@follows_from_programme
def seats_of_room(showtime: Showtime) -> dict[int, Seat]:
    """By id, in the order of rows and places."""
    return {seat.pk: seat for seat in showtime.layout.seats.select_related("category").order_by("y", "x")}
