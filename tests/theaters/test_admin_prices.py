from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import (
    create_category,
    create_layout,
    create_price_card,
    create_screen,
    create_showtime,
    create_staff,
    create_theater,
    create_ticket_types,
)
from tests.theaters.office import errors, messages_of
from theaters.models import PriceCard

ADD = reverse("admin:theaters_pricecard_add")
LIST = reverse("admin:theaters_pricecard_changelist")
pytestmark = pytest.mark.django_db


@pytest.fixture
def theater():
    theater = create_theater("Rialto")
    create_category(theater, "Standard")
    create_category(theater, "Premium", order=1)
    create_ticket_types(theater)
    return theater


def url(card, page="change"):
    return reverse(f"admin:theaters_pricecard_{page}", args=[card.pk])


def cell(card, category, ticket_type):
    theater = card.theater
    category = theater.seat_categories.get(name=category)
    return f"price_{category.pk}_{theater.ticket_types.get(name=ticket_type).pk}"


def filled(card, **changes):
    """The form as it stands; the cells are changed by `cell`."""
    prices = {f"price_{p.category_id}_{p.ticket_type_id}": p.amount for p in card.prices.all()}
    rules = {"priority": card.priority, "holidays": "any"}
    return {"theater": card.theater_id, "name": card.name, **rules, **prices, **changes}


def prices(card):
    return {f"{price.category} {price.ticket_type}": str(price.amount) for price in card.prices.all()}


def test_add_card_leads_to_its_prices(admin_client, theater):
    words = {"theater": theater.pk, "name": "Weekend", "weekdays": ["5", "6"], "holidays": "too"}
    words |= {"from_time": "17:00", "priority": "3"}

    response = admin_client.post(ADD, words)

    card = PriceCard.objects.get()
    assert response.headers["Location"] == url(card)
    assert (card.weekdays, f"{card.from_time:%H:%M}", card.priority) == ([5, 6], "17:00", 3)


def test_change_card_stores_the_whole_matrix(admin_client, theater):
    card = PriceCard.objects.create(theater=theater, name="Weekend")
    posted = {cell(card, "Standard", "Adult"): "11.50", cell(card, "Premium", "Adult"): "14"}

    response = admin_client.post(url(card), filled(card, **posted))

    assert response.status_code == 302
    assert prices(card) == {"Standard Adult": "11.500", "Premium Adult": "14.000"}


def test_change_card_shows_the_matrix_and_what_is_missing(admin_client, theater):
    card = create_price_card(theater)
    card.prices.filter(category__name="Premium", ticket_type__name="Child").delete()

    page = admin_client.get(url(card)).content.decode()

    assert ("Prices in EUR" in page, "<li>Premium: Child</li>" in page, page.count('class="price"')) == (True, True, 4)
    assert 'value="11.50"' in page


def test_change_card_empties_a_cell(admin_client, theater):
    card = create_price_card(theater)

    admin_client.post(url(card), filled(card, **{cell(card, "Premium", "Child"): ""}))

    assert sorted(prices(card)) == ["Premium Adult", "Standard Adult", "Standard Child"]


def test_change_card_does_not_empty_a_price_that_is_on_sale(admin_client, theater):
    layout = create_layout(create_screen(theater))
    card = create_showtime(layout=layout, price_card=create_price_card(theater)).price_card
    standard, premium = cell(card, "Standard", "Adult"), cell(card, "Premium", "Adult")

    response = admin_client.post(url(card), filled(card, **{standard: "", premium: ""}))

    assert errors(response) == {standard: ["Tickets are on sale at this price; change it, but do not empty it."]}


@pytest.mark.parametrize(
    ("currency", "amount", "sentence"),
    [
        ("EUR", "11.505", "EUR has 2 decimal places."),
        ("JPY", "1200.5", "JPY has no decimal places."),
        ("KWD", "2.5001", "KWD has 3 decimal places."),
        ("EUR", "-1", "Ensure this value is greater than or equal to 0."),
        ("EUR", "1000000000", "Ensure this value is less than or equal to 999999999."),
        ("EUR", "1e40", "Ensure this value is less than or equal to 999999999."),
        ("EUR", "NaN", "Enter a number."),
        ("EUR", "eleven", "Enter a number."),
    ],
)
def test_change_card_refuses_an_amount_nobody_can_pay(admin_client, theater, currency, amount, sentence):
    theater.currency = currency
    theater.save()
    card = PriceCard.objects.create(theater=theater, name="Weekend")
    name = cell(card, "Standard", "Adult")

    assert errors(admin_client.post(url(card), filled(card, **{name: amount}))) == {name: [sentence]}
    assert prices(card) == {}


