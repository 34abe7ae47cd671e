import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError

from bookings import holds
from bookings.ages import check_ages
from bookings.carers import check_carers
from bookings.exceptions import HoldsUnavailable, SeatsTaken
from bookings.flows.attempts import write_attempt
from bookings.flows.capacity import check_capacity
from bookings.flows.limits import check_limits, check_sale
from bookings.flows.locking import locked_customer, locked_showtime, patient
from bookings.flows.offered import offered_until, take_from_offers
from bookings.flows.redeeming import redeem
from bookings.flows.releasing import releases_for
from bookings.models import BookedSeat, Booking, OfferedSeat
from bookings.pricing import Quote
from theaters.known import known_showtime
from theaters.models import Showtime
from theaters.models.house_seats import seat_ids_not_on_the_web

logger = logging.getLogger(__name__)


@patient
def start_booking(user, *, showtime: Showtime, quote: Quote, need: bool = False) -> Booking:
    """Make the PENDING booking whose seats the database holds from now on, at the quoted prices, and its first attempt
    to pay.

    The same seats again give the same booking; other seats replace the customer's earlier pending booking. `need`:
    they say that somebody uses a wheelchair; of that nothing stays. Raises SeatsTaken, SaleNotBegun, SaleClosed,
    RoomFull, TooManyHeld, CodeRefused, KeptForWheelchairs, BadChoice, Busy.
    """
    try:
        with locked_customer(user), locked_showtime(showtime.pk, savepoint=False) as (showtime, now):
            check_sale(showtime, now)
            if same := earlier_booking(user, showtime, quote, now):
                return same
            booking = take_seats(user, showtime, quote, now, need=need)
            booking.first_attempt = write_attempt(booking, now) if booking.due else None
    except IntegrityError as error:
        raise SeatsTaken(line.seat for line in quote.lines) from error
    keep_held(user, booking, [line.seat.pk for line in quote.lines])
    return booking


def take_seats(user, showtime: Showtime, quote: Quote, now: datetime, *, need: bool, **more) -> Booking:
    """The pending booking, in the caller's transaction; `more` are fields of it."""
    seats = [line.seat for line in quote.lines]
    are_offered = OfferedSeat.objects.filter(showtime=showtime, seat__in=seats).exists()
    if not (are_offered and offered_until(user, showtime, seats)):
        check_limits(user, showtime, len(seats))
    # Remembered of the version that the programme has at this moment, and so as good as read anew.
    known = known_showtime(showtime.pk)
    showtime.screen = known.screen
    check_room(showtime, seats, seat_ids_not_on_the_web(known))
    check_ages(known, quote)
    check_carers(quote)
    releases = releases_for(showtime, seats, need=need, now=now)
    take_seats_from_overdue(showtime, seats, now)
    if are_offered:
        take_from_offers(user, showtime, seats, now)
    check_capacity(showtime, more=len(seats), now=now, user=user)
    booking = write_booking(user, showtime, quote, now, releases=releases, **more)
    redeem(booking, quote, user)
    return booking


def earlier_booking(user, showtime: Showtime, quote: Quote, now: datetime, *, instead_of=None) -> Booking | None:
    """The customer's booking of just these seats, waiting, on its way or paid; another that waits is given up.

    `instead_of`: the booking that it is to be exchanged for.
    """
    for earlier in user.bookings.filter(showtime=showtime, status__in=Booking.LIVE).select_related("exchange__old"):
        exchanged = earlier.exchanged_from and earlier.exchanged_from.old
        is_same = exchanged == instead_of and is_same_choice(earlier, quote)
        if is_same and (earlier.keeps_seats(now) or earlier.is_being_paid):
            return earlier
        if earlier.is_pending and not earlier.is_being_paid:
            earlier.give_up(now)
    return None


def check_room(showtime: Showtime, seats: list, not_for_sale: set[int]) -> None:
    """A hold may outlive a change of the room: raises SeatsTaken for seats that are not in it, or not for sale now."""
    gone = [seat for seat in seats if seat.layout_id != showtime.layout_id or seat.pk in not_for_sale]
    if gone:
        raise SeatsTaken(gone)


def is_same_choice(booking: Booking, quote: Quote) -> bool:
    labels = {line.seat.label for line in quote.lines}
    if (booking.total, booking.promo_code, set(booking.seat_labels)) != (quote.total, quote.promo_code, labels):
        return False
    booked = set(booking.booked_seats.live().values_list("seat_id", "ticket_type_id"))
    return booked == {(line.seat.pk, line.ticket_type.pk) for line in quote.lines}


def take_seats_from_overdue(showtime: Showtime, seats: list, now: datetime) -> None:
    """Give up the overdue bookings that still sit on the seats; raises SeatsTaken where one is not overdue.

    See also `retake_seats` in paying.py, which wants its own seats back.
    """
    sitting = BookedSeat.objects.live().filter(showtime=showtime, seat__in=seats).select_related("booking", "seat")
    if lost := [booked.seat for booked in sitting if booked.booking.keeps_seats(now)]:
        raise SeatsTaken(lost)
    for booking in {booked.booking for booked in sitting}:
        booking.give_up(now)


def write_booking(user, showtime: Showtime, quote: Quote, now: datetime, *, releases=None, **more) -> Booking:
    """`more` are fields of the booking, for sales that are not the website's; `releases` those of seats, by id."""
    tariff = quote.tariff
    window = timedelta(seconds=settings.BOOKING_WINDOW_SECONDS)
    booking = Booking.objects.create(
        user=user,
        showtime=showtime,
        movie=showtime.movie,
        starts_at=showtime.starts_at,
        seat_labels=[line.seat.label for line in quote.lines],
        currency=tariff.currency,
        price_total=quote.price_total,
        surcharge_total=quote.surcharge_total,
        surcharge_name=quote.surcharge_name,
        discount_total=quote.discount_total,
        promo_code=quote.promo_code,
        fee_total=quote.fee_total,
        tax_total=quote.tax_total,
        total=quote.total,
        tax_name=tariff.tax_name,
        tax_rate=tariff.tax_rate,
        taxes=[[name, str(rate), str(amount)] for name, rate, amount in quote.tax_lines],
        tax_included=tariff.tax_included,
        fee_taxed=tariff.fee_taxed,
        refund_policy=showtime.theater.refund_policy,
        exchange_rule=showtime.theater.exchange_rule,
        **{"expires_at": min(now + window, showtime.sales_close_at)} | more,
    )
    BookedSeat.objects.bulk_create(
        BookedSeat(
            booking=booking,
            showtime=showtime,
            seat=line.seat,
            ticket_type=line.ticket_type,
            release=(releases or {}).get(line.seat.pk),
            price=line.price,
            surcharge=line.surcharge,
            discount=line.discount,
            fee=line.fee,
            tax=line.tax,
            tax_name=line.price_tax.name,
            tax_rate=line.price_tax.rate,
            total=line.total,
        )
        for line in quote.lines
    )
    return booking


def keep_held(user, booking: Booking, seat_ids: list[int]) -> None:
    """Let the hold end with the booking's window: the way back to checkout stays open, and no longer than that."""
    try:
        holds.hold_seats(
            booking.showtime_id,
            seat_ids,
            holder=holds.holder_of(user),
            seconds=settings.BOOKING_WINDOW_SECONDS,
            limited=False,
        )
    except HoldsUnavailable:
        logger.info("no Redis: the booking is held by the database alone")
