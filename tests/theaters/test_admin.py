import re

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import create_city, create_price_card, create_showtime, create_theater, seats_of
from tests.theaters.office import errors
from theaters.models import SeatOutage, Theater

PAGES = [
    f"admin:{model._meta.label_lower.replace('.', '_')}"
    for model in admin.site._registry
    if model._meta.app_label in {"accounts", "movies", "theaters"} and model._meta.model_name != "seat"
]
pytestmark = pytest.mark.django_db


@pytest.fixture
def programme():
    """One of everything."""
    showtime = create_showtime(theater=create_theater("Rialto"))
    SeatOutage.objects.create(seat=seats_of(showtime, "A1")[0], reason="Torn", starts_at=showtime.starts_at)
    return showtime


def test_front_page_is_the_office(admin_client):
    page = admin_client.get(reverse("admin:index")).content.decode()

    assert re.findall("<title>(.*?)</title>", page, re.DOTALL) == ["Today at the office | Moviebooking office"]


@pytest.mark.parametrize("name", PAGES)
def test_every_list_and_form_opens(admin_client, programme, name):
    # Nobody writes a review in the office.
    add = 403 if name == "admin:movies_review" else 200

    assert [admin_client.get(reverse(f"{name}_{kind}")).status_code for kind in ("changelist", "add")] == [200, add]


@pytest.mark.parametrize("name", PAGES)
def test_every_list_can_be_searched(admin_client, programme, name):
    assert admin_client.get(reverse(f"{name}_changelist"), {"q": "Rialto 1"}).status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_every_row_opens(admin_client, programme, name):
    rows = admin_client.get(reverse(f"{name}_changelist")).context["cl"].result_list

    assert [admin_client.get(reverse(f"{name}_change", args=[row.pk])).status_code for row in rows] == [200] * len(rows)


@pytest.mark.parametrize("name", PAGES)
def test_pages_bring_no_inline_style_of_ours(admin_client, programme, name):
    rows = admin_client.get(reverse(f"{name}_changelist")).context["cl"].result_list
    pages = [admin_client.get(reverse(f"{name}_change", args=[row.pk])).content.decode() for row in rows[:1]]

    assert [re.findall(r"<style|\sstyle=|<script>", text) for text in pages] == [[]] * len(pages)


@pytest.mark.parametrize("name", ["admin:theaters_screen", "admin:theaters_seatlayout", "admin:theaters_seatoutage"])
def test_lists_take_as_many_queries_for_1_row_as_for_3(admin_client, programme, name):
    def queries():
        with CaptureQueriesContext(connection) as queries:
            admin_client.get(reverse(f"{name}_changelist"))
        return len(queries)

    queries()
    one = queries()
    for _ in range(2):
        showtime = create_showtime()
        SeatOutage.objects.create(seat=seats_of(showtime, "A1")[0], reason="Torn", starts_at=showtime.starts_at)

    assert queries() == one


def words(theater, **changes):
    names = [field.name for field in Theater._meta.fields if field.name not in {"id", "city"}]
    stored = {name: value for name in names if (value := getattr(theater, name)) is not None}
    rows = "memberships", "refund_rules", "screens", "holidays", "surcharges", "tax_rules"
    formsets = {f"{prefix}-{key}_FORMS": 0 for prefix in rows for key in ("TOTAL", "INITIAL")}
    return stored | {"city": theater.city_id} | formsets | changes


def change(theater):
    return reverse("admin:theaters_theater_change", args=[theater.pk])


def test_change_theater_saves(admin_client):
    theater = create_theater()

    response = admin_client.post(change(theater), words(theater, name="Odeon", time_zone="Europe/Paris"))

    theater.refresh_from_db()
    assert (response.status_code, theater.name, theater.time_zone) == (302, "Odeon", "Europe/Paris")


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"time_zone": "Berlin"}, "time_zone", "“Berlin” is no time zone. Write it like Europe/Berlin."),
        ({"booking_fee": "1.005"}, "booking_fee", "EUR has 2 decimal places."),
        ({"order_fee": "1.005"}, "order_fee", "EUR has 2 decimal places."),
        ({"fee_floor": "2", "fee_cap": "1"}, "fee_cap", "It must not be less than “at least”."),
        ({"currency": "JPY", "booking_fee": "1.5"}, "booking_fee", "JPY has no decimal places."),
    ],
)
def test_change_theater_refuses_in_words(admin_client, changes, field, sentence):
    theater = create_theater()

    assert errors(admin_client.post(change(theater), words(theater, **changes))) == {field: [sentence]}


def test_rules_of_a_theater_then_saved_with_it_or_a_sentence_at_the_row(admin_client):
    theater = create_theater()
    rows = {
        "surcharges": {"format": "3d", "name": "3D surcharge", "amount": "3.00"},
        "holidays": {"day": "2026-12-25", "name": "Christmas Day"},
        "tax_rules": {"name": "GST", "rate": "12", "price_up_to": "100"},
    }
    sent = {f"{prefix}-0-{name}": value for prefix, row in rows.items() for name, value in row.items()}
    sent |= {f"{prefix}-TOTAL_FORMS": 1 for prefix in rows}
    bad = {"surcharges-0-amount": "3.005", "tax_rules-0-price_over": "100"}

    refused = admin_client.post(change(theater), words(theater, **sent | bad)).context["errors"]
    saved = admin_client.post(change(theater), words(theater, **sent))

    assert sorted(map(list, refused)) == [
        ["EUR has 2 decimal places."],
        ["“For prices over” must be less than “up to”."],
    ]
    assert saved.status_code == 302
    found = theater.surcharges.get(), theater.holidays.get(), theater.tax_rules.get()
    assert list(map(str, found)) == ["3D surcharge", "2026-12-25: Christmas Day", "GST 12 % up to EUR 100.00"]


def test_change_theater_keeps_its_zone_while_showtimes_are_planned(admin_client, programme):
    theater = programme.theater

    response = admin_client.post(change(theater), words(theater, time_zone="Europe/London"))

    sentence = "Showtimes to come are planned by the clock of Europe/Berlin. Change it when none is left."
    assert errors(response) == {"time_zone": [sentence]}


def test_change_theater_keeps_its_currency_while_it_has_prices(admin_client, programme):
    create_price_card(programme.theater)

    response = admin_client.post(change(programme.theater), words(programme.theater, currency="USD"))

    sentence = "The price cards are in EUR. Empty them before you change the currency."
    assert errors(response) == {"currency": [sentence]}


def test_delete_city_with_theaters_explains_itself(admin_client):
    theater = create_theater("Rialto", city=create_city("Bonn"))

    page = admin_client.post(reverse("admin:theaters_city_delete", args=[theater.city_id]), {"post": "yes"})

    assert (page.status_code, "would require deleting the following protected" in page.content.decode()) == (200, True)
