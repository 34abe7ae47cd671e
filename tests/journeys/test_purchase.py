"""From the front page to the ticket, as a stranger does it, in a real browser."""

import pytest
from playwright.sync_api import expect

from bookings import flows
from bookings.models import Booking, Ticket
from tests.factories import create_user, seats_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def choose_showtime(page, shop):
    page.goto(shop)
    page.get_by_role("link", name="Nachtzug nach Triest").first.click()
    page.locator("a[href$='/seats/']").first.click()
    # The last script of the page has run: the room is one stop for the Tab key.
    page.locator("input[name='seats'][tabindex='0']").wait_for(state="attached")


def choose_seats(page, *labels):
    for label in labels:
        page.locator(f"input[data-label='{label}']").check()


def assert_chosen(page, *labels):
    boxes = page.locator("input[name='seats']:checked")
    expect(boxes).to_have_count(len(labels))
    for number, label in enumerate(labels):
        expect(boxes.nth(number)).to_have_attribute("data-label", label)


def sign_in(page):
    page.get_by_label("Email").first.fill("moviegoer@example.com")
    page.locator("input[name='password']").fill("demo")
    page.locator("form button[type='submit'], form button:not([type])").filter(has_text="Sign").first.click()


def pay(page, how="pay"):
    page.get_by_role("button", name="Pay EUR").click()
    page.locator(f"button[value='{how}']").click()


def buy(page, shop):
    """The whole way; ends on the ticket page."""
    choose_showtime(page, shop)
    choose_seats(page, "C4", "C5")
    page.get_by_role("button", name="Continue").click()
    sign_in(page)
    expect(page.locator("input[name='seats']:checked")).to_have_count(2)
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("main")).to_contain_text("EUR 25.00")
    pay(page)
    page.wait_for_url("**/tickets/")


def assert_tickets_are_shown(page):
    booking = Booking.objects.get()
    serials = list(Ticket.objects.values_list("serial", flat=True))
    text = page.locator("main").inner_text()
    assert (booking.status, booking.seat_labels) == (Booking.Status.CONFIRMED, ["C4", "C5"])
    assert [serial in text for serial in serials] == [True, True]
    codes = page.locator("img[src^='data:image/svg']")
    expect(codes).to_have_count(2)
    assert codes.first.evaluate("image => image.complete && image.naturalWidth > 0")


def test_stranger_buys_two_tickets(page, shop, programme, moviegoer):
    buy(page, shop)

    assert_tickets_are_shown(page)


def test_stranger_buys_two_tickets_without_javascript(browser, browser_context_args, shop, programme, moviegoer):
    with browser.new_context(**browser_context_args, java_script_enabled=False) as context:
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto(shop)
        page.get_by_role("link", name="Nachtzug nach Triest").first.click()
        page.locator("a[href$='/seats/']").first.click()
        choose_seats(page, "C4", "C5")
        page.get_by_role("button", name="Continue").click()
        sign_in(page)
        page.get_by_role("button", name="Continue").click()
        pay(page)
        page.wait_for_url("**/tickets/")

        expect(page.locator("img[src^='data:image/svg']")).to_have_count(2)
    assert Booking.objects.get().seat_labels == ["C4", "C5"]


def test_stranger_buys_two_tickets_from_gunicorn_with_two_workers(page, gunicorn_shop, programme, moviegoer):
    buy(page, gunicorn_shop)

    assert_tickets_are_shown(page)


def test_card_declined_then_paid_with_3d_secure(page, shop, programme, moviegoer):
    choose_showtime(page, shop)
    choose_seats(page, "C4")
    page.get_by_role("button", name="Continue").click()
    sign_in(page)
    page.get_by_role("button", name="Continue").click()
    pay(page, "decline")
    page.locator("button[value='3ds']").click()
    page.locator("button[value='approve']").click()
    page.wait_for_url("**/tickets/")

    assert Booking.objects.get().is_confirmed


def test_leaves_the_payment_page_then_pays_again(page, shop, programme, moviegoer):
    choose_showtime(page, shop)
    choose_seats(page, "C4")
    page.get_by_role("button", name="Continue").click()
    sign_in(page)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Pay EUR").click()
    page.get_by_role("link", name="Leave").click()
    page.wait_for_url("**/bookings/*/")
    pay(page)
    page.wait_for_url("**/tickets/")

    assert Booking.objects.get().is_confirmed


def test_seat_taken_by_somebody_else_meanwhile_then_it_says_so_by_itself(page, shop, programme, moviegoer):
    choose_showtime(page, shop)
    choose_seats(page, "C4", "C5")
    (c4,) = seats_of(programme, "C4")
    flows.hold_seats(create_user(), showtime=programme, seat_ids=[c4.pk])

    page.get_by_text("Seat C4 has just been taken").first.wait_for()

    expect(page.locator("input[data-label='C4']")).not_to_be_checked()
    expect(page.locator("input[data-label='C5']")).to_be_checked()
    expect(page.locator("input[data-label='C4']")).to_have_attribute("data-state", "held")


def test_keyboard_alone_chooses_a_seat(page, shop, programme, moviegoer):
    choose_showtime(page, shop)
    page.locator("input[name='seats'][tabindex='0']").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")

    assert page.evaluate("document.activeElement.dataset.label") == "B3"
    expect(page.locator("input[data-label='B3']")).to_be_checked()


def test_ninth_seat_then_it_says_how_many_there_may_be(page, shop, programme, moviegoer):
    choose_showtime(page, shop)
    choose_seats(page, "D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8")
    page.locator("input[data-label='D9']").click(force=True)

    page.get_by_text("You can book up to 8 seats at once").first.wait_for()
    expect(page.locator("input[name='seats']:checked")).to_have_count(8)


def test_ticket_type_changed_then_the_new_total_is_paid(page, shop, programme, moviegoer):
    choose_showtime(page, shop)
    choose_seats(page, "C4", "C5")
    page.get_by_role("button", name="Continue").click()
    sign_in(page)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/checkout/")  # and for its scripts: a choice made before them is asked about when paying
    page.locator("select").first.select_option(label="Child, EUR 8.50")
    page.get_by_role("button", name="Pay EUR 21.00").wait_for()
    pay(page)
    page.wait_for_url("**/tickets/")

    assert str(Booking.objects.get().total) == "21.000"
