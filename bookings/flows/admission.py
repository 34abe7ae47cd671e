from dataclasses import dataclass

from django.db.models.functions import Now

from bookings.codes import ForgedCode, read_code
from bookings.models import Ticket


@dataclass(frozen=True)
class Admission:
    """What the door says. `ticket` is None when there is no such ticket."""

    verdict: str  # "welcome", "already", "void" or "unknown"
    ticket: Ticket | None = None


def admit(code: str, *, by) -> Admission:
    """Let one person in with a scanned code or a typed serial: once, however many doors scan it in the same second."""
    code = "".join(code.split()).upper()
    try:
        _showtime_id, serial = read_code(code)
    except ForgedCode:
        letters = code.replace("-", "")
        serial = f"{letters[:5]}-{letters[5:]}"
    tickets = Ticket.objects.filter(serial=serial)
    # Judged on the row itself, which is read anew after waiting for another door or for a cancellation.
    won = tickets.live().filter(checked_in_at=None).update(checked_in_at=Now(), checked_in_by=by)
    ticket = tickets.for_the_door().first()
    if ticket is None:
        return Admission("unknown")
    if won:
        return Admission("welcome", ticket)
    return Admission("void" if ticket.is_void else "already", ticket)
