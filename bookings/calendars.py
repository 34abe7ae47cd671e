"""The evening as an iCalendar file (RFC 5545, 5546). Its UID never changes, and its SEQUENCE grows with each change."""

from datetime import UTC
from email.utils import parseaddr

from django.conf import settings
from django.utils.crypto import salted_hmac
from icalendar import Calendar, Event, vCalAddress, vText

from theaters.models.layouts import labels_in_words
from theaters.templatetags.box_office import when


def calendar(booking) -> bytes:
    """For the customer: all seats, and where their booking is."""
    uid = f"{booking.reference}@{settings.SITE_URL.split('//')[1]}"
    return file_of(booking, uid=uid, seats=booking.seat_labels, url=booking.site_url)


def seat_calendar(share) -> bytes:
    """For a friend: one seat, and nothing that leads to the booking."""
    uid = salted_hmac("calendar of a shared seat", share.token).hexdigest()[:24]
    booked = share.booked_seat
    uid = f"{uid}@{settings.SITE_URL.split('//')[1]}"
    return file_of(booked.booking, uid=uid, seats=[booked.seat.label], url=share.site_url)


def method_of(booking) -> str:
    return "CANCEL" if booking.status == booking.Status.CANCELLED else "PUBLISH"


def file_of(booking, *, uid: str, seats: list[str], url: str) -> bytes:
    file = Calendar()
    file.add("prodid", "-//moviebooking//tickets//EN")
    file.add("version", "2.0")
    file.add("method", method_of(booking))
    file.add_component(event_of(booking, uid=uid, seats=seats, url=url))
    return file.to_ical()


def event_of(booking, *, uid: str, seats: list[str], url: str) -> Event:
    showtime, is_cancelled = booking.showtime, method_of(booking) == "CANCEL"
    changes = [moved.move.created_at for moved in booking.moved_bookings.select_related("move")]
    changes += set(booking.booked_seats.exclude(cancelled_at=None).values_list("cancelled_at", flat=True))
    if is_cancelled:
        changes.append(booking.cancelled_at or booking.created_at)
    event = Event()
    event.add("uid", uid)
    # Each change is a new edition of the same event, which calendars take in place of the last one.
    event.add("sequence", len(changes))
    event.add("dtstamp", max([booking.confirmed_at or booking.created_at, *changes]).astimezone(UTC))
    event.add("dtstart", showtime.starts_at.astimezone(UTC))
    event.add("dtend", showtime.ends_at.astimezone(UTC))
    event.add("summary", showtime.movie.title)
    event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    event.add("location", f"{showtime.theater.name}, {showtime.screen.name}, {showtime.theater.address}")
    event.add("description", "\n".join([*whose_night(showtime), labels_in_words(seats), url]))
    event.add("url", url)
    event.add("organizer", organizer())
    return event


def whose_night(showtime) -> list[str]:
    """Calendars put what begins after midnight on the next day."""
    return [when(showtime)] if showtime.is_late_night else []


def organizer() -> vCalAddress:
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    organizer = vCalAddress(f"mailto:{address}")
    organizer.params["CN"] = vText(name or settings.SITE_NAME)
    return organizer