@pytest.mark.parametrize(("currency", "amount"), [("EUR", "0"), ("JPY", "1200"), ("KWD", "2.125")])
def test_change_card_takes_what_the_currency_allows(admin_client, theater, currency, amount):
    theater.currency = currency
    theater.save()
    card = PriceCard.objects.create(theater=theater, name="Weekend")

    admin_client.post(url(card), filled(card, **{cell(card, "Standard", "Adult"): amount}))

    assert card.prices.get().amount == Decimal(amount)


def test_change_card_refuses_hours_that_end_before_they_begin(admin_client, theater):
    card = create_price_card(theater)

    response = admin_client.post(url(card), filled(card, from_time="22:00", until_time="21:00"))

    sentence = "It must be later than “from”, in the day that begins at the theater's day cut."
    assert errors(response) == {"until_time": [sentence]}


def test_change_card_stays_in_its_theater_and_keeps_its_name_apart(admin_client, theater):
    create_price_card(theater, name="Weekend")
    card = create_price_card(theater, name="Every day")

    response = admin_client.post(url(card), filled(card, theater=create_theater().pk, name="Weekend"))

    assert errors(response) == {"__all__": ["Price card with this Theater and Name already exists."]}


def test_copy_cards_copies_the_prices_under_a_free_name(admin_client, theater):
    card = create_price_card(theater, name="Weekend", weekdays=[5])

    for _ in range(2):
        response = admin_client.post(LIST, {"action": "copy_cards", "_selected_action": [card.pk]})

    copy = PriceCard.objects.get(name="Weekend (3)")
    assert messages_of(response)[-1] == "“Weekend” is copied as “Weekend (3)”."
    assert (copy.weekdays, prices(copy)) == ([5], prices(card))


def test_delete_card_of_a_showtime_is_refused_in_words(admin_client):
    card = create_showtime().price_card

    response = admin_client.post(url(card, "delete"), {"post": "yes"})

    sentence = f"“{card}” cannot be deleted: showtimes use it. Give them another card first."
    assert messages_of(response) == [sentence]


def test_list_of_cards_says_what_is_missing_in_as_many_queries(admin_client, theater):
    card = create_price_card(theater, weekdays=[4, 5])
    card.prices.first().delete()
    admin_client.get(LIST)
    with CaptureQueriesContext(connection) as few:
        page = admin_client.get(LIST).content.decode()
    for _ in range(5):
        create_price_card(theater)
    with CaptureQueriesContext(connection) as many:
        admin_client.get(LIST)

    assert ("1 missing" in page, "Friday–Saturday" in page) == (True, True)
    assert len(many) == len(few)


def test_staff_who_may_only_look_see_prices_without_inputs(client, theater):
    card = create_price_card(theater)
    client.force_login(create_staff("theaters.view_pricecard"))

    page = client.get(url(card)).content.decode()

    assert ("11.50" in page, 'name="price_' in page) == (True, False)


def test_default_ticket_type_with_an_age_is_refused_in_words(admin_client):
    words = {"theater": create_theater().pk, "name": "Child", "is_default": "on", "max_age": "14", "order": "0"}

    response = admin_client.post(reverse("admin:theaters_tickettype_add"), words)

    assert errors(response) == {"max_age": ["The type chosen at first is for all ages. Leave this empty."]}


def test_second_default_ticket_type_is_refused_in_words(admin_client, theater):
    words = {"theater": theater.pk, "name": "Grown-up", "is_default": "on", "order": "0"}

    response = admin_client.post(reverse("admin:theaters_tickettype_add"), words)

    assert errors(response) == {"is_default": ["“Adult” is chosen at first. Untick it there."]}
