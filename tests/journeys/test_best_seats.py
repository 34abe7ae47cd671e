"""A party finds its seats together, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from bookings import flows
from bookings.models import Booking
from tests.bookings.test_best_seats import link
from tests.factories import create_staff, seats_of
from tests.journeys.test_purchase import assert_chosen, choose_seats, pay, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def room(programme):
    link(programme.layout)
    return programme


def tap(page, label):
    """Click a seat, and wait for what the server says to it."""
    with page.expect_response("**/best.json*"):
        page.locator(f"input[data-label='{label}']").click()


def test_party_of_four_taps_one_seat_changes_another_and_holds_them(page, shop, room, moviegoer):
    page.goto(f"{shop}/showtimes/{room.pk}/seats/")
    page.get_by_label("How many of you?").select_option("4")
    expect(page).to_have_url(re.compile(r"\?party=4$"))
    tap(page, "C5")
    page.get_by_text("Row C, seats 4 to 7: in the centre, row 3 of 6.").wait_for()
    assert_chosen(page, "C4", "C5", "C6", "C7")
    expect(page.locator(".seat-bar")).to_contain_text("EUR 50.00")

    page.locator("input[data-label='C4']").click()
    page.locator("input[data-label='C8']").click()
    assert_chosen(page, "C5", "C6", "C7", "C8")
    page.get_by_role("button", name="Continue").click()
    sign_in(page)
    page.get_by_label("How many of you?").wait_for()
    expect(page.get_by_label("How many of you?")).to_have_value("4")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/checkout/")
    expect(page.locator("main")).to_contain_text("EUR 50.00")


def test_another_tap_moves_the_party_and_a_silent_server_leaves_the_seat_alone(page, shop, room):
    page.goto(f"{shop}/showtimes/{room.pk}/seats/?party=3")
    page.locator("input[name='seats'][tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    with page.expect_response("**/best.json*"):
        page.keyboard.press("Space")
    page.get_by_text("Row A, seats 2 to 4").wait_for()
    tap(page, "D2")
    page.get_by_text("Row D, seats 1 to 3").wait_for()
    assert_chosen(page, "D1", "D2", "D3")

    page.route("**/best.json*", lambda route: route.abort())
    page.locator("input[data-label='B5']").click()
    page.get_by_text("We could not ask for the best seats just now.").wait_for()
    assert_chosen(page, "B5")


def test_two_buy_the_best_seats_without_javascript(browser, browser_context_args, shop, room, moviegoer):
    with browser.new_context(**browser_context_args, java_script_enabled=False) as context:
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto(f"{shop}/showtimes/{room.pk}/seats/")
        page.get_by_label("How many of you?").select_option("2")
        page.get_by_role("button", name="Choose the best seats").click()
        page.get_by_text("Row D, seats 5 and 6: in the centre, row 4 of 6.").wait_for()
        page.get_by_role("button", name="Continue").click()
        sign_in(page)
        page.get_by_role("button", name="Continue").click()
        pay(page)
        page.wait_for_url("**/tickets/")

    assert Booking.objects.get().seat_labels == ["D5", "D6"]


def test_seat_would_be_left_alone_then_one_tap_mends_it_without_javascript(
    browser, browser_context_args, shop, room, moviegoer
):
    room.theater.single_seats = "block"
    room.theater.save()
    flows.hold_seats(create_staff(), showtime=room, seat_ids=[seat.pk for seat in seats_of(room, "C4", "C9")])
    with browser.new_context(**browser_context_args, java_script_enabled=False) as context:
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto(f"{shop}/showtimes/{room.pk}/seats/")
        choose_seats(page, "C6", "C7")
        page.get_by_role("button", name="Continue").click()
        sign_in(page)
        page.get_by_role("button", name="Continue").click()
        page.get_by_text("Seats C5 and C8 would each be left alone").wait_for()
        page.get_by_role("button", name="Take C7 and C8").click()
        page.wait_for_url("**/checkout/")

        expect(page.locator("main")).to_contain_text("C7")
