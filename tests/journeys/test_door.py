"""An evening at the door on a phone: with a line, without one, with a camera; and what the phone keeps of it."""

import re
from datetime import timedelta

import pytest
import segno
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from bookings import flows
from bookings.codes import ticket_code
from bookings.flows import Door
from bookings.models import DoorScan, Ticket
from tests.bookings.steps import buy
from tests.conftest import CHROMIUM_FLAGS
from tests.factories import create_showtime_now, create_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Everything that a browser keeps for a page.
DUMP = """async () => {
  const kept = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage })];
  for (const { name, version } of await indexedDB.databases()) {
    const base = await new Promise((done) => {
      const request = indexedDB.open(name, version);
      request.onsuccess = () => done(request.result);
    });
    for (const store of base.objectStoreNames) {
      const rows = base.transaction(store).objectStore(store).getAll();
      kept.push(store, JSON.stringify(await new Promise((done) => (rows.onsuccess = () => done(rows.result)))));
    }
    base.close();
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) kept.push(request.url, await (await cache.match(request)).text());
  }
  return kept.join("\\n");
}"""


@pytest.fixture
def showtime(transactional_db):
    return create_showtime_now()


@pytest.fixture
def tickets(moviegoer, showtime, sandbox):
    buy(sandbox, moviegoer, showtime, "A1", "A2", "A3", "A4", "A5", "A6")
    return list(Ticket.objects.order_by("pk"))


@pytest.fixture
def usher(showtime):
    return create_staff("bookings.check_in_ticket", name="Anna Usher", email="anna@example.com")


@pytest.fixture
def stand(page, shop, client, usher, showtime):
    """stand(place) opens the door's page, there, ready for an evening without a line."""

    def stand(place=None, page=page, by=usher):
        client.force_login(by)
        client.post("/door/place/", {"place": place or f"{showtime.theater.pk}-{showtime.screen.pk}"})
        page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": shop}])
        page.goto(f"{shop}/door/")
        page.locator("[data-line=connected]").wait_for()
        page.evaluate("navigator.serviceWorker.ready")

    return stand


def scan(page, ticket, word):
    """As a hardware scanner does into the field: letters and Enter. The reason, of no earlier answer."""
    page.locator("[data-answer]").evaluate("place => place.replaceChildren()")
    page.keyboard.insert_text(ticket_code(ticket.serial, ticket.booked_seat.showtime_id))
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=word, exact=True).wait_for()
    return page.locator("[data-answer]").inner_text()


def test_evening_without_a_line_then_all_are_sent_once_and_the_double_is_flagged(page, stand, tickets, usher, showtime):
    stand()
    page.context.set_offline(True)
    page.locator("[data-line=away]").wait_for()
    for ticket in tickets[:5]:
        assert showtime.movie.title in scan(page, ticket, "Welcome")
    assert "by what this phone knows" in scan(page, tickets[0], "Already in")
    expect(page.locator("[data-line]")).to_contain_text("Waiting to be sent: 5.")
    # Meanwhile at another door, which has a line.
    flows.admit(tickets[1].serial, by=create_staff(name="Bob"), door=Door(showtime.theater))

    page.context.set_offline(False)
    page.locator("[data-mistakes] li").wait_for()
    page.locator("[data-line=connected]").wait_for()

    assert DoorScan.objects.filter(let_in=True).count() == DoorScan.objects.count() == 5
    assert DoorScan.objects.wrongly_let_in().get().ticket == tickets[1]
    said = page.locator("[data-mistakes] li").inner_text()
    assert re.search(r"row A seat 2, let in by Anna Usher .* Already in since .*, by Bob at ", said, re.DOTALL)
    assert Ticket.objects.filter(checked_in_at__isnull=False).count() == 5
    assert "Already in since" in scan(page, tickets[0], "Already in")  # a copy, at the phone that let the first in
    page.reload()
    expect(page.locator("[data-mistakes] li")).to_have_count(1)


def test_nothing_about_people_is_on_the_phone(page, stand, tickets, usher, moviegoer, sandbox):
    stand()
    scan(page, tickets[0], "Welcome")
    scan(page, tickets[0], "Already in")
    page.context.set_offline(True)
    scan(page, tickets[1], "Welcome")
    kept = page.evaluate(DUMP).lower()

    assert tickets[1].serial.lower() in kept  # the dump holds what is there
    booking = tickets[0].booked_seat.booking
    people = [moviegoer.name, moviegoer.email, usher.name, usher.email, booking.reference, 'name="csrfmiddlewaretoken"']
    assert [word for word in people if word.lower() in kept] == []
    assert re.findall(r"[\w.]+@[\w-]+\.\w+", kept) == []


