"""The best seats for a party: in drawings, and what holds in any room."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bookings.seating.blocks import find_seats, parts
from bookings.seating.rooms import is_for_everybody
from bookings.seating.singles import judge
from tests.bookings.drawn_rooms import drawn_room, labels, marked
from tests.bookings.random_rooms import rooms

TEN = [".........."] * 10
HALL = ["...._........_...."] * 12


def best(room, party, **wish):
    return [labels(part) for part in find_seats(room, party=party, **wish)]


@pytest.mark.parametrize(
    ("party", "seats"),
    [(1, ["G5"]), (2, ["G5", "G6"]), (3, ["G4", "G5", "G6"]), (6, ["G3", "G4", "G5", "G6", "G7", "G8"])],
)
def test_empty_room_then_the_middle_two_thirds_back(party, seats):
    assert best(drawn_room(*TEN), party) == [seats]


def test_best_row_taken_then_rather_one_back_than_one_to_the_front():
    room = drawn_room(*TEN[:6], "xxxxxxxxxx", *TEN[7:])

    assert best(room, 2) == [["H5", "H6"]]


@pytest.mark.parametrize(
    ("rows", "party", "seats"),
    [
        (["x....x"], 2, ["A2", "A3"]),  # and not the middle
        (["x...x", "x..xx"], 2, ["B2", "B3"]),  # where nobody is left alone
        (["x...x"], 2, ["A2", "A3"]),  # where it cannot be avoided
        (["w....c"], 2, ["A2", "A3"]),
        (["rr..", "rr.."], 2, ["B3", "B4"]),
        (["rr"], 2, ["A1", "A2"]),
        ([".ll."], 2, ["A2", "A3"]),
        (["ll", "..", "ll", "ll"], 2, ["B1", "B2"]),
        (["xllx"], 1, None),
        ([".._.."], 3, None),
        (["ww", "cc"], 2, None),
        (["x.x.x"], 2, None),
    ],
)
def test_what_is_left_then_the_best_of_it(rows, party, seats):
    assert best(drawn_room(*rows), party) == ([seats] if seats else [])


def test_cheap_seats_first_then_dearer_ones_only_when_needed():
    room = drawn_room("....", "PPPP", "PPPP")
    cheap = {place.id for place in room.places.values() if not place.rank}
    grounds = [cheap, set(room.places)]

    assert best(room, 4, grounds=grounds) == [["A1", "A2", "A3", "A4"]]
    room.take(marked(room, "^"))
    assert best(room, 4, grounds=grounds) == [["B1", "B2", "B3", "B4"]]
    assert best(room, 3, grounds=grounds) == [["A2", "A3", "A4"]]


@pytest.mark.parametrize(
    ("marks", "party", "seats"),
    [
        (["    ^"], 4, ["A4", "A5", "A6", "A7"]),
        (["^"], 4, ["A1", "A2", "A3", "A4"]),
        (["         ^"], 3, ["A8", "A9", "A10"]),
        (["", "", "   ^"], 1, ["C4"]),
    ],
)
def test_seat_asked_for_then_the_block_around_it(marks, party, seats):
    room = drawn_room(*TEN)
    [tapped] = marked(room, *marks)

    assert best(room, party, around=tapped.id) == [seats]


def test_seat_asked_for_whose_row_is_too_short_then_the_others_behind_or_in_front():
    room = drawn_room(*HALL)
    [tapped] = marked(room, *[""] * 4, "^")

    assert best(room, 7, around=tapped.id) == [["E1", "E2", "E3", "E4"], ["F2", "F3", "F4"]]


def test_no_row_long_enough_then_parts_one_behind_the_other():
    room = drawn_room("..._...", "..._...", "..._...", "..._...")

    assert best(room, 5) == [["C2", "C3"], ["D1", "D2", "D3"]]


def test_children_then_no_more_parts_than_grown_ups():
    room = drawn_room("..", "..", "..", "..")

    assert len(best(room, 6)) == 3
    assert len(best(room, 6, children=3)) == 3
    assert best(room, 6, children=4) == best(room, 6, children=6) == []


def test_two_or_three_then_never_apart():
    room = drawn_room("._._.", "._._.")

    assert best(room, 2) == best(room, 3) == []


def test_parts_of_a_party_then_two_at_least():
    assert list(parts(7, 2)) == [(5, 2), (4, 3)]
    assert list(parts(7, 3)) == [(3, 2, 2)]
    assert list(parts(3, 2)) == []


@settings(max_examples=200, deadline=None)
@given(rooms(), st.integers(1, 8), st.integers(0, 8), st.data())
def test_any_room_then_nobody_sits_alone_on_half_a_seat_or_where_wheelchairs_stand(room, party, children, data):
    around = data.draw(st.none() | st.sampled_from(sorted(room.places)))
    children = min(children, party)

    found = find_seats(room, party=party, children=children, around=around)

    seats = [place for part in found for place in part]
    assert len({place.id for place in seats}) == (party if found else 0)
    assert len(found) <= max(1, party - children)
    for part in found:
        assert len(part) > 1 or party == 1
        assert all(place.id in room.free and is_for_everybody(place) for place in part)
        assert all(left.right == right.id for left, right in pairwise(part))
        assert room.has_whole_pairs(part)
    if found and around is None:
        assert not judge(room, seats)
    if found and around is not None:
        assert around in {place.id for place in seats}
    together = list(filter(room.has_whole_pairs, room.blocks(party, room.for_everybody())))
    if any(around is None or around in {place.id for place in block} for block in together):
        assert len(found) == 1
