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
from bookings.models import BookedSeat, Booking, Mail, Refund, Ticket
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
    taken = _("Seats %(seats)s taken") % {"seats": ", ".join(booking.seat_labels)}
    events = [Event(booking.created_at, taken, str(booking.sold_by or ""))]
    events += status_changes(booking)
    for payment in booking.payments.all():
        events += payment_events(payment)
    tickets = Ticket.objects.filter(booked_seat__booking=booking).for_the_door()
    for ticket in tickets:
        events += ticket_events(ticket)
    for mail in booking.mails.filter(status=Mail.Status.SENT):
        events.append(Event(mail.sent_at, _("Mail sent: %(kind)s") % {"kind": mail.get_kind_display()}))
    return in_order([*events, *staff_notes(booking)], booking.showtime)


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


def payment_events(payment) -> list[Event]:
    if not payment.is_stripes:
        return [counter_payment(payment), *(refund_event(refund) for refund in payment.refunds.select_related("by"))]
    asked = format_money(payment.amount, payment.currency)
    events = [Event(payment.created_at, _("Payment of %(amount)s begun") % {"amount": asked})]
    if payment.paid_at:
        came = format_money(payment.amount_received, payment.currency_received)
        events.append(Event(payment.paid_at, _("%(amount)s came in") % {"amount": came}))
    return events + [refund_event(refund) for refund in payment.refunds.select_related("by")]


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


def ticket_events(ticket: Ticket) -> list[Event]:
    words = {"serial": ticket.serial, "seat": ticket.booked_seat.seat, "door": ticket.checked_in_door}
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
    rows = BookedSeat.objects.filter(showtime=showtime, seat=seat).select_related("booking", "ticket_type")
    events = []
    for row in rows.prefetch_related("tickets__checked_in_by"):
        booking = row.booking
        words = _("Taken by booking %(booking)s, %(type)s") % {"booking": booking, "type": row.ticket_type}
        events.append(Event(booking.created_at, words, booking=booking))
        events += status_changes(booking)
        for ticket in Ticket.objects.filter(booked_seat=row).for_the_door():
            events += ticket_events(ticket)
        if row.released_at:
            events.append(Event(row.released_at, _("Free again"), booking=booking))
    for outage in seat.outages.all():
        events.append(Event(outage.starts_at, _("Out of order: %(reason)s") % {"reason": outage.reason}))
        if outage.ends_at:
            events.append(Event(outage.ends_at, _("In order again")))
    return in_order(events, showtime)


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
