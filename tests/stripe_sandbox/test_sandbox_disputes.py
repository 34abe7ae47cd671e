import pytest
import stripe


@pytest.fixture
def paid(sandbox, client, order):
    return sandbox.pay(client.v1.checkout.sessions.create(order()).id)["payment_intent"]


def test_a_dispute_then_it_is_told_and_listed(sandbox, client, paid):
    dispute = sandbox.dispute(paid, reason="product_not_received")

    found = client.v1.disputes.retrieve(dispute["id"])
    assert (found.status, found.reason, found.amount) == ("needs_response", "product_not_received", 2500)
    assert [listed.id for listed in client.v1.disputes.list({"payment_intent": paid}).data] == [dispute["id"]]
    assert "charge.dispute.created" in [event["type"] for event in sandbox.events]


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_a_decided_dispute_then_it_is_closed_with_its_outcome(sandbox, client, paid, outcome):
    dispute = sandbox.dispute(paid)

    sandbox.decide_dispute(dispute["id"], outcome)

    assert client.v1.disputes.retrieve(dispute["id"]).status == outcome
    closed = [event for event in sandbox.events if event["type"] == "charge.dispute.closed"]
    assert [event["data"]["object"]["status"] for event in closed] == [outcome]


def test_a_disputed_payment_then_it_cannot_be_refunded(sandbox, client, paid):
    sandbox.dispute(paid)

    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"payment_intent": paid})
    assert caught.value.code == "charge_disputed"


def test_a_dispute_that_was_won_then_it_can_be_refunded_again(sandbox, client, paid):
    sandbox.decide_dispute(sandbox.dispute(paid)["id"], "won")

    assert client.v1.refunds.create({"payment_intent": paid}).status == "succeeded"


def test_an_outcome_that_is_none_then_a_sentence(sandbox, paid):
    with pytest.raises(ValueError, match="won or lost"):
        sandbox.decide_dispute(sandbox.dispute(paid)["id"], "undecided")
