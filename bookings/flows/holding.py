import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from bookings import holds
from bookings.exceptions import BadChoice, HoldsFull, HoldsUnavailable, SaleClosed, SeatsTaken
from bookings.flows.capacity import check_capacity_early
from bookings.flows.limits import check_sale, too_many_held
from bookings.flows.locking import locked_showtime, patient
from bookings.flows.offered import check_not_offered, decline_offer, offered_until
from bookings.flows.queueing import leave_waiting_room
from bookings.flows.releasing import check_kept
from bookings.flows.seating import check_nobody_is_left_alone
from bookings.flows.waiting import serve_waiting_first
from bookings.models import BookedSeat, Booking
from bookings.snapshots import Sold, sold_of
from theaters.known import seats_of_room
from theaters.models import Seat, Showtime
from theaters.models.house_seats import seat_ids_not_on_the_web

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Hold:
    seats: list
    expires_at: datetime
    epoch: str | None = None  # of the Redis that knows of it; None when none did
    need: bool = False  # they have said that somebody uses a wheelchair


@patient
def hold_seats(user, *, showtime: Showtime, seat_ids: list[int], keep: bool = False, need: bool = False) -> Hold:
    """Hold seats for a signed-in customer, all or none, for HOLD_SECONDS.

    Another choice replaces the earlier one, a booking that waits for its payment included. Raises BadChoice for seats
    that the map does not offer, SeatsTaken for those that somebody else has, SaleNotBegun, SaleClosed, RoomFull,
    TooManyHeld, CoolingDown; LeavesAlone by the theater's rule, where `keep` says that the customer has been asked;
    KeptForWheelchairs where they do not say that they `need` what is kept for wheelchair users, CompanionAlone.
    Without Redis the hold is a promise of the session only: the database decides when the booking starts. Seats that
    the waiting list offers them are theirs in the database already, for as long as the offer stands, against no limit.
    """
    now = timezone.now()
    check_sale(showtime, now)
    seats = chosen_seats(showtime, seat_ids)
    sold = seen(showtime)
    check_seems_free(user, sold, seats)
    if until := sold.taken.offered_until(user, [seat.pk for seat in seats]):
        check_kept(showtime, seats, need=need, now=now)
        hold = Hold(seats, until, need=need)
    else:
        hold = hold_free_seats(user, showtime, seats, keep=keep, need=need, now=now, sold=sold)
    # Only now, so that a booking started meanwhile in another tab does not stay beside the hold.
    if seen(showtime).taken.has_pending(user):
        give_up_other_choice(user, showtime, seats)
    return hold


def seen(showtime: Showtime) -> Sold:
    """What is sold, as it was just now. A hold is a courtesy: when the booking starts, the database decides."""
    sold = sold_of(showtime.pk)
    if sold is None:
        raise SaleClosed
    return sold


def hold_free_seats(
    user, showtime: Showtime, seats: list, *, keep: bool, need: bool, now: datetime, sold: Sold
) -> Hold:
    if sold.waiting:
        serve_waiting_first(showtime)
        check_seems_free(user, seen(showtime), seats)
    check_kept(showtime, seats, need=need, now=now)
    check_capacity_early(user, showtime, more=len(seats))
    check_nobody_is_left_alone(user, showtime, seats, keep=keep, now=now)
    try:
        return replace(hold_in_redis(user, showtime, seats), need=need)
    except HoldsUnavailable:
        return Hold(seats, timezone.now() + timedelta(seconds=settings.HOLD_SECONDS), need=need)


def check_seems_free(user, sold: Sold, seats: list) -> None:
    """Raises SeatsTaken for seats that are sold, wait for somebody else's payment, or are offered to somebody else."""
    if kept := sold.taken.kept_from(user, [seat.pk for seat in seats]):
        raise SeatsTaken(seat for seat in seats if seat.pk in kept)


def check_free(user, showtime: Showtime, seats: list) -> None:
    """The same, read from the database."""
    check_not_offered(user, showtime, seats)
    taken = set(
        BookedSeat.objects.taken()
        .filter(showtime=showtime, seat__in=seats)
        .exclude(booking__user=user, booking__status="pending")
        .values_list("seat_id", flat=True)
    )
    if taken:
        raise SeatsTaken(seat for seat in seats if seat.pk in taken)


def hold_in_redis(user, showtime: Showtime, seats: list, *, seconds: float | None = None) -> Hold:
    try:
        expires_at, lost, epoch = holds.hold_seats(
            showtime.pk,
            [seat.pk for seat in seats],
            holder=holds.holder_of(user),
            seconds=seconds,
            limited=not user.is_staff,
        )
    except HoldsFull as full:
        raise too_many_held(full.others) from full
    if lost:
        raise SeatsTaken(seat for seat in seats if seat.pk in lost)
    return Hold(seats, expires_at, epoch)


def give_up_other_choice(user, showtime: Showtime, seats: list) -> None:
    waiting = user.bookings.waiting().filter(showtime=showtime)
    if not waiting or set(waiting[0].booked_seats.values_list("seat_id", flat=True)) == {seat.pk for seat in seats}:
        return
    with locked_showtime(showtime.pk) as (_showtime, now):
        for booking in waiting.all():
            booking.give_up(now)


def chosen_seats(showtime: Showtime, seat_ids: list[int]) -> list:
    """Those of a customer; raises BadChoice with a sentence."""
    most = settings.MAX_SEATS_PER_BOOKING
    if len(seat_ids) > most:
        raise BadChoice(_("You can book up to %(most)d seats at once. Please take some away.") % {"most": most})
    not_for_sale = seat_ids_not_on_the_web(showtime)
    seats = found_seats(showtime, seat_ids, not_for_sale)
    check_pairs(showtime, seats, not_for_sale)
    return seats


