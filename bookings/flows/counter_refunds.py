from django.utils.translation import gettext as _

from bookings.exceptions import NotCancellable
from bookings.flows.cancelling import cancel_confirmed, free_holds, lock_tickets
from bookings.flows.locking import locked_showtime, patient
from bookings.flows.shifts import pay_out
from bookings.models import Booking, Refund, Ticket


@patient
def refund_at_counter(booking: Booking, *, by, reason: str, even_if_used: bool = False) -> Booking:
    """Cancel a booking in full and give the money back as it came: cash, terminal, or by Stripe as ever.

    Again: the same booking, nothing new. All or nothing: without an open shift no cash goes back, and the tickets stay
    good. `even_if_used`: although somebody has come in, which is for managers. Raises NotCancellable, NoShift, Busy.
    """
    with locked_showtime(booking.showtime_id) as (_showtime, now):
        booking.refresh_from_db()
        if booking.status != Booking.Status.CANCELLED:
            if not even_if_used:
                check_nobody_is_in(booking)
            cancel_confirmed(booking, now, by=by, reason=reason, in_full=True)
            pay_out(booking, by=by)
    free_holds(booking)
    return booking


def check_nobody_is_in(booking: Booking) -> None:
    lock_tickets(booking)
    if Ticket.objects.admitted().filter(booked_seat__booking=booking).exists():
        raise NotCancellable(_("Somebody has come in with these tickets. Only a manager can refund this booking."))


@patient
def pay_out_at_counter(booking: Booking, *, by) -> list[Refund]:
    """Hand out what the box office owes for a booking, and nothing else: one that stands goes on standing.

    Gives what was handed out; again: nothing. Raises NoShift, Busy.
    """
    with locked_showtime(booking.showtime_id):
        booking.refresh_from_db()
        return pay_out(booking, by=by)
