"""A premiere on a phone: in the queue until it is one's turn, then at the seats; with and without JavaScript."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from django_redis import get_redis_connection
from playwright.sync_api import expect

from bookings import waiting_room
from tests.bookings.waiting_room_steps import pass_time
from tests.journeys.test_purchase import choose_seats

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def hot(programme):
    """One place inside, and somebody in it."""
    programme.has_waiting_room, programme.waiting_room_rate, programme.waiting_room_places = True, 6000, 1
    programme.save()
    waiting_room.enter(programme, "guest-first")
    return programme


def let_next_in(showtime):
    waiting_room.leave(showtime.pk, "guest-first")
    pass_time(get_redis_connection("holds"), showtime, 10, seen=False, inside=False)


def test_waiting_with_a_script_then_it_says_how_long_and_moves_on_by_itself(page, shop, hot):
    page.clock.install()
    page.goto(f"{shop}{hot.movie.get_absolute_url()}")
    page.locator(f"a[href^='{hot.get_absolute_url()}']").first.click()
    page.get_by_role("heading", name="You are in the queue").wait_for()
    expect(page.get_by_text("You are next.")).to_be_visible()
    page.goto(f"{shop}{hot.get_absolute_url()}?party=3")
    page.clock.fast_forward(7_000)
    expect(page).to_have_title(re.compile("^You are next"))

    let_next_in(hot)
    page.clock.fast_forward(7_000)
    page.get_by_role("status").filter(has_text="It is your turn.").wait_for()
    page.clock.fast_forward(2_000)
    page.get_by_text("Choose your seats until").wait_for()

    expect(page.get_by_label("How many of you?")).to_have_value("3")
    choose_seats(page, "C4")


def test_early_and_the_sale_begins_then_the_page_becomes_the_queue_without_being_loaded_anew(page, shop, hot):
    hot.on_sale_from = timezone.now() + timedelta(minutes=9)
    hot.save()
    page.clock.install()
    page.goto(f"{shop}{hot.get_absolute_url()}")
    page.get_by_role("heading", name="You are early").wait_for()
    page.evaluate("window.isTheSame = true")
    hot.on_sale_from = None
    hot.save()
    waiting_room.look(hot)

    page.clock.fast_forward(120_000)
    page.get_by_role("heading", name="You are in the queue").wait_for()

    expect(page.get_by_text("You are next.").first).to_be_visible()
    expect(page.get_by_text("The sale begins at")).to_be_hidden()
    assert page.evaluate("window.isTheSame")


def test_waiting_without_a_script_then_looking_again_leads_to_the_seats(browser, browser_context_args, shop, hot):
    with browser.new_context(**browser_context_args, java_script_enabled=False) as context:
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto(f"{shop}{hot.get_absolute_url()}?party=3&lang=en")
        page.get_by_text("You are next.").wait_for()
        expect(page.locator("meta[http-equiv=refresh]")).to_have_count(1)
        page.get_by_role("link", name="Stop that").click()
        page.locator(".small-print", has_text="This page no longer looks by itself").wait_for()

        let_next_in(hot)
        page.get_by_role("link", name="Look again now").click()
        page.get_by_text("Choose your seats until").wait_for()

        expect(page.get_by_label("How many of you?")).to_have_value("3")
