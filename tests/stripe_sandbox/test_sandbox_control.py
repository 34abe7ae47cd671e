import pytest
import requests


@pytest.fixture
def control(selling):
    def control(name, arguments=None, method="POST"):
        answer = requests.request(method, f"{selling.url}/_sandbox/{name}", json=arguments, timeout=15)
        return answer.status_code, answer.json()

    return control


@pytest.fixture
def session_id(selling, connect, order):
    return connect(selling).v1.checkout.sessions.create(order()).id


def test_pay_over_http_then_answers_the_session(control, session_id):
    status, answer = control("pay", {"session_id": session_id})
    assert (status, answer["result"]["payment_status"]) == (200, "paid")


def test_pay_twice_over_http_then_409(control, session_id):
    control("pay", {"session_id": session_id})
    assert control("pay", {"session_id": session_id}) == (
        409,
        {"error": f"Checkout Session {session_id} is no longer open."},
    )


def test_an_unknown_session_then_404(control):
    assert control("pay", {"session_id": "cs_nobody"}) == (404, {"error": "No such checkout.session: 'cs_nobody'"})


def test_requests_over_http_then_show_what_the_shop_sent(control, session_id):
    status, (seen,) = control("requests", method="GET")
    assert (status, seen["path"], seen["params"]["mode"]) == (200, "/v1/checkout/sessions", "payment")
    assert seen["violations"] == []


def test_lists_over_http_then_are_the_drivers(control, selling, session_id):
    control("pay", {"session_id": session_id})
    for name in ("events", "sessions", "refunds"):
        assert control(name, method="GET") == (200, getattr(selling, name))


def test_hold_and_deliver_over_http_then_the_shop_hears_once(control, shop, session_id):
    assert control("webhooks", {"mode": "hold"})[1]["mode"] == "hold"
    control("pay", {"session_id": session_id})
    event = control("events", method="GET")[1][-1]
    assert control("deliver", {"event": event["id"], "times": 2}) == (200, {"result": [200, 200]})
    assert shop.types() == ["checkout.session.completed"] * 2


def test_a_fault_over_http_then_is_planned_and_cleared(control):
    fault = {"kind": "cut", "path": "/v1/refunds", "method": "POST", "times": 2, "seconds": 0.0}
    assert control("faults", {"kind": "cut", "path": "/v1/refunds", "times": 2}) == (200, [fault])
    assert control("faults", method="DELETE") == (200, [])


def test_reset_over_http_then_all_is_forgotten(control, selling, session_id):
    assert control("reset", {}) == (200, {"result": None})
    assert (selling.sessions, selling.events, selling.requests) == ([], [], [])


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("pay", {}),
        ("webhooks", {"mode": "never"}),
        ("webhooks", {"colour": 1}),
        ("faults", {"kind": "418"}),
        ("pay", []),
    ],
)
def test_a_mistake_then_400(control, name, arguments):
    assert control(name, arguments)[0] == 400


def test_an_unknown_verb_then_404(control):
    assert control("stop", {})[0] == 404


def test_a_plain_form_then_cannot_press_the_controls(selling, session_id):
    answer = requests.post(f"{selling.url}/_sandbox/pay", data={"session_id": session_id}, timeout=15)
    assert (answer.status_code, selling.sessions[0]["status"]) == (415, "open")
