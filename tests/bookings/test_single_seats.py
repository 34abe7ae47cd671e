"""The rule that no single seat is left behind, in drawings: a row and below it the choice (^) and who is alone (!)."""

import pytest
from hypothesis import given, settings

from bookings.seating.rooms import is_for_everybody
from bookings.seating.singles import is_judged, judge
from tests.bookings.drawn_rooms import drawn_room, labels, marked
from tests.bookings.random_rooms import rooms_with_a_choice

FINE = []
CASES = {
    "in the middle of four": ("x....x", " !^^!", [" ^^", "   ^^"]),
    "at one side of four": ("x....x", " ^^", FINE),
    "one of three, the middle one": ("x...x", " !^!", [" ^", "   ^"]),
    "one of three, at the side": ("x...x", " ^", FINE),
    "two of three side by side": ("x...x", " ^^", FINE),
    "two of three with a gap": ("x...x", " ^ ^", FINE),
    "one of two": ("x..x", " ^", FINE),
    "the last one": ("x.x", " ^", FINE),
    "three of four": ("x....x", " ^^^", FINE),
    "all of four": ("x....x", " ^^^^", FINE),
    "one of four, the second": ("x....x", " !^", [" ^", "    ^"]),
    "two of five, the middle": ("x.....x", " !^^", [" ^^", "    ^^"]),
    "three of five, the middle": ("x.....x", " !^^^!", [" ^^^", "   ^^^"]),
    "two of six with a gap": ("x......x", " ^!^", [" ^^", "   ^^"]),
    "two of six far apart": ("x......x", " ^    ^", FINE),
    "two of six, two on both sides": ("x......x", "   ^^", FINE),
    "one seat at the wall": ("......", " ^^", FINE),
    "one seat at the other wall": ("......", "   ^^", FINE),
    "one seat at both walls": ("....", " ^^", FINE),
    "one seat at the aisle": ("x..._...", " ^^", FINE),
    "one seat inside, with the aisle to move to": ("x..._...", " !^^", [" ^^"]),
    "on both sides of an aisle": ("x.._..x", " !^_^!", [" ^   ^"]),
    "an aisle on both sides": ("_..._", "  ^", FINE),
    "a seat on its own": ("_._", " ^", FINE),
    "a taken seat at the wall": ("x....", " !^^", [" ^^", "   ^^"]),
    "a whole empty row, the second": ("..........", " ^^", FINE),
    "next to somebody, one seat between": ("...x......", "    !^^", ["    ^^", "      ^^"]),
    "next to somebody, two seats between": ("...x......", "      ^^", FINE),
    "between a wheelchair space and the choice": ("w.....", " !^^", [" ^^", "   ^^"]),
    "between a companion seat and the choice": ("wc.....", "  !^^", ["  ^^", "    ^^"]),
    "between the choice and a space on the right": (".....w", "  ^^!", [" ^^", "   ^^"]),
    "beside a wheelchair space": ("w.....", " ^^", FINE),
    "one of two beside a wheelchair space": ("w..x", "  ^", FINE),
    "a wheelchair space is chosen": ("w.....", "^ ^^", FINE),
    "a companion seat is chosen": ("wc.....", " ^ ^^", FINE),
    "a love seat chosen, a love seat left": ("xllllx", " ^^", FINE),
    "half a love seat is left": ("xl..x", "  ^^", FINE),
    "a seat beside a free love seat": ("x.ll..", "    ^^", FINE),
    "a seat beside a love seat that is chosen": ("x.ll..x", "  ^^", FINE),
    "nobody is sent to a love seat": ("xll....x", "    ^^!", ["   ^^", "     ^^"]),
    "was alone before": ("x.x...x", "   ^^", FINE),
    "alone on either side of a taken one": ("x.x.x..x", "     ^^", FINE),
    "the better seats are dearer": ("xP...x", " !^^!", ["   ^^"]),
    "all others are dearer": ("xP..Px", " !^^!", FINE),
    "the others are cheaper": ("x.PP.x", " !^^!", [" ^^", "   ^^"]),
    "a restricted view is a seat, too": ("xr...x", " !^^!", [" ^^", "   ^^"]),
}


@pytest.mark.parametrize("case", CASES)
def test_choice_in_a_row_then_who_is_left_alone_and_what_instead(case):
    row, marks, fixes = CASES[case]
    room = drawn_room(row)

    verdict = judge(room, marked(room, marks))

    assert [labels(fix) for fix in verdict.fixes] == [labels(marked(room, fix)) for fix in fixes]
    assert labels(verdict.alone) == labels(marked(room, marks if fixes else "", sign="!"))


def test_choice_in_two_rows_then_only_the_part_that_can_be_mended_moves():
    room = drawn_room("x....x", "x...x.")

    verdict = judge(room, marked(room, "  ^^", " ^^"))

    assert labels(verdict.alone) == ["A2", "A5"]
    assert [labels(fix) for fix in verdict.fixes] == [["A2", "A3", "B2", "B3"], ["A4", "A5", "B2", "B3"]]


@settings(max_examples=150, deadline=None)
@given(rooms_with_a_choice())
def test_any_choice_then_it_is_refused_only_with_fixes_that_are_fine_themselves(given_room):
    room, chosen = given_room
    verdict = judge(room, chosen)

    assert bool(verdict.alone) == bool(verdict.fixes)
    for fix in verdict.fixes:
        assert len(fix) == len(chosen)
        assert not judge(room, fix)
        assert all(place.id in room.free and is_for_everybody(place) for place in fix)
        assert sum(place.rank for place in fix) <= sum(place.rank for place in chosen)


@pytest.mark.parametrize(
    ("party", "taken_share", "minutes_left", "expected"),
    [
        (2, 0.0, 600, True),
        (2, 0.9, 600, True),
        (1, 0.49, 600, False),
        (1, 0.5, 600, True),
        (2, 0.0, 31, True),
        (2, 0.0, 30, False),
        (2, 0.9, -5, False),
    ],
)
def test_late_or_alone_in_an_empty_room_then_not_judged(party, taken_share, minutes_left, expected):
    assert is_judged(party=party, taken_share=taken_share, minutes_left=minutes_left) is expected
