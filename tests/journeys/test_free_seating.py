"""A showtime with free seating: how many instead of where, from the page to the ticket."""

import pytest
from playwright.sync_api import expect

from bookings.models import Booking
from tests.factories import create_category, create_movie, create_places, create_screen, create_showtime, create_theater
from tests.journeys.axe import MARKS
from tests.journeys.test_purchase import pay, sign_in

pytestmark = MARKS


@pytest.fixture
def courtyard(transactional_db):
    """Deckchairs, benches, and two wheelchair spaces under the plane tree."""
    screen = create_screen(create_theater("Rialto"), name="Courtyard")
    layout = create_places(60, spaces=2, screen=screen)
    deckchair = create_category(screen.theater, "Deckchair", order=1)
    layout.seats.filter(x__lt=20).update(category=deckchair)
    return create_showtime(layout=layout, movie=create_movie("Nachtzug nach Triest", slug="nachtzug"))


def buy_three(page, shop, courtyard):
    page.goto(f"{shop}/movies/nachtzug/")
    page.locator("a[href$='/seats/']").first.click()
    expect(page.locator("main")).to_contain_text("56 places are left.")
    page.get_by_label("Standard").fill("2")
    page.get_by_label("Deckchair").fill("1")
    page.get_by_role("button", name="Continue").click()
    sign_in(page)
    expect(page.get_by_label("Standard")).to_have_value("2")
    expect(page.get_by_label("Deckchair")).to_have_value("1")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_label("Ticket for place")).to_have_count(3)
    pay(page)
    page.wait_for_url("**/tickets/")
    expect(page.locator("img[src^='data:image/svg']")).to_have_count(3)
    expect(page.get_by_text("Free seating: sit where you like")).to_have_count(3)


def test_stranger_buys_three_places(page, shop, courtyard, moviegoer):
    buy_three(page, shop, courtyard)

    labels = Booking.objects.get().seat_labels
    assert (len(labels), all(label.isdecimal() for label in labels)) == (3, True)


def test_stranger_buys_three_places_without_javascript(browser, browser_context_args, shop, courtyard, moviegoer):
    with browser.new_context(**browser_context_args, java_script_enabled=False) as context:
        page = context.new_page()
        page.set_default_timeout(15_000)
        buy_three(page, shop, courtyard)

    assert Booking.objects.get().is_confirmed


def test_pages_of_free_seating(look, page, courtyard, moviegoer):
    path = courtyard.get_absolute_url()

    found = look(path) + look(path, moviegoer) + look(f"{path}?waiting=1")
    page.get_by_label("Standard").fill("3")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_label("Ticket for place")).to_have_count(3)
    found += look(f"/showtimes/{courtyard.pk}/checkout/") + look(path)

    assert found == []


@pytest.mark.parametrize("look", [("light", 360)], indirect=True)
def test_page_of_free_seating_that_is_sold_out(look, courtyard):
    courtyard.layout.seats.exclude(feature="wheelchair").update(is_blocked=True)

    assert look(courtyard.get_absolute_url()) == []