def test_page_opened_anew_without_a_line_then_it_still_knows_the_door(page, stand, tickets, showtime):
    stand()
    page.context.set_offline(True)
    page.goto(page.url)
    page.locator("[data-kept-page] [data-line=away]").wait_for()
    page.get_by_role("heading", name=str(showtime.screen)).wait_for()

    scan(page, tickets[0], "Welcome")
    expect(page.get_by_text("Anna")).to_have_count(0)
    page.context.set_offline(False)

    page.locator("[data-place]").wait_for(state="attached")  # the real page has come, and sends what waits
    page.locator("[data-line=connected]").wait_for()
    assert DoorScan.objects.get().verdict == "welcome"


def test_what_a_phone_alone_cannot_let_in(page, stand, tickets, showtime, sandbox, moviegoer, usher):
    void, elsewhere = tickets[0], create_showtime_now(theater=showtime.theater)
    buy(sandbox, moviegoer, elsewhere, "A1")
    other = Ticket.objects.get(booked_seat__showtime=elsewhere)
    buy(sandbox, moviegoer, foreign := create_showtime_now(), "A1")
    stranger = Ticket.objects.get(booked_seat__showtime=foreign)
    flows.reissue_tickets(void.booked_seat.booking, by=usher)
    stand()
    page.context.set_offline(True)

    assert "newer one" in scan(page, void, "Not valid")
    assert f"for {elsewhere.screen.name}" in scan(page, other, "Not here")
    assert "another day or theater" in scan(page, stranger, "Not today")
    other.serial = "AAAAA-AAAAA"
    page.keyboard.insert_text(ticket_code(other.serial, elsewhere.pk)[:-9] + "AAAAAAAAA")
    page.keyboard.press("Enter")
    page.get_by_text("not ours").wait_for()
    page.keyboard.insert_text("AAAAA-AAAAA")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Cannot say").wait_for()
    page.evaluate("() => { crypto.subtle.importKey = () => { throw new DOMException('', 'NotSupportedError') } }")
    scan(page, tickets[1], "Cannot say")
    page.get_by_text("This browser cannot check codes").wait_for()
    assert page.evaluate("door.waiting()") == []


def test_refused_with_a_line_then_nobody_is_in_by_what_the_phone_knows(page, stand, moviegoer, sandbox):
    late = create_showtime_now(minutes=75)  # its doors open in a quarter of an hour
    buy(sandbox, moviegoer, late, "A1")
    ticket = Ticket.objects.get()
    stand(f"{late.theater.pk}-{late.screen.pk}")
    assert "The doors open at" in scan(page, ticket, "Not yet")
    page.context.set_offline(True)
    page.clock.set_fixed_time(timezone.now() + timedelta(minutes=20))

    scan(page, ticket, "Welcome")


def test_phone_whose_clock_is_wrong_then_the_servers_counts(page, stand, tickets):
    page.clock.set_fixed_time(timezone.now() - timedelta(hours=5))
    stand()
    page.context.set_offline(True)
    scan(page, tickets[0], "Welcome")
    page.context.set_offline(False)
    page.locator("[data-line=connected]").wait_for()

    sent = DoorScan.objects.get()
    assert (sent.verdict, abs(sent.scanned_at - sent.received_at) < timedelta(minutes=2)) == ("welcome", True)


def test_somebody_else_signs_in_then_each_sends_their_own_and_a_copy_stays_out(context, stand, tickets, usher):
    stand(page=(page := context.new_page()))
    context.set_offline(True)
    for ticket in tickets[:2]:
        scan(page, ticket, "Welcome")
    page.close()
    context.set_offline(False)

    stand(page=(page := context.new_page()), by=create_staff("bookings.check_in_ticket", name="Bob"))
    page.get_by_text("Scans that wait until somebody else signs in again: 2.").wait_for()
    scan(page, tickets[0], "Already in")
    assert not DoorScan.objects.exists()
    stand(page=page)
    page.wait_for_function("door.waiting().then((scans) => !scans.length)")

    admitted = Ticket.objects.filter(checked_in_at__isnull=False)
    assert [ticket.checked_in_by for ticket in admitted.order_by("pk")] == [usher, usher]
    assert not DoorScan.objects.wrongly_let_in().exists()


def test_server_down_but_not_the_line_then_the_door_opens_and_goes_on(context, stand, tickets, live_server, showtime):
    page = context.new_page()
    stand(page=page)
    shop = live_server.thread.httpd.application
    live_server.thread.httpd.application = nobody_behind_the_balancer
    try:
        page.goto(page.url)
        page.get_by_role("heading", name=str(showtime.screen)).wait_for()
        scan(page, tickets[0], "Welcome")
    finally:
        live_server.thread.httpd.application = shop
    page.evaluate("dispatchEvent(new Event('online'))")
    page.locator("[data-place]").wait_for(state="attached")
    page.locator("[data-line=connected]").wait_for()

    assert DoorScan.objects.get().verdict == "welcome"


