"""Looking at pages with axe-core, in either theme, on a phone and on a desk."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

# axe writes styles of its own; the pages' are looked at in tests/security.
MARKS = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.browser_context_args(bypass_csp=True),
]
AXE = Axe()
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
SCREENS = [("light", 360), ("dark", 390), ("light", 1280)]


def prove(client, user):
    """As if they had just typed their password once more."""
    session = client.session
    session["account_authentication_methods_user"] = str(user.pk)
    proof = {"method": "password", "at": timezone.now().timestamp(), "reauthenticated": True}
    session["account_authentication_methods"] = [proof]
    session.save()


def faults(page):
    violations = AXE.run(page, options=RULES).response["violations"]
    found = [f"{page.url} {one['id']}: {node['html'][:200]}" for one in violations for node in one["nodes"]]
    widths = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    return found + ([f"{page.url} scrolls sideways"] if widths[0] > widths[1] else [])
