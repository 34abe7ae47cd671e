import logging
from datetime import datetime

from django.db.models import Q

from bookings import payments
from bookings.exceptions import KeptForWheelchairs, RoomFull, SeatsTaken
from bookings.flows.capacity import check_capacity
from bookings.flows.exchanging import ends_of_old, hand_over, is_off
from bookings.flows.holding import tell_outcome
from bookings.flows.locking import locked_sides, patient
from bookings.flows.mailing import write_mail
from bookings.flows.offered import end_waiting, take_from_offers
from bookings.flows.redeeming import redeem_again
from bookings.flows.refunding import owe_refund
from bookings.flows.releasing import releases_for
from bookings.models import BookedSeat, Booking, Breakdown, Mail, Payment, Refund, StripeEvent, Ticket
from bookings.payments import Event, Session
from theaters.models import Showtime
from theaters.models.house_seats import seat_ids_not_on_the_web

logger = logging.getLogger(__name__)


@patient
def confirm_booking(session_id: str, *, event: Event | None = None) -> Booking | None:
    """Read a session from Stripe and do what it asks for: confirm, wait, fail, expire, or send the money back.

    Called by the webhook and by the return page, any number of times, in any order. Returns its booking, or None
    for a session that is not ours. Raises PaymentUnavailable, Busy: call again.
    """
    known = Payment.objects.filter(session_id=session_id).select_related("booking").first()
    if known and known.is_paid:
        return known.booking
    session = payments.fetch_session(session_id)
    payment = known or payment_of(session)
    if payment is None:
        logger.warning("a session that is not ours")
        return None
    return settle(payment, session, event=event)


def payment_of(session: Session) -> Payment | None:
    """By its attempt, too: the worker may have died before it could note the id."""
    ours = Payment.objects.filter(Q(session_id=session.id) | Q(idempotency_key=session.attempt or None))
    return ours.select_related("booking").first()


def settle(payment: Payment, session: Session, *, event: Event | None = None) -> Booking:
    """Bring payment and booking to what the session says; the event, if one told us, is noted with the effect."""
    booking = payment.booking
    with locked_sides(booking) as (showtime, now):
        payment.refresh_from_db()
        booking.refresh_from_db()
        payment.booking = booking
        if event and not note_event(event):
            return booking
        # Only money is final: an attempt that we took for failed or expired may still turn out paid.
        if payment.is_paid:
            return booking
        payment.session_id = session.id
        payment.payment_intent = session.payment_intent
        if session.is_paid:
            take_money(payment, session, showtime, now)
            return booking
        if session.has_failed:
            fail(payment, now)
        elif session.is_processing:
            wait_for_money(payment, showtime)
        elif session.is_expired:
            payment.status = Payment.Status.EXPIRED
        elif payment.status == Payment.Status.CREATING:
            payment.status, payment.session_url = Payment.Status.OPEN, session.url
        payment.save()
    return booking


def note_event(event: Event) -> bool:
    """Remember an event in the transaction of its effect; False when that has happened before."""
    _event, is_new = StripeEvent.objects.get_or_create(
        event_id=event.id, defaults={"type": event.type, "object_id": event.object_id}
    )
    return is_new


def take_money(payment: Payment, session: Session, showtime: Showtime, now: datetime) -> None:
    """The money is here, whatever comes next. Deliver, or owe it back in full."""
    booking = payment.booking
    payment.status, payment.paid_at = Payment.Status.PAID, now
    payment.amount_received, payment.currency_received = session.amount, session.currency
    payment.save()
    if reason := reason_to_refund(payment, showtime, now):
        send_back(payment, reason, now)
    else:
        confirm(booking, now, paid_with=payment)


def reason_to_refund(payment: Payment, showtime: Showtime, now: datetime) -> str | None:
    """Why the money cannot become tickets; None when the booking's seats are its own (again)."""
    booking = payment.booking
    if (payment.amount_received, payment.currency_received) != (payment.amount, payment.currency):
        return Refund.Reason.WRONG_AMOUNT
    if booking.is_confirmed or booking.status == Booking.Status.CANCELLED:
        return Refund.Reason.PAID_TWICE
    if showtime.status == Showtime.Status.CANCELLED:
        return Refund.Reason.SHOWTIME_CANCELLED
    if showtime.status != Showtime.Status.PUBLISHED:
        return Refund.Reason.SHOWTIME_CLOSED
    # It broke off, and the worker is on its way to give this booking up.
    if Breakdown.objects.filter(showtime=showtime).exists():
        return Refund.Reason.SHOWTIME_CLOSED
    if now >= (showtime.ends_at if booking.is_pending else showtime.sales_close_at):
        return Refund.Reason.SHOWTIME_CLOSED
    if booking.exchanged_from and is_off(booking.exchange, now):
        return Refund.Reason.EXCHANGE_OFF
    if booking.is_pending:
        return None
    if not is_still_what_was_bought(booking, showtime):
        return Refund.Reason.SHOWTIME_MOVED
    return None if retake_seats(booking, showtime, now) else Refund.Reason.SEATS_GONE


