import pytest
from django.core.exceptions import ValidationError
from hypothesis import assume, given
from hypothesis import strategies as st

from theaters.models import Screen, Seat, SeatCategory, SeatLayout, Theater
from theaters.room_text import NEVER_SOLD, WORDS, read_room, write_room

NAMES = ["Standard", "Sofa", "Sofa, back row", "Ränge", "座席"]
CATEGORIES = [SeatCategory(pk=pk, name=name) for pk, name in enumerate(NAMES, start=1)]
STANDARD, SOFA = CATEGORIES[:2]
Feature = Seat.Feature
ROOM = """\
# Anything behind a hash is for people.
Shape: curved
S = Standard
W = standard, wheelchair
c = Standard, companion
L = Sofa, love seat
x = Standard, never sold

A: _ S S _ W c
_
BB: S=5 S x _ c@A3
3 from right: L L
"""


def a_layout(**fields):
    return SeatLayout(screen=Screen(name="Studio", theater=Theater(name="Rialto")), version=3, **fields)


def described(seats):
    return [
        (seat.row, seat.number, seat.x, seat.y, seat.category, seat.feature, seat.is_blocked, whose(seat))
        for seat in seats
    ]


def whose(seat):
    return seat.companion_of and seat.companion_of.label


def test_read_room_then_each_seat_stands_where_the_text_shows_it():
    layout = a_layout()

    seats = read_room(ROOM, layout, CATEGORIES)

    assert layout.is_curved is True
    assert described(seats) == [
        ("A", "1", 1, 0, STANDARD, "", False, None),
        ("A", "2", 2, 0, STANDARD, "", False, None),
        ("A", "3", 4, 0, STANDARD, "wheelchair", False, None),
        ("A", "4", 5, 0, STANDARD, "companion", False, "A3"),
        ("BB", "5", 0, 2, STANDARD, "", False, None),
        ("BB", "6", 1, 2, STANDARD, "", False, None),
        ("BB", "7", 2, 2, STANDARD, "", True, None),
        ("BB", "8", 4, 2, STANDARD, "companion", False, "A3"),
        ("3", "2", 0, 3, SOFA, "love_seat", False, None),
        ("3", "1", 1, 3, SOFA, "love_seat", False, None),
    ]


def test_write_room_then_a_person_can_read_it():
    layout = a_layout()
    seats = read_room(ROOM, layout, CATEGORIES)

    lines = [line for line in write_room(layout, seats).splitlines() if not line.startswith("#")]

    assert lines == [
        "",
        "Shape: curved",
        "Numbers: from left",
        "S = Standard",
        "L = Sofa, love seat",
        "c = Standard, companion",
        "x = Standard, never sold",
        "W = Standard, wheelchair",
        "",
        "A: _ S S _ W c",
        "_",
        "BB: S=5 S x _ c@A3",
        "3 from right: L L",
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("A: S S", "Line 1: “S” stands for nothing. Say above what it is, such as S = Standard; _ is no seat."),
        ("S = Gold\nA: S", "Line 1: there is no seat category “Gold”, but: " + ", ".join(NAMES) + "."),
        (
            "S = Standard, armchair",
            "Line 1: after the category may stand one of these: " + ", ".join([*WORDS.values(), NEVER_SOLD]) + ".",
        ),
        ("S = Standard\nA: S\na: S", "Line 3: row A is there already."),
        ("S = Standard\nA: S=3 S=2 S", "These seats are there twice: A3."),
        ("S = Standard\nA: " + "S " * 41, "Line 2: a row is at most 40 places wide, aisles included."),
        ("S = Standard\n" + "".join(f"{n}: S\n" for n in range(41)), "A room has at most 40 rows."),
        ("S = Standard\nA: S S=9999 S", "Line 2: the numbers get too long: at most four characters."),
        ("S = Standard\nA: S@A2 S", "Line 2: A1 is no companion seat, so it belongs to nobody."),
        (
            "S = Standard\nc = Standard, companion\nA: S c@A1",
            "Line 3: A2 belongs to A1, which is no wheelchair space.",
        ),
        ("Shape: round", "Line 1: Write one of these: straight, curved."),
        ("Row A", "Line 1: “Row A” is neither a row, such as A: S S _ S, nor says what a letter is."),
        ("# nothing", "The room has no seats."),
    ],
)
def test_read_room_refuses_in_words_with_the_line(text, sentence):
    with pytest.raises(ValidationError) as refusal:
        read_room(text, a_layout(), CATEGORIES)

    assert refusal.value.messages[0] == sentence


row_names = st.text("ABCZÄ19", min_size=1, max_size=4)
numbers = st.one_of(st.none(), st.integers(0, 99).map(str), st.text("012AB", min_size=1, max_size=4))
kinds = st.tuples(st.sampled_from(CATEGORIES), st.sampled_from(["", *Feature.values]), st.booleans())
places = st.one_of(st.none(), st.tuples(kinds, numbers, st.integers(0, 9)))
rows = st.lists(places, min_size=1, max_size=9)


@st.composite
def rooms(draw):
    """Rooms that nobody would build: any numbers from any side, empty rows, companions of whomever or of nobody."""
    names = draw(st.lists(row_names, min_size=1, max_size=5, unique=True))
    seats, wishes = [], []
    heights = draw(st.lists(st.integers(0, 9), min_size=len(names), max_size=len(names), unique=True))
    for y, name in zip(sorted(heights), names, strict=True):
        row = draw(rows)
        is_from_right = draw(st.booleans())
        for x, place in enumerate(row):
            if place:
                (category, feature, is_blocked), number, wish = place
                number = number or str(len(row) - x if is_from_right else x + 1)
                seats.append(Seat(row=name, number=number, x=x, y=y, category=category, feature=feature))
                seats[-1].is_blocked = is_blocked
                wishes.append(wish)
    labels = [seat.label for seat in seats]
    assume(seats)
    assume(len(set(labels)) == len(labels))
    spaces = [seat for seat in seats if seat.feature == Feature.WHEELCHAIR]
    for seat, wish in zip(seats, wishes, strict=True):
        if seat.feature == Feature.COMPANION and wish < len(spaces):
            seat.companion_of = spaces[wish]
    return seats


@given(seats=rooms(), is_curved=st.booleans())
def test_what_is_written_then_reads_as_the_same_room(seats, is_curved):
    layout, again = a_layout(is_curved=is_curved), a_layout()

    text = write_room(layout, seats)
    read = read_room(text, again, CATEGORIES)

    assert described(read) == described(seats)
    assert again.is_curved is is_curved
    assert write_room(again, read) == text


HEAD = "S = Standard\nW = Standard, wheelchair\nc = Sofa, companion\n"


def read_or_refusal(text):
    try:
        return read_room(text, a_layout(), CATEGORIES)
    except ValidationError as refusal:
        return refusal.messages


@given(text=st.text(st.sampled_from("SAWc=_:@# \n12<,é\u2028\0"), max_size=80))
def test_whatever_is_pasted_then_it_is_a_room_or_refused_in_words(text):
    assert all(str(seat_or_sentence) for seat_or_sentence in read_or_refusal(HEAD + text))
    assert read_or_refusal(HEAD + text)
