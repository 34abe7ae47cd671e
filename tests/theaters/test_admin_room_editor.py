"""The drawing one can click, the text one can paste, and what customers see of both."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.factories import (
    create_category,
    create_layout,
    create_price_card,
    create_screen,
    create_showtime,
    create_theater,
)
from tests.theaters.office import errors, messages_of, sell
from theaters.models import HouseSeats, SeatLayout
from theaters.room_text import write_room

pytestmark = pytest.mark.django_db
ADD = reverse("admin:theaters_seatlayout_add")
TEXT = """\
Shape: curved
S = Standard
W = Standard, wheelchair
c = Standard, companion
L = Sofa, love seat

A: W c S _ S S
_
B from right: L L _ S=7
"""


@pytest.fixture
def screen():
    screen = create_screen(create_theater("Rialto"), name="Studio")
    create_category(screen.theater, "Standard")
    create_category(screen.theater, "Sofa", look="sofa", order=1)
    return screen


@pytest.fixture
def draft(screen):
    return create_layout(screen, rows="AB", seats=4, published=False)


def url(layout, page="change"):
    return reverse(f"admin:theaters_seatlayout_{page}", args=[layout.pk])


def ids(layout, *labels):
    return [seat.pk for seat in layout.seats.all() if seat.label in labels]


def labels(layout, **conditions):
    return [seat.label for seat in layout.seats.filter(**conditions)]


def text_of(layout):
    return write_room(layout, list(layout.seats.select_related("category", "companion_of")))


def rows_of_text(layout):
    return [line for line in text_of(layout).splitlines() if not line.startswith("#")]


# --- Painting ---------------------------------------------------------------------------------------


def test_ticked_seats_then_become_what_is_said_and_the_page_comes_again(admin_client, draft):
    sofa = draft.screen.theater.seat_categories.get(name="Sofa")

    response = admin_client.post(
        url(draft), {"seats": ids(draft, "A1", "B4"), "chosen": "A2", "category": sofa.pk, "_paint": "1"}
    )

    assert response.headers["Location"] == url(draft)
    assert labels(draft, category=sofa) == ["A1", "A2", "B4"]


def test_ticked_seats_then_still_ticked_when_something_is_wrong(admin_client, draft):
    response = admin_client.post(url(draft), {"seats": ids(draft, "A2"), "chosen": "Z9", "sold": "no"})

    assert errors(response) == {"chosen": ["“Z9” is no seat or row of this room."]}
    assert re.findall(r'data-label="(\w+)"[^>]* checked>', response.content.decode()) == ["A2"]


def test_seat_of_another_room_then_refused_in_words(admin_client, draft, screen):
    other = create_layout(screen, published=False)

    response = admin_client.post(url(draft), {"seats": ids(other, "A1"), "sold": "no"})

    sentence = "Somebody has drawn the room anew meanwhile. Choose the seats once more."
    assert errors(response) == {"__all__": [sentence]}
    assert labels(other, is_blocked=True) == []


def test_companion_then_belongs_to_the_nearest_wheelchair_space(admin_client, draft):
    admin_client.post(url(draft), {"chosen": "A1, B4", "feature": "wheelchair"})
    admin_client.post(url(draft), {"chosen": "A2-A3", "feature": "companion"})

    assert labels(draft, companion_of__number="1", companion_of__row="A") == ["A2", "A3"]


def test_love_seats_then_pairs_are_who_sits_beside_whom(admin_client, draft):
    admin_client.post(url(draft), {"chosen": "A", "feature": "love_seat"})
    admin_client.post(url(draft), {"chosen": "A1", "feature": "none"})

    partners = {seat.label: str(seat.partner) for seat in draft.seats.filter(row="A").select_related("partner")}
    assert partners == {"A1": "None", "A2": "A3", "A3": "A2", "A4": "None"}


def test_rows_then_numbered_from_the_other_side_around_an_aisle(admin_client, draft):
    admin_client.post(url(draft), {"chosen": "A2", "remove": "on"})
    admin_client.post(url(draft), {"chosen": "A1", "numbering": "right"})

    assert [(seat.label, seat.x) for seat in draft.seats.filter(row="A")] == [("A3", 0), ("A2", 2), ("A1", 3)]
    assert [str(seat.next_to_right) for seat in draft.seats.filter(row="A")] == ["None", "A1", "None"]


# --- Text -------------------------------------------------------------------------------------------


def test_pasted_text_then_the_room_is_drawn_from_it(admin_client, draft):
    response = admin_client.post(url(draft), {"text": TEXT, "initial-text": text_of(draft)})

    draft.refresh_from_db()
    assert response.status_code == 302
    assert [(seat.label, seat.x, seat.y, seat.feature, str(seat.companion_of)) for seat in draft.seats.all()] == [
        ("A1", 0, 0, "wheelchair", "None"),
        ("A2", 1, 0, "companion", "A1"),
        ("A3", 2, 0, "", "None"),
        ("A4", 4, 0, "", "None"),
        ("A5", 5, 0, "", "None"),
        ("B9", 0, 2, "love_seat", "None"),
        ("B8", 1, 2, "love_seat", "None"),
        ("B7", 3, 2, "", "None"),
    ]
    assert draft.is_curved


def test_downloaded_text_then_uploaded_for_another_screen_it_is_the_same_room(admin_client, draft):
    admin_client.post(url(draft), {"text": TEXT, "initial-text": text_of(draft)})
    draft.refresh_from_db()
    other = create_screen(draft.screen.theater, name="Great hall")

    answer = admin_client.get(url(draft, "text"))
    file = SimpleUploadedFile("room.txt", answer.content)
    admin_client.post(ADD, {"screen": other.pk, "skip": "IO", "text_file": file})

    assert answer["Content-Disposition"] == 'attachment; filename="rialto-studio-1.txt"'
    assert rows_of_text(other.layouts.get()) == rows_of_text(draft)
    assert "B from right" in answer.content.decode() or "Numbers: from right" in answer.content.decode()


def test_text_that_is_unchanged_then_nothing_is_drawn_anew(admin_client, draft):
    before = ids(draft, *labels(draft))

    admin_client.post(url(draft), {"note": "Chairs", "text": text_of(draft), "initial-text": text_of(draft)})

    assert ids(draft, *labels(draft)) == before
    draft.refresh_from_db()
    assert draft.note == "Chairs"


@pytest.mark.parametrize(
    ("posted", "field", "sentence"),
    [
        (
            {"text": "S = Standard\nA: S Q"},
            "text",
            "Line 2: “Q” stands for nothing. Say above what it is, such as S = Standard; _ is no seat.",
        ),
        (
            {"text_file": SimpleUploadedFile("room.xlsx", b"PK\x03\x04\xff\xfe")},
            "text_file",
            "This is no text file. Save it as plain text, UTF-8, and try again.",
        ),
        (
            {"text_file": SimpleUploadedFile("room.txt", b"#" * 100_001)},
            "text_file",
            "This file is too large to be the text of a room.",
        ),
        (
            {"text": "S = Standard\nA: S", "chosen": "A1", "sold": "no"},
            "chosen",
            "Change some seats, draw the rows anew, or change the text: one at a time.",
        ),
    ],
)
def test_text_then_refused_in_words_and_kept(admin_client, draft, posted, field, sentence):
    response = admin_client.post(url(draft), {"initial-text": text_of(draft), "text": text_of(draft)} | posted)

    assert errors(response) == {field: [sentence]}
    assert posted.get("text", "").split("\n")[-1] in response.content.decode()
    assert labels(draft) == ["A1", "A2", "A3", "A4", "B1", "B2", "B3", "B4"]


# --- What customers see -----------------------------------------------------------------------------


def drawing(page):
    """The seat map of a page, without what only a showtime says: prices; and without who may click."""
    room = re.search(r'<fieldset class="room__map">.*?</fieldset>', page, re.DOTALL)[0]
    room = re.sub(r"EUR [\d.]+, ", "", re.sub(r'data-price="[\d.]*"', "", room))
    state = r', (available|for sale|never sold|kept by the house|not for sale)"'
    return re.sub(state, '"', room).replace(" data-kept", "").replace(" disabled", "").replace(' tabindex="0"', "")


def test_drawing_in_the_office_then_it_is_the_customers_own(admin_client, draft):
    text = TEXT + "x = Standard, never sold\nC: S S x"
    admin_client.post(url(draft), {"text": text, "initial-text": text_of(draft), "_publish": "1"})
    layout = SeatLayout.objects.get(published_at__isnull=False)
    kept = HouseSeats.objects.create(layout=layout, reason="Press")
    kept.seats.set(layout.seats.filter(row="C", number="1"))
    create_price_card(layout.screen.theater)
    showtime = create_showtime(layout=layout)

    address = f"{reverse('bookings:seat_map', args=[showtime.pk])}?need=wheelchair"
    customers = admin_client.get(address).content.decode()
    preview = admin_client.get(url(layout, "preview")).content.decode()
    office = admin_client.get(url(layout)).content.decode()

    assert drawing(preview) == drawing(customers)
    assert drawing(office) == drawing(customers)
    assert drawing(customers).count("seat-bow-") > 0
    assert "seat-row--after-gap" in drawing(customers)


# --- House seats ------------------------------------------------------------------------------------

HOUSE = reverse("admin:theaters_houseseats_add")


def test_house_seats_then_ticked_in_the_drawing_or_named(admin_client, screen):
    layout = create_layout(screen)

    page = admin_client.get(HOUSE, {"layout": layout.pk}).content.decode()
    admin_client.post(
        HOUSE,
        {"layout": layout.pk, "reason": "Press", "release_minutes": "30", "named": "B1-B2", "seats": ids(layout, "A1")},
    )

    kept = HouseSeats.objects.get()
    assert page.count('name="seats"') == layout.seats.count()
    assert ([seat.label for seat in kept.seats.order_by("y", "x")], kept.release_minutes) == (["A1", "B1", "B2"], 30)


@pytest.mark.parametrize(
    ("posted", "field", "sentence"),
    [
        ({"named": "A1"}, "layout", "Say for which room, or for which showtime."),
        ({"layout": True, "named": "Z1"}, "named", "“Z1” is no seat or row of this room."),
        (
            {"layout": True},
            "named",
            "Which seats? Name them, such as F7, G1-G4, or tick them in the drawing.",
        ),
        (
            {"layout": True, "named": "A1", "release_minutes": "0"},
            "release_minutes",
            "Ensure this value is greater than or equal to 1.",
        ),
    ],
)
def test_house_seats_then_refused_in_words(admin_client, screen, posted, field, sentence):
    layout = create_layout(screen)
    posted = {"reason": "Press"} | posted | {"layout": layout.pk if "layout" in posted else ""}
    response = admin_client.post(HOUSE, posted)

    assert list(errors(response)) == [field]
    assert errors(response)[field][0] == sentence
    assert not HouseSeats.objects.exists()


def test_house_seats_of_a_showtime_then_its_room_is_known_and_sold_ones_are_named(admin_client, screen):
    showtime = create_showtime(layout=create_layout(screen))
    sell(showtime, "A1")

    response = admin_client.post(HOUSE, {"reason": "Jury", "showtime": showtime.pk, "named": "A1-A2"})

    assert HouseSeats.objects.get().layout == showtime.layout
    assert messages_of(response)[0] == "A1 is sold already for 1 showtime; its customer keeps it."


def test_every_seat_of_the_largest_room_ticked_then_all_of_them_change(admin_client, screen):
    rows = [f"{first}{second}" for first in "ABCD" for second in "ABCDEFGHIJ"]
    draft = create_layout(screen, rows=rows, seats=40, published=False)
    everything = [seat.pk for seat in draft.seats.all()]

    response = admin_client.post(url(draft), {"seats": everything, "sold": "no", "_paint": "1"})

    assert (len(everything), response.status_code) == (1600, 302)
    assert draft.seats.filter(is_blocked=True).count() == 1600
