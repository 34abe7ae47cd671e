"""The shop from right to left; the room keeps its left and right."""

import pytest
from playwright.sync_api import expect

from bookings.models import Booking
from tests.journeys.test_purchase import choose_seats

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def arabic(page, shop, programme):
    page.goto(f"{shop}/?lang=ar")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    return page


def places(page):
    """How far to the right of the first seat each of row B lies."""
    page.locator("input[name='seats'][tabindex='0']").wait_for(state="attached")
    boxes = [page.locator(f"input[data-label=B{number}]").bounding_box() for number in range(1, 11)]
    return [round(box["x"] - boxes[0]["x"]) for box in boxes]


def test_seat_map_from_right_to_left_then_the_room_is_not_mirrored(page, shop, programme):
    page.goto(f"{shop}{programme.get_absolute_url()}?lang=en")
    english = places(page)
    page.goto(f"{shop}{programme.get_absolute_url()}?lang=ar")

    assert places(page) == english == sorted(english)
    assert page.locator(".room__screen").inner_text() == "الشاشة"
    assert page.locator("input[data-label=B7]").get_attribute("aria-label").startswith("الصف B")


def test_whole_purchase_in_arabic_then_the_total_is_written_the_same_everywhere(arabic, shop, programme, moviegoer):
    page = arabic
    page.goto(f"{shop}{programme.get_absolute_url()}")
    choose_seats(page, "C4", "C5")
    total = page.locator("[data-total]").inner_text()
    page.locator(".seat-bar .btn-primary").click()
    page.locator("input[name='login']").fill("moviegoer@example.com")
    page.locator("input[name='password']").fill("demo")
    page.locator("main form button").first.click()
    page.locator(".seat-bar .btn-primary").click()
    page.wait_for_url("**/checkout/")

    assert total == "\u206725.00\u00a0EUR\u2069"
    assert total in page.locator(".checkout__pay").inner_text()
    page.locator(".checkout__pay").click()
    page.locator("button[value='pay']").click()
    page.wait_for_url("**/tickets/")
    assert Booking.objects.get().is_confirmed
