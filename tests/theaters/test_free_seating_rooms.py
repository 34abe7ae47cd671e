"""Rooms with free seating in the office: drawn like others, counted through when they are published."""

import pytest
from django.urls import reverse

from tests.factories import create_category, create_layout, create_places, create_screen, create_theater
from tests.theaters.office import messages_of
from theaters.models import SeatLayout
from theaters.models.layouts import labels_in_words, seats_in_words

pytestmark = pytest.mark.django_db
ADD = reverse("admin:theaters_seatlayout_add")


@pytest.fixture
def screen():
    screen = create_screen(create_theater("Rialto"), name="Courtyard")
    create_category(screen.theater, "Standard")
    return screen


def url(layout, page="change"):
    return reverse(f"admin:theaters_seatlayout_{page}", args=[layout.pk])


def labels(layout):
    return [seat.label for seat in layout.seats.order_by("y", "x")]


def test_drawn_ticked_and_published_then_its_places_are_counted_through(admin_client, screen):
    rows = {"rows": "A-B", "seats_per_row": 4, "aisles_after": "2", "categories": "*: Standard"}
    admin_client.post(ADD, {"screen": screen.pk, "has_free_seating": "on", **rows})
    layout = SeatLayout.objects.get()
    drawn = labels(layout)
    admin_client.post(url(layout), {"chosen": "A1", "feature": "wheelchair", "has_free_seating": "on"})

    admin_client.post(url(layout), {"has_free_seating": "on", "_publish": "1"})

    layout.refresh_from_db()
    assert drawn == ["A1", "A2", "A3", "A4", "B1", "B2", "B3", "B4"]
    assert labels(layout) == ["1", "2", "3", "4", "5", "6", "7", "8"]
    assert (layout.has_free_seating, layout.is_published) == (True, True)
    assert layout.seats.get(number="1").feature == "wheelchair"
    assert "Free seating, place 1" in admin_client.get(url(layout)).text


def test_published_then_it_stays_as_it_is(admin_client, screen):
    layout = create_places(4, screen=screen)

    response = admin_client.post(url(layout), {"note": ""})

    layout.refresh_from_db()
    assert response.status_code == 403
    assert layout.has_free_seating


def test_next_version_then_it_has_rows_to_draw_with_again(admin_client, screen):
    first = create_places(4, spaces=1, screen=screen)

    admin_client.post(ADD, {"screen": screen.pk, "copy_latest": "on"})

    second = SeatLayout.objects.exclude(pk=first.pk).get()
    assert second.has_free_seating
    assert labels(second) == ["A1", "A2", "A3", "A4"]
    assert [str(seat.companion_of) for seat in second.seats.filter(feature="companion")] == ["A4"]


def test_download_as_text_then_it_has_rows(admin_client, screen):
    text = admin_client.get(url(create_places(4, spaces=1, screen=screen), "text")).text

    assert text.splitlines()[-1] == "A: S S c W"


def test_love_seats_then_it_is_not_published(admin_client, screen):
    layout = create_layout(screen, rows="A", seats=2, published=False)
    layout.seats.update(feature="love_seat")

    response = admin_client.post(url(layout), {"has_free_seating": "on", "_publish": "1"}, follow=True)

    layout.refresh_from_db()
    assert not layout.is_published
    assert "Where seating is free, nobody sells love seats." in messages_of(response)[-1]


@pytest.mark.parametrize(
    ("given", "in_lists", "alone"),
    [
        (["F7", "F8"], "F7, F8", "Seats F7, F8"),
        (["1/12"], "1/12", "Seat 1/12"),
        (["17"], "Free seating, place 17", "Free seating, place 17"),
        (["17", "18"], "Free seating, places 17, 18", "Free seating, places 17, 18"),
        ([], "", "Seats "),
    ],
)
def test_labels_in_words(given, in_lists, alone):
    assert (labels_in_words(given), seats_in_words(given)) == (in_lists, alone)
