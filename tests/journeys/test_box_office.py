"""A cashier's evening in a real browser: two adults in six clicks, with and without JavaScript."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from bookings.audit import audit
from bookings.models import Booking, Ticket
from tests.bookings.counter_steps import open_shift
from tests.factories import create_member, create_showtime, zone_where_it_is

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MOST_CLICKS = 6


@pytest.fixture
def tonight(programme):
    """On the page of today's showtimes, whenever the test runs."""
    programme.theater.time_zone = zone_where_it_is(12)
    programme.theater.save()
    soon = timezone.now() + timedelta(minutes=5)
    return create_showtime(theater=programme.theater, starts_at=soon, movie=programme.movie)


@pytest.fixture
def cashier(programme):
    return create_member(programme.theater, "box_office", name="Cora")


class Hand:
    """Counts its clicks; whatever is typed goes to where the page has put the cursor."""

    def __init__(self, page):
        self.page, self.clicks = page, 0

    def click(self, target, **options):
        self.clicks += 1
        target.click(**options)


def at_work(context, shop, cashier):
    client = Client()
    client.force_login(cashier)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": shop}])


def sell_two(page, shop, theater, title, *, is_scripted=True):
    """From the page of today's showtimes to the printed tickets; the hand that did it."""
    page.goto(f"{shop}/box-office/at/{theater.slug}/")
    hand = Hand(page)
    hand.click(page.get_by_role("link", name=title))
    if is_scripted:
        page.locator("input[name='seats'][tabindex='0']").wait_for(state="attached")
    for label in ("B3", "B4"):
        hand.click(page.locator(f"input[data-label='{label}']"))
    expect(page.locator("[data-total]")).to_have_text("EUR 23.00" if is_scripted else "")
    hand.click(page.get_by_role("button", name="Continue"))
    page.wait_for_url("**/sale/?seats=**")
    page.locator("input[name='cash_given']:focus").wait_for()
    page.keyboard.type("50")
    if is_scripted:
        page.get_by_text("Change: EUR 27.00").wait_for()
    hand.click(page.get_by_role("button", name="Cash", exact=True))
    page.get_by_text("Change: EUR 27.00").wait_for()
    printed = page.get_by_role("link", name="Print the tickets")
    hand.clicks += 1
    assert page.request.get(shop + printed.get_attribute("href")).headers["content-type"] == "application/pdf"
    return hand


def test_two_adults_for_cash_in_six_clicks(page, shop, tonight, cashier):
    open_shift(cashier, tonight)
    at_work(page.context, shop, cashier)

    hand = sell_two(page, shop, tonight.theater, tonight.movie.title)

    assert hand.clicks <= MOST_CLICKS
    booking = Booking.objects.get()
    assert (booking.status, booking.seat_labels, booking.sold_by) == ("confirmed", ["B3", "B4"], cashier)
    assert booking.paid_with.cash_given == 50
    assert Ticket.objects.live().count() == 2
    assert [result.invariant.code for result in audit() if result.broken] == []


def test_two_adults_for_cash_in_six_clicks_without_javascript(browser, browser_context_args, shop, tonight, cashier):
    open_shift(cashier, tonight)
    with browser.new_context(**browser_context_args, java_script_enabled=False) as context:
        at_work(context, shop, cashier)
        page = context.new_page()
        page.set_default_timeout(15_000)

        hand = sell_two(page, shop, tonight.theater, tonight.movie.title, is_scripted=False)

    assert hand.clicks <= MOST_CLICKS
    assert Booking.objects.get().is_confirmed


def test_from_the_office_opens_a_shift_sells_a_child_and_refunds_it(page, shop, tonight, cashier):
    at_work(page.context, shop, cashier)
    page.goto(f"{shop}/admin/")
    page.get_by_role("link", name="Box office", exact=True).first.click()
    page.get_by_role("link", name="Open a shift").click()
    page.get_by_label("Float").fill("100")
    page.get_by_role("button", name="Open the shift").click()
    page.get_by_role("link", name=tonight.movie.title).click()
    page.locator("input[name='seats'][tabindex='0']").wait_for(state="attached")
    page.locator("input[data-label='B3']").click()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/sale/?seats=**")
    page.locator("select").first.select_option(label="Child, EUR 7.50")
    page.get_by_role("heading", name="Total EUR 7.50").wait_for()
    page.get_by_role("button", name="Cash", exact=True).click()
    page.get_by_text("Cancel and refund").first.click()
    page.get_by_role("group").filter(has_text="out of your drawer").get_by_label("Reason").fill("Wrong movie")
    page.get_by_role("button", name="Cancel and refund").click()
    page.get_by_text("is cancelled and refunded as it was paid").wait_for()

    assert (Booking.objects.get().status, str(Booking.objects.get().total)) == ("cancelled", "7.500")
    assert cashier.shifts.get().cash_in_drawer() == 100
