"""axe-core finds nothing on any list or form of the office, whichever model it is of: Django's own pages, too."""

import pytest
from django.urls import reverse

from tests.journeys.axe import MARKS
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