def found_seats(showtime: Showtime, seat_ids: list[int], not_for_sale: set[int]) -> list:
    """The seats behind the ids, by row and place; raises BadChoice with a sentence."""
    if not seat_ids:
        raise BadChoice(_("Please choose at least one seat."))
    if len(set(seat_ids)) < len(seat_ids):
        raise BadChoice(_("A seat was chosen twice. Please choose again."))
    seats = [seat for pk, seat in seats_of_room(showtime).items() if pk in set(seat_ids)]
    if len(seats) < len(seat_ids):
        raise BadChoice(_("One of these seats is not in this room. Please choose from the map."))
    blocked = [seat.label for seat in seats if seat.pk in not_for_sale]
    if blocked:
        raise BadChoice(_("Seat %(seat)s is not for sale. Please choose another.") % {"seat": ", ".join(blocked)})
    return seats


def check_pairs(showtime: Showtime, seats: list, not_for_sale: set[int]) -> None:
    """Both halves of a love seat, or none; unless the other one is not to be had."""
    chosen = {seat.pk for seat in seats}
    alone = {seat.partner_id: seat for seat in seats if seat.partner_id and seat.partner_id not in chosen}
    if not alone:
        return
    taken = BookedSeat.objects.taken().filter(showtime=showtime, seat__in=alone).values_list("seat_id", flat=True)
    for partner in Seat.objects.filter(pk__in=alone.keys() - not_for_sale - set(taken)):
        sentence = _("%(seat)s and %(partner)s are one love seat, sold together. Please choose both, or another seat.")
        raise BadChoice(sentence % {"seat": alone[partner.pk].label, "partner": partner.label})


@patient
def release_seats(user, *, showtime: Showtime) -> None:
    """Give the seats back: the hold, the offer of the waiting list, and the booking that waits for its payment, unless
    the money is on its way.
    """
    with locked_showtime(showtime.pk) as (_showtime, now):
        for booking in user.bookings.filter(showtime=showtime, status=Booking.Status.PENDING):
            if not booking.is_being_paid:
                booking.give_up(now)
        decline_offer(user, showtime, now)
    try:
        holds.release_seats(showtime.pk, holder=holds.holder_of(user))
    except HoldsUnavailable:
        return


def current_hold(user, *, showtime: Showtime, promised: Hold | None) -> Hold | None:
    """The double check of checkout: the seats the session promises, if Redis too says they are this customer's.

    Without Redis the session's promise stands alone, until its end. A Redis that has forgotten is reminded of it;
    raises SeatsTaken where somebody else was quicker, TooManyHeld, CoolingDown.
    """
    if promised is None:
        return None
    if until := offered_until(user, showtime, promised.seats):
        return replace(promised, expires_at=until)
    try:
        held = holds.held_seats(showtime.pk)
        me = holds.holder_of(user)
        mine = [held[seat.pk] for seat in promised.seats if seat.pk in held and held[seat.pk].holder == me]
        if len(mine) == len(promised.seats):
            return replace(promised, expires_at=min(hold.expires_at for hold in mine))
        left = (promised.expires_at - timezone.now()).total_seconds()
        if left <= 0 or holds.epoch() == promised.epoch:
            return None
        check_free(user, showtime, promised.seats)
        return replace(hold_in_redis(user, showtime, promised.seats, seconds=left), need=promised.need)
    except HoldsUnavailable:
        return promised if promised.expires_at > timezone.now() else None


def restore_holds() -> int:
    """Remind Redis of the bookings that wait for their payment; returns how many it had forgotten."""
    restored = 0
    try:
        for booking in Booking.objects.waiting().select_related("user").annotate(left=F("expires_at") - Now()):
            restored += restore_hold(booking)
    except HoldsUnavailable:
        logger.info("no Redis: the map shows what the database holds")
    return restored


def restore_hold(booking: Booking) -> bool:
    me = holds.holder_of(booking.user)
    seat_ids = list(booking.booked_seats.live().values_list("seat_id", flat=True))
    seconds = booking.left.total_seconds()
    if seconds <= 0 or not holds.restore_seats(booking.showtime_id, seat_ids, holder=me, seconds=seconds):
        return False
    # Given back or given up while we wrote: then nobody else would take it out again.
    if not Booking.objects.waiting().filter(pk=booking.pk).exists():
        holds.release_seats(booking.showtime_id, holder=me, seat_ids=seat_ids)
    return True


def tell_outcome(booking: Booking) -> None:
    """After the commit, tell Redis how a booking fares: one that is paid, being paid or refused has not lapsed."""
    if booking.user_id:
        transaction.on_commit(lambda: note_outcome(booking))
        transaction.on_commit(lambda: leave_waiting_room(booking))


def note_outcome(booking: Booking) -> None:
    me = holds.name_of(booking.user_id)
    seat_ids = list(booking.booked_seats.values_list("seat_id", flat=True))
    try:
        if booking.status == Booking.Status.FAILED:
            holds.release_seats(booking.showtime_id, holder=me, seat_ids=seat_ids)
        else:
            holds.note_paid(booking.showtime_id, seat_ids, holder=me, bought=booking.is_confirmed)
    except HoldsUnavailable:
        logger.info("no Redis: a booking that did not lapse may count as that")
