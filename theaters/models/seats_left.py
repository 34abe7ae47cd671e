"""How many seats are left, in numbers and words: a hint for lists, as holds are not counted and seconds go by."""

from collections import Counter
from datetime import timedelta

from django.db.models import Count
from django.utils import timezone

from theaters.models.layouts import Seat
from theaters.models.showtimes import Showtime
from theaters.models.together import KEPT_FOR_SOMEBODY, seats_withheld

LAST_SEATS = 10
FILLING = 0.25


def count_left(showtimes: list, *, at_counter: bool = False) -> list:
    """Write `capacity`, `seats_taken`, `seats_left`, `spaces_left` and `availability` on each; four to six queries.

    What is broken, or kept by the house, is no capacity; at the counter the house's seats are. Wheelchair spaces and
    companion seats count apart, unless they are on general sale.
    """
    taken = tally(taken_of(showtimes), "showtime", "seat__feature")
    layouts = {showtime.layout_id for showtime in showtimes}
    seats = tally(Seat.objects.filter(layout__in=layouts, is_blocked=False), "layout", "feature")
    withheld = count_withheld(showtimes, house=not at_counter)
    for showtime in showtimes:
        of_room = {
            feature: count - withheld[showtime.pk, feature]
            for (layout, feature), count in seats.items()
            if layout == showtime.layout_id
        }
        left = {feature: max(count - taken[showtime.pk, feature], 0) for feature, count in of_room.items()}
        kept = sum(left.get(feature, 0) for feature in KEPT_FOR_SOMEBODY)
        showtime.capacity, showtime.seats_left = sum(of_room.values()), sum(left.values())
        showtime.seats_taken = showtime.capacity - showtime.seats_left
        showtime.spaces_left = left.get(Seat.Feature.WHEELCHAIR, 0)
        is_kept = kept and not goes_on_sale(showtime, showtime.seats_left - kept)
        showtime.seats_left -= kept if is_kept else 0
        if showtime.people_allowed is not None:
            showtime.seats_left = min(showtime.seats_left, max(showtime.people_allowed - showtime.seats_taken, 0))
        showtime.availability = availability(showtime.seats_left, showtime.capacity, spaces=showtime.spaces_left)
    return showtimes


def goes_on_sale(showtime, others_left) -> bool:
    """What is kept for wheelchair users is offered to everybody, by the theater's rule; as near as a list can say."""
    theater = showtime.theater
    if theater.space_release == theater.SpaceRelease.MINUTES:
        return timezone.now() >= showtime.starts_at - timedelta(minutes=theater.space_release_minutes)
    return theater.space_release != theater.SpaceRelease.NEVER and not others_left


def count_withheld(showtimes: list, *, house: bool) -> Counter:
    """{(showtime id, feature): seats that are neither sold nor for sale}"""
    withheld = seats_withheld(showtimes, house=house)
    ids = set().union(*withheld.values())
    if not ids:
        return Counter()
    seats = Seat.objects.filter(pk__in=ids, is_blocked=False).order_by()
    feature_of = dict(seats.values_list("pk", "feature"))
    sold = set(taken_of(showtimes).filter(seat__in=ids).values_list("showtime", "seat"))
    pairs = {(showtime, seat) for showtime, seats in withheld.items() for seat in seats & feature_of.keys()}
    return Counter((showtime, feature_of[seat]) for showtime, seat in pairs - sold)


def taken_of(showtimes: list):
    return Showtime.booked_seats.rel.related_model.objects.taken().filter(showtime__in=showtimes)


def tally(rows, *fields):
    return Counter({tuple(key): count for *key, count in rows.order_by().values_list(*fields).annotate(Count("pk"))})


def availability(left, capacity, *, spaces=0):
    if left == 0:
        return "spaces" if spaces else "sold_out"
    if left <= LAST_SEATS and left < capacity:
        return "last"
    return "filling" if left < FILLING * capacity else ""
