"""The whole way for those who have no mouse, see no screen, or sit at a large one; and two people on one map."""

import pytest
from playwright.sync_api import expect

from bookings.models import Booking, Ticket
from tests.factories import create_user
from tests.journeys.test_purchase import assert_chosen, assert_tickets_are_shown, buy, choose_seats

pytestmark = pytest.mark.django_db(transaction=True)

MOST_TABS = 80


def tab_to(page, selector):
    """As somebody does who has only the keyboard; what has the focus must be seen."""
    for _step in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            assert is_seen(page)
            return
    raise AssertionError(f"the Tab key does not reach {selector}")


def is_seen(page):
    """What has the focus comes into the window, if not in the same moment."""
    for _moment in range(40):
        box = page.evaluate("() => document.activeElement.getBoundingClientRect().toJSON()")
        if box["top"] >= 0 and box["bottom"] <= page.viewport_size["height"]:
            return True
        page.wait_for_timeout(50)
    return False


def test_whole_purchase_by_the_keyboard_alone(page, shop, programme, moviegoer):
    page.goto(shop)
    tab_to(page, "a[href$='/movies/nachtzug/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/movies/nachtzug/**")
    tab_to(page, "a.showtime")
    page.keyboard.press("Enter")
    page.wait_for_url("**/seats/**")
    page.locator("input[name='seats'][tabindex='0']").wait_for(state="attached")
    tab_to(page, "input[name=seats]")
    for key in (
        "ArrowDown",
        "ArrowDown",
        "Home",
        "ArrowRight",
        "ArrowRight",
        "ArrowRight",
        "Space",
        "ArrowRight",
        "Space",
    ):
        page.keyboard.press(key)
    tab_to(page, ".seat-bar .btn-primary")
    page.keyboard.press("Enter")
    page.wait_for_url("**/login/**")
    tab_to(page, "input[name=login]")
    page.keyboard.type("moviegoer@example.com")
    tab_to(page, "input[name=password]")
    page.keyboard.type("demo")
    page.keyboard.press("Enter")
    page.locator("input[name='seats'][tabindex='0']").wait_for(state="attached")
    tab_to(page, ".seat-bar .btn-primary")
    page.keyboard.press("Enter")
    page.wait_for_url("**/checkout/")
    tab_to(page, ".checkout__pay")
    page.keyboard.press("Enter")
    page.locator("button[value=pay]").focus()  # the payment page is another's
    page.keyboard.press("Enter")
    page.wait_for_url("**/tickets/")

    assert Booking.objects.get().seat_labels == ["C4", "C5"]
    assert Ticket.objects.count() == 2


def test_row_as_a_screen_reader_says_it(page, shop, programme):
    row = programme.layout.seats.filter(row="E").order_by("x")
    page.goto(f"{shop}{programme.get_absolute_url()}")
    page.locator("input[name='seats'][tabindex='0']").wait_for(state="attached")
    tree = page.get_by_role("group", name="Row E, 5 of 6 from the screen").aria_snapshot()

    assert tree.splitlines()[0] == '- group "Row E, 5 of 6 from the screen":'
    assert tree.count("- checkbox ") == row.count() == 10
    assert '- checkbox "Row E seat 7, Premium, EUR 12.50, available"' in tree


def test_whole_purchase_on_a_large_screen(browser, browser_context_args, shop, programme, moviegoer):
    with browser.new_context(**browser_context_args | {"viewport": {"width": 1280, "height": 900}}) as context:
        page = context.new_page()
        page.set_default_timeout(15_000)
        buy(page, shop)

        assert_tickets_are_shown(page)


def test_two_people_on_one_map_then_the_slower_one_is_told_and_keeps_the_rest(
    browser, browser_context_args, gunicorn_shop, programme, moviegoer, client
):
    quick = create_user("quick@example.com")
    with (
        browser.new_context(**browser_context_args) as theirs,
        browser.new_context(**browser_context_args) as ours,
    ):
        pages = []
        for context, user in ((ours, moviegoer), (theirs, quick)):
            client.force_login(user)
            session = client.cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": gunicorn_shop}])
            page = context.new_page()
            page.set_default_timeout(15_000)
            page.goto(f"{gunicorn_shop}{programme.get_absolute_url()}")
            page.locator("[data-seat-map][data-live]").wait_for()
            pages.append(page)
        mine, other = pages
        choose_seats(mine, "B3", "B4")
        choose_seats(other, "B4", "B5")
        other.locator(".seat-bar .btn-primary").click()
        other.wait_for_url("**/checkout/")

        mine.locator("input[data-label=B5][data-state=held]").wait_for()
        expect(mine.locator("[data-say]")).to_contain_text("Seat B4 has just been taken.")
        assert_chosen(mine, "B3")
