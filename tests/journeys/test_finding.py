"""Finding a movie in a real browser: suggestions by the keyboard, filters without JavaScript, a trailer asked for."""

import pytest
from playwright.sync_api import expect

from movies.models import Movie
from tests.factories import create_movie, create_showtime

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def type_into_search(page, words):
    page.get_by_label("Movie, director or actor").press_sequentially(words)
    page.locator(".search__option").first.wait_for()


def test_suggestion_is_chosen_by_the_keyboard_in_spite_of_a_typing_error(page, shop, programme):
    create_movie("Nachtwanderung")
    page.goto(shop)
    type_into_search(page, "nahct")
    field = page.get_by_role("combobox", name="Movie, director or actor")
    expect(field).to_have_attribute("aria-expanded", "true")

    field.press("ArrowUp")
    field.press("ArrowDown")
    chosen = page.get_by_role("option", selected=True)
    assert chosen.get_attribute("id") == field.get_attribute("aria-activedescendant")
    title = chosen.locator("b").inner_text()
    field.press("Enter")
    page.get_by_role("heading", name=title, level=1).wait_for()

    assert Movie.objects.get(title=title).get_absolute_url() in page.url


def test_suggestions_close_on_escape_and_enter_then_searches(page, shop, programme):
    page.goto(f"{shop}/movies/")
    type_into_search(page, "nahctzug")
    field = page.get_by_role("combobox", name="Movie, director or actor")
    field.press("Escape")
    assert (page.locator(".search__option").count(), field.get_attribute("aria-expanded")) == (0, "false")

    field.press("Enter")
    page.wait_for_url("**/movies/?q=nahctzug**")

    page.get_by_text("This comes close:").wait_for()
    expect(page.get_by_role("heading", name="Nachtzug nach Triest")).to_have_count(1)


def test_suggestion_is_chosen_by_a_tap(page, shop, programme):
    page.goto(shop)
    type_into_search(page, "trei")
    page.get_by_role("option", name="Nachtzug nach Triest").click()

    page.wait_for_url("**/movies/nachtzug/")


def test_filters_without_javascript_then_links_and_forms_lead_there(browser, shop, programme):
    create_showtime(movie=create_movie("Salt and Lightning"), format="imax")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(shop)
    page.get_by_role("navigation", name="Days").get_by_role("link").nth(1).click()
    expect(page.get_by_role("heading", name="Salt and Lightning")).to_have_count(1)
    page.get_by_label("Movie, director or actor").fill("nahctzug")
    page.get_by_role("button", name="Find").click()
    page.get_by_label("Time of day").select_option("evening")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="Nachtzug nach Triest")).to_have_count(1)
    page.goto(f"{page.url}&format=imax")
    page.get_by_role("heading", name="No movie fits all of this").wait_for()
    page.get_by_role("link", name="Without “nahctzug”: 1 movie").click()

    expect(page.get_by_role("heading", name="Salt and Lightning")).to_have_count(1)
    context.close()


def test_trailer_plays_here_after_the_click_and_asks_nobody_before(page, shop, programme):
    Movie.objects.update(trailer_url="https://youtu.be/abcdefghij-")
    asked = []
    page.route("**/*", lambda route: route.continue_() if route.request.url.startswith(shop) else route.abort())
    page.on("request", lambda request: None if request.url.startswith(shop) else asked.append(request.url))
    page.goto(f"{shop}/movies/nachtzug/")
    page.wait_for_load_state("networkidle")
    assert asked == []

    page.get_by_role("link", name="Play the trailer").click()
    player = page.get_by_title("Trailer of Nachtzug nach Triest")
    player.wait_for()

    expect(player).to_have_attribute("src", "https://www.youtube-nocookie.com/embed/abcdefghij-?autoplay=1&rel=0")
    assert asked == [player.get_attribute("src")]


def test_trailer_without_javascript_is_a_link(client, programme):
    Movie.objects.update(trailer_url="https://vimeo.com/76979871")

    assert 'href="https://vimeo.com/76979871"' in client.get("/movies/nachtzug/").text
