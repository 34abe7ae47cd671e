import pytest
import stripe


@pytest.fixture
def paid(sandbox, client, order):
    """The payment intent of an order of EUR 25.00."""
    return sandbox.pay(client.v1.checkout.sessions.create(order()).id)["payment_intent"]


def charge_of(client, intent):
    return client.v1.payment_intents.retrieve(intent, {"expand": ["latest_charge"]}).latest_charge


def refund_types(sandbox):
    return [event["type"] for event in sandbox.events if "refund" in event["type"]]


def refused(client, params):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create(params)
    return caught.value


def test_a_refund_without_amount_then_returns_everything(client, paid):
    refund = client.v1.refunds.create({"payment_intent": paid})
    assert (refund.amount, refund.status, refund.currency) == (2500, "succeeded", "eur")
    assert charge_of(client, paid).refunded is True


def test_a_partial_refund_then_keeps_reason_and_metadata(sandbox, client, paid):
    params = {"payment_intent": paid, "amount": 500, "reason": "requested_by_customer", "metadata": {"refund": "7"}}
    refund = client.v1.refunds.create(params)
    assert (refund.amount, refund.reason, refund.metadata.to_dict()) == (500, "requested_by_customer", {"refund": "7"})
    assert sandbox.requests[-1].params == params


def test_partial_refunds_then_add_up_to_the_total(client, paid):
    for amount in (1000, 1500):
        client.v1.refunds.create({"payment_intent": paid, "amount": amount})
    charge = charge_of(client, paid)
    assert (charge.amount_refunded, charge.refunded) == (2500, True)


def test_a_refund_then_sends_its_events(sandbox, client, paid):
    client.v1.refunds.create({"payment_intent": paid})
    assert refund_types(sandbox) == ["refund.created", "charge.refunded", "refund.updated", "charge.refund.updated"]


def test_charge_refunded_then_says_what_changed(sandbox, client, paid):
    client.v1.refunds.create({"payment_intent": paid, "amount": 500})
    (event,) = [event for event in sandbox.events if event["type"] == "charge.refunded"]
    assert event["data"]["previous_attributes"] == {"amount_refunded": 0, "refunded": False}
    assert event["data"]["object"]["amount_refunded"] == 500


def test_refund_all_twice_then_already_refunded(client, paid):
    charge = client.v1.refunds.create({"payment_intent": paid}).charge
    error = refused(client, {"payment_intent": paid})
    assert (error.http_status, error.code) == (400, "charge_already_refunded")
    assert error.user_message == f"Charge {charge} has already been refunded."


def test_refund_more_than_is_left_then_stripe_says_how_much(client, paid):
    client.v1.refunds.create({"payment_intent": paid, "amount": 1500})
    error = refused(client, {"payment_intent": paid, "amount": 2500})
    assert (error.http_status, error.param, error.code) == (400, "amount", None)
    assert error.user_message == "Refund amount (€25.00) is greater than unrefunded amount on charge (€10.00)"


@pytest.mark.parametrize("amount", [0, -1, "12.50"])
def test_a_refund_of_no_positive_integer_then_is_refused(client, paid, amount):
    error = refused(client, {"payment_intent": paid, "amount": amount})
    assert (error.code, error.param) == ("parameter_invalid_integer", "amount")


def test_a_reason_that_is_not_offered_then_is_refused(client, paid):
    assert refused(client, {"payment_intent": paid, "reason": "rain"}).param == "reason"


def test_a_refund_of_nothing_then_a_parameter_is_missing(client):
    assert refused(client, {"amount": 500}).code == "parameter_missing"


def test_a_refund_of_an_unknown_payment_then_is_missing(client):
    error = refused(client, {"payment_intent": "pi_nobody"})
    assert (error.code, error.param) == ("resource_missing", "payment_intent")


def test_a_refund_of_a_declined_payment_then_is_refused(sandbox, client, order):
    intent = sandbox.decline(client.v1.checkout.sessions.create(order()).id)["payment_intent"]
    message = f"This PaymentIntent ({intent}) does not have a successful charge to refund."
    assert refused(client, {"payment_intent": intent}).user_message == message


def test_a_refund_by_charge_then_works_too(client, paid):
    assert client.v1.refunds.create({"charge": charge_of(client, paid).id}).payment_intent == paid


def test_a_refund_fails_afterwards_then_the_money_is_back(sandbox, client, paid):
    refund = client.v1.refunds.create({"payment_intent": paid})
    sandbox.fail_refund(refund.id, reason="expired_or_canceled_card")
    failed = client.v1.refunds.retrieve(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert charge_of(client, paid).amount_refunded == 0
    assert refund_types(sandbox)[-3:] == ["refund.updated", "charge.refund.updated", "refund.failed"]


def test_a_pending_refund_then_succeeds_later(sandbox, client, paid):
    sandbox.account.refunds_start = "pending"
    refund = client.v1.refunds.create({"payment_intent": paid})
    assert (refund.status, refund.pending_reason) == ("pending", "processing")
    assert sandbox.settle_refund(refund.id)["status"] == "succeeded"
    assert refund_types(sandbox)[-2:] == ["refund.updated", "charge.refund.updated"]


def test_a_refund_from_the_dashboard_then_has_no_request(sandbox, client, paid):
    refund = sandbox.refund_outside(paid, 700)
    created = next(event for event in sandbox.events if event["type"] == "refund.created")
    assert created["request"] == {"id": None, "idempotency_key": None}
    assert client.v1.refunds.retrieve(refund["id"]).amount == 700


def test_refunds_then_are_listed_by_payment(sandbox, client, order, paid):
    other = sandbox.pay(client.v1.checkout.sessions.create(order()).id)["payment_intent"]
    client.v1.refunds.create({"payment_intent": other})
    mine = client.v1.refunds.create({"payment_intent": paid})
    assert [refund.id for refund in client.v1.refunds.list({"payment_intent": paid}).data] == [mine.id]
