"""The box office: sold, paid and printed at once, on the same seats, under the same lock and constraint as the web.

Of the buyer's rules none holds here (how many, how often, until when the website sells); of the seats' rules all do.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError
from django.utils.translation import gettext as _

from bookings import holds
from bookings.ages import check_ages
from bookings.carers import check_carers
from bookings.exceptions import BadChoice, HoldsUnavailable, SaleClosed, SeatsTaken
from bookings.flows.booking import check_room, take_seats_from_overdue, write_booking
from bookings.flows.capacity import check_capacity
from bookings.flows.holding import check_free, found_seats
from bookings.flows.locking import database_now, locked_showtime, patient
from bookings.flows.offered import take_from_offers
from bookings.flows.settling import confirm
from bookings.flows.shifts import locked_shift
from bookings.flows.waiting import serve_waiting_first
from bookings.models import Booking, Payment
from bookings.pricing import Quote
from theaters.models import Showtime
from theaters.models.house_seats import seat_ids_not_on_the_web
from theaters.roles import may

logger = logging.getLogger(__name__)

# As long as it takes to ask for the ticket types and to count the change.
HOLD_SECONDS = 300
FREE = "free"
TENDERS = (Payment.Tender.CASH, Payment.Tender.CARD_TERMINAL, FREE)


@dataclass(frozen=True)
class Sale:
    """What a cashier enters. `key` names the form, so that a double click sells once."""

    quote: Quote
    tender: str  # one of TENDERS
    key: UUID
    cash_given: Decimal | None = None
    comp: str = ""
    note: str = ""

    @property
    def seats(self) -> list:
        return [line.seat for line in self.quote.lines]


def set_aside(by, *, showtime: Showtime, seat_ids: list[int]) -> list:
    """Keep the seats from the website while the cashier sells them. Raises BadChoice, SeatsTaken, SaleClosed.

    Without Redis the sale alone decides.
    """
    check_sells_at_counter(showtime, database_now())
    seats = found_seats(showtime, seat_ids, seat_ids_not_at_the_counter(showtime, by))
    serve_waiting_first(showtime)
    check_free(None, showtime, seats)
    hold(by, showtime, seats)
    return seats


@patient
def sell_at_counter(showtime: Showtime, sale: Sale, *, by) -> Booking:
    """A confirmed booking with its tickets. Again with the same key: the same booking.

    Raises SeatsTaken for seats that are sold, wait for somebody's payment or are held on the website; SaleClosed,
    NoShift for cash without an open shift, BadChoice, Busy.
    """
    if sold := Booking.objects.filter(sale_key=sale.key).first():
        return sold
    # Asked and held in one call: whoever holds a seat on the website keeps it, and nobody comes in between.
    hold(by, showtime, sale.seats)
    try:
        booking = sell(showtime, sale, by)
    except IntegrityError as error:
        raise SeatsTaken(sale.seats) from error
    give_back(by, showtime=showtime, seat_ids=[seat.pk for seat in sale.seats])
    return booking


def sell(showtime: Showtime, sale: Sale, by) -> Booking:
    with locked_showtime(showtime.pk) as (showtime, now):
        if sold := Booking.objects.filter(sale_key=sale.key).first():
            return sold
        check_sells_at_counter(showtime, now)
        check_room(showtime, sale.seats, seat_ids_not_at_the_counter(showtime, by))
        check_ages(showtime, sale.quote)
        check_carers(sale.quote)
        take_seats_from_overdue(showtime, sale.seats, now)
        take_from_offers(None, showtime, sale.seats, now)
        check_capacity(showtime, more=len(sale.seats), now=now)
        counter = {"channel": Booking.Channel.COUNTER, "sold_by": by, "sale_key": sale.key, "expires_at": now}
        comp = {"comp": sale.comp, "comp_note": sale.note} if sale.tender == FREE else {}
        booking = write_booking(None, showtime, sale.quote, now, **counter, **comp)
        confirm(booking, now, paid_with=take_payment(booking, sale, now, by))
    return booking


def take_payment(booking: Booking, sale: Sale, now: datetime, by) -> Payment | None:
    """Cash is in a drawer, so it needs an open shift; the terminal's slips go with one where there is one."""
    is_cash = sale.tender == Payment.Tender.CASH
    if sale.tender == FREE or not booking.total:
        return None
    if is_cash and sale.cash_given is not None and sale.cash_given < booking.total:
        raise BadChoice(_("The amount given is less than the total."))
    return Payment.objects.create(
        booking=booking,
        tender=sale.tender,
        shift=locked_shift(by, booking.showtime.theater, is_needed=is_cash),
        cash_given=sale.cash_given if is_cash else None,
        status=Payment.Status.PAID,
        amount=booking.total,
        currency=booking.currency,
        amount_received=booking.total,
        currency_received=booking.currency,
        paid_at=now,
    )


def seat_ids_not_at_the_counter(showtime: Showtime, user) -> set[int]:
    """House seats are sold there, too, by those who may."""
    if may(user, "theaters.sell_house_seats", showtime.theater):
        return showtime.blocked_seat_ids()
    return seat_ids_not_on_the_web(showtime)


def check_sells_at_counter(showtime: Showtime, now: datetime) -> None:
    if showtime.status != Showtime.Status.PUBLISHED or now >= showtime.counter_closes_at:
        raise SaleClosed(_("The box office no longer sells this showtime."))


def give_back(by, *, showtime: Showtime, seat_ids: list[int]) -> None:
    try:
        holds.release_seats(showtime.pk, holder=holds.holder_of(by), seat_ids=seat_ids)
    except HoldsUnavailable:
        logger.info("no Redis: the hold of the box office ends by itself")


def hold(by, showtime: Showtime, seats: list) -> None:
    try:
        _until, lost, _epoch = holds.hold_seats(
            showtime.pk,
            [seat.pk for seat in seats],
            holder=holds.holder_of(by),
            seconds=HOLD_SECONDS,
            limited=False,
        )
    except HoldsUnavailable:
        return
    if lost:
        raise SeatsTaken(seat for seat in seats if seat.pk in lost)
