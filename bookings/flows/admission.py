from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.db.models.functions import Now
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

from bookings.codes import ForgedCode, RetiredKey, read_code
from bookings.documents import start_in_words
from bookings.flows.locking import database_now
from bookings.models import DoorScan, Ticket
from theaters.models import Screen, Showtime, Theater


@dataclass(frozen=True)
class Door:
    """Where an usher works. Without a theater it takes today's tickets, wherever they are for."""

    theater: Theater | None = None
    screen: Screen | None = None
    theaters: frozenset[int] | None = None  # those in which the usher may let anybody in; None is every one

    def __str__(self):
        return str(self.screen or self.theater or "")

    def is_for(self, theater: Theater) -> bool:
        return self.theaters is None or theater.pk in self.theaters


ANYWHERE = Door()
LONGEST_SERIAL = 20


@dataclass(frozen=True)
class Admission:
    """What the door says: a verdict, and why in a sentence. `ticket` is None when there is no such ticket."""

    verdict: str  # one of DoorScan.Verdict
    reason: str = ""
    ticket: Ticket | None = None

    @property
    def word(self) -> str:
        return DoorScan.Verdict(self.verdict).label


def admit(code: str, *, by, door: Door = ANYWHERE, at: datetime | None = None) -> Admission:
    """Let one person in with a scanned code or a typed serial: once, however many doors scan it in the same second.

    Whatever is refused uses nothing up. `at`: when a phone without a line has let them in; left out, it is now.
    """
    code = "".join(code.split()).upper()
    try:
        _showtime_id, serial = read_code(code)
    except RetiredKey:
        return Admission(
            "forged", _("Signed with a retired key, or never by us. Type the ten characters below the code.")
        )
    except ForgedCode:
        if len(code) > LONGEST_SERIAL:
            return Admission("forged", _("This code is not ours. Type the ten characters below it."))
        letters = code.replace("-", "")
        serial = f"{letters[:5]}-{letters[5:]}"
    ticket = Ticket.objects.for_the_door().filter(serial=serial).first()
    if ticket is None:
        return Admission("unknown", _("There is no ticket with this code. Look for the ten characters below it."))
    if not door.is_for(theater := ticket.booked_seat.showtime.theater):
        return Admission("elsewhere", _("This ticket is for %s.") % theater)
    return refusal(ticket, door, at or database_now()) or use(ticket, by=by, door=door, at=at)


def use(ticket: Ticket, *, by, door: Door, at: datetime | None) -> Admission:
    """Judged once more in the UPDATE itself, on the row as it is then: see `admissible`."""
    row = Ticket.objects.filter(pk=ticket.pk)
    won = row.admissible(at).update(checked_in_at=at or Now(), checked_in_by=by, checked_in_door=str(door))
    ticket = row.for_the_door().get()
    if won:
        return Admission("welcome", ticket=ticket)
    return refusal(ticket, door, at or database_now()) or Admission("void", _("Please scan it once more."), ticket)


def refusal(ticket: Ticket, door: Door, now: datetime) -> Admission | None:
    showtime = ticket.booked_seat.showtime
    if reason := why_void(ticket):
        return Admission("void", reason, ticket)
    if door.theater and showtime.theater != door.theater:
        return Admission("elsewhere", _("This ticket is for %s.") % showtime.theater, ticket)
    if showtime.business_date != showtime.theater.business_date_of(now):
        return Admission("not_today", _("This ticket is for %s.") % start_in_words(showtime), ticket)
    if door.screen and showtime.screen != door.screen:
        return Admission("elsewhere", _("This ticket is for %s.") % showtime.screen.name, ticket)
    if ticket.checked_in_at:
        return Admission("already", already_in(ticket), ticket)
    if now >= showtime.ends_at:
        return Admission("void", _("This showtime ended at %s.") % clock(showtime.ends_at, showtime), ticket)
    opens_at = showtime.starts_at - timedelta(minutes=settings.DOORS_OPEN_MINUTES)
    # Who has not said where they work may stand at the foyer's door, which lets everybody of today in.
    if door.theater and now < opens_at:
        return Admission("early", _("The doors open at %s.") % clock(opens_at, showtime), ticket)
    return None


def why_void(ticket: Ticket) -> str:
    booking = ticket.booked_seat.booking
    if booking.status == booking.Status.CANCELLED:
        return " ".join([_("The booking is cancelled."), booking.reason]).strip()
    if ticket.revoked_at and (newer := ticket.newer):
        local = newer.issued_at.astimezone(ticket.booked_seat.showtime.theater.zone)
        return _("A newer ticket was issued on %s. Ask for that one.") % date_format(local, "j F, H:i")
    if ticket.revoked_at or not booking.is_confirmed:
        return _("This ticket is void: %s.") % booking.get_status_display()
    if ticket.booked_seat.showtime.status == Showtime.Status.CANCELLED:
        return _("This showtime is cancelled.")
    return ""


def already_in(ticket: Ticket) -> str:
    since = clock(ticket.checked_in_at, ticket.booked_seat.showtime)
    words = {"since": since, "name": ticket.checked_in_by, "door": ticket.checked_in_door}
    if ticket.checked_in_door:
        return _("Already in since %(since)s, by %(name)s at %(door)s.") % words
    return _("Already in since %(since)s, by %(name)s.") % words


def clock(moment: datetime, showtime: Showtime) -> str:
    return time_format(moment.astimezone(showtime.theater.zone), "H:i")


def undo_admission(serial: str, *, by) -> Ticket | None:
    """Take an admission back that was a mistake; the ticket's history in the office says whose and when.

    None when nobody is in with this ticket (any more).
    """
    with transaction.atomic():
        row = Ticket.objects.filter(serial=serial, checked_in_at__isnull=False)
        ticket = row.select_for_update(no_key=True, of=("self",)).for_the_door().first()
        if ticket:
            LogEntry.objects.log_actions(by.pk, [ticket], CHANGE, _("Taken back: %s") % already_in(ticket))
            row.update(checked_in_at=None, checked_in_by=None, checked_in_door="")
    return ticket
