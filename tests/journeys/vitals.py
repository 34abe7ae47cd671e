"""`make vitals`: how fast the shop feels on a phone of the middle class with a slow line.

Largest Contentful Paint, Interaction to Next Paint and Cumulative Layout Shift as browsers report them, with the
processor slowed down four times and the line of Lighthouse's mobile profile (1.6 Mbit/s, 150 ms there and back). Under
gunicorn with the settings of production. Times depend on the machine, so this is no part of `make test`; the best of
three tries counts, as noise only ever adds, and one that is good enough is the last. The limits are those of https://web.dev/articles/vitals.
"""

import pytest

pytest_plugins = ["tests.security.over_tls"]
pytestmark = pytest.mark.django_db(transaction=True)

LIMITS = {"lcp": 2500, "inp": 200, "cls": 0.1}  # milliseconds, milliseconds, parts of the screen
TRIES = 3
LINE = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
WATCH = """
    window.vitals = {lcp: 0, cls: 0, inp: 0};
    const watch = (type, note) => new PerformanceObserver((list) => list.getEntries().forEach(note))
        .observe({type, buffered: true, durationThreshold: 16});
    watch("largest-contentful-paint", (entry) => { vitals.lcp = entry.startTime; });
    watch("layout-shift", (entry) => { if (!entry.hadRecentInput) vitals.cls += entry.value; });
    watch("event", (entry) => { if (entry.interactionId) vitals.inp = Math.max(vitals.inp, entry.duration); });
"""


@pytest.fixture
def phone(browser):
    """open(address, then) on a fresh phone: its vitals, after `then(page)`."""

    def look(address, then):
        with browser.new_context(
            viewport={"width": 390, "height": 844}, device_scale_factor=2, has_touch=True, ignore_https_errors=True
        ) as context:
            page = context.new_page()
            page.add_init_script(WATCH)
            line = context.new_cdp_session(page)
            line.send("Network.enable")
            line.send("Network.emulateNetworkConditions", LINE)
            line.send("Emulation.setCPUThrottlingRate", {"rate": 4})
            page.goto(address, wait_until="load")
            page.wait_for_timeout(1500)
            then(page)
            page.wait_for_timeout(500)
            return page.evaluate("window.vitals")

    return look


def best(phone, address, then):
    found = []
    while len(found) < TRIES:
        found.append(phone(address, then))
        vitals = {name: min(each[name] for each in found) for name in LIMITS}
        if vitals["lcp"] and not is_slow(vitals):
            break
    return vitals


def is_slow(vitals):
    return any(vitals[name] > limit for name, limit in LIMITS.items())


def choose_seats(page):
    for label in ("B3", "B4", "B5", "B4"):
        page.locator(f"input[data-label={label}]").tap(force=True)
        page.wait_for_timeout(300)


def open_the_menu(page):
    page.locator("summary").first.tap()


def test_pages_are_there_at_once_answer_at_once_and_stand_still(phone, serve, large_room, sandbox):
    movie, theater = large_room.movie.get_absolute_url(), large_room.theater.get_absolute_url()
    ways = {"/": open_the_menu, "/movies/": open_the_menu, movie: open_the_menu, theater: open_the_menu}
    ways[large_room.get_absolute_url()] = choose_seats
    slow = []
    with serve("moviebooking.wsgi") as site:
        for path, then in ways.items():
            vitals = best(phone, site + path, then)
            print(f"LCP {vitals['lcp']:5.0f} ms   INP {vitals['inp']:4.0f} ms   CLS {vitals['cls']:.3f}   {path}")
            if is_slow(vitals) or not vitals["lcp"]:
                slow.append((path, vitals))

    assert slow == []