def nobody_behind_the_balancer(environ, start_response):
    start_response("502 Bad Gateway", [("Content-Type", "text/html")])
    return [b"<h1>502</h1>"]


def test_codes_of_others_then_an_answer_and_the_line_is_not_blamed(page, stand, tickets):
    stand()
    for code in ("https://example.com/?" + "a" * 400, "A\0B", "x" + "🎟" * 200):
        page.locator("[data-answer]").evaluate("place => place.replaceChildren()")
        page.evaluate("door.check", code)
        page.get_by_role("heading", name=re.compile("Not valid|Unknown")).wait_for()
    page.evaluate("door.check", " \0 ")
    page.route("**/door/scans/", lambda route: route.fulfill(status=413, body="Too much"))
    assert "does not understand this page" in scan(page, tickets[0], "Cannot say")

    expect(page.locator("[data-line]")).to_have_attribute("data-line", "connected")
    assert (DoorScan.objects.count(), page.evaluate("door.waiting()")) == (3, [])


def test_scanner_types_while_nothing_has_the_focus_then_no_letter_is_lost(page, stand, tickets):
    stand()
    page.locator("input[name=code]").blur()
    page.keyboard.type(tickets[0].serial)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Welcome").wait_for()

    assert DoorScan.objects.get().ticket == tickets[0]


def test_answer_that_got_lost_then_the_same_scan_again_is_no_double(page, stand, tickets):
    stand()
    page.route("**/door/scans/", lambda route: (route.fetch(), route.abort()))
    scan(page, tickets[0], "Welcome")
    page.locator("[data-line=away]").wait_for()
    page.unroute("**/door/scans/")
    page.evaluate("dispatchEvent(new Event('online'))")
    page.locator("[data-line=connected]").wait_for()

    assert DoorScan.objects.get().verdict == "welcome"
    expect(page.locator("[data-mistakes] li")).to_have_count(0)


# Phones let a page sound only from a touch or a key on, which an answer from the network is not.
WHAT_BEGAN_THE_SOUND = """window.AudioContext = class extends AudioContext {
  constructor() { super(); window.begunBy = window.event?.type; }
}"""


def test_answer_is_heard_and_felt(page, stand, tickets):
    page.add_init_script(WHAT_BEGAN_THE_SOUND)
    stand()
    page.evaluate("navigator.vibrate = (pattern) => (window.felt = pattern)")
    scan(page, tickets[0], "Welcome")
    assert (page.locator("[data-signalled]").get_attribute("data-signalled"), page.evaluate("felt")) == (
        "welcome running",
        [80],
    )
    scan(page, tickets[0], "Already in")
    assert page.evaluate("[felt, begunBy]") == [[250, 90, 250], "keydown"]


def test_camera_refused_then_a_sentence_and_the_field_still_works(page, stand, tickets):
    stand()
    page.get_by_role("button", name="Scan with the camera").click()
    page.get_by_text("The camera is not allowed here").or_(page.get_by_text("No camera was found")).wait_for()
    page.locator("input[name=code]").fill(tickets[0].serial)
    page.keyboard.press("Enter")

    page.get_by_role("heading", name="Welcome").wait_for()


@pytest.fixture
def film(tmp_path, tickets):
    """What the camera sees: the code of the first ticket, for ever."""
    code = ticket_code(tickets[0].serial, tickets[0].booked_seat.showtime_id)
    segno.make_qr(code, error="m").save(tmp_path / "code.png", scale=7, border=6)
    picture = Image.new("RGB", (640, 480), "white")
    picture.paste(Image.open(tmp_path / "code.png").convert("RGB"), (60, 10))
    picture.save(tmp_path / "code.jpeg", quality=90)
    path = tmp_path / "film.mjpeg"
    path.write_bytes((tmp_path / "code.jpeg").read_bytes() * 3)
    return path


def test_camera_sees_a_code_then_welcome(browser_type, browser_type_launch_args, film, stand, shop, tickets):
    flags = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    flags.append(f"--use-file-for-fake-video-capture={film}")
    browser = browser_type.launch(**browser_type_launch_args | {"args": [*CHROMIUM_FLAGS, *flags]})
    page, problems = browser.new_page(), []
    page.on("console", lambda said: problems.append(said.text) if "Security Policy" in said.text else None)
    stand(page=page)
    page.get_by_role("button", name="Scan with the camera").click()
    page.get_by_role("heading", name="Welcome").wait_for()
    decoder = page.locator("[data-decoder]").get_attribute("data-decoder")
    page.get_by_role("button", name="Stop the camera").click()
    browser.close()

    assert (decoder, problems) == ("ours", [])  # Chromium for Linux has none of its own
    assert DoorScan.objects.get().ticket == tickets[0]
