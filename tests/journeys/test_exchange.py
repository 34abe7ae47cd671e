"""Tickets changed to another showtime in a real browser without JavaScript, and what the door says to the old ones."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from bookings import flows
from bookings.models import Booking, Ticket
from tests.bookings.steps import buy
from tests.factories import create_layout, create_price_card, create_screen, create_showtime, create_staff
from tests.journeys.test_purchase import choose_seats, sign_in
from theaters.models import Showtime

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def dearer(programme):
    theater = programme.theater
    theater.exchange_minutes = 60
    theater.save()
    layout, card = create_layout(create_screen(theater)), create_price_card(theater, adult="20.00")
    starts_at = programme.starts_at + timedelta(days=2)
    return create_showtime(layout=layout, starts_at=starts_at, price_card=card, movie=programme.movie)


def test_exchange_for_a_dearer_showtime_without_javascript(
    browser, browser_context_args, shop, dearer, programme, moviegoer, sandbox
):
    old = buy(sandbox, moviegoer, Showtime.objects.get(pk=programme.pk), "C4", "C5")
    with browser.new_context(**browser_context_args, java_script_enabled=False) as context:
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto(shop + old.get_absolute_url())
        sign_in(page)
        page.get_by_role("link", name="Change to another showtime").click()
        page.locator(f"a[href$='/exchange/{dearer.pk}/']").click()
        choose_seats(page, "B1", "B2")
        page.get_by_role("button", name="Continue").click()
        expect(page.locator("main")).to_contain_text("To pay now")
        page.get_by_role("button", name="Pay EUR 17.00 and exchange").click()
        page.locator("button[value='pay']").click()
        page.wait_for_url("**/tickets/")

        expect(page.locator("img[src^='data:image/svg']")).to_have_count(2)
        page.goto(shop + old.get_absolute_url())
        expect(page.locator("main")).to_contain_text("Exchanged for")
    new = Booking.objects.get(showtime=dearer)
    void = Ticket.objects.filter(booked_seat__booking=old).first()
    said = flows.admit(void.serial, by=create_staff())
    assert (new.status, new.paid_with.amount_received) == ("confirmed", 17)
    assert (said.verdict, said.reason) == ("void", f"The booking is cancelled. Exchanged for {new}.")
