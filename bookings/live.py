"""Open seat maps hear at once what others take or give back (server-sent events).

A stream that kept one of gunicorn's threads would cost the shop a customer each. So the view only begins it: then the
connection is taken over, and one thread a process writes to all of them. It sleeps until Redis tells of a change, reads
that showtime once, whoever changed it in whichever process, and sends everybody the same lines.

In doubt it hangs up: browsers ask again, and until a stream is there they poll. Nothing of the sale rests on it.
"""

import json
import logging
import os
import random
import resource
import socket
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import DatabaseError, close_old_connections, connections
from django.db import InterfaceError as ConnectionLost

from bookings import holds
from bookings.exceptions import HoldsUnavailable
from bookings.seat_states import read_taken

logger = logging.getLogger(__name__)

# A stream ends after so much, as an answer has to have a length that gunicorn may know.
STREAM_BYTES = 16 * 1024 * 1024
MOST_STREAMS = 2000
FILES_FOR_OTHERS = 200
LOOK_SECONDS = 0.25  # how long a new map waits for its first line, and how often at most a busy showtime is read
BEAT_SECONDS = 20  # routers hang up after 30 to 60 seconds of silence
BEAT = b":\n\n"


@dataclass(eq=False)
class Stream:
    """One open map."""

    line: socket.socket
    left: int

    def send(self, data: bytes) -> bool:
        """Whether all of it went out. Who does not take it has gone, or will ask again."""
        try:
            is_sent = len(data) <= self.left and self.line.send(data, socket.MSG_DONTWAIT) == len(data)
        except OSError:
            is_sent = False
        self.left -= len(data)
        return is_sent


@dataclass
class Audience:
    """Everybody who looks at the map of one showtime. `read_at`: when it is to be read, by time.monotonic()."""

    streams: list[Stream] = field(default_factory=list)
    newcomers: list[Stream] = field(default_factory=list)
    last: bytes = b""
    last_read: float = 0.0
    read_at: float | None = 0.0

    def change(self) -> None:
        soon = max(time.monotonic(), self.last_read + LOOK_SECONDS)
        self.read_at = min(soon, self.read_at or soon)

    def send(self, data: bytes, streams: list[Stream]) -> list[Stream]:
        """Those who took it; the others are hung up on."""
        heard = []
        for stream in streams:
            if stream.send(data):
                heard.append(stream)
            else:
                stream.line.close()
        return heard


class Hub:
    """The open maps of this process, by showtime. Views add to them; what else happens, happens in its thread."""

    def __init__(self):
        self.lock = threading.Lock()
        self.audiences: dict[int, Audience] = {}
        self.is_running = False

    def has_room(self) -> bool:
        files, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        return len(self) < min(MOST_STREAMS, files - FILES_FOR_OTHERS)

    def __len__(self):
        return sum(len(crowd.streams) + len(crowd.newcomers) for crowd in list(self.audiences.values()))

    def add(self, showtime_id: int, line: socket.socket, *, sent: int) -> None:
        """Let a map hear of its showtime; so many bytes of its answer are sent already."""
        with self.lock:
            audience = self.audiences.setdefault(showtime_id, Audience())
            audience.newcomers.append(Stream(line, STREAM_BYTES - sent))
            if not self.is_running:
                self.is_running = True
                threading.Thread(target=self.run, name="live maps", daemon=True).start()

    def run(self) -> None:
        is_over = False
        try:
            with holds.changes() as next_change:
                self.serve(next_change)
                is_over = True  # from now on another thread may run
        except (HoldsUnavailable, DatabaseError, ConnectionLost) as error:
            logger.warning("the open maps are hung up on", extra={"kind": type(error.__cause__ or error).__name__})
        finally:
            if not is_over:
                with self.lock:
                    self.hang_up()
                    self.is_running = False
            connections.close_all()

    def serve(self, next_change) -> None:
        heard_at = beat_at = time.monotonic()
        while self.go_on():
            changed = next_change(LOOK_SECONDS)
            now = time.monotonic()
            heard_at = heard_at if changed is None else now
            if changed in self.audiences:
                self.audiences[changed].change()
            for showtime_id, audience in self.each():
                if audience.newcomers or (audience.read_at is not None and audience.read_at <= now):
                    self.tell(showtime_id, audience, now)
            if now - beat_at > BEAT_SECONDS:
                beat_at = now
                self.beat(heard_at, now)

    def tell(self, showtime_id: int, audience: Audience, now: float) -> None:
        """Read the showtime where it may have changed; who came since has all of it, the others only what is new."""
        news = b""
        if audience.read_at is not None and audience.read_at <= now:
            close_old_connections()
            taken = read_taken(showtime_id)
            data = f"data: {json.dumps(taken.seen_by_all(), separators=(',', ':'))}\n\n".encode()
            news = data if data != audience.last else b""
            audience.last, audience.last_read = data, now
            audience.read_at = now + seconds_until(taken.changes_at) if taken.changes_at else None
        if news:
            audience.streams = audience.send(news, audience.streams)
        with self.lock:
            audience.streams += audience.send(audience.last, audience.newcomers)
            audience.newcomers = []

    def go_on(self) -> bool:
        """Nobody looks any more: the thread ends, unless somebody comes at this moment."""
        with self.lock:
            for showtime_id, audience in list(self.audiences.items()):
                if not audience.streams and not audience.newcomers:
                    del self.audiences[showtime_id]
            self.is_running = bool(self.audiences)
            return self.is_running

    def each(self):
        with self.lock:
            return list(self.audiences.items())

    def beat(self, heard_at: float, now: float) -> None:
        """Keep the lines open, and see that our own to Redis is: what we tell ourselves must arrive."""
        for _showtime_id, audience in self.each():
            audience.streams = audience.send(BEAT, audience.streams)
        holds.announce(0)
        if now - heard_at > 3 * BEAT_SECONDS:
            raise HoldsUnavailable

    def hang_up(self) -> None:
        audiences, self.audiences = self.audiences, {}
        for audience in audiences.values():
            for stream in audience.streams + audience.newcomers:
                stream.line.close()


hub = Hub()


def seconds_until(moment: datetime) -> float:
    """A little more, as clocks differ; a booking in its time of grace is looked at again and again."""
    return max(1.0, (moment - datetime.now(UTC)).total_seconds() + 0.1)


def greeting() -> bytes:
    """How soon to ask again when the line is cut; not all of them in the same moment."""
    return f"retry: {random.randint(1000, 4000)}\n\n".encode()  # noqa: S311, no secret


def take_over(theirs: socket.socket) -> socket.socket:
    """The connection is ours from now on; who had it is left with one whose other end has hung up."""
    ours = theirs.dup()
    end, other_end = socket.socketpair()
    other_end.close()
    with end:
        os.dup2(end.fileno(), theirs.fileno(), inheritable=False)
    return ours
