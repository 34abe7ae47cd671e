import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import create_category, create_layout, create_screen, create_showtime, create_staff, create_theater
from tests.theaters.office import errors, messages_of
from theaters.models import Seat, SeatLayout

ADD = reverse("admin:theaters_seatlayout_add")
LIST = reverse("admin:theaters_seatlayout_changelist")
pytestmark = pytest.mark.django_db


@pytest.fixture
def screen():
    screen = create_screen(create_theater("Rialto"), name="Studio")
    create_category(screen.theater, "Standard")
    create_category(screen.theater, "Premium", look="premium")
    return screen


@pytest.fixture
def draft(screen):
    return create_layout(screen, rows="AB", seats=4, published=False)


def words(screen, **changes):
    return {
        "screen": screen.pk,
        "rows": "A-C",
        "seats_per_row": "6",
        "skip": "IO",
        "aisles_after": "3",
        "categories": "*: standard\nC: Premium",
        **changes,
    }


def url(layout, page="change"):
    return reverse(f"admin:theaters_seatlayout_{page}", args=[layout.pk])


def test_add_layout_generates_the_rows(admin_client, screen):
    response = admin_client.post(ADD, words(screen, short_rows="A: 4"))

    layout = SeatLayout.objects.get()
    assert response.headers["Location"] == url(layout)
    assert (layout.version, layout.is_published, layout.seats.count()) == (1, False, 16)
    assert [seat.category.name for seat in layout.seats.filter(number="1")] == ["Standard", "Standard", "Premium"]


def test_add_layout_of_a_large_room_takes_under_forty_queries(admin_client, screen, django_assert_max_num_queries):
    with django_assert_max_num_queries(40):
        admin_client.post(ADD, words(screen, rows="A-P", seats_per_row="18", categories="*: Standard"))

    assert Seat.objects.count() == 14 * 18


def test_add_layout_copies_the_latest(admin_client, screen):
    create_layout(screen, rows="AB", seats=3)

    admin_client.post(ADD, {"screen": screen.pk, "copy_latest": "on", "skip": "IO"})

    newest = SeatLayout.objects.get(version=2)
    assert [seat.label for seat in newest.seats.all()] == ["A1", "A2", "A3", "B1", "B2", "B3"]


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"rows": ""}, "rows", "The rows need this."),
        ({"categories": ""}, "categories", "The rows need this."),
        ({"categories": "A-C Standard"}, "categories", "“A-C Standard” needs a colon: A-C: Standard."),
        (
            {"categories": "*: Gold"},
            "categories",
            "Rialto has no seat category “Gold”, but: Standard, Premium.",
        ),
        ({"aisles_after": "3;4"}, "aisles_after", "Write numbers of seats, such as 6,12."),
        ({"short_rows": "A 4"}, "short_rows", "Write a row, a colon and its number of seats: A: 10, B: 12."),
        ({"rows": "C-A"}, "__all__", "“C-A” is no range of rows. Write it like A-N, AA-CC or 1-12."),
        ({"seats_per_row": "41"}, "seats_per_row", "Ensure this value is less than or equal to 40."),
        ({"copy_latest": "on"}, "copy_latest", "Rialto, Studio has no layout yet. Generate its rows."),
    ],
)
def test_add_layout_refuses_in_words(admin_client, screen, changes, field, sentence):
    response = admin_client.post(ADD, words(screen, **changes))

    assert (errors(response), SeatLayout.objects.count()) == ({field: [sentence]}, 0)


def test_change_layout_draws_the_room(admin_client, draft):
    draft.seats.filter(number="4").update(feature="wheelchair")

    page = admin_client.get(url(draft)).content.decode()

    assert 'data-label="A4" data-price="" aria-label="Row A seat 4, Standard, Wheelchair space, for sale"' in page
    assert page.count('name="seats"') == 8
    assert ("Standard: 8" in page, "Wheelchair space: 2" in page) == (True, True)


def test_change_layout_takes_as_many_queries_for_a_large_room(admin_client, screen):
    small = create_layout(screen, published=False)
    large = create_layout(screen, rows="ABCDEFGH", seats=20, published=False)
    admin_client.get(url(small))
    with CaptureQueriesContext(connection) as few:
        admin_client.get(url(small))
    with CaptureQueriesContext(connection) as many:
        admin_client.get(url(large))

    assert len(many) == len(few)


def labels(layout, **conditions):
    return [seat.label for seat in layout.seats.filter(**conditions)]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ("A2", ["A2"]),
        ("a2 , b1-b3", ["A2", "B1", "B2", "B3"]),
        ("B3-1", ["B1", "B2", "B3"]),
        ("B", ["B1", "B2", "B3", "B4"]),
    ],
)
def test_change_seats_blocks_those_that_are_named(admin_client, draft, chosen, expected):
    admin_client.post(url(draft), {"chosen": chosen, "sold": "no"})

    assert labels(draft, is_blocked=True) == expected


def test_change_seats_in_rows_with_numbers(admin_client, screen):
    draft = create_layout(screen, rows=["1", "11"], seats=2, published=False)

    admin_client.post(url(draft), {"chosen": "11/1-2", "sold": "no"})

    assert labels(draft, is_blocked=True) == ["11/1", "11/2"]


