"""Tickets on a phone: with no signal, after signing out, shared with a friend, and right after paying."""

import pytest
from playwright.sync_api import expect

from bookings import flows
from bookings.models import Ticket
from tests.bookings.steps import buy, open_session, start
from tests.journeys.visitor import wait_until
from theaters.models import Screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KEPT = """async () => {
  const found = [];
  for (const name of await caches.keys())
    for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url).pathname);
  return found;
}"""


@pytest.fixture
def booking(programme, moviegoer, sandbox):
    return buy(sandbox, moviegoer, programme, "C4", "C5")


@pytest.fixture
def signed_in(page, shop, client, moviegoer):
    client.force_login(moviegoer)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": shop}])


def open_and_keep(page, path):
    """Returns when the phone has the page and its files."""
    page.goto(path)
    wait_until(lambda: {"/bookings/", "/static/css/ticket.css"} <= kept(page))


def kept(page):
    """What is on the phone: files by their paths, all pages with tickets as one."""
    return {"/bookings/" if path.startswith("/bookings/") else path for path in page.evaluate(KEPT)}


def codes(page):
    images = page.locator("img.ticket__code")
    return [images.nth(number).evaluate("image => image.naturalWidth > 0") for number in range(images.count())]


def test_no_signal_then_the_tickets_open_with_their_codes(page, shop, booking, signed_in):
    open_and_keep(page, f"{shop}{booking.get_absolute_url()}tickets/")
    page.context.set_offline(True)
    page.reload()

    assert codes(page) == [True, True]
    expect(page.get_by_text("No signal.")).to_be_visible()
    assert page.locator("h1").evaluate("heading => getComputedStyle(heading).fontFamily").startswith('"Big Shoulders"')
    page.context.set_offline(False)
    pages = [path for path in page.evaluate(KEPT) if not path.startswith("/static/")]
    assert pages == [f"{booking.get_absolute_url()}tickets/"]


def test_signed_out_then_nothing_is_left_on_the_phone(page, shop, booking, signed_in):
    path = f"{shop}{booking.get_absolute_url()}tickets/"
    open_and_keep(page, path)
    page.goto(f"{shop}/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.get_by_role("link", name="Sign in").wait_for()
    wait_until(lambda: "/bookings/" not in kept(page))

    page.goto(path)
    assert "/accounts/login/" in page.url


def test_cancelled_then_the_phone_forgets_the_tickets(page, shop, booking, signed_in, moviegoer):
    open_and_keep(page, f"{shop}{booking.get_absolute_url()}tickets/")
    flows.cancel_booking(booking, by=moviegoer, in_full=True)
    page.reload()

    expect(page.get_by_text("This booking is cancelled.")).to_be_visible()
    wait_until(lambda: "/bookings/" not in kept(page))


def test_friend_opens_one_seat_with_no_signal_and_no_account(page, shop, booking, signed_in, browser):
    page.goto(f"{shop}{booking.get_absolute_url()}tickets/")
    page.get_by_role("button", name="Share seat C5 with a friend").click()
    address = page.get_by_label("Address of seat C5").input_value()

    with browser.new_context() as context:
        friend = context.new_page()
        friend.set_default_timeout(15_000)
        open_and_keep(friend, address)
        context.set_offline(True)
        friend.reload()

        assert codes(friend) == [True]
        words = friend.locator("main").inner_text()
        assert Ticket.objects.get(booked_seat__seat__number="5").serial in words
        assert "Mina" not in words
        context.set_offline(False)
        page.get_by_role("button", name="Take it back").click()
        page.get_by_text("The address shows nothing any more.").wait_for()
        friend.reload()
        expect(friend.get_by_role("heading", name="This link no longer shows a ticket.")).to_be_visible()


BOXES = """async (all) => {
  await document.fonts.ready;
  const found = document.querySelector(".ticket").querySelectorAll(all);
  return [...found].map((one) => one.getBoundingClientRect().toJSON());
}"""


@pytest.mark.parametrize(("width", "is_beside"), [(390, False), (720, True)])
def test_printed_on_narrow_paper_then_the_code_stands_under_the_words(page, shop, booking, signed_in, width, is_beside):
    page.set_viewport_size({"width": width, "height": 560})
    page.goto(f"{shop}{booking.get_absolute_url()}tickets/")
    page.emulate_media(media="print")

    words, _screen, _row, seat, stub = page.evaluate(BOXES, ".ticket__words, .ticket__place dd, .ticket__stub")
    assert (stub["top"] >= words["bottom"]) is not is_beside
    assert seat["right"] <= (stub["left"] if is_beside else words["right"])


def test_arabic_on_a_small_phone_then_row_and_seat_stay_side_by_side(page, shop, booking, signed_in):
    page.set_viewport_size({"width": 360, "height": 700})
    page.context.add_cookies([{"name": "django_language", "value": "ar", "url": shop}])
    for name in ("Screen 12", "Screen 120", "Screen 1200", "Studio Lumière"):
        Screen.objects.filter(pk=booking.showtime.screen.pk).update(name=name)
        page.goto(f"{shop}{booking.get_absolute_url()}tickets/")

        _screen, row, seat = page.evaluate(BOXES, ".ticket__place dd")
        assert page.locator("html").get_attribute("dir") == "rtl"
        assert (row["top"], seat["x"] < row["x"]) == (seat["top"], True)


def test_paid_then_the_page_says_so_and_the_focus_is_on_it(page, shop, programme, moviegoer, sandbox, signed_in):
    booking = start(moviegoer, programme, "C4")
    session_id = open_session(booking)
    sandbox.pay(session_id)
    page.goto(f"{shop}{booking.get_absolute_url()}return/")

    assert page.url.endswith("/tickets/")
    assert page.evaluate("document.activeElement.textContent").strip().startswith("Your tickets are ready.")
