"""What happened to a booking, and to a seat of a showtime, in order of time; and why a seat is not sold."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

from accounts.models import Change, User
from bookings import holds
from bookings.exceptions import HoldsUnavailable
from bookings.models import BookedSeat, Booking, Mail, MovedBooking, Refund, ShowtimeMove, Ticket
from theaters.models import Seat, Showtime
from theaters.money import format_money


@dataclass(frozen=True, order=True)
class Event:
    """`at` is on the theater's clock."""

    at: datetime
    words: str
    by: str = ""
    booking: Booking | None = None


def booking_timeline(booking: Booking) -> list[Event]:
    rooms = ("move__by", "move__old_layout__screen__theater", "move__new_layout__screen")
    moved = list(booking.moved_bookings.select_related(*rooms))
    bought = moved[0].old_labels if moved else labels_bought(booking)
    taken = _("Seats %(seats)s taken") % {"seats": ", ".join(bought)}
    events = [Event(booking.created_at, taken, str(booking.sold_by or "")), *map(move_event, moved)]
    events += status_changes(booking)
    for payment in booking.payments.all():
        events += payment_events(payment)
    events += [refund_event(refund) for refund in Refund.objects.filter(sale=booking).select_related("by")]
    events += exchange_events(booking)
    events += seats_given_back(booking)
    stays = stays_of(booking.booked_seats.select_related("seat__layout__screen"))
    for ticket in Ticket.objects.filter(booked_seat__booking=booking).for_the_door():
        events += ticket_events(ticket, stay_of(ticket, stays).seat)
    for mail in booking.mails.filter(status=Mail.Status.SENT):
        events.append(Event(mail.sent_at, _("Mail sent: %(kind)s") % {"kind": mail.get_kind_display()}))
    return in_order([*events, *staff_notes(booking)], booking.showtime)


def labels_bought(booking: Booking) -> list[str]:
    """With those given back one by one since."""
    gone = booking.booked_seats.exclude(cancelled_at=None).select_related("seat")
    return sorted([*booking.seat_labels, *(booked.seat.label for booked in gone)]) if gone else booking.seat_labels


def in_order(events, showtime: Showtime) -> list[Event]:
    zone = showtime.theater.zone
    return sorted(
        (Event(event.at.astimezone(zone), event.words, event.by, event.booking) for event in events),
        key=lambda event: event.at,
    )


def status_changes(booking: Booking) -> list[Event]:
    changes = list(Change.objects.of(booking).filter(before__isnull=False, after__isnull=False))
    people = User.objects.in_bulk({change.by for change in changes if change.by})
    return [
        Event(change.at, str(Booking.Status(change.after["status"]).label), str(people.get(change.by, "")), booking)
        for change in changes
        if change.before["status"] != change.after["status"]
    ]


def exchange_events(booking: Booking) -> list[Event]:
    """On either side, also what came to nothing."""
    events = []
    if exchange := booking.exchanged_from:
        words = {"old": exchange.old, "amount": format_money(exchange.credit, booking.currency)}
        events.append(Event(exchange.created_at, _("To be exchanged for %(old)s, which pays %(amount)s") % words))
    for exchange in booking.exchanges.done().select_related("new"):
        names = ("credit", "back", "kept")
        words = {name: format_money(getattr(exchange, name), booking.currency) for name in names}
        sentence = _("Exchanged for %(new)s: %(credit)s taken over, %(back)s back, %(kept)s kept")
        events.append(Event(exchange.done_at, sentence % (words | {"new": exchange.new}), str(booking.user or "")))
    return events


def seats_given_back(booking: Booking) -> list[Event]:
    gone = booking.booked_seats.exclude(cancelled_at=None).select_related("seat")
    return [
        Event(booked.cancelled_at, _("Seat %(seat)s given back") % {"seat": booked.seat}, str(booking.user or ""))
        for booked in gone
    ]


def move_event(moved: MovedBooking) -> Event:
    move = moved.move
    old, new = [], []
    if move.changes_start:
        starts = (move.old_starts_at, move.new_starts_at)
        zone = move.old_layout.screen.theater.zone
        old, new = ([date_format(start.astimezone(zone), "D j M, H:i")] for start in starts)
    if move.changes_screen:
        old, new = [*old, move.old_layout.screen.name], [*new, move.new_layout.screen.name]
    old, new = old + (moved.old_labels or [_("no seats")]), new + (moved.new_labels or [_("no seats")])
    words = {"old": ", ".join(old), "new": ", ".join(new), "reason": move.reason}
    return Event(move.created_at, _("Moved from %(old)s to %(new)s: %(reason)s") % words, str(move.by))


