"""Bodies and answers against Stripe's published schema, where a copy of it is at hand."""

import importlib.util
import json
import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("STRIPE_CONTRACT_DIR") or Path(__file__).parents[3] / "shared" / "stripe")
SCHEMA = FOLDER / "openapi-2026-10-28.derived.json"

pytest.importorskip("jsonschema")
pytestmark = pytest.mark.skipif(
    not SCHEMA.exists(), reason="Stripe's schema is not here; set STRIPE_CONTRACT_DIR to its folder."
)


@pytest.fixture(scope="module")
def schema():
    return json.loads(SCHEMA.read_text())


@pytest.fixture(scope="module")
def checker():
    spec = importlib.util.spec_from_file_location("stripe_check_body", FOLDER / "check_body.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def whole_story(sandbox, client, order):
    """One session of every fate, refunds included."""
    sessions = [client.v1.checkout.sessions.create(order()) for _ in range(6)]
    first, second, third, fourth, fifth, _ = [session.id for session in sessions]
    intent = sandbox.pay(first)["payment_intent"]
    params = {"payment_intent": intent, "amount": 700, "metadata": {"refund": "7"}, "reason": "requested_by_customer"}
    sandbox.fail_refund(client.v1.refunds.create(params).id)
    sandbox.account.refunds_start = "pending"
    client.v1.refunds.create({"payment_intent": intent})
    sandbox.decline(second)
    client.v1.checkout.sessions.expire(second)
    for session_id, succeed in ((third, True), (fourth, False)):
        sandbox.pay_later(session_id)
        sandbox.settle(session_id, succeed)
    sandbox.pay_later(fifth)
    return sandbox


def test_every_request_then_fits_the_schema(schema, checker, whole_story):
    for seen in whole_story.requests:
        path = seen.path if seen.path in schema["paths"] else "/v1/checkout/sessions/{session}/expire"
        read, errors = checker.check(schema, "post", path, seen.body)
        assert (errors, read) == ([], seen.params)


@pytest.mark.parametrize("kind", ["checkout.session", "payment_intent", "charge", "refund", "event"])
def test_every_object_then_fits_the_schema(schema, checker, whole_story, kind):
    objects = whole_story.store.find(kind)
    assert objects != []
    for body in objects:
        assert checker.check_object(schema, kind, body) == []


def test_every_event_then_holds_an_object_that_fits(schema, checker, whole_story):
    for event in whole_story.events:
        held = event["data"]["object"]
        assert (event["type"], checker.check_object(schema, held["object"], held)) == (event["type"], [])


def test_every_property_then_is_one_the_schema_knows(schema, whole_story):
    for kind in ("checkout.session", "payment_intent", "charge", "refund", "event"):
        known = schema["components"]["schemas"][kind]["properties"].keys()
        for body in whole_story.store.find(kind):
            assert body.keys() - known == set()


def test_line_items_then_fit_the_schema(schema, checker, whole_story):
    for lines in whole_story.store.find("line_items"):
        assert [checker.check_object(schema, "item", line) for line in lines] == [[]]


def test_an_error_then_fits_the_schema(schema, checker, sandbox):
    answer = sandbox.api.answer("GET", "/v1/refunds/re_nobody", "", {"Authorization": "Bearer sk_test_local"}.get)
    assert checker.check_object(schema, "error", json.loads(answer.body)) == []


WRONG = {
    "an unknown key": "&seats=2",
    "an unknown nested key": "&line_items[0][price_data][colour]=red",
    "a word for a time": "&expires_at=soon",
    "a mode that is none": "&mode=rent",
    "a long reference": "&client_reference_id=" + "x" * 201,
    "a broken amount": "&line_items[0][price_data][unit_amount]=12.50",
    "a locale that is none": "&locale=tlh",
    "a missing currency": "&line_items[1][quantity]=1&line_items[1][price_data][product_data][name]=A",
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_body_then_both_checks_name_the_same_parameter(schema, checker, sandbox, client, order, change):
    client.v1.checkout.sessions.create(order())
    text = sandbox.requests[0].body + change
    _, errors = checker.check(schema, "post", "/v1/checkout/sessions", text)
    sandbox.api.answer("POST", "/v1/checkout/sessions", text, {"Authorization": "Bearer sk_test_local"}.get)
    ours = {violation["param"] for violation in sandbox.requests[-1].violations}
    assert {error["param"] for error in errors} - ours == set()
    assert len(errors) == 1
