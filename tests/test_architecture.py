"""Who may import whom. The arrows of the house, enforced."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
APPS = {"accounts", "movies", "theaters", "bookings"}
ALLOWED = {
    "accounts": set(),
    "movies": set(),
    "theaters": {"movies"},
    "bookings": {"theaters", "movies", "accounts"},
}
# In bookings, too, the way is one way: who stands lower may import who stands higher.
LAYERS = [
    {"models", "exceptions"},
    {
        *("ages", "carers", "because", "pricing", "tariffs", "reseating", "seating", "codes", "ticket_links", "wakeup"),
        *("audit", "invariants", "rate_limits", "reports", "scripts"),
    },
    {"holds", "waiting_room", "payments", "documents", "calendars", "push", "wallets", "personal_data"},
    {"emails", "seat_states", "snapshots", "timeline", "protection"},
    {"flows"},
    {"promises", "proposals", "queue_words", "seat_map", "live", "offers", "open_data"},
    {"forms", "counter_forms", "fan_forms", "place_forms", "templatetags", "waiting_panel"},
    {"views", "webhooks", "admin", "tasks", "demo"},
    {"urls", "management"},
]
ONLY = {"stripe": "bookings/payments/", "redis": "bookings/scripts.py", "django_redis": "bookings/scripts.py"}


def modules(app):
    """(path from the root, names imported) of every module; the payment stand-in is a program of its own."""
    for path in sorted((ROOT / app).rglob("*.py")):
        place = path.relative_to(ROOT)
        if "stripe_sandbox" not in place.parts and "migrations" not in place.parts:
            yield place, set(imports(ast.parse(path.read_text())))


def imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layer_of(dotted):
    name = dotted.split(".")[1]
    return next((number for number, layer in enumerate(LAYERS) if name in layer), None)


@pytest.mark.parametrize("app", sorted(APPS))
def test_apps_import_only_along_the_arrows(app):
    wrong = [
        f"{place} imports {name}"
        for place, names in modules(app)
        for name in names
        if (other := name.split(".")[0]) in APPS - {app} - ALLOWED[app] or other == "moviebooking"
    ]

    assert wrong == []


def test_bookings_imports_only_upwards_in_its_layers():
    wrong = []
    for place, names in modules("bookings"):
        own = layer_of(".".join(["bookings", place.parts[1].removesuffix(".py")]))
        theirs = {name: layer_of(name) or 0 for name in names if name.startswith("bookings.") and own is not None}
        wrong += [f"{place} imports {name}" for name, layer in theirs.items() if layer > own]

    assert wrong == []


def test_every_module_of_bookings_has_its_layer():
    known = set().union(*LAYERS) | {"__init__", "apps", "urls", "fonts"}

    assert {place.parts[1].removesuffix(".py") for place, _names in modules("bookings")} - known == set()


@pytest.mark.parametrize("library", sorted(ONLY))
def test_one_module_alone_talks_to_each_server(library):
    users = {
        str(place)
        for app in APPS
        for place, names in modules(app)
        if any(name == library or name.startswith(f"{library}.") for name in names)
    }

    assert users
    assert [place for place in users if not place.startswith(ONLY[library])] == []


def test_flows_alone_open_transactions():
    users = {str(place.parts[1]) for place, names in modules("bookings") if "django.db.transaction" in names}

    # wakeup.py only waits for the commit; the demo fills an empty house.
    assert users == {"flows", "wakeup.py", "demo"}


def test_nobody_but_the_urls_includes_bookings():
    users = {str(place) for place, names in modules("moviebooking") if any(n.startswith("bookings") for n in names)}

    assert users == set()