def payment_events(payment) -> list[Event]:
    if not payment.is_stripes:
        return [counter_payment(payment), *(refund_event(refund) for refund in payment.refunds.select_related("by"))]
    asked = format_money(payment.amount, payment.currency)
    events = [Event(payment.created_at, _("Payment of %(amount)s begun") % {"amount": asked})]
    if payment.paid_at:
        came = format_money(payment.amount_received, payment.currency_received)
        events.append(Event(payment.paid_at, _("%(amount)s came in") % {"amount": came}))
    return events + [refund_event(refund) for refund in payment.refunds.filter(sale=None).select_related("by")]


def counter_payment(payment) -> Event:
    came = format_money(payment.amount_received, payment.currency_received)
    words = _("%(amount)s came in: %(tender)s") % {"amount": came, "tender": payment.get_tender_display()}
    return Event(payment.paid_at, words, str(payment.booking.sold_by))


def refund_event(refund: Refund) -> Event:
    words = _("Refund of %(amount)s: %(reason)s (%(status)s)") % {
        "amount": format_money(refund.amount, refund.currency),
        "reason": refund.get_reason_display(),
        "status": refund.get_status_display(),
    }
    return Event(refund.created_at, words, str(refund.by or ""))


def ticket_events(ticket: Ticket, seat: Seat) -> list[Event]:
    words = {"serial": ticket.serial, "seat": seat, "door": ticket.checked_in_door}
    events = [Event(ticket.issued_at, _("Ticket %(serial)s for %(seat)s issued") % words)]
    if ticket.checked_in_at:
        came_in = (
            _("In at %(door)s with ticket %(serial)s") if ticket.checked_in_door else _("In with ticket %(serial)s")
        )
        events.append(Event(ticket.checked_in_at, came_in % words, str(ticket.checked_in_by)))
    if ticket.revoked_at:
        events.append(Event(ticket.revoked_at, _("Ticket %(serial)s is void") % words))
    return events


def staff_notes(booking: Booking) -> list[Event]:
    kind = ContentType.objects.get_for_model(Booking)
    notes = LogEntry.objects.filter(content_type=kind, object_id=str(booking.pk)).select_related("user")
    return [Event(note.action_time, note.get_change_message(), str(note.user)) for note in notes]


def seat_timeline(showtime: Showtime, seat: Seat) -> list[Event]:
    here_or_moved = Q(seat=seat) | Q(booking__moved_bookings__isnull=False)
    rows = BookedSeat.objects.filter(here_or_moved, showtime=showtime).distinct()
    stays = stays_of(rows.select_related("booking", "ticket_type", "seat__layout__screen"))
    moves = list(showtime.moves.select_related("by"))
    events = []
    for stay in (stay for of_one in stays.values() for stay in of_one if stay.seat == seat):
        events += stay_events(stay, stays, moves)
    for outage in seat.outages.all():
        events.append(Event(outage.starts_at, _("Out of order: %(reason)s") % {"reason": outage.reason}))
        if outage.ends_at:
            events.append(Event(outage.ends_at, _("In order again")))
    return in_order(events, showtime)


@dataclass(frozen=True)
class Stay:
    """A booked seat while it was this seat: moves of the showtime change that, `came` and `went`."""

    booked: BookedSeat
    seat: Seat
    came: Change | None = None
    went: Change | None = None
    came_from: Seat | None = None
    went_to: Seat | None = None

    def covers(self, moment: datetime) -> bool:
        return (not self.came or moment >= self.came.at) and (not self.went or moment <= self.went.at)


def stays_of(booked_seats) -> dict[int, list[Stay]]:
    """{booked seat id: its stays, one after the other}"""
    rows = {booked.pk: booked for booked in booked_seats}
    changes = Change.objects.filter(table=BookedSeat._meta.db_table, row__in=rows, after__isnull=False)
    changes = [one for one in changes.order_by("at", "pk") if one.before["seat_id"] != one.after["seat_id"]]
    seats = Seat.objects.select_related("layout__screen").in_bulk({change.before["seat_id"] for change in changes})
    stays = {}
    for booked in rows.values():
        moves = [change for change in changes if change.row == booked.pk]
        was = [*(seats[change.before["seat_id"]] for change in moves), booked.seat]
        ends = zip(was, [None, *moves], [*moves, None], [None, *was], [*was[1:], None], strict=False)
        stays[booked.pk] = [Stay(booked, *end) for end in ends]
    return stays


