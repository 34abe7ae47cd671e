"""axe-core finds nothing on any list or form of the office, whichever model it is of: Django's own pages, too."""

import pytest
from django.urls import reverse

from tests.factories import create_staff
from tests.journeys.axe import MARKS, faults
from tests.security.addresses import models_in_the_office, pages_about
from tests.security.house import furnish

pytestmark = MARKS
# The same on every page: looked at on one, and folded away on the others.
FOLD_SIDEBAR = "localStorage.setItem('django.admin.navSidebarIsOpen', 'false')"


@pytest.mark.parametrize("look", [("light", 1280)], indirect=True)
def test_every_list_and_form(look, page, transactional_db, sandbox, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    boss = furnish(sandbox).people["admin"]
    pages = [
        pages_about(model)[kind]
        for model in models_in_the_office()
        if model._meta.object_name != "Seat"  # only looked up, on the pages of others
        for kind in ("changelist", "change")
    ]
    found = look(reverse("admin:index"), boss) + look(pages[0])
    page.add_init_script(FOLD_SIDEBAR)

    assert found + [fault for path in pages for fault in look(path)] == []


@pytest.mark.parametrize("look", [("dark", 390)], indirect=True)
def test_row_added_to_a_table_has_names_and_is_saved(look, page, programme):
    theater = programme.theater
    found = look(reverse("admin:theaters_theater_change", args=[theater.pk]), create_staff(is_superuser=True))
    page.get_by_role("button", name="Add another Holiday").click()
    page.locator("#holidays-0").get_by_label("Day").fill("2026-12-25")
    page.locator("#holidays-0").get_by_label("Name").fill("Christmas")
    found += faults(page)
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was changed successfully").wait_for()

    assert found == []
    assert theater.holidays.get().name == "Christmas"
