import pytest

from tests.factories import create_category, create_layout, create_screen
from theaters.models import Seat, SeatCategory, SeatLayout
from theaters.rows import copy_seats, generate_seats, save_seats

STANDARD, PREMIUM = SeatCategory(name="Standard"), SeatCategory(name="Premium")


def generate(**words):
    return generate_seats(SeatLayout(), **{"rows": "A-C", "seats": 4, "categories": [("*", STANDARD)]} | words)


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        ("A-C", ["A", "B", "C"]),
        ("a-b, aa-cc", ["A", "B", "AA", "BB", "CC"]),
        ("G-P", ["G", "H", "J", "K", "L", "M", "N", "P"]),
        ("9-11", ["9", "10", "11"]),
    ],
)
def test_generate_seats_names_rows_from_the_screen(rows, names):
    assert [(seat.row, seat.y) for seat in generate(rows=rows, seats=1)] == [(row, y) for y, row in enumerate(names)]


def test_generate_seats_leaves_a_place_for_an_aisle():
    assert [seat.x for seat in generate(rows="A", seats=5, aisles_after=[2, 4])] == [0, 1, 3, 4, 6]


def test_generate_seats_numbers_from_the_right():
    seats = generate(rows="A", seats=3, right_to_left=True)

    assert [(seat.x, seat.label) for seat in seats] == [(0, "A3"), (1, "A2"), (2, "A1")]


def test_generate_seats_centres_a_short_row_and_keeps_the_aisle_straight():
    seats = generate(rows="A-B", seats=6, aisles_after=[3], short_rows={"A": 4})

    assert [(seat.label, seat.x) for seat in seats if seat.row == "A"] == [("A1", 1), ("A2", 2), ("A3", 4), ("A4", 5)]


def test_generate_seats_lets_later_categories_win():
    seats = generate(seats=1, categories=[("*", STANDARD), ("B-C", PREMIUM), ("C", STANDARD)])

    assert [seat.category for seat in seats] == [STANDARD, PREMIUM, STANDARD]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"rows": "C-A"}, "“C-A” is no range of rows. Write it like A-N, AA-CC or 1-12."),
        ({"rows": "A-BB"}, "“A-BB” is no range of rows. Write it like A-N, AA-CC or 1-12."),
        ({"rows": "Ä"}, "“Ä” is no range of rows. Write it like A-N, AA-CC or 1-12."),
        ({"rows": "A--B"}, "“A--B” is no range of rows. Write it like A-N, AA-CC or 1-12."),
        ({"rows": "I"}, "Name at least one row, such as A-N."),
        ({"rows": "A-C,B"}, "Row B is named twice."),
        ({"rows": "1-41"}, "A room has at most 40 rows."),
        ({"seats": 0}, "A row has at least one seat."),
        ({"seats": 39, "aisles_after": [10, 20]}, "A row is at most 40 places wide, aisles included."),
        ({"aisles_after": [4]}, "An aisle after seat 4 is not inside a row of 4."),
        ({"short_rows": {"Z": 2}}, "There is no row Z in this room."),
        ({"short_rows": {"A": 5}}, "Row A must have between 1 and 4 seats."),
        ({"categories": [("A", STANDARD)]}, "These rows have no seat category yet: B, C."),
        ({"categories": [("A-D", STANDARD)]}, "There is no row D in this room."),
    ],
)
def test_generate_seats_refuses_in_words(words, sentence):
    with pytest.raises(ValueError) as refusal:  # noqa: PT011, the sentence is compared
        generate(**words)

    assert str(refusal.value) == sentence


@pytest.mark.django_db
def test_save_seats_stores_neighbours_up_to_the_aisle():
    save_seats(generated(rows="A-B", seats=4, aisles_after=[2], short_rows={"B": 2}))

    beside = {seat.label: str(seat.next_to_right) for seat in Seat.objects.select_related("next_to_right")}
    assert beside == {
        "A1": "A2",
        "A2": "None",
        "A3": "A4",
        "A4": "None",
        "B1": "None",
        "B2": "None",
    }


@pytest.mark.django_db
def test_save_seats_keeps_features_set_before():
    seats = generated(rows="A", seats=3)
    seats[0].feature, seats[1].feature = Seat.Feature.WHEELCHAIR, Seat.Feature.COMPANION
    seats[1].companion_of = seats[0]

    save_seats(seats)

    assert [seat.label for seat in Seat.objects.get(number="1").companions.all()] == ["A2"]


@pytest.mark.django_db
def test_save_seats_takes_few_queries_for_a_large_room(django_assert_max_num_queries):
    seats = generated(rows="A-R", seats=20)

    with django_assert_max_num_queries(12):
        save_seats(seats)


@pytest.mark.django_db
def test_copy_seats_gives_the_same_room():
    seats = generated(rows="A-B", seats=3)
    seats[0].feature, seats[1].feature = Seat.Feature.WHEELCHAIR, Seat.Feature.COMPANION
    seats[1].companion_of, seats[5].is_blocked = seats[0], True
    save_seats(seats)
    newer = SeatLayout.objects.create(screen=seats[0].layout.screen, version=9)

    save_seats(copy_seats(seats[0].layout, newer))

    assert drawn(newer) == drawn(seats[0].layout)


def drawn(layout):
    seats = layout.seats.select_related("next_to_right", "companion_of")
    return [
        (seat.label, seat.x, seat.y, seat.feature, seat.is_blocked, str(seat.next_to_right), str(seat.companion_of))
        for seat in seats
    ]


def generated(**words):
    screen = create_screen()
    layout = create_layout(screen, rows="", published=False)
    return generate_seats(layout, categories=[("*", create_category(screen.theater))], **words)
