"""In a real browser no page breaks our policy, and no text runs, however much it wants to be a script.

The fixture `page` fails a test on every breach, error of a script and error of the server.
"""

import pytest
from django.http import HttpResponse
from django.urls import path
from playwright.sync_api import expect

from tests.security.addresses import models_in_the_office, pages_about
from tests.security.house import furnish
from tests.security.poison import POISON, poison

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

urlpatterns = [path("careless/", lambda request: HttpResponse(f"<p style='color:red'>{POISON}</p>"))]


@pytest.fixture
def house(transactional_db, sandbox, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    sandbox.webhooks.mode = "hold"
    house = furnish(sandbox)
    poison()
    return house


@pytest.fixture
def visit(page, shop, client):
    """visit(user, *paths): what ran on these pages that should not."""
    stolen = []
    page.expose_function("stolen", lambda: stolen.append(page.url))
    page.on("dialog", lambda dialog: (stolen.append(dialog.message), dialog.dismiss()))

    def visit(user, *paths):
        if user:
            client.force_login(user)
            page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": shop}])
        for place in paths:
            page.goto(shop + place)
            if page.locator("img[src='x'], u").count():
                stolen.append(page.url)
        return stolen

    return visit


def test_the_test_can_fail(new_context, shop, settings):
    settings.ROOT_URLCONF = "tests.journeys.test_policy"
    page, said = new_context().new_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{shop}/careless/")

    breaches = [words for words in said if "Content Security Policy" in words]
    assert len(breaches) >= 3  # a style, a script and the script of a picture
    expect(page.locator("img[src='x']")).to_have_count(1)


def test_pages_of_the_shop_run_nothing_but_ours(visit, house):
    paths = ["/", "/movies/?q=%3Cimg%20src%3Dx%3E", house.movie.get_absolute_url(), house.theater.get_absolute_url()]
    paths += [house.showtime.get_absolute_url(), "/accounts/login/", "/accounts/signup/", "/privacy/", "/nowhere/"]
    own = [f"/bookings/{one.reference}/" for one in (house.confirmed, house.pending, house.cancelled)]
    own += [f"/bookings/{house.confirmed.reference}/tickets/", "/bookings/", "/accounts/profile/", "/accounts/email/"]

    assert visit(None, *paths) + visit(house.owner, *own, house.showtime.get_absolute_url()) == []


def test_pages_of_the_office_run_nothing_but_ours(visit, house):
    pages = [pages_about(model)[page] for model in models_in_the_office() for page in ("changelist", "change")]
    pages += ["/admin/", f"/admin/bookings/booking/{house.confirmed.pk}/cancel/", "/door/", "/admin/password_change/"]

    assert visit(house.people["admin"], *(page for page in pages if "/theaters/seat/" not in page)) == []


def test_the_tools_of_the_office_work_under_the_policy(visit, house, page):
    stolen = visit(house.people["admin"], "/admin/movies/movie/add/")
    page.locator(".calendarbox").wait_for(state="attached")
    page.get_by_role("link", name="Today").click()
    page.locator("#credits-group .add-row a").click()
    page.locator(".field-language .select2-selection").click()
    page.get_by_role("option").filter(has_text="<img").first.click()
    page.locator("#id_title").press_sequentially("Ice cold")

    expect(page.locator("#id_slug")).to_have_value("ice-cold")
    assert page.locator("#id_release_on").input_value()
    expect(page.locator("#id_credits-0-name")).to_be_visible()
    assert stolen == []
