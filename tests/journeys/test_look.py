"""One look by day and by night, on a narrow phone, without colours, and without anything that jumps."""

import io
from itertools import combinations

import pytest
from django.urls import reverse
from PIL import Image, ImageChops, ImageStat

from bookings import flows
from tests.bookings.steps import buy as buy_seats
from tests.factories import create_movie, create_showtime, create_staff, seats_of
from tests.journeys.axe import MARKS, faults_in
from tests.journeys.test_purchase import choose_seats
from theaters.models import Seat

pytestmark = MARKS
DARK, LIGHT = "rgb(20, 14, 26)", "rgb(245, 243, 247)"


def ground(page):
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def choose(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def test_theme_changes_at_once_and_what_is_chosen_on_the_page_stays(page, shop, programme):
    page.emulate_media(color_scheme="light")
    page.goto(f"{shop}/showtimes/{programme.pk}/seats/")
    choose_seats(page, "C4")
    with page.expect_response("**/theme/"):
        choose(page, "Dark")
    changed = ground(page), page.locator("input[data-label='C4']").is_checked()
    page.goto(f"{shop}/theaters/")
    kept = ground(page), page.locator("[data-theme-choice] [aria-pressed=true]").inner_text()
    with page.expect_response("**/theme/"):
        choose(page, "Like the device")

    assert (changed, kept, ground(page)) == ((DARK, True), (DARK, "Dark"), LIGHT)


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_theme_changes_without_a_script(browser, shop):
    context = browser.new_context(java_script_enabled=False, color_scheme="dark")
    page = context.new_page()
    page.goto(f"{shop}/theaters/")
    choose(page, "Light")
    page.locator("html[data-theme=light]").wait_for()
    page.wait_for_load_state()
    where = page.url
    shown = Image.open(io.BytesIO(page.screenshot())).convert("RGB").getpixel((5, 300))
    context.close()

    assert (where, shown) == (f"{shop}/theaters/", (245, 243, 247))


@pytest.mark.parametrize(("theme", "against"), [("light", "dark"), ("dark", "light")])
def test_chosen_theme_has_its_contrasts_against_the_device(page, shop, programme, theme, against):
    page.context.add_cookies([{"name": "theme", "value": theme, "url": shop}])
    found = []
    for path in ("/", "/movies/nachtzug/", f"/showtimes/{programme.pk}/seats/", "/accounts/login/", "/nowhere/"):
        page.goto(shop + path)
        found += faults_in(page, against, 390)

    assert found == []


@pytest.fixture
def paths(programme, moviegoer, sandbox):
    """The pages that a customer meets."""
    booking = buy_seats(sandbox, moviegoer, programme, "B1", "B2")
    kept = create_showtime()
    flows.hold_seats(moviegoer, showtime=kept, seat_ids=[seat.pk for seat in seats_of(kept, "A1")])
    own = reverse("bookings:booking", args=[booking.reference])
    paths = ["/", "/movies/", "/movies/?q=zzz", "/movies/nachtzug/", "/theaters/", programme.theater.get_absolute_url()]
    paths += [programme.get_absolute_url(), f"/showtimes/{kept.pk}/checkout/", "/bookings/", own, f"{own}tickets/"]
    paths += ["/accounts/profile/", "/accounts/email/", "/accounts/password/change/", "/accounts/data/"]
    return [*paths, "/accounts/data/erase/", "/privacy/", "/nowhere/", "/accounts/logout/"]


def sign_in(page, shop, client, user):
    client.force_login(user)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": shop}])


def test_pages_fit_320_pixels_to_either_side(page, shop, client, moviegoer, paths):
    sign_in(page, shop, client, moviegoer)
    page.set_viewport_size({"width": 320, "height": 640})
    too_wide = []
    for path in paths:
        page.goto(shop + path)
        for direction in ("ltr", "rtl"):
            page.evaluate("direction => { document.documentElement.dir = direction }", direction)
            width = page.evaluate("document.documentElement.scrollWidth")
            too_wide += [(path, direction, width)] if width != 320 else []

    assert too_wide == []


SHIFTS = """
window.shifts = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


def test_nothing_jumps_while_a_page_loads(page, shop, programme):
    create_showtime(movie=create_movie("Second"))
    page.add_init_script(SHIFTS)
    moved = {}
    for path in ("/", "/movies/nachtzug/", f"/showtimes/{programme.pk}/seats/"):
        page.goto(shop + path, wait_until="networkidle")
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        moved[path] = page.evaluate("window.shifts")

    assert {path: shift for path, shift in moved.items() if shift >= 0.02} == {}


SEATS = {"free": "C1", "yours": "C2", "held": "C3", "booked": "C4", "blocked": "C5"}


@pytest.fixture
def room(page, shop, programme, sandbox):
    """A map with a seat in each state."""
    flows.hold_seats(create_staff(), showtime=programme, seat_ids=[seat.pk for seat in seats_of(programme, "C3")])
    buy_seats(sandbox, create_staff(), programme, "C4")
    Seat.objects.filter(pk__in=[seat.pk for seat in seats_of(programme, "C5")]).update(is_blocked=True)
    page.goto(f"{shop}/showtimes/{programme.pk}/seats/")
    choose_seats(page, "C2")
    page.locator("h1").hover()
    return page


def picture_of(page, label):
    seat = page.locator(f"label:has(input[data-label='{label}'])")
    return Image.open(io.BytesIO(seat.screenshot())).convert("L").resize((34, 34))


def unlike(one, other):
    """How much two pictures differ in their shades of grey, in percent of black against white."""
    return ImageStat.Stat(ImageChops.difference(one, other)).mean[0] / 2.55


def test_states_of_seats_differ_without_colours(room):
    room.add_style_tag(content=".seat span { font-size: 0 !important }")  # what tells them apart is not the number
    alike = []
    for media in ({"color_scheme": "light"}, {"color_scheme": "dark"}, {"forced_colors": "active"}):
        room.emulate_media(**media)
        pictures = {state: picture_of(room, label) for state, label in SEATS.items()}
        same = unlike(pictures["free"], picture_of(room, "C7"))
        found = {pair: unlike(pictures[pair[0]], pictures[pair[1]]) for pair in combinations(pictures, 2)}
        alike += [(media, *pair) for pair, difference in found.items() if difference < max(3, 2 * same)]

    assert alike == []


@pytest.fixture
def free_room(page, shop, programme):
    page.set_viewport_size({"width": 360, "height": 560})
    page.goto(f"{shop}/showtimes/{programme.pk}/seats/")
    return page


def test_seats_grow_and_shrink_by_buttons_and_are_never_too_small_to_hit(free_room):
    room = free_room
    size = "document.querySelector('.seat-row .seat').offsetWidth"
    floor = "[document.querySelector('.room__floor').offsetWidth, document.querySelector('[data-scroll]').clientWidth]"
    smaller = room.get_by_role("button", name="Smaller")
    begun = room.evaluate(size)
    room.get_by_role("button", name="Larger").click()
    larger = room.evaluate(size)
    room.get_by_role("button", name="Whole room").click()
    width, room_for_it = room.evaluate(floor)
    while smaller.is_enabled():
        smaller.click()

    assert begun < larger
    assert width <= room_for_it or room.evaluate(size) == 24
    assert room.evaluate(size) == 24


def test_sold_out_room_says_so_and_where_else_to_go(free_room):
    room = free_room
    said = room.get_by_text("Sold out.")
    before = said.is_visible()
    room.evaluate("for (const seat of document.querySelectorAll('[name=seats]')) seat.dataset.state = 'booked'")

    assert (before, said.is_visible(), room.get_by_role("button", name="Continue").is_visible()) == (False, True, False)


def test_focus_is_never_under_the_bar_with_the_sum(free_room):
    room = free_room
    room.locator("input[data-label='A2']").focus()
    for _ in range(5):
        room.keyboard.press("ArrowDown")
    # The page glides there.
    room.wait_for_function("""() => {
        const [seat, bar] = [document.activeElement, document.querySelector(".seat-bar")];
        return seat.dataset.label === "F2" && seat.getBoundingClientRect().bottom <= bar.getBoundingClientRect().top;
    }""")
