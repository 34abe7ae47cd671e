"""Which price card a showtime gets, by weekday, hour, holiday, format and date; and the page that says why."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from tests.factories import (
    create_category,
    create_price_card,
    create_showtime,
    create_theater,
    create_ticket_types,
    create_user,
)
from tests.theaters.office import create_ready_screen
from theaters.models import Membership, PriceCard

pytestmark = pytest.mark.django_db
PAGE = reverse("admin:theaters_pricecard_which")
# A Friday, and a holiday in the story; the one after it is none.
HOLIDAY = date(2026, 12, 25)


@pytest.fixture
def theater():
    theater = create_theater("Rialto")
    theater.holidays.create(day=HOLIDAY, name="Christmas Day")
    return theater


def at(day, hour=20, month=12):
    return datetime(2026, month, day, hour - 1, tzinfo=UTC)  # Berlin in winter


@pytest.mark.parametrize(
    ("holidays", "weekdays", "on_holiday", "on_next_friday", "on_tuesday"),
    [
        ("any", [], True, True, True),
        ("any", [4], True, True, False),
        ("not", [4], False, True, False),
        ("only", [], True, False, False),
        ("only", [1], False, False, False),
        ("too", [1], True, False, True),
    ],
)
def test_holiday_rules(theater, holidays, weekdays, on_holiday, on_next_friday, on_tuesday):
    card = PriceCard.objects.create(theater=theater, name="Card", holidays=holidays, weekdays=weekdays)

    chosen = [PriceCard.choose(theater, at(*when), "2d") for when in [(25,), (18,), (22,)]]

    assert [card == one for one in chosen] == [on_holiday, on_next_friday, on_tuesday]


def test_late_show_of_a_holiday_then_still_the_holidays_price(theater):
    PriceCard.objects.create(theater=theater, name="Holidays", holidays="only")

    assert PriceCard.choose(theater, at(26, hour=1), "2d").name == "Holidays"
    assert PriceCard.choose(theater, at(26, hour=20), "2d") is None


def test_card_valid_from_to_then_both_days_count_by_the_day_of_the_showtime(theater):
    theater.price_cards.create(name="Sale", valid_from=date(2026, 12, 20), valid_until=date(2026, 12, 22))

    assert [bool(PriceCard.choose(theater, at(day), "2d")) for day in (19, 20, 22, 23)] == [False, True, True, False]


def test_page_then_each_card_and_why_it_does_not_apply(admin_client, theater):
    create_category(theater), create_ticket_types(theater)
    for name, rules in {
        "Holiday": {"holidays": "only", "priority": 20},
        "Weekend": {"weekdays": [4, 5, 6], "priority": 10},
        "Tuesday": {"weekdays": [1], "priority": 10},
        "Matinee": {"until_time": "17:00"},
        "Late": {"from_time": "22:00"},
        "IMAX": {"format": "imax"},
        "Weekdays": {"holidays": "not"},
        "Last year": {"valid_until": date(2025, 12, 31)},
        "Next year": {"valid_from": date(2077, 1, 1)},
    }.items():
        create_price_card(theater, name=name, **rules)
    theater.surcharges.create(format="3d", name="3D surcharge", amount=3)
    theater.tax_rules.create(name="VAT", rate=19, valid_from=date(2026, 1, 1))

    asked = {"theater": theater.pk, "starts_0": "2026-12-25", "starts_1": "20:00", "format": "3d"}
    page = " ".join(admin_client.get(PAGE, asked).text.split())

    for sentence in (
        "“Holiday” applies",
        "Friday 25 December 2026, 20:00, 3D.",
        "That day is a holiday: Christmas Day.",
        "It would apply, but “Holiday” has the higher priority: 20 over 10.",
        "It applies on Tuesday only.",
        "It ends at 17:00.",
        "It begins at 22:00.",
        "It is for IMAX only.",
        "That day is a holiday, and it does not apply on holidays.",
        "It was valid until Dec. 31, 2025.",
        "It is valid from Jan. 1, 2077 on.",
        "On top of each price comes: 3D surcharge, EUR 3.00.",
        "Tax rules of that day: VAT 19 %.",
    ):
        assert sentence in page


def test_page_of_a_showtime_that_has_another_card_then_said_so(admin_client):
    screen = create_ready_screen()
    chosen = create_price_card(screen.theater, name="Premiere", weekdays=[0], valid_from=date(2200, 1, 1))
    showtime = create_showtime(layout=screen.layouts.get(), price_card=chosen)

    page = admin_client.get(PAGE, {"showtime": showtime.pk}).text

    assert "“Every day” applies" in page
    assert "This showtime has “Premiere” all the same" in page
    assert (
        f"{PAGE}?showtime={showtime.pk}"
        in admin_client.get(reverse("admin:theaters_showtime_change", args=[showtime.pk])).text
    )


def test_page_without_any_card_then_what_to_do(admin_client, theater):
    asked = {"theater": theater.pk, "starts_0": "2026-12-25", "starts_1": "20:00", "format": "2d"}

    assert "No price card applies" in admin_client.get(PAGE, asked).text


def test_page_asked_for_an_hour_that_the_clock_leaves_out_then_a_sentence(admin_client, theater):
    asked = {"theater": theater.pk, "starts_0": "2026-03-29", "starts_1": "02:30", "format": "2d"}

    assert "does not exist on 29 March 2026" in admin_client.get(PAGE, asked).text


def test_page_is_for_ones_own_theater_alone(client, theater):
    manager = create_user(is_staff=True)
    Membership.objects.create(user=manager, theater=theater, role="manager")
    client.force_login(manager)
    foreign = create_showtime()
    asked = {"theater": foreign.theater.pk, "starts_0": "2026-12-25", "starts_1": "20:00", "format": "2d"}

    assert client.get(PAGE, {"showtime": foreign.pk}).status_code == 404
    assert client.get(PAGE, {"showtime": create_showtime(layout=None, theater=theater).pk}).status_code == 200
    page = client.get(PAGE, asked).text
    assert ("Select a valid choice" in page, foreign.theater.name in page) == (True, False)