def stay_of(ticket: Ticket, stays: dict[int, list[Stay]]) -> Stay:
    """A move makes all tickets void that were issued for the seat before."""
    *earlier, last = stays[ticket.booked_seat_id]
    voided = ticket.revoked_at
    return next((stay for stay in earlier if voided and voided <= stay.went.at), last)


def stay_events(stay: Stay, stays, moves: list[ShowtimeMove]) -> list[Event]:
    booked, booking = stay.booked, stay.booked.booking
    tickets = [one for one in Ticket.objects.filter(booked_seat=booked).for_the_door() if stay_of(one, stays) == stay]
    events = [event for ticket in tickets for event in ticket_events(ticket, stay.seat)]
    events += [event for event in status_changes(booking) if stay.covers(event.at)]
    words = {"booking": booking, "type": booked.ticket_type}
    if stay.came:
        came = _("Booking %(booking)s comes here from %(seat)s: %(reason)s")
        events.append(moved_on(came, stay.came, stay.came_from, stay, moves))
    else:
        events.append(Event(booking.created_at, _("Taken by booking %(booking)s, %(type)s") % words, booking=booking))
    if stay.went:
        went = _("Booking %(booking)s goes from here to %(seat)s: %(reason)s")
        events.append(moved_on(went, stay.went, stay.went_to, stay, moves))
    elif booked.released_at:
        events.append(Event(booked.released_at, _("Free again"), booking=booking))
    return events


def moved_on(sentence: str, change: Change, other: Seat, stay: Stay, moves: list[ShowtimeMove]) -> Event:
    """`moves` are the newest first; a move writes itself down before its seats."""
    move = next((move for move in moves if move.created_at <= change.at), None)
    is_elsewhere = other.layout_id != stay.seat.layout_id
    words = {"booking": stay.booked.booking, "reason": move.reason if move else ""}
    words["seat"] = f"{other} ({other.layout.screen.name})" if is_elsewhere else other
    return Event(change.at, sentence % words, str(move.by) if move else "", stay.booked.booking)


def why_not(showtime: Showtime, seat: Seat) -> str:
    """The reason for which a seat cannot be sold now, in a sentence; empty when it can."""
    return (
        whose_it_is(showtime, seat)
        or what_is_wrong_with(showtime, seat)
        or who_holds(showtime, seat)
        or ("" if showtime.is_on_sale else _("The showtime is not on sale."))
    )


def whose_it_is(showtime: Showtime, seat: Seat) -> str:
    taken = BookedSeat.objects.taken().filter(showtime=showtime, seat=seat).select_related("booking").first()
    if taken is None:
        return ""
    words = {"booking": taken.booking, "time": on_the_clock(taken.booking.expires_at, showtime)}
    if taken.booking.is_confirmed:
        return _("It is sold, by booking %(booking)s.") % words
    if taken.booking.is_being_paid:
        return _("Booking %(booking)s has it; its payment is on its way and may take days.") % words
    return _("Booking %(booking)s has it and may pay until %(time)s.") % words


def what_is_wrong_with(showtime: Showtime, seat: Seat) -> str:
    if seat.is_blocked:
        return _("This seat is never sold: it is blocked in the layout.")
    now_or_later = Q(ends_at=None) | Q(ends_at__gt=showtime.starts_at)
    if outage := seat.outages.filter(now_or_later, starts_at__lte=showtime.starts_at).first():
        until = date_format(outage.ends_at.astimezone(showtime.theater.zone), "j F Y") if outage.ends_at else ""
        words = _("It is out of order until %(until)s: %(reason)s.") if until else _("It is out of order: %(reason)s.")
        return words % {"until": until, "reason": outage.reason}
    if kept := seat.house_seats.kept_for(showtime).first():
        return _("The house keeps it, for the counter alone: %(reason)s.") % {"reason": kept.reason}
    if seat.pk in showtime.blocked_seat_ids():
        return _("The price card “%(card)s” has no price for %(category)s.") % {
            "card": showtime.price_card,
            "category": seat.category,
        }
    return ""


def who_holds(showtime: Showtime, seat: Seat) -> str:
    try:
        held = holds.held_seats(showtime.pk).get(seat.pk)
    except HoldsUnavailable:
        return ""
    if held is None or held.expires_at <= timezone.now():
        return ""
    words = _("A customer is choosing it just now, and holds it until %(time)s at the latest.")
    return words % {"time": on_the_clock(held.expires_at, showtime)}


def on_the_clock(moment: datetime, showtime: Showtime) -> str:
    return time_format(moment.astimezone(showtime.theater.zone), "H:i")
