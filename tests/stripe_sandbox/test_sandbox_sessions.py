import time

import pytest
import stripe

from bookings.stripe_sandbox.errors import SessionClosed

HOUR = 60 * 60


def create(client, params):
    return client.v1.checkout.sessions.create(params)


def retrieve(client, session, **params):
    return client.v1.checkout.sessions.retrieve(session.id, params)


def types(sandbox):
    return [event["type"] for event in sandbox.events]


def refused(client, params):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        create(client, params)
    return caught.value


def test_a_new_session_is_open_and_unpaid_then_has_a_page(sandbox, client, order):
    session = create(client, order())
    assert (session.status, session.payment_status, session.livemode) == ("open", "unpaid", False)
    assert session.url == f"{sandbox.url}/pay/{session.id}"


def test_a_new_session_then_says_what_it_was_asked_for(client, order):
    session = create(client, order())
    assert (session.amount_subtotal, session.amount_total, session.currency) == (2500, 2500, "eur")
    assert session.total_details.to_dict() == {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0}
    assert session.metadata.to_dict() == {"booking": "BOOK-42"}
    assert (session.client_reference_id, session.customer_email) == ("BOOK-42", "ada@example.com")


def test_a_session_without_expires_at_then_expires_after_24_hours(client, order):
    session = create(client, order(expires_at=None))
    assert session.expires_at == session.created + 24 * HOUR


@pytest.mark.parametrize("seconds", [29 * 60, 25 * HOUR])
def test_expires_at_out_of_range_then_is_refused(client, order, seconds):
    error = refused(client, order(expires_at=int(time.time()) + seconds))
    assert (error.http_status, error.param) == (400, "expires_at")


def test_the_payment_intent_is_null_then_exists_once_the_customer_confirms(sandbox, client, order):
    session = create(client, order())
    assert session.payment_intent is None
    sandbox.pay(session.id)
    assert retrieve(client, session).payment_intent[:3] == "pi_"


def test_pay_then_the_session_is_complete_and_paid(sandbox, client, order):
    session = create(client, order())
    sandbox.pay(session.id)
    paid = retrieve(client, session)
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert paid.customer_details.email == "ada@example.com"


def test_pay_then_events_tell_the_story(sandbox, client, order):
    sandbox.pay(create(client, order()).id)
    assert types(sandbox) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]


def test_the_payment_intent_then_has_its_own_metadata(sandbox, client, order):
    session = create(client, order(metadata={"kind": "session"}))
    sandbox.pay(session.id)
    intent = retrieve(client, session, expand=["payment_intent"]).payment_intent
    assert (intent.metadata.to_dict(), intent.description) == ({"booking": "BOOK-42"}, "Booking BOOK-42")
    assert (intent.status, intent.amount_received) == ("succeeded", 2500)


def test_expand_reaches_the_charge_then_it_is_whole(sandbox, client, order):
    session = create(client, order())
    sandbox.pay(session.id)
    charge = retrieve(client, session, expand=["payment_intent.latest_charge"]).payment_intent.latest_charge
    assert (charge.amount, charge.paid, charge.refunded) == (2500, True, False)


def test_expand_of_an_unknown_property_then_is_refused(client, order):
    session = create(client, order())
    with pytest.raises(stripe.InvalidRequestError) as caught:
        retrieve(client, session, expand=["seats"])
    assert caught.value.user_message == "This property cannot be expanded (seats)."


def test_decline_then_the_session_stays_open_and_can_be_paid(sandbox, client, order):
    session = create(client, order())
    sandbox.decline(session.id)
    declined = retrieve(client, session, expand=["payment_intent"])
    assert (declined.status, declined.payment_intent.status) == ("open", "requires_payment_method")
    assert declined.payment_intent.last_payment_error.code == "card_declined"
    assert sandbox.pay(session.id)["payment_intent"] == declined.payment_intent.id
    assert types(sandbox)[:3] == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]


def test_pay_later_then_the_session_is_complete_but_unpaid(sandbox, client, order):
    session = create(client, order())
    later = sandbox.pay_later(session.id)
    assert (later["status"], later["payment_status"]) == ("complete", "unpaid")
    assert types(sandbox)[-2:] == ["payment_intent.processing", "checkout.session.completed"]


@pytest.mark.parametrize(("succeed", "status", "outcome"), [(True, "paid", "succeeded"), (False, "unpaid", "failed")])
def test_a_late_payment_settles_then_an_async_event_says_so(sandbox, client, order, succeed, status, outcome):
    session = create(client, order())
    sandbox.pay_later(session.id)
    settled = sandbox.settle(session.id, succeed=succeed)
    assert (settled["status"], settled["payment_status"]) == ("complete", status)
    assert types(sandbox)[-1] == f"checkout.session.async_payment_{outcome}"


def test_expire_then_the_session_is_expired_without_a_page(sandbox, client, order):
    session = client.v1.checkout.sessions.expire(create(client, order()).id)
    assert (session.status, session.url) == ("expired", None)
    assert types(sandbox) == ["checkout.session.expired"]


def test_expire_twice_then_stripe_says_which_status_it_has(client, order):
    session = create(client, order())
    client.v1.checkout.sessions.expire(session.id)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.checkout.sessions.expire(session.id)
    assert caught.value.user_message == (
        'Only Checkout Sessions with a status in ["open"] can be expired. '
        "This Checkout Session has a status of `expired`."
    )
    assert (caught.value.http_status, caught.value.code) == (400, None)


