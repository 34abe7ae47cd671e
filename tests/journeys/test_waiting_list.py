"""Sold out, and two seats come back: from the waiting list to the tickets, in a browser without JavaScript."""

import re

import pytest
from django.core import mail
from playwright.sync_api import expect

from bookings import flows, tasks
from bookings.models import Booking, WaitingEntry
from tests.bookings.test_best_seats import create_room
from tests.bookings.waiting_steps import fill, give_back
from tests.factories import create_member
from tests.journeys.test_purchase import pay, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_sold_out_then_waiting_offer_mail_checkout_and_tickets(browser, browser_context_args, shop, moviegoer):
    showtime = create_room(rows="AB", seats=3)
    sold_out = fill(showtime, create_member(showtime.theater, "box_office"))
    with browser.new_context(**browser_context_args, java_script_enabled=False) as context:
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto(f"{shop}{showtime.theater.get_absolute_url()}?date={showtime.business_date}")
        page.get_by_role("link", name="Join the waiting list").click()
        page.locator("#waiting_party").select_option("3")
        page.get_by_role("button", name="Join the waiting list").click()
        sign_in(page)
        expect(page.locator("#waiting_party")).to_have_value("3")
        page.get_by_role("button", name="Join the waiting list").click()
        page.get_by_text("You wait for 3 seats together.").wait_for()

        give_back(sold_out, "A1", "B1", "B2", "B3")
        tasks.offer_seats()
        letter = next(letter for letter in mail.outbox if letter.to == [moviegoer.email])
        page.goto(re.search(rf"{shop}/showtimes/\S+", letter.body)[0])
        page.get_by_text("Seats B1, B2, B3 are kept for you").wait_for()
        page.get_by_role("button", name="Take these seats").click()
        pay(page)
        page.wait_for_url("**/tickets/")

        expect(page.locator("img[src^='data:image/svg']")).to_have_count(3)
    assert Booking.objects.get(user=moviegoer).seat_labels == ["B1", "B2", "B3"]
    assert not WaitingEntry.objects.exists()
    assert not flows.offer_free_seats()
