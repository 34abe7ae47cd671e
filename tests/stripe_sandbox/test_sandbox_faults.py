import time

import pytest
import stripe

from bookings.stripe_sandbox import Sandbox

SESSIONS = "/v1/checkout/sessions"


def test_the_answer_is_lost_then_the_sdk_asks_again_and_there_is_one_session(sandbox, connect, order):
    sandbox.faults.plan("cut", SESSIONS, times=2)
    session = connect(sandbox, retries=2).v1.checkout.sessions.create(order())
    assert [seen["id"] for seen in sandbox.sessions] == [session.id]
    assert len({request.idempotency_key for request in sandbox.requests}) == 1
    assert [request.replayed for request in sandbox.requests] == [False, True, True]


def test_the_answer_is_lost_without_retries_then_the_work_is_done_all_the_same(sandbox, client, order):
    sandbox.faults.plan("cut", SESSIONS)
    with pytest.raises(stripe.APIConnectionError):
        client.v1.checkout.sessions.create(order())
    assert len(sandbox.sessions) == 1


def test_a_hanging_answer_then_the_client_times_out(sandbox, order, until):
    sandbox.faults.plan("hang", SESSIONS, seconds=60)
    client = stripe.StripeClient(
        "sk_test_local", base_addresses={"api": sandbox.url}, http_client=stripe.RequestsClient(timeout=0.2)
    )
    with pytest.raises(stripe.APIConnectionError):
        client.v1.checkout.sessions.create(order())
    until(lambda: len(sandbox.sessions) == 1)


def test_a_503_then_a_retry_succeeds(sandbox, connect, order):
    sandbox.faults.plan("503", SESSIONS)
    assert connect(sandbox, retries=1).v1.checkout.sessions.create(order()).status == "open"


def test_a_429_then_the_sdk_does_not_retry(sandbox, connect, order):
    sandbox.faults.plan("429", SESSIONS)
    with pytest.raises(stripe.RateLimitError):
        connect(sandbox, retries=2).v1.checkout.sessions.create(order())
    assert len(sandbox.requests) == 1


def test_a_slow_answer_then_it_still_comes(sandbox, client, order):
    sandbox.faults.plan("slow", SESSIONS, seconds=0.2)
    began = time.monotonic()
    client.v1.checkout.sessions.create(order())
    assert time.monotonic() - began >= 0.2


def test_a_fault_for_one_path_then_spares_the_others(sandbox, client):
    sandbox.faults.plan("500", "/v1/refunds", method="*")
    assert client.v1.checkout.sessions.list().data == []
    with pytest.raises(stripe.APIError):
        client.v1.refunds.list()
    assert sandbox.faults.planned == []


def test_the_rate_limit_then_refuses_the_next_request(connect):
    with Sandbox(secret_key="sk_test_local", rate_limit=3) as sandbox:
        client = connect(sandbox)
        for _ in range(3):
            client.v1.refunds.list()
        with pytest.raises(stripe.RateLimitError):
            client.v1.refunds.list()
        assert client.v1.events.list().data == []