def is_still_what_was_bought(booking: Booking, showtime: Showtime) -> bool:
    """The same movie at the same time in the same room as when the seats were chosen."""
    rooms = set(booking.booked_seats.values_list("seat__layout", flat=True))
    same = (booking.movie_id, booking.starts_at) == (showtime.movie_id, showtime.starts_at)
    return same and rooms == {showtime.layout_id}


def retake_seats(booking: Booking, showtime: Showtime, now: datetime) -> bool:
    """Take back all the seats of an expired booking, or none. See also `take_seats_from_overdue` in booking.py.

    None, too, where its promo code is used up by now.
    """
    seats = booking.booked_seats.values("seat_id")
    for_sale = showtime.layout.seats.exclude(pk__in=seat_ids_not_on_the_web(showtime))
    if for_sale.filter(pk__in=seats).count() < len(seats):
        return False
    sitting = BookedSeat.objects.live().filter(showtime=showtime, seat__in=seats).select_related("booking")
    if any(booked.booking.keeps_seats(now) for booked in sitting) or not is_released_still(booking, showtime, now):
        return False
    for other in {booked.booking for booked in sitting}:
        other.give_up(now)
    try:
        take_from_offers(booking.user, showtime, list(for_sale.filter(pk__in=seats)), now)
        check_capacity(showtime, more=len(seats), now=now, user=booking.user)
    except (RoomFull, SeatsTaken):
        return False
    # Last: who gets no seats has not used the code.
    if not redeem_again(booking):
        return False
    booking.booked_seats.update(released_at=None)
    return True


def is_released_still(booking: Booking, showtime: Showtime, now: datetime) -> bool:
    """What was sold because it was on general sale has to be so again; it keeps to the release of today."""
    bought = list(booking.booked_seats.filter(release__isnull=False).select_related("seat"))
    try:
        releases = releases_for(showtime, [booked.seat for booked in bought], need=False, now=now)
    except KeptForWheelchairs:
        return False
    for booked in bought:
        booking.booked_seats.filter(pk=booked.pk).update(release=releases[booked.seat_id])
    return True


def confirm(booking: Booking, now: datetime, *, paid_with: Payment | None = None) -> None:
    booking.status, booking.confirmed_at, booking.paid_with = Booking.Status.CONFIRMED, now, paid_with
    booking.save(update_fields=["status", "confirmed_at", "paid_with"])
    tell_outcome(booking)
    Ticket.objects.issue_for(booking)
    if booking.exchanged_from:
        hand_over(booking.exchange, now)
    if booking.user_id:
        end_waiting(booking)
        write_mail(booking, Mail.Kind.TICKETS)


def send_back(payment: Payment, reason: str, now: datetime) -> None:
    booking = payment.booking
    owe_refund(payment, payment.amount_received, reason=reason)
    if booking.is_pending:
        booking.close(Booking.Status.FAILED)
        booking.release_seats(now)
        tell_outcome(booking)
    # A second payment of a booking that stands is told by its refund, not by “you have no tickets”.
    if not booking.is_confirmed:
        write_mail(booking, Mail.Kind.REFUNDED)


def fail(payment: Payment, now: datetime) -> None:
    payment.status = Payment.Status.FAILED
    booking = payment.booking
    if booking.is_pending:
        booking.close(Booking.Status.FAILED)
        booking.release_seats(now)
        tell_outcome(booking)
        write_mail(booking, Mail.Kind.PAYMENT_FAILED)


def wait_for_money(payment: Payment, showtime: Showtime) -> None:
    """A delayed method: the customer has done their part, so the seats wait until the sale closes."""
    payment.status = Payment.Status.PROCESSING
    booking = payment.booking
    if booking.is_pending:
        booking.expires_at = min([showtime.sales_close_at, *ends_of_old(booking)])
        booking.save(update_fields=["expires_at"])
        tell_outcome(booking)
