"""Showtimes as a calendar that one subscribes to: https://www.rfc-editor.org/rfc/rfc5545"""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from icalendar import Calendar, Event

from bookings.open_data.showtimes import words_of_price

# Of showtimes older than the history, which says when each was changed.
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def calendar_of(name: str, described: list[dict]) -> bytes:
    """Times in UTC, which every calendar shows by its owner's clock. Nobody is kept busy by a programme."""
    calendar = Calendar()
    calendar.add("prodid", "-//moviebooking//showtimes//EN")
    calendar.add("version", "2.0")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", timedelta(hours=1))
    for showtime in described:
        calendar.add_component(event_of(showtime))
    return calendar.to_ical()


def event_of(showtime: dict) -> Event:
    """The UID stays whatever changes; each change raises the SEQUENCE, by which calendars know the newest."""
    theater, is_cancelled = showtime["theater"], showtime["status"] == "cancelled"
    changed = datetime.fromisoformat(showtime["updated_at"]) if showtime["updated_at"] else LONG_AGO
    event = Event()
    event.add("uid", f"showtime-{showtime['id']}@{urlsplit(settings.SITE_URL).hostname}")
    event.add("sequence", showtime["revision"])
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("dtstart", datetime.fromisoformat(showtime["starts_at"]).astimezone(UTC))
    event.add("dtend", datetime.fromisoformat(showtime["ends_at"]).astimezone(UTC))
    event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    event.add("summary", showtime["movie"]["title"])
    event.add("location", ", ".join(filter(None, [theater["name"], showtime["screen"], theater["address"]])))
    event.add("description", description_of(showtime))
    event.add("url", showtime["url"])
    return event


def description_of(showtime: dict) -> str:
    """What one gets, from what price on, and for whom it is."""
    return "\n".join(filter(None, [showtime["in_words"], showtime["movie"]["certificate"], words_of_price(showtime)]))
