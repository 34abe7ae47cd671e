"""Two people on one map, in two processes: what one takes, the other is told at once."""

import pytest
import requests
from django.db import connection
from playwright.sync_api import expect

from bookings import flows, holds
from tests.bookings.steps import hold
from tests.factories import create_user
from tests.servers import database_url, gunicorn

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stranger(transactional_db):
    return create_user("stranger@example.com")


def seat(page, label):
    return page.locator(f"input[data-label={label}]")


def is_listening(page):
    """The stream is there, and the first state has come."""
    page.locator("[data-seat-map][data-live]").wait_for()


def test_seat_held_in_another_process_then_the_map_shows_it_unasked(page, gunicorn_shop, programme, stranger):
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("seats.json") else None)
    page.goto(f"{gunicorn_shop}/showtimes/{programme.pk}/seats/")
    seat(page, "C5").check()
    is_listening(page)

    hold(stranger, programme, "C5", "C6")

    page.locator("input[data-label=C5][data-state=held]").wait_for()
    expect(seat(page, "C5")).to_be_disabled()
    expect(seat(page, "C5")).not_to_be_checked()
    expect(page.locator("[data-say]")).to_contain_text("C5")

    flows.release_seats(stranger, showtime=programme)
    page.locator("input[data-label=C5][data-state=available]").wait_for()
    assert asked == []


def test_hidden_page_then_it_lets_go_of_the_stream_and_comes_back_up_to_date(page, gunicorn_shop, programme, stranger):
    page.goto(f"{gunicorn_shop}/showtimes/{programme.pk}/seats/")
    is_listening(page)
    hide = "(is) => { Object.defineProperty(document, 'hidden', {value: is, configurable: true});"
    page.evaluate(hide + "document.dispatchEvent(new Event('visibilitychange')); }", True)
    hold(stranger, programme, "D1")
    page.wait_for_timeout(1000)
    expect(seat(page, "D1")).to_have_attribute("data-state", "available")

    page.evaluate(hide + "document.dispatchEvent(new Event('visibilitychange')); }", False)
    page.locator("input[data-label=D1][data-state=held]").wait_for()


def test_server_without_streams_then_the_map_asks_instead(page, shop, programme, stranger):
    page.goto(f"{shop}/showtimes/{programme.pk}/seats/")
    hold(stranger, programme, "B2")

    page.locator("input[data-label=B2][data-state=held]").wait_for()


def lines(url):
    """What a stream says, line by line."""
    with requests.get(url, stream=True, timeout=(5, 10)) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        yield from (line for line in answer.iter_lines(chunk_size=1) if line.startswith(b"data"))


def test_thirty_open_maps_then_eight_threads_still_serve_everybody(gunicorn_shop, programme, stranger):
    url = f"{gunicorn_shop}/showtimes/{programme.pk}/seats.stream"
    open_maps = [lines(url) for _map in range(30)]
    assert {next(stream) for stream in open_maps} == {b'data: {"booked":[],"held":{}}'}

    taken = hold(stranger, programme, "A3").seats[0].pk
    told = {next(stream) for stream in open_maps}

    assert len(told) == 1
    assert f":[{taken}]" in told.pop().decode()
    assert requests.get(f"{gunicorn_shop}/", timeout=5).ok


def test_hold_that_ends_by_itself_then_the_map_hears_of_it(gunicorn_shop, programme, stranger):
    held = holds.hold_seats(programme.pk, [programme.layout.seats.first().pk], holder="ann", seconds=1.5)
    stream = lines(f"{gunicorn_shop}/showtimes/{programme.pk}/seats.stream")

    assert held[1] == set()
    assert b'"held":{"' in next(stream)
    assert next(stream) == b'data: {"booked":[],"held":{}}'


def test_worker_told_to_stop_then_open_maps_do_not_keep_it(sandbox, programme, tmp_path):
    with gunicorn(sandbox, tmp_path, DATABASE_URL=database_url(connection)) as (url, process):
        stream = lines(f"{url}/showtimes/{programme.pk}/seats.stream")
        next(stream)
        process.terminate()
        process.wait(20)

    assert process.returncode == 0
