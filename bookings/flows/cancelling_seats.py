"""The customer gives single seats of a booking back; the rest of it stands, at the prices that were paid."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from bookings import holds
from bookings.carers import one_too_many
from bookings.exceptions import BadChoice, HoldsUnavailable, NotCancellable
from bookings.flows.cancelling import (
    at_most,
    cancel_confirmed,
    check_promise,
    free_holds,
    has_right_to_all,
    lock_tickets,
    minutes_left,
    refund_bought,
)
from bookings.flows.locking import locked_showtime, patient
from bookings.flows.mailing import write_another_mail
from bookings.models import BookedSeat, Booking, Dispute, Mail, Refund, Ticket
from bookings.pricing import refund_due
from bookings.wakeup import wake


def refunds_by_seat(booking: Booking) -> dict[BookedSeat, Decimal]:
    """What each seat that stands would bring now; empty where single seats cannot be given back. For pages only."""
    seats, now = list(seats_of(booking)), timezone.now()
    used = set(Ticket.objects.admitted().filter(booked_seat__in=seats).values_list("booked_seat", flat=True))
    unused = [seat for seat in seats if seat.pk not in used]
    if not booking.is_confirmed or len(seats) < 2 or not unused:
        return {}
    try:
        check_seats(booking, unused, now)
    except NotCancellable:
        return {}
    return shares(booking, unused, now)


def shares(booking: Booking, seats: list[BookedSeat], now: datetime) -> dict[BookedSeat, Decimal]:
    """What each brings by the frozen policy, rounded by itself."""
    if has_right_to_all(booking, now):
        return {seat: seat.total for seat in seats}
    policy, left = booking.refund_policy, minutes_left(booking, now)
    return {seat: refund_due(policy, booking, left, total=seat.total, fees=seat.fee) for seat in seats}


def seats_of(booking: Booking):
    return booking.booked_seats.live().select_related("seat__category", "ticket_type").order_by("seat__y", "seat__x")


@patient
def cancel_seats(booking: Booking, booked_seat_ids: Iterable[int], *, by, promised: Decimal | None = None) -> Booking:
    """Free these seats of a confirmed booking, their tickets void, their share refunded by the frozen policy.

    All of them is cancelling the booking. Again: nothing new. Raises BadChoice, NotCancellable, Busy, RefundChanged
    where less would come back than was `promised`.
    """
    wanted = set(booked_seat_ids)
    with locked_showtime(booking.showtime_id) as (_showtime, now):
        booking.refresh_from_db()
        known = {seat.pk: seat for seat in booking.booked_seats.select_related("seat")}
        if not wanted or wanted - known.keys():
            raise BadChoice(_("Please choose the seats of this booking that you give back."))
        if all(known[pk].cancelled_at for pk in wanted) or booking.status == Booking.Status.CANCELLED:
            return booking
        standing = list(seats_of(booking))
        leaving = [seat for seat in standing if seat.pk in wanted]
        if not leaving:  # a move has left them without a place
            raise NotCancellable(_("It is too late to cancel these seats. Please ask at the theater."))
        if len(leaving) == len(standing):
            cancel_confirmed(booking, now, by=by, reason="", in_full=False, promised=promised)
        else:
            give_back(booking, leaving, now, by=by, promised=promised)
        wake("bookings.offer_seats")
    if booking.status == Booking.Status.CANCELLED:
        free_holds(booking)
    else:
        free_holds_on(booking, leaving)
    return booking


def give_back(booking: Booking, leaving: list[BookedSeat], now: datetime, *, by, promised: Decimal | None) -> None:
    lock_tickets(booking)
    amount = check_seats(booking, leaving, now)
    check_company(leaving, staying=[seat for seat in seats_of(booking) if seat not in leaving])
    check_promise(booking, amount, promised)
    ids = [seat.pk for seat in leaving]
    BookedSeat.objects.filter(pk__in=ids).update(released_at=now, cancelled_at=now)
    Ticket.objects.live().filter(booked_seat__in=ids).update(revoked_at=now)
    booking.seat_labels = [booked.seat.label for booked in seats_of(booking)]
    booking.save(update_fields=["seat_labels"])
    refund_bought(booking, amount, reason=Refund.Reason.CUSTOMER, by=by)
    write_another_mail(booking, Mail.Kind.SEATS_CANCELLED)


def check_seats(booking: Booking, leaving: list[BookedSeat], now: datetime) -> Decimal:
    """What they bring together. Raises NotCancellable with a sentence."""
    if not booking.is_confirmed:
        raise NotCancellable(_("Only a confirmed booking can be cancelled."))
    if Dispute.objects.blocking().filter(payment__in=booking.funds()).exists():
        raise NotCancellable(_("Your bank has asked for this payment back, and will decide. Please wait for that."))
    if was_used(leaving):
        raise NotCancellable(_("Somebody has already come in with one of these tickets, so it cannot be cancelled."))
    amount = at_most(booking, now, sum(shares(booking, leaving, now).values(), Decimal(0)))
    is_free = not any(seat.total for seat in leaving)
    if now >= booking.showtime.starts_at if is_free else not amount:
        raise NotCancellable(_("It is too late to cancel these seats. Please ask at the theater."))
    return amount


def was_used(seats: list[BookedSeat]) -> bool:
    return Ticket.objects.admitted().filter(booked_seat__in=[seat.pk for seat in seats]).exists()


def check_company(leaving: list[BookedSeat], *, staying: Iterable[BookedSeat]) -> None:
    """No half of a love seat stays alone, and nobody without whom they accompany. Raises NotCancellable."""
    gone = {booked.seat_id: booked.seat for booked in leaving}
    for seat in (booked.seat for booked in staying):
        if other := gone.get(seat.partner_id):
            sentence = _("%(seat)s and %(partner)s are one love seat. Please give both back, or keep both.")
            raise NotCancellable(sentence % {"seat": other.label, "partner": seat.label})
        if other := gone.get(seat.companion_of_id):
            sentence = _("%(seat)s is the seat of the companion of %(wheelchair)s. Please give it back, too.")
            raise NotCancellable(sentence % {"seat": seat.label, "wheelchair": other.label})
    if kind := one_too_many(booked.ticket_type for booked in staying):
        sentence = _("%(type)s: the ticket goes with one of another type. Please give it back, too.")
        raise NotCancellable(sentence % {"type": kind.name})


def free_holds_on(booking: Booking, seats: list[BookedSeat]) -> None:
    """See also `free_holds`; of the seats that stay the holds stay, too."""
    try:
        ids = [seat.seat_id for seat in seats]
        holds.release_seats(booking.showtime_id, holder=holds.holder_of(booking.user), seat_ids=ids)
    except HoldsUnavailable:
        return
