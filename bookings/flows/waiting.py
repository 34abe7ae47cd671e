"""The waiting list of a showtime: what is free again is offered to those who wait, seats together for all of them.

In their order; nobody is passed over but whom the free seats do not fit, and everybody else may have what fits nobody.
An offer is a row, written under the showtime's lock, so it needs neither Redis nor a worker to be kept. The worker
looks every half minute and after a cancellation; whoever wants seats of a showtime looks first, too.
"""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db import DatabaseError
from django.utils.translation import gettext as _

from bookings import holds
from bookings.exceptions import Busy, HoldsUnavailable, NoWaiting
from bookings.flows.booking import take_seats_from_overdue
from bookings.flows.locking import database_now, locked_showtime, patient
from bookings.flows.offered import take_from_offers
from bookings.flows.seating import Wish, best_seats
from bookings.models import OfferedSeat, WaitingEntry, WaitingMail
from bookings.protection import KEPT_FEATURES
from bookings.seat_states import SeatStates, held_in_redis, read_seat_states, read_taken
from bookings.wakeup import wake
from theaters.models import Showtime
from theaters.models.house_seats import seat_ids_not_on_the_web

logger = logging.getLogger(__name__)

LONGEST_OFFER = timedelta(minutes=30)
SHORTEST_OFFER = timedelta(minutes=5)
LAST_OFFER_BEFORE_START = timedelta(minutes=15)


def offer_ends(showtime: Showtime, now: datetime) -> datetime | None:
    """A quarter of the time that is left until the start, within bounds; None when it is too late for an offer."""
    left = showtime.starts_at - now
    if left < LAST_OFFER_BEFORE_START or not showtime.sells_at(now):
        return None
    ends = min(now + max(min(LONGEST_OFFER, left / 4), SHORTEST_OFFER), showtime.sales_close_at)
    return ends if ends - now >= SHORTEST_OFFER else None


def check_can_wait(showtime: Showtime, now: datetime) -> None:
    """Raises NoWaiting with a sentence."""
    if not showtime.theater.waiting_lists:
        raise NoWaiting(_("This theater keeps no waiting lists. Please choose another showtime."))
    if offer_ends(showtime, now) is None:
        raise NoWaiting(_("It is too late to wait for seats of this showtime. Please choose another one."))


@patient
def join_waiting_list(user, *, showtime: Showtime, wish: Wish, apart: bool = False) -> WaitingEntry:
    """Wait for seats; who waits already changes the wish and keeps the place, unless two offers have passed.

    Raises NoWaiting, also while there are such seats or some are kept for them.
    """
    check_can_wait(showtime, database_now())
    if has_room(showtime, wish, read_seat_states(showtime, user), apart=apart):
        raise NoWaiting(_("There are seats for you right now. Choose them on the map."))
    wanted = {"party": wish.party, "children": wish.children, "price": wish.price, "apart": apart}
    with locked_showtime(showtime.pk) as (_showtime, now):
        earlier = user.waiting_entries.filter(showtime=showtime).first()
        if earlier and earlier.is_offered(now):
            raise NoWaiting(_("Seats are kept for you just now. Take them, or give them back first."))
        if earlier and earlier.offered_until:
            earlier.let_go(now)
        if earlier and earlier.rests:
            earlier.delete()
        entry, _is_new = WaitingEntry.objects.update_or_create(user=user, showtime=showtime, defaults=wanted)
    tell_who_holds(showtime)
    return entry


def tell_who_holds(showtime: Showtime) -> None:
    try:
        holds.note_asked(showtime.pk)
    except HoldsUnavailable:
        return


@patient
def leave_waiting_list(entry: WaitingEntry) -> None:
    """With what was offered; the next one hears of it at once. Again: nothing."""
    with locked_showtime(entry.showtime_id):
        WaitingEntry.objects.filter(pk=entry.pk).delete()
        wake("bookings.offer_seats")


