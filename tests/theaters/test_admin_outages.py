from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import create_layout, create_screen, create_showtime, create_staff, create_theater
from tests.theaters.office import errors, messages_of, sell

pytestmark = pytest.mark.django_db
OUTAGE = reverse("admin:theaters_seatoutage_add")


@pytest.fixture
def screen():
    return create_screen(create_theater("Rialto"), name="Studio")


def test_seat_is_found_by_its_name_and_screen(admin_client, screen):
    layout = create_layout(screen)
    create_layout(create_screen(screen.theater, name="Great hall"))
    query = {"app_label": "theaters", "model_name": "seatoutage", "field_name": "seat", "term": "b2 studio"}

    found = admin_client.get(reverse("admin:theaters_seat_names"), query).json()["results"]

    assert [seat["text"] for seat in found] == [f"B2, {layout}"]


def test_seat_names_are_for_those_who_mend_seats(client, screen):
    query = {"app_label": "theaters", "model_name": "seatoutage", "field_name": "seat", "term": ""}
    client.force_login(create_staff("theaters.view_screen"))

    assert client.get(reverse("admin:theaters_seat_names"), query).status_code == 403


def outage(seat, **changes):
    return {"seat": seat.pk, "reason": "Torn", "begins_0": "2027-03-05", "begins_1": "18:00"} | changes


def test_add_outage_reads_the_theaters_clock(admin_client, screen):
    seat = create_layout(screen).seats.first()

    admin_client.post(OUTAGE, outage(seat, ends_0="2027-04-05", ends_1="18:00"))

    stored = seat.outages.get()
    assert (f"{stored.starts_at:%d %H:%M}", f"{stored.ends_at:%d %H:%M}") == ("05 17:00", "05 16:00")


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"ends_0": "2027-03-05", "ends_1": "18:00"}, "ends", "It must end after it starts."),
        ({"ends_0": "2027-03-05"}, "ends", "Give both the date and the time."),
        (
            {"begins_0": "2027-03-28", "begins_1": "02:30"},
            "begins",
            "02:30 does not exist on 28 March 2027 in Rialto: the clocks go forward. Choose another time.",
        ),
    ],
)
def test_add_outage_refuses_in_words(admin_client, screen, changes, field, sentence):
    seat = create_layout(screen).seats.first()

    assert errors(admin_client.post(OUTAGE, outage(seat, **changes))) == {field: [sentence]}


def test_add_outage_names_the_showtimes_for_which_the_seat_is_sold(admin_client):
    sold_seat = sell(create_showtime())
    yesterday = timezone.now() - timedelta(days=1)

    response = admin_client.post(OUTAGE, outage(sold_seat.seat, begins_0=f"{yesterday:%Y-%m-%d}"))

    sentence = f"A1 is sold already for {sold_seat.showtime}. Offer the customer another seat."
    assert sentence in messages_of(response)
