"""Somebody who uses a wheelchair comes with two friends, in a real browser."""

import pytest
from playwright.sync_api import expect

from bookings.models import Booking
from tests.bookings.spaces import mark
from tests.bookings.test_best_seats import link
from tests.journeys.axe import faults
from tests.journeys.test_best_seats import tap
from tests.journeys.test_purchase import assert_chosen, choose_seats, pay, sign_in
from theaters.models import Seat

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
QUESTION = "Somebody in my party uses a wheelchair or needs a companion seat"


@pytest.fixture
def room(programme):
    link(programme.layout)
    mark(programme, "A1", ["A2", "A3"])
    return programme


def test_three_buy_a_space_with_two_companions_without_javascript(browser, browser_context_args, shop, room, moviegoer):
    with browser.new_context(**browser_context_args, java_script_enabled=False) as context:
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto(f"{shop}/showtimes/{room.pk}/seats/")
        expect(page.locator("input[data-label='A1']")).to_be_disabled()
        page.get_by_label("How many of you?").select_option("3")
        page.get_by_label(QUESTION).check()
        page.get_by_role("button", name="Choose the best seats").click()
        page.get_by_text("Row A, seats 1 to 3").wait_for()
        page.get_by_role("button", name="Continue").click()
        sign_in(page)
        assert_chosen(page, "A1", "A2", "A3")
        page.get_by_role("button", name="Continue").click()
        pay(page)
        page.wait_for_url("**/tickets/")

    assert Booking.objects.get().seat_labels == ["A1", "A2", "A3"]
    assert Booking.objects.get().is_confirmed


@pytest.mark.browser_context_args(bypass_csp=True)
def test_one_tick_opens_the_spaces_and_one_tap_takes_all_of_them(page, shop, room, moviegoer):
    page.goto(f"{shop}/showtimes/{room.pk}/seats/?party=3")
    space = page.locator("input[data-label='A1']")
    expect(space).to_be_disabled()
    assert "kept for wheelchair users" in space.get_attribute("aria-label")
    page.get_by_label(QUESTION).check()
    expect(space).to_be_enabled()
    expect(space).to_have_attribute("aria-label", "Row A seat 1, Standard, Wheelchair space, EUR 12.50, available")
    tap(page, "A1")
    page.get_by_text("Row A, seats 1 to 3").wait_for()
    assert_chosen(page, "A1", "A2", "A3")
    assert faults(page) == []

    page.get_by_label(QUESTION).uncheck()
    assert_chosen(page)
    page.get_by_label(QUESTION).check()
    page.locator("[data-party] select[name=party]").select_option("")
    choose_seats(page, "A2")
    page.get_by_role("button", name="Continue").click()
    sign_in(page)
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("Companion seat A2 belongs to wheelchair space A1").wait_for()
    assert faults(page, [("light", 360)]) == []
    page.get_by_role("button", name="Take A1 and A2").click()
    page.wait_for_url("**/checkout/")


def test_needs_set_once_then_the_map_opens_with_the_spaces(page, shop, room):
    page.goto(f"{shop}/access/?next=/showtimes/{room.pk}/seats/")
    page.get_by_label("A wheelchair space").check()
    page.get_by_role("button", name="Keep in this browser").click()
    page.wait_for_url("**/seats/")

    expect(page.get_by_label(QUESTION)).to_be_checked()
    expect(page.locator("input[name=seats][tabindex='0']")).to_have_attribute("data-label", "A1")
    assert room.layout.seats.filter(feature=Seat.Feature.WHEELCHAIR).count() == 1


def test_all_others_sold_then_the_map_says_that_only_spaces_are_left_until_they_go_too(page, shop, room):
    page.goto(f"{shop}/showtimes/{room.pk}/seats/")
    sell = """(state) => document.querySelectorAll(`[name=seats][data-state=${state}]`).forEach((seat) => {
        seat.dataset.state = "booked";
    })"""
    page.evaluate(sell, "available")
    but_spaces, all_of_it = page.get_by_text("Sold out except for wheelchair spaces."), page.get_by_text("Sold out.")
    assert (but_spaces.is_visible(), all_of_it.is_visible()) == (True, False)

    page.evaluate(sell, "blocked")
    assert (but_spaces.is_visible(), all_of_it.is_visible()) == (False, True)