def test_change_seats_sets_category_and_feature(admin_client, draft):
    premium = draft.screen.theater.seat_categories.get(name="Premium")

    admin_client.post(url(draft), {"chosen": "A", "category": premium.pk, "feature": "love_seat"})

    assert labels(draft, category=premium, feature="love_seat") == ["A1", "A2", "A3", "A4"]


def test_change_seats_gives_a_wheelchair_space_its_companion(admin_client, draft):
    admin_client.post(url(draft), {"chosen": "A1", "feature": "wheelchair"})
    admin_client.post(url(draft), {"chosen": "A2", "feature": "companion", "companion_of": "A1"})

    assert labels(draft, companion_of__number="1", companion_of__feature="wheelchair") == ["A2"]


def test_change_seats_takes_chairs_away(admin_client, draft):
    admin_client.post(url(draft), {"chosen": "A1, B4", "remove": "on"})

    assert labels(draft) == ["A2", "A3", "A4", "B1", "B2", "B3"]


@pytest.mark.parametrize(
    ("posted", "field", "sentence"),
    [
        ({"chosen": "Z9", "sold": "no"}, "chosen", "“Z9” is no seat or row of this room."),
        ({"chosen": "A1-B2", "sold": "no"}, "chosen", "“A1-B2” is no seat or row of this room."),
        ({"chosen": "A1"}, "chosen", "Say below what these seats become."),
        ({"sold": "no"}, "chosen", "Which seats? Choose them in the drawing, or name them: F7, G1-G4."),
        ({"chosen": "A,B", "remove": "on"}, "__all__", "The room has no seats."),
        (
            {"chosen": "A2", "feature": "companion", "companion_of": "A1"},
            "__all__",
            "A2 is the companion seat of a seat that is no wheelchair space. Change it first.",
        ),
        (
            {"chosen": "A1", "sold": "no", "rows": "A", "seats_per_row": "2", "categories": "*: Standard"},
            "chosen",
            "Change some seats, draw the rows anew, or change the text: one at a time.",
        ),
    ],
)
def test_change_seats_refuses_in_words(admin_client, draft, posted, field, sentence):
    assert errors(admin_client.post(url(draft), posted)) == {field: [sentence]}
    assert labels(draft, is_blocked=False, feature="") == ["A1", "A2", "A3", "A4", "B1", "B2", "B3", "B4"]


def test_change_layout_draws_all_rows_anew(admin_client, draft):
    admin_client.post(url(draft), {"rows": "C", "seats_per_row": "2", "categories": "*: Premium"})

    assert labels(draft, category__name="Premium") == labels(draft) == ["C1", "C2"]


def test_publish_button_publishes_what_is_saved(admin_client, draft):
    response = admin_client.post(url(draft), {"note": "New chairs", "_publish": "1"})

    draft.refresh_from_db()
    assert (draft.is_published, draft.note) == (True, "New chairs")
    assert f"“{draft}” is published with 8 seats. From now on it does not change." in messages_of(response)


def test_publish_action_says_what_is_wrong_with_each(admin_client, screen, draft):
    draft.seats.filter(row="A", number__in="123").update(feature="love_seat")
    draft.seats.filter(row="B", number="1").update(feature="companion")
    empty = create_layout(screen, rows="", published=False)

    response = admin_client.post(LIST, {"action": "publish_layouts", "_selected_action": [draft.pk, empty.pk]})

    problems = "B1 is a companion seat: say of which wheelchair space. The love seats from A1 on are no pairs."
    assert messages_of(response) == [
        f"“{empty}” is not published. The room has no seats.",
        f"“{draft}” is not published. {problems}",
    ]
    assert not SeatLayout.objects.filter(published_at__isnull=False).exists()


def test_published_layout_is_only_looked_at(admin_client, screen):
    layout = create_layout(screen)

    page = admin_client.get(url(layout)).content.decode()

    assert ('class="seat seat-standard"' in page, 'name="_save"' in page, 'name="_publish"' in page) == (
        True,
        False,
        False,
    )
    assert admin_client.post(url(layout), {"chosen": "A1", "sold": "no"}).status_code == 403


def test_delete_layout_of_a_showtime_is_refused_in_words(admin_client):
    layout = create_showtime().layout

    response = admin_client.post(url(layout, "delete"), {"post": "yes"})

    assert messages_of(response) == [f"“{layout}” cannot be deleted: showtimes use it."]
    assert SeatLayout.objects.count() == 1


def test_delete_layout_without_showtimes_takes_its_seats_along(admin_client, draft):
    admin_client.post(url(draft, "delete"), {"post": "yes"})

    assert (SeatLayout.objects.count(), Seat.objects.count()) == (0, 0)


def test_staff_who_may_only_look_see_the_room(client, draft):
    client.force_login(create_staff("theaters.view_seatlayout"))

    page = client.get(url(draft)).content.decode()

    assert ('class="seat seat-standard"' in page, 'name="chosen"' in page, "_publish" in page) == (True, False, False)
