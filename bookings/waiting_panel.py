"""What the page of a showtime says of its waiting list."""

from dataclasses import dataclass, field

from django.conf import settings
from django.utils import timezone

from bookings import flows
from bookings.exceptions import NoWaiting
from bookings.forms import WaitingForm
from bookings.models import WaitingEntry
from bookings.seat_states import SeatStates
from bookings.seating.rooms import COMPANION, WHEELCHAIR
from theaters.models import Seat, Showtime


@dataclass(frozen=True)
class WaitingPanel:
    """`entry` is the customer's own, if they wait; `seats` are kept for them just now."""

    form: WaitingForm
    entry: WaitingEntry | None = None
    seats: list[Seat] = field(default_factory=list)
    is_sold_out: bool = False

    @property
    def seat_ids(self) -> set[int]:
        return {seat.pk for seat in self.seats}


def waiting_panel(
    request, showtime: Showtime, categories, states: SeatStates, *, blocked: set[int], offer
) -> WaitingPanel | None:
    """For who waits, asks for it, or finds no seats; None where nobody can wait, or nobody has to."""
    if not showtime.is_on_sale:
        return None
    entry = entry_of(request.user, showtime)
    given = request.POST if request.method == "POST" else request.GET
    form = waiting_form(given if given.get("party") else None, categories, entry)
    if entry and entry.is_offered(timezone.now()):
        kept = showtime.layout.seats.filter(offered_seats__entry=entry)
        return WaitingPanel(form, entry, list(kept.order_by("y", "x")))
    sold_out = is_sold_out(showtime, states, blocked)
    in_vain = offer is not None and len(offer.places) != 1
    if not (entry or "waiting" in given or in_vain or sold_out):
        return None
    try:
        flows.check_can_wait(showtime, timezone.now())
    except NoWaiting:
        return None
    return WaitingPanel(form, entry, is_sold_out=sold_out)


def entry_of(user, showtime: Showtime) -> WaitingEntry | None:
    return user.waiting_entries.filter(showtime=showtime).first() if user.is_authenticated else None


def waiting_form(given, categories, entry: WaitingEntry | None = None) -> WaitingForm:
    wish = ("party", "children", "price", "apart")
    initial = {name: getattr(entry, name) for name in wish} if entry else {"party": 2}
    return WaitingForm(given, most=settings.MAX_SEATS_PER_BOOKING, categories=categories, initial=initial)


def is_sold_out(showtime: Showtime, states: SeatStates, blocked: set[int]) -> bool:
    taken = states.booked | states.held
    if showtime.people_allowed is not None and len(taken) >= showtime.people_allowed:
        return True
    free = showtime.layout.seats.exclude(pk__in=taken | blocked).exclude(feature__in=[WHEELCHAIR, COMPANION])
    return not free.exists()
