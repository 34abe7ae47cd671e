"""Who may have a wheelchair space or a companion seat, and the record of when everybody could. See protection.py."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import DateTimeField, Exists, ExpressionWrapper, F, OuterRef, Q, Value
from django.db.models.functions import Now

from bookings.exceptions import CompanionAlone, KeptForWheelchairs
from bookings.flows.locking import database_now, locked_showtime
from bookings.models import BookedSeat, Booking, SeatRelease
from bookings.protection import KEPT_FEATURES, Due, Protection, Rule, protection_of
from theaters.models import Seat, SeatOutage, Showtime


def check_kept(showtime: Showtime, seats: list[Seat], *, need: bool, now: datetime) -> None:
    """What can be known without the lock. `need`: they say that somebody in their party uses a wheelchair.

    Raises KeptForWheelchairs without it, and CompanionAlone for companion seats without their space.
    """
    if not any(is_kept_for_somebody(seat) for seat in seats):
        return
    protection = protection_of(showtime, now)
    if kept := [seat for seat in seats if seat.pk in protection.kept and not need]:
        raise KeptForWheelchairs(kept)
    check_companions(showtime, seats, protection)


def check_companions(showtime: Showtime, seats: list[Seat], protection: Protection) -> None:
    chosen = {seat.pk for seat in seats}
    alone = [seat for seat in seats if seat.pk in protection.kept and seat.companion_of_id not in {None, *chosen}]
    if not alone:
        return
    missing = {seat.companion_of_id for seat in alone}
    spaces = list(Seat.objects.filter(pk__in=missing).select_related("category").order_by("y", "x"))
    is_taken = BookedSeat.objects.taken().filter(showtime=showtime, seat__in=spaces).exists()
    raise CompanionAlone(alone, spaces, [] if is_taken else [sorted([*seats, *spaces], key=lambda one: (one.y, one.x))])


def is_kept_for_somebody(seat: Seat) -> bool:
    return seat.feature in KEPT_FEATURES


def releases_for(showtime: Showtime, seats: Iterable[Seat], *, need: bool, now: datetime) -> dict[int, SeatRelease]:
    """{seat id: the open release by which somebody without that need may have it}. Call it with the showtime locked.

    The condition is judged anew, and written down. Raises KeptForWheelchairs where none is true.
    """
    wanted = [seat for seat in seats if is_kept_for_somebody(seat)]
    if need or not wanted:
        return {}
    released = {seat_id: row for row in settle_releases(showtime, now) for seat_id in row.seat_ids}
    if kept := [seat for seat in wanted if seat.pk not in released]:
        raise KeptForWheelchairs(kept)
    return {seat.pk: released[seat.pk] for seat in wanted}


def settle_releases(showtime: Showtime, now: datetime) -> list[SeatRelease]:
    """Write down what the rule says now: open what is due, close what is not due any more. Under the lock."""
    due = {key_of(one): one for one in protection_of(showtime, now).due}
    rows = []
    for row in showtime.seat_releases.filter(protected_at=None):
        if (row.rule, row.area, tuple(row.seat_ids)) in due:
            del due[row.rule, row.area, tuple(row.seat_ids)]
            rows.append(row)
        else:
            row.protected_at = now
            row.save(update_fields=["protected_at"])
    return rows + [open_release(showtime, one, now) for one in due.values()]


def key_of(due: Due) -> tuple:
    return due.rule, due.area, tuple(seat.pk for seat in due.seats)


def open_release(showtime: Showtime, due: Due, now: datetime) -> SeatRelease:
    return SeatRelease.objects.create(
        showtime=showtime,
        rule=due.rule,
        area=due.area,
        seat_ids=[seat.pk for seat in due.seats],
        seat_labels=[seat.label for seat in due.seats],
        general=due.general,
        sold=due.sold,
        released_at=now,
    )


def review_releases() -> int:
    """Write down what has changed since, for the record: sales judge for themselves. Returns how many rows changed."""
    return sum(review(showtime) for showtime in to_be_reviewed())


def review(showtime: Showtime) -> int:
    there = {(row.rule, row.area, tuple(row.seat_ids)) for row in showtime.seat_releases.filter(protected_at=None)}
    due = {key_of(one) for one in protection_of(showtime, database_now()).due}
    if there == due:
        return 0
    with locked_showtime(showtime.pk) as (showtime, now):
        settle_releases(showtime, now)
    return len(there ^ due)


def to_be_reviewed():
    """Showtimes on sale at which something is on general sale, or may be by now."""
    minutes = F("screen__theater__space_release_minutes") * Value(timedelta(minutes=1))
    begins = ExpressionWrapper(F("starts_at") - minutes, output_field=DateTimeField())
    rule = "screen__theater__space_release"
    is_soon = Q(begins__lte=Now(), **{rule: Rule.MINUTES})
    may_be_sold = Q(**{f"{rule}__in": [Rule.ROOM, Rule.AREA, Rule.PRICE]}) & Exists(kept_beside_nothing_unsold())
    is_open = Exists(SeatRelease.objects.filter(showtime=OuterRef("pk"), protected_at=None))
    showtimes = Showtime.objects.not_closed().alias(begins=begins)
    return showtimes.filter(is_open | is_soon | may_be_sold).select_related("screen__theater", "layout", "price_card")


def kept_beside_nothing_unsold():
    """Whichever of the three rules it is, it is not true while another seat of the same category can be sold."""
    showtime, start = OuterRef(OuterRef(OuterRef("pk"))), OuterRef(OuterRef(OuterRef("starts_at")))
    sold = BookedSeat.objects.live().filter(
        showtime=showtime, seat=OuterRef("pk"), booking__status=Booking.Status.CONFIRMED
    )
    broken = SeatOutage.objects.filter(seat=OuterRef("pk"), starts_at__lte=start).exclude(ends_at__lte=start)
    others = Seat.objects.filter(layout=OuterRef("layout"), category=OuterRef("category"), is_blocked=False)
    unsold = others.exclude(feature__in=KEPT_FEATURES).filter(~Exists(sold), ~Exists(broken))
    return Seat.objects.filter(~Exists(unsold), layout=OuterRef("layout"), feature__in=KEPT_FEATURES)
