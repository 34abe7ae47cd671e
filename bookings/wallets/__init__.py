"""Tickets for the wallets of phones. Only where the keys are set; nobody is asked or told before a customer taps."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.crypto import salted_hmac

from bookings.codes import ticket_code
from bookings.models import Ticket


@dataclass(frozen=True)
class Pass:
    """What both wallets show of a ticket: no name, no price, no reference."""

    ticket: Ticket

    @property
    def showtime(self):
        return self.ticket.booked_seat.booking.showtime

    @property
    def seat(self):
        return self.ticket.booked_seat.seat

    @property
    def uid(self) -> str:
        """Of the seat in its booking, so that another try replaces the pass after a move or a new code."""
        return salted_hmac("wallet pass", str(self.ticket.booked_seat_id)).hexdigest()[:32]

    @property
    def code(self) -> str:
        return ticket_code(self.ticket.serial, self.ticket.booked_seat.showtime_id)

    @property
    def is_void(self) -> bool:
        return self.ticket.revoked_at is not None or self.showtime.status == "cancelled"


def passes(tickets) -> list[Pass]:
    """Of tickets, or of a queryset of them."""
    return [Pass(ticket) for ticket in tickets]


def offered() -> dict[str, bool]:
    """Which buttons there are."""
    return {"apple_wallet": bool(settings.APPLE_WALLET), "google_wallet": bool(settings.GOOGLE_WALLET)}