def offer_free_seats() -> int:
    """Offer what is free to those who wait for it, and end what has lapsed; returns how many offers were made."""
    made = 0
    entries = WaitingEntry.objects.waiting() | WaitingEntry.objects.lapsed()
    on_sale = Showtime.objects.not_closed().for_listing()
    for showtime in on_sale.filter(pk__in=entries.order_by().values("showtime")):
        made += offer_seats_of(showtime)
    return made


def serve_waiting_first(showtime: Showtime) -> None:
    """Who wants seats waits behind those who wait, also while there is no worker."""
    if showtime.waiting_entries.exists():
        offer_seats_of(showtime)


def offer_seats_of(showtime: Showtime) -> int:
    """Look without the lock whether there is anything to do; then lock, look again, and do it."""
    in_redis = held_in_redis(showtime.pk)
    try:
        if not showtime.waiting_entries.lapsed().exists() and not any(offers(showtime, database_now(), in_redis)):
            return 0
        return make_offers(showtime, in_redis)
    except (Busy, DatabaseError):
        logger.warning("nothing offered yet, will try again", extra={"showtime": showtime.pk})
        return 0


def make_offers(showtime: Showtime, in_redis: dict) -> int:
    """`in_redis` was read before: what somebody holds just now is not free."""
    made = 0
    with locked_showtime(showtime.pk) as (showtime, now):
        for entry in showtime.waiting_entries.lapsed():
            entry.let_go(now)
        for entry, seats in offers(showtime, now, in_redis):
            write_offer(entry, showtime, seats, now)
            made += 1
    return made


def offers(showtime: Showtime, now: datetime, in_redis: dict) -> Iterator[tuple[WaitingEntry, list]]:
    """(who is to be offered seats, which), one after the other."""
    waiting = showtime.waiting_entries.waiting().select_related("user")
    if offer_ends(showtime, now) is None or not showtime.theater.waiting_lists or not waiting:
        return
    taken = read_taken(showtime.pk, in_redis)
    states = SeatStates(held=set(taken.held), booked=set(taken.booked))
    spaces = set(showtime.layout.seats.filter(feature__in=KEPT_FEATURES).values_list("pk", flat=True))
    in_vain = set()  # one search for all who wish for the same
    for entry in waiting:
        wish = Wish(entry.party, entry.children, entry.price)
        if (wish, entry.apart) in in_vain:
            continue
        if seats := seats_for(showtime, wish, states, apart=entry.apart, but=spaces):
            states.held |= {seat.pk for seat in seats}
            yield entry, seats
        else:
            in_vain.add((wish, entry.apart))


def has_room(showtime: Showtime, wish: Wish, states: SeatStates, *, apart: bool) -> bool:
    return bool(seats_for(showtime, wish, states, apart=apart))


def seats_for(showtime: Showtime, wish: Wish, states: SeatStates, *, apart: bool, but: Iterable[int] = ()) -> list:
    """Seats side by side, or near each other for those who may sit apart; none where there are none.

    `but`: wheelchair spaces and their companion seats are never offered. What is on general sale need not be so any
    more when the offer is taken.
    """
    proposal = best_seats(showtime, wish, states, not_for_sale=seat_ids_not_on_the_web(showtime).union(but))
    return proposal.seats if len(proposal.parts) == 1 or apart else []


def write_offer(entry: WaitingEntry, showtime: Showtime, seats: list, now: datetime) -> None:
    """Late money for what was overdue on these seats finds them gone."""
    take_seats_from_overdue(showtime, seats, now)
    take_from_offers(entry.user, showtime, seats, now)
    entry.offered_until, entry.offers_made = offer_ends(showtime, now), entry.offers_made + 1
    entry.save(update_fields=["offered_until", "offers_made"])
    OfferedSeat.objects.bulk_create(OfferedSeat(entry=entry, showtime=showtime, seat=seat) for seat in seats)
    entry.write(WaitingMail.Kind.OFFER)
    wake("bookings.send_mails")


def forget_who_waited() -> int:
    """Nobody waits for what is over; returns how many entries went."""
    over = WaitingEntry.objects.filter(showtime__ends_at__lt=database_now())
    return over.delete()[1].get("bookings.WaitingEntry", 0)
