"""Looking at pages with axe-core, in either theme, on a phone and on a desk."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

# axe writes styles of its own; the pages' are looked at in tests/security.
MARKS = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.browser_context_args(bypass_csp=True, reduced_motion="reduce"),
]
AXE = Axe()
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
# The last one stays while a test goes on.
SCREENS = [("light", 1280), ("dark", 360)]

# What fades from light to dark has neither's contrast on its way.
FADED = "document.getAnimations().forEach((one) => one.effect.getTiming().iterations === 1 && one.finish())"


def prove(client, user):
    """As if they had just typed their password once more."""
    session = client.session
    session["account_authentication_methods_user"] = str(user.pk)
    proof = {"method": "password", "at": timezone.now().timestamp(), "reauthenticated": True}
    session["account_authentication_methods"] = [proof]
    session.save()


def faults(page, screens=SCREENS):
    """What is wrong with the page as it stands, in each of the looks."""
    return [fault for scheme, width in screens for fault in faults_in(page, scheme, width)]


def faults_in(page, scheme, width):
    page.wait_for_load_state()  # words can be read before the last stylesheet is there
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 844})
    page.evaluate(FADED)
    violations = AXE.run(page, options=RULES).response["violations"]
    where = f"{page.url} ({scheme}, {width} px)"
    found = [f"{where} {one['id']}: {node['html'][:200]}" for one in violations for node in one["nodes"]]
    widths = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    return found + ([f"{where} scrolls sideways"] if widths[0] > widths[1] else [])
