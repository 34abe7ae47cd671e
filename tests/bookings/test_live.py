"""The hub that tells open maps: real sockets, real Redis and PostgreSQL. See also tests/journeys/test_live.py."""

import json
import os
import resource
import socket
import time

import pytest

from bookings import flows, holds, live
from bookings.exceptions import HoldsUnavailable
from bookings.seat_states import read_taken
from tests.bookings.steps import buy, hold, start
from tests.factories import create_showtime, create_user
from tests.journeys.visitor import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def showtime(transactional_db):
    return create_showtime()


@pytest.fixture
def ann(transactional_db):
    return create_user("ann@example.com")


@pytest.fixture
def hub():
    hub = live.Hub()
    yield hub
    with hub.lock:
        hub.hang_up()
    for _try in range(100):
        if not hub.is_running:
            return
        time.sleep(0.05)
    raise AssertionError("the thread of the open maps does not end")


@pytest.fixture
def look_at(hub):
    """look_at(showtime) opens its map."""
    open_maps = []

    def look_at(showtime):
        open_maps.append(OpenMap(hub, showtime))
        return open_maps[-1]

    yield look_at
    for open_map in open_maps:
        open_map.close()


class OpenMap:
    def __init__(self, hub, showtime):
        ours, self.line = socket.socketpair()
        self.line.settimeout(10)
        self.events = self.line.makefile("rb")
        hub.add(showtime.pk, ours, sent=0)

    def next(self):
        """What it is told next; None when it is hung up on."""
        for line in self.events:
            if line.startswith(b"data: "):
                return json.loads(line.removeprefix(b"data: "))
        return None

    def close(self):
        self.events.close()
        self.line.close()


def ids(showtime, *labels):
    return sorted(seat.pk for seat in showtime.layout.seats.all() if seat.label in labels)


def test_seats_held_sold_and_given_back_then_an_open_map_is_told_of_each(look_at, showtime, ann, sandbox):
    open_map = look_at(showtime)
    before = open_map.next()
    hold(ann, showtime, "A1", "A2")
    held = open_map.next()
    flows.release_seats(ann, showtime=showtime)
    given_back = open_map.next()
    buy(sandbox, ann, showtime, "A3")
    sold = {}
    while not sold.get("booked"):
        sold = open_map.next()

    assert before == given_back == {"booked": [], "held": {}}
    assert list(held["held"].values()) == [ids(showtime, "A1", "A2")]
    assert sold == {"booked": ids(showtime, "A3"), "held": {}}


def test_pending_booking_cancelled_then_the_commit_tells(look_at, showtime, ann):
    booking = start(ann, showtime, "A1")
    holds.release_seats(showtime.pk, holder=holds.holder_of(ann))
    open_map = look_at(showtime)
    assert list(open_map.next()["held"].values()) == [ids(showtime, "A1")]

    flows.release_seats(ann, showtime=showtime)

    assert open_map.next() == {"booked": [], "held": {}}
    assert booking.user == ann


def test_other_showtime_changes_then_this_map_is_told_nothing(look_at, showtime, ann):
    open_map, other = look_at(showtime), create_showtime()
    open_map.next()
    hold(ann, other, "A1")
    hold(ann, showtime, "A2")

    assert list(open_map.next()["held"].values()) == [ids(showtime, "A2")]


def test_marks_tell_customers_apart_and_nobody_who_they_are(showtime, ann):
    bob = create_user("bob@example.com")
    hold(ann, showtime, "A1")
    start(bob, showtime, "A2")
    taken = read_taken(showtime.pk)
    held = taken.seen_by_all()["held"]

    assert held[taken.seen_by(ann).mark] == ids(showtime, "A1") == sorted(taken.seen_by(ann).yours)
    assert held[taken.seen_by(bob).mark] == ids(showtime, "A2") == sorted(taken.seen_by(bob).yours)
    assert holds.holder_of(ann) not in json.dumps(held)
    assert read_taken(create_showtime().pk).seen_by(ann).mark != taken.seen_by(ann).mark


def test_redis_cannot_be_heard_then_open_maps_are_hung_up_on(hub, look_at, showtime, monkeypatch):
    def no_feed():
        raise HoldsUnavailable

    monkeypatch.setattr(holds, "changes", no_feed)

    assert look_at(showtime).next() is None
    assert len(hub) == 0


def test_map_that_does_not_listen_then_it_is_let_go_and_the_others_are_told(hub, look_at, showtime, ann):
    deaf, open_map = look_at(showtime), look_at(showtime)
    open_map.next()
    deaf.next()
    deaf.close()
    hold(ann, showtime, "A1")

    assert open_map.next()["held"]
    wait_until(lambda: len(hub) == 1)


def test_stream_is_used_up_then_it_ends_and_is_asked_for_anew(look_at, showtime, monkeypatch):
    monkeypatch.setattr(live, "STREAM_BYTES", 10)

    assert look_at(showtime).next() is None


def test_too_few_files_then_there_is_room_for_no_map(hub, monkeypatch):
    assert hub.has_room()
    monkeypatch.setattr(resource, "getrlimit", lambda _kind: (live.FILES_FOR_OTHERS, -1))

    assert not hub.has_room()


def test_connection_taken_over_then_gunicorn_has_one_that_has_ended_and_ours_lives():
    theirs, browser = socket.socketpair()
    number = theirs.fileno()
    ours = live.take_over(theirs)
    assert theirs.recv(1) == b""
    assert theirs.fileno() == number
    theirs.close()
    ours.send(b"data")

    assert browser.recv(9) == b"data"
    assert not os.get_inheritable(ours.fileno())
    for line in (ours, browser):
        line.close()


def test_last_map_closes_as_another_opens_then_the_newcomer_is_heard(hub, look_at, showtime):
    first = look_at(showtime)
    first.next()
    while not hub.audiences[showtime.pk].streams:  # told first, then counted among those who look
        time.sleep(0.01)
    with hub.lock:
        for stream in hub.audiences.pop(showtime.pk).streams:
            stream.line.close()
    while hub.is_running:
        time.sleep(0.01)

    assert look_at(showtime).next() == {"booked": [], "held": {}}
