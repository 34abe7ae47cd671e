"""The page of a seat map from the memory of this process, with holes for what differs: who has which seat, who looks.

Only for those of whom it says nothing else: they hold nothing in this showtime and wait for nothing, and have not
asked for the best seats. It is made for a stranger (movies/kept_pages.py), so that nothing of a visitor gets into it,
and is good for one version of the programme.
"""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString

from accounts.models import User
from bookings import promises
from bookings.protection import KEPT_FEATURES, Protection, protection_of
from bookings.seat_map import Row, seat_rows
from bookings.seat_states import SeatStates, Taken
from bookings.snapshots import Snapshot, snapshot_of
from movies import kept_pages
from movies.keeping import State, of_this_state
from movies.recent import Recent
from theaters.known import known_showtime
from theaters.models import Seat, Showtime

SECRET = secrets.token_hex(8)
rooms: Recent["Room"] = Recent(at_most=64)
ROOMS = [Lock() for _n in range(64)]


def hole(name: str) -> SafeString:
    return SafeString(f"{SECRET}{name}{SECRET}")


def somebody() -> User:
    """Has signed in; nothing else is known of them, and where their name stands is a hole."""
    return User(pk=0, name=hole("name"))


@dataclass
class Room:
    """What the map of a showtime says to a stranger. `pages` by what they say of its states beside the seats."""

    state: State
    stranger: object
    showtime: Showtime
    drawing: dict
    general: frozenset[int]
    spaces: frozenset[int]
    pages: dict[tuple, list[str]] = field(default_factory=dict)
    protection: tuple[frozenset[int], Protection] | None = None
    drawn: tuple[Snapshot, list[bytes]] | None = None
    lock: Lock = field(default_factory=Lock)

    def page_for(self, snapshot: Snapshot, make_context: Callable) -> list[bytes]:
        """For all who see it between two changes: text and the names of what is each visitor's own, in turn."""
        with self.lock:
            if self.drawn is None or self.drawn[0] is not snapshot:
                self.drawn = snapshot, self.draw(snapshot.taken, make_context)
            return self.drawn[1]

    def draw(self, taken: Taken, make_context: Callable) -> list[bytes]:
        protection = self.protection_for(taken.booked)
        outline = self.outline(taken, protection)
        if outline not in self.pages:
            self.pages[outline] = page_with_holes(self.stranger, make_context(self.stranger, self.showtime))
        seats = {f"row {n}": row.seats for n, row in enumerate(self.rows(taken.seen_under(""), protection))}
        parts = [b""]
        for n, part in enumerate(self.pages[outline]):
            if n % 2 and part not in seats:
                parts += [part.encode(), b""]
            else:
                parts[-1] += seats.get(part, part).encode()
        return parts

    def protection_for(self, booked: frozenset[int]) -> Protection:
        """It is judged by what is sold, so it stays until more is."""
        if self.protection is None or self.protection[0] != booked:
            self.protection = booked, protection_of(self.showtime, timezone.now())
        return self.protection[1]

    def outline(self, taken: Taken, protection: Protection) -> tuple:
        """All that the page says of the states beside the seats: see `map_context`."""
        gone = taken.booked | taken.held.keys() | self.drawing["blocked"]
        limit = self.showtime.people_allowed
        is_full = limit is not None and len(taken.booked) + len(taken.held) >= limit
        return is_full or gone >= self.general, len(self.spaces & protection.kept - gone), protection.released <= gone

    def rows(self, states: SeatStates, protection: Protection) -> list[Row]:
        return seat_rows(self.showtime, states=states, checked=set(), kept=protection.kept, **self.drawing)


def kept_map(request, pk: int, make_context: Callable) -> HttpResponse | None:
    """None where something is known of the visitor, or of the showtime there is nothing to keep."""
    if not may_be_kept(request, pk):
        return None
    snapshot = snapshot_of(pk)
    if snapshot is None or is_known(request.user, snapshot):
        return None
    room = room_for(request, pk, snapshot, make_context)
    if room is None:
        return None
    mark = snapshot.taken.seen_by(request.user).mark
    own = {b"token": get_token(request).encode(), b"mark": mark.encode(), b"name": escape(str(request.user)).encode()}
    page = room.page_for(snapshot, make_context)
    return HttpResponse(b"".join(own[part] if n % 2 else part for n, part in enumerate(page)))


def may_be_kept(request, pk: int) -> bool:
    if not settings.KEEP_PAGES_SECONDS or request.method != "GET" or request.GET or request.access_needs:
        return False
    promised = str(pk) in request.session.get(promises.KEY, {})
    return not (promised or len(get_messages(request)) or getattr(request.user, "is_staff", False))


def is_known(user, snapshot: Snapshot) -> bool:
    return user.pk in snapshot.waiting or bool(snapshot.taken.seen_by(user).yours)


def room_for(request, pk: int, snapshot: Snapshot, make_context: Callable) -> Room | None:
    known = kept_pages.what_is_known(request)
    key = f"{request.user.is_authenticated} {known}"

    def find():
        room = rooms.get(key)
        return room and (room.state, room)

    def make(state):
        stranger = kept_pages.stranger(request, known)
        if request.user.is_authenticated:
            stranger.user = somebody()
        room = open_room(state, stranger, pk, snapshot, make_context)
        rooms.keep(key, room)
        return room

    return of_this_state(find, make, lock=ROOMS[hash(key) % len(ROOMS)])


def open_room(state, stranger, pk: int, snapshot: Snapshot, make_context: Callable) -> Room | None:
    """With the page that is asked for now."""
    showtime = known_showtime(pk)
    if showtime is None or not showtime.is_on_sale or showtime.has_waiting_room or showtime.layout.has_free_seating:
        return None
    features = dict(showtime.layout.seats.values_list("pk", "feature"))
    general = frozenset(pk for pk, feature in features.items() if feature not in KEPT_FEATURES)
    spaces = frozenset(pk for pk, feature in features.items() if feature == Seat.Feature.WHEELCHAIR)
    context = make_context(stranger, showtime)
    room = Room(state, stranger, showtime, context["drawing"], general, spaces)
    outline = room.outline(snapshot.taken, room.protection_for(snapshot.taken.booked))
    room.pages[outline] = page_with_holes(stranger, context)
    room.page_for(snapshot, make_context)
    return room


def page_with_holes(stranger, context: dict) -> list[str]:
    """Text and the names of holes, in turn."""
    holes = [Row(row.label, hole(f"row {n}"), row.is_after_gap) for n, row in enumerate(context["rows"])]
    states = SeatStates(mark=hole("mark"))
    html = render_to_string("bookings/seat_map.html", context | {"rows": holes, "states": states}, request=stranger)
    return re.split(f"{SECRET}(.*?){SECRET}", html.replace(kept_pages.HOLE.decode(), hole("token")))
