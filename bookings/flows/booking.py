import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError

from bookings import holds, payments
from bookings.exceptions import (
    BookingError,
    HoldsUnavailable,
    PaymentRefused,
    PaymentUnavailable,
    SaleClosed,
    SeatsTaken,
)
from bookings.flows.locking import locked_showtime
from bookings.flows.paying import settle
from bookings.models import BookedSeat, Booking
from bookings.pricing import Quote
from theaters.models import Showtime

logger = logging.getLogger(__name__)


def start_booking(user, *, showtime: Showtime, quote: Quote) -> Booking:
    """Make the PENDING booking whose seats the database holds from now on, at the quoted prices.

    The same seats again give the same booking; other seats replace the customer's earlier pending booking.
    Raises SeatsTaken, SaleClosed, Busy.
    """
    try:
        with locked_showtime(showtime.pk) as (showtime, now):
            if showtime.status != Showtime.Status.PUBLISHED or now >= showtime.sales_close_at:
                raise SaleClosed
            for earlier in user.bookings.filter(showtime=showtime, status=Booking.Status.PENDING):
                if earlier.is_in_time(now) and is_same_choice(earlier, quote):
                    return earlier
                if not earlier.is_being_paid:
                    earlier.give_up(now)
            take_seats_from_overdue(showtime, [line.seat for line in quote.lines], now)
            booking = write_booking(user, showtime, quote, now)
    except IntegrityError as error:
        raise SeatsTaken(line.seat for line in quote.lines) from error
    keep_held(user, booking)
    return booking


def is_same_choice(booking: Booking, quote: Quote) -> bool:
    booked = set(booking.booked_seats.live().values_list("seat_id", "ticket_type_id"))
    return booked == {(line.seat.pk, line.ticket_type.pk) for line in quote.lines} and booking.total == quote.total


def take_seats_from_overdue(showtime: Showtime, seats: list, now: datetime) -> None:
    """Give up the overdue bookings that still sit on the seats; raises SeatsTaken where one is not overdue.

    See also `retake_seats` in paying.py, which wants its own seats back.
    """
    sitting = BookedSeat.objects.live().filter(showtime=showtime, seat__in=seats).select_related("booking", "seat")
    if lost := [booked.seat for booked in sitting if booked.booking.keeps_seats(now)]:
        raise SeatsTaken(lost)
    for booking in {booked.booking for booked in sitting}:
        booking.give_up(now)


def write_booking(user, showtime: Showtime, quote: Quote, now: datetime) -> Booking:
    tariff = quote.tariff
    window = timedelta(seconds=settings.BOOKING_WINDOW_SECONDS)
    booking = Booking.objects.create(
        user=user,
        showtime=showtime,
        seat_labels=[line.seat.label for line in quote.lines],
        currency=tariff.currency,
        price_total=quote.price_total,
        fee_total=quote.fee_total,
        tax_total=quote.tax_total,
        total=quote.total,
        tax_name=tariff.tax_name,
        tax_rate=tariff.tax_rate,
        tax_included=tariff.tax_included,
        fee_taxed=tariff.fee_taxed,
        refund_policy=showtime.theater.refund_policy,
        expires_at=min(now + window, showtime.sales_close_at),
    )
    BookedSeat.objects.bulk_create(
        BookedSeat(
            booking=booking,
            showtime=showtime,
            seat=line.seat,
            ticket_type=line.ticket_type,
            price=line.price,
            fee=line.fee,
            tax=line.tax,
            total=line.total,
        )
        for line in quote.lines
    )
    return booking


def keep_held(user, booking: Booking) -> None:
    """Let the hold last as long as the booking may be paid, so that the way back to checkout stays open."""
    seat_ids = list(booking.booked_seats.values_list("seat_id", flat=True))
    try:
        holds.hold_seats(
            booking.showtime_id,
            seat_ids,
            holder=holds.holder_of(user),
            seconds=max(settings.BOOKING_WINDOW_SECONDS, settings.HOLD_SECONDS),
        )
    except HoldsUnavailable:
        logger.info("no Redis: the booking is held by the database alone")


def expire_overdue() -> int:
    """Expire every pending booking whose window is over; returns how many were looked at."""
    overdue = list(Booking.objects.overdue())
    for booking in overdue:
        try:
            expire_booking(booking)
        except BookingError:
            logger.warning("booking not expired yet, will try again", extra={"booking": booking.pk})
    return len(overdue)


def expire_booking(booking: Booking) -> Booking:
    """The window is over: end the session at Stripe, believe what it says, and free the seats.

    Paid in the last moment: confirmed. No answer: the seats stay for the grace, then they are free all the same,
    and money that still comes is for `confirm_booking` to place or to send back.
    """
    answered = True
    for payment in booking.payments.open():
        try:
            settle(payment, payments.end_session(payment))
        except (PaymentUnavailable, PaymentRefused):
            answered = False
    with locked_showtime(booking.showtime_id) as (_showtime, now):
        booking.refresh_from_db()
        grace = timedelta(seconds=0 if answered else settings.BOOKING_GRACE_SECONDS)
        if booking.is_pending and now >= booking.expires_at + grace:
            booking.give_up(now)
    release_hold_of(booking)
    return booking


def release_hold_of(booking: Booking) -> None:
    if booking.is_pending:
        return
    try:
        holds.release_seats(booking.showtime_id, holder=holds.holder_of(booking.user))
    except HoldsUnavailable:
        return