def test_expire_an_unknown_session_then_404(client):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.checkout.sessions.expire("cs_test_nobody")
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")
    assert caught.value.user_message == "No such checkout.session: 'cs_test_nobody'"


def test_expire_after_a_decline_then_the_payment_intent_is_canceled(sandbox, client, order):
    session = create(client, order())
    sandbox.decline(session.id)
    sandbox.expire(session.id)
    assert types(sandbox)[-2:] == ["payment_intent.canceled", "checkout.session.expired"]


def test_time_passes_then_the_session_expires_though_nobody_looks(sandbox, client, order, until):
    create(client, order())
    sandbox.account.ahead_by = 32 * 60
    until(lambda: types(sandbox) == ["checkout.session.expired"])


def test_time_passes_then_a_read_already_says_expired(sandbox, client, order):
    session = create(client, order())
    sandbox.account.ahead_by = 32 * 60
    assert retrieve(client, session).status == "expired"


def test_an_expired_session_then_cannot_be_paid(sandbox, client, order):
    session = create(client, order())
    sandbox.expire(session.id)
    with pytest.raises(SessionClosed):
        sandbox.pay(session.id)


@pytest.mark.parametrize(("currency", "amount"), [("eur", 49), ("usd", 49), ("gbp", 29), ("jpy", 49), ("dkk", 249)])
def test_less_than_the_minimum_then_amount_too_small(client, order, currency, amount):
    assert refused(client, order(unit_amount=amount, quantity=1, currency=currency)).code == "amount_too_small"


@pytest.mark.parametrize(("currency", "amount"), [("eur", 50), ("usd", 50), ("gbp", 30), ("jpy", 50), ("dkk", 250)])
def test_the_minimum_itself_then_is_accepted(client, order, currency, amount):
    assert create(client, order(unit_amount=amount, quantity=1, currency=currency)).amount_total == amount


def test_nothing_to_pay_then_no_payment_is_required(sandbox, client, order):
    session = create(client, order(unit_amount=0))
    paid = sandbox.pay(session.id)
    assert (session.payment_status, paid["payment_status"], paid["payment_intent"]) == (
        "no_payment_required",
        "no_payment_required",
        None,
    )


def test_line_items_then_are_listed_with_their_totals(client, order):
    session = create(client, order())
    (line,) = client.v1.checkout.sessions.line_items.list(session.id).data
    assert (line.description, line.quantity, line.amount_total) == ("Seats F7, F8", 2, 2500)
    assert line.price.unit_amount == 1250


def test_sessions_then_are_listed_newest_first_page_by_page(client, order):
    ids = [create(client, order()).id for _ in range(3)]
    first = client.v1.checkout.sessions.list({"limit": 2})
    assert ([session.id for session in first.data], first.has_more) == ([ids[2], ids[1]], True)
    second = client.v1.checkout.sessions.list({"limit": 2, "starting_after": ids[1]})
    assert ([session.id for session in second.data], second.has_more) == ([ids[0]], False)


def test_auto_paging_then_sees_every_session_once(client, order):
    ids = [create(client, order()).id for _ in range(5)]
    found = client.v1.checkout.sessions.list({"limit": 2}).auto_paging_iter()
    assert [session.id for session in found] == ids[::-1]


def test_sessions_by_payment_intent_then_one_is_found(sandbox, client, order):
    create(client, order())
    paid = sandbox.pay(create(client, order()).id)
    found = client.v1.checkout.sessions.list({"payment_intent": paid["payment_intent"]}).data
    assert [session.id for session in found] == [paid["id"]]


def test_sessions_created_since_then_older_ones_are_left_out(sandbox, client, order):
    create(client, order())
    sandbox.account.ahead_by = 100
    newer = create(client, order(expires_at=None))
    found = client.v1.checkout.sessions.list({"created": {"gte": newer.created}}).data
    assert [session.id for session in found] == [newer.id]


def test_a_payment_intent_then_can_be_retrieved(sandbox, client, order):
    paid = sandbox.pay(create(client, order()).id)
    assert client.v1.payment_intents.retrieve(paid["payment_intent"]).amount == 2500


@pytest.mark.parametrize("verb", ["cancel", "confirm"])
def test_a_payment_intent_then_cannot_be_steered_past_its_session(sandbox, client, order, verb):
    declined = sandbox.decline(create(client, order()).id)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        getattr(client.v1.payment_intents, verb)(declined["payment_intent"])
    assert caught.value.code == "payment_intent_unexpected_state"
    assert sandbox.sessions[0]["status"] == "open"


def test_without_the_right_key_then_401(sandbox, connect, order):
    with pytest.raises(stripe.AuthenticationError) as caught:
        create(connect(sandbox, key="sk_test_other"), order())
    assert caught.value.http_status == 401


def test_an_error_then_carries_the_request_id(sandbox, client, order):
    error = refused(client, order(mode=None))
    assert error.request_id == error.headers["Request-Id"] == sandbox.requests[-1].id


def test_an_unknown_address_then_404(client):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.customers.list()
    assert caught.value.http_status == 404
    assert caught.value.user_message == "Unrecognized request URL (GET: /v1/customers)."
