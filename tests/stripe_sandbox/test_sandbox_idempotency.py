import threading

import pytest
import stripe

KEY = {"idempotency_key": "booking-42"}


def test_the_same_key_and_parameters_then_the_same_session(sandbox, client, order):
    params = order()
    first = client.v1.checkout.sessions.create(params, KEY)
    second = client.v1.checkout.sessions.create(params, KEY)
    assert (second.id, len(sandbox.sessions)) == (first.id, 1)
    assert second.last_response.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.last_response.headers


def test_a_replay_then_shows_the_session_as_it_was(sandbox, client, order):
    params = order()
    session = client.v1.checkout.sessions.create(params, KEY)
    sandbox.pay(session.id)
    assert client.v1.checkout.sessions.create(params, KEY).status == "open"


def test_the_same_key_with_other_parameters_then_is_refused(client, order):
    params = order()
    client.v1.checkout.sessions.create(params, KEY)
    with pytest.raises(stripe.IdempotencyError) as caught:
        client.v1.checkout.sessions.create(params | {"client_reference_id": "BOOK-43"}, KEY)
    assert caught.value.http_status == 400
    assert caught.value.user_message == (
        "Keys for idempotent requests can only be used with the same parameters they were first used with. "
        "Try using a key other than 'booking-42' if you meant to execute a different request."
    )


def test_the_same_key_while_the_first_still_runs_then_409(sandbox, connect, order, until):
    sandbox.faults.plan("slow", seconds=60)
    params = order()
    first = threading.Thread(target=lambda: connect(sandbox).v1.checkout.sessions.create(params, KEY))
    first.start()
    until(lambda: sandbox.api._keys._in_use)
    with pytest.raises(stripe.APIError) as caught:
        connect(sandbox).v1.checkout.sessions.create(params, KEY)
    sandbox.api.stopping.set()
    first.join()
    assert (caught.value.http_status, caught.value.error.code) == (409, "idempotency_key_in_use")
    assert len(sandbox.sessions) == 1


def test_a_500_then_is_replayed(sandbox, client, order):
    sandbox.faults.plan("500")
    params = order()
    statuses = []
    for _ in range(2):
        with pytest.raises(stripe.APIError) as caught:
            client.v1.checkout.sessions.create(params, KEY)
        statuses.append((caught.value.http_status, caught.value.headers.get("Idempotent-Replayed")))
    assert statuses == [(500, None), (500, "true")]
    assert sandbox.sessions == []


def test_a_refusal_by_the_endpoint_then_is_replayed(sandbox, client, order):
    session = client.v1.checkout.sessions.create(order())
    sandbox.pay(session.id)
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            client.v1.checkout.sessions.expire(session.id, {}, KEY)
    assert caught.value.headers["Idempotent-Replayed"] == "true"


def test_a_parameter_error_then_is_not_saved(client, order):
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.create(order(mode="rent"), KEY)
    assert client.v1.checkout.sessions.create(order(), KEY).status == "open"


def test_a_429_then_is_not_saved(sandbox, client, order):
    sandbox.faults.plan("429")
    with pytest.raises(stripe.RateLimitError):
        client.v1.checkout.sessions.create(order(), KEY)
    assert client.v1.checkout.sessions.create(order(), KEY).status == "open"


def test_a_401_then_is_not_saved(sandbox, client, connect, order):
    with pytest.raises(stripe.AuthenticationError):
        connect(sandbox, key="sk_test_other").v1.checkout.sessions.create(order(), KEY)
    assert client.v1.checkout.sessions.create(order(), KEY).status == "open"


def test_a_day_later_then_the_same_key_is_a_new_request(sandbox, client, order):
    params = order(expires_at=None)
    first = client.v1.checkout.sessions.create(params, KEY)
    sandbox.account.ahead_by = 24 * 60 * 60 - 60
    assert client.v1.checkout.sessions.create(params, KEY).id == first.id
    sandbox.account.ahead_by = 24 * 60 * 60
    assert client.v1.checkout.sessions.create(params, KEY).id != first.id


def test_a_key_of_256_characters_then_is_refused(client, order):
    with pytest.raises(stripe.IdempotencyError):
        client.v1.checkout.sessions.create(order(), {"idempotency_key": "k" * 256})


def test_20_requests_at_once_with_one_key_then_there_is_one_session(sandbox, connect, order):
    params, ids, start = order(), [], threading.Barrier(20)

    def create():
        start.wait()
        ids.append(connect(sandbox, retries=5).v1.checkout.sessions.create(params, KEY).id)

    threads = [threading.Thread(target=create) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ids == [sandbox.sessions[0]["id"]] * 20
    assert len(sandbox.sessions) == 1
