"""The time for which seats are held: seen, said, drawn out, over; and what Back, reload and a second tab do to it."""

import re

import pytest
from django_redis import get_redis_connection
from playwright.sync_api import expect

from bookings import holds
from tests.bookings.steps import hold, pass_time, start
from tests.bookings.test_best_seats import link
from tests.factories import create_user
from tests.journeys.test_purchase import assert_chosen, choose_seats, sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def at_checkout(page, shop, programme, moviegoer):
    """Two seats are held, and the page's clock is ours."""
    page.clock.install()
    page.goto(f"{shop}{programme.get_absolute_url()}")
    choose_seats(page, "C4", "C5")
    page.get_by_role("button", name="Continue").click()
    sign_in(page)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/checkout/")
    return page


def said(page):
    return page.locator("[data-countdown] [data-say]").text_content()


def test_time_goes_by_then_it_is_said_at_five_minutes_one_and_half_a_minute_and_at_the_end(at_checkout, programme):
    page, words = at_checkout, []
    for seconds in (200, 110, 240, 30, 25):
        page.clock.run_for(seconds * 1000)
        words.append(said(page))

    assert words == [
        "",
        "Your seats are held for 5 more minutes.",
        "Your seats are held for one more minute. If you need longer, press “I need more time”.",
        "Your seats are held for 30 more seconds.",
        "",
    ]
    expect(page.get_by_role("alert")).to_contain_text("The time is over")
    expect(page.get_by_role("button", name="Pay EUR")).to_have_count(0)
    page.get_by_role("link", name="Choose seats again").click()
    assert_chosen(page, "C4", "C5")


def test_time_goes_by_on_the_map_then_it_is_said_there_too_and_the_seats_are_offered_again(at_checkout, programme):
    page = at_checkout
    page.get_by_role("link", name="Change seats").click()
    expect(page.get_by_role("button", name="Give my seats back")).to_be_visible()
    page.clock.run_for(545_000)
    expect(page.locator("[data-countdown] [data-say]")).to_contain_text("one more minute")
    page.clock.run_for(60_000)

    expect(page.get_by_text("The time is over")).to_be_visible()
    expect(page.get_by_role("button", name="Give my seats back")).to_be_hidden()
    pass_time(get_redis_connection("holds"), 601)
    page.get_by_role("link", name="Choose seats again").click()
    expect(page.get_by_text("The time is over")).to_have_count(0)


def test_time_to_pay_is_over_then_nothing_asks_for_money_any_more(page, shop, programme, moviegoer, client):
    page.clock.install()
    booking = start(moviegoer, programme, "C4")
    client.force_login(moviegoer)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": shop}])
    page.goto(f"{shop}{booking.get_absolute_url()}")
    pay = page.get_by_role("button", name="Pay EUR")
    expect(pay).to_be_visible()

    page.clock.run_for(605_000)

    expect(pay).to_have_count(0)
    expect(page.get_by_role("link", name="Choose seats again")).to_be_visible()


def test_more_time_then_the_ticket_types_stay(at_checkout, programme):
    page = at_checkout
    seat = programme.layout.seats.get(row="C", number="5")
    child = page.locator(f"select[name=ticket_type_{seat.pk}]")
    child.select_option(index=1)
    wanted = child.input_value()
    before = {pk: held.expires_at for pk, held in holds.held_seats(programme.pk).items()}

    page.get_by_role("button", name="I need more time").click()
    page.wait_for_url("**/checkout/?**")

    after = {pk: held.expires_at for pk, held in holds.held_seats(programme.pk).items()}
    expect(child).to_have_value(wanted)
    assert all(after[pk] > before[pk] for pk in before)


def test_time_over_on_the_server_then_the_same_seats_are_offered_again(at_checkout, programme):
    page = at_checkout
    pass_time(get_redis_connection("holds"), 601)

    page.get_by_role("button", name="Pay EUR").click()

    expect(page.get_by_role("alert").first).to_contain_text("no longer held")
    assert_chosen(page, "C4", "C5")


def test_reload_back_and_a_second_tab_then_it_is_one_hold(at_checkout, programme):
    page = at_checkout
    page.reload()
    page.go_back()
    page.wait_for_load_state()
    page.goto(page.url)
    assert_chosen(page, "C4", "C5")

    tab = page.context.new_page()
    tab.goto(page.url)
    assert_chosen(tab, "C4", "C5")
    tab.get_by_role("button", name="Continue").click()
    tab.wait_for_url("**/checkout/")
    assert len(holds.held_seats(programme.pk)) == 2
    tab.close()


def test_start_over_then_the_seats_are_free_for_everybody_at_once(at_checkout, programme):
    at_checkout.get_by_role("button", name="Give my seats back").click()
    at_checkout.wait_for_url("**/seats/")

    assert holds.held_seats(programme.pk) == {}
    assert_chosen(at_checkout)


def test_look_again_without_javascript_then_the_choice_is_kept(browser, browser_context_args, shop, programme):
    with browser.new_context(**browser_context_args, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{shop}{programme.get_absolute_url()}")
        choose_seats(page, "D4")
        seat = programme.layout.seats.get(row="B", number="1")
        holds.hold_seats(programme.pk, [seat.pk], holder=holds.holder_of(create_user("other@example.com")))
        page.get_by_role("button", name="Look again").click()

        expect(page).to_have_url(re.compile(r"/seats/\?seats=\d+(#.*)?$"))
        assert_chosen(page, "D4")
        expect(page.locator("input[data-label=B1]")).to_have_attribute("data-state", "held")


def test_time_over_and_somebody_else_has_them_then_the_nearest_are_offered(at_checkout, programme):
    page = at_checkout
    link(programme.layout)
    pass_time(get_redis_connection("holds"), 601)
    hold(create_user("quick@example.com"), programme, "C4")

    page.get_by_role("button", name="Pay EUR").click()

    assert_chosen(page, "C5", "C6")
    expect(page.locator("main")).to_contain_text("Somebody else has your seats now")
