"""How many people could still sit side by side: a hint for lists, as holds are not counted and seconds go by."""

from collections import defaultdict
from itertools import groupby

from theaters.models.layouts import Seat, SeatOutage

# Places for somebody in particular: a party that does not need them should not look for them.
KEPT_FOR_SOMEBODY = [Seat.Feature.WHEELCHAIR, Seat.Feature.COMPANION]


def most_together(showtimes) -> dict[int, int]:
    """{showtime id: the longest row of free neighbours}; four queries, whatever their number."""
    showtimes = list(showtimes)
    rows = neighbours({showtime.layout_id for showtime in showtimes})
    gone = seats_gone(showtimes)
    whole = {layout: longest(rows[layout], frozenset()) for layout in rows}
    return {
        showtime.pk: longest(rows[showtime.layout_id], gone[showtime.pk])
        if gone[showtime.pk]
        else whole.get(showtime.layout_id, 0)
        for showtime in showtimes
    }


def neighbours(layouts: set[int]) -> dict[int, list[list[int]]]:
    """{layout id: its rows of seat ids}, each broken at aisles and at places that are not for everybody."""
    seats = Seat.objects.filter(layout__in=layouts, is_blocked=False).exclude(feature__in=KEPT_FOR_SOMEBODY)
    right_of, layout_of = {}, {}
    for pk, layout, right in seats.order_by().values_list("pk", "layout", "next_to_right"):
        right_of[pk], layout_of[pk] = right, layout
    rows = defaultdict(list)
    for first in right_of.keys() - set(right_of.values()):
        row = [first]
        while (right := right_of[row[-1]]) in right_of:
            row.append(right)
        rows[layout_of[first]].append(row)
    return rows


def longest(rows, gone) -> int:
    runs = (list(run) for row in rows for is_gone, run in groupby(row, gone.__contains__) if not is_gone)
    return max(map(len, runs), default=0)


def seats_gone(showtimes) -> dict[int, set[int]]:
    """{showtime id: seat ids} sold, broken when it starts, or kept by the house."""
    gone = seats_withheld(showtimes)
    if showtimes:
        taken = showtimes[0].booked_seats.model.objects.taken().filter(showtime__in=showtimes)
        for showtime, seat in taken.values_list("showtime", "seat"):
            gone[showtime].add(seat)
    return gone


def seats_withheld(showtimes, *, house: bool = True) -> dict[int, set[int]]:
    """{showtime id: seat ids} broken when it starts, or kept by the house; two queries."""
    withheld, in_room = defaultdict(set), defaultdict(list)
    for showtime in showtimes:
        in_room[showtime.layout_id].append(showtime)
    if not showtimes:
        return withheld
    first = min(showtime.starts_at for showtime in showtimes)
    outages = SeatOutage.objects.order_by().exclude(ends_at__lte=first).filter(seat__layout__in=in_room)
    for outage in outages.select_related("seat"):
        for showtime in in_room[outage.seat.layout_id]:
            if outage.starts_at <= showtime.starts_at and not (outage.ends_at and outage.ends_at <= showtime.starts_at):
                withheld[showtime.pk].add(outage.seat_id)
    if not house:
        return withheld
    kept = showtimes[0].house_seats.model.objects.kept_now().filter(layout__in=in_room, seats__isnull=False)
    kept = kept.order_by().values_list("layout", "showtime", "release_at", "seats")
    for layout, showtime_id, release_at, seat in kept:
        for showtime in in_room[layout]:
            if showtime_id in (None, showtime.pk) and (release_at is None or release_at < showtime.starts_at):
                withheld[showtime.pk].add(seat)
    return withheld
