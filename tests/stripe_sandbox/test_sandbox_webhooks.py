import json
import time

import pytest
import stripe

from bookings.stripe_sandbox import Sandbox

PAID = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]


@pytest.fixture
def open_session(selling, connect, order):
    return connect(selling).v1.checkout.sessions.create(order()).id


def attempts(sandbox, event_type="checkout.session.completed"):
    return [attempt["status"] for attempt in sandbox.deliveries if attempt["type"] == event_type]


def test_pay_then_the_shop_hears_of_it_first(selling, shop, open_session):
    selling.pay(open_session)
    assert attempts(selling) == [200]


def test_pay_then_every_event_arrives_signed(selling, shop, open_session, until):
    selling.pay(open_session)
    until(lambda: len(shop.received) == 4)
    assert sorted(shop.types()) == sorted(PAID)


def test_an_event_then_has_stripes_envelope(selling, shop, connect, order, until):
    client = connect(selling)
    session = client.v1.checkout.sessions.create(order())
    client.v1.checkout.sessions.expire(session.id, {}, {"idempotency_key": "expire-42"})
    (event,) = until(shop.events)
    assert (event.object, event.type, event.livemode) == ("event", "checkout.session.expired", False)
    assert (event.api_version, event.data.object.id) == (stripe.api_version, session.id)
    assert event.request.to_dict() == {"id": selling.requests[-1].id, "idempotency_key": "expire-42"}


def test_the_signature_then_is_over_the_raw_body(selling, shop, open_session, until):
    selling.expire(open_session)
    signature, body = until(lambda: shop.received)[0]
    again = json.dumps(json.loads(body))
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(again, signature, "whsec_local")


def test_two_secrets_then_both_sign(selling, shop, open_session, until):
    selling.webhooks.secret = "whsec_old,whsec_new"
    selling.expire(open_session)
    until(lambda: shop.received)
    assert shop.events("whsec_old")[0].id == shop.events("whsec_new")[0].id


def test_the_shop_fails_then_the_event_comes_again_with_a_fresh_signature(selling, shop, open_session, until):
    shop.answers = [500]
    selling.expire(open_session)
    until(lambda: len(attempts(selling, "checkout.session.expired")) == 2)
    (first, body), (second, body_again) = shop.received
    assert (first != second, body == body_again) == (True, True)
    assert attempts(selling, "checkout.session.expired") == [500, 200]


def test_a_redirect_then_counts_as_a_failure(selling, shop, open_session, until):
    shop.answers = [302]
    selling.expire(open_session)
    until(lambda: attempts(selling, "checkout.session.expired") == [302, 200])


def test_the_pauses_between_attempts_then_double(selling, shop, open_session, until):
    shop.answers = [500, 500]
    selling.expire(open_session)
    until(lambda: len(selling.deliveries) == 3)
    first, second, third = [attempt["at"] for attempt in selling.deliveries]
    assert (second - first >= 1, third - second >= 2) == (True, True)


def test_hold_then_nothing_leaves_until_released(selling, shop, open_session, until):
    selling.webhooks.mode = "hold"
    selling.pay(open_session)
    assert shop.received == []
    assert selling.release() == 4
    until(lambda: len(shop.received) == 4)


def test_deliver_by_hand_then_release_does_not_repeat_it(selling, shop, open_session):
    selling.webhooks.mode = "hold"
    selling.pay(open_session)
    assert selling.deliver(selling.events[-1]["id"]) == [200]
    assert (shop.types(), selling.release()) == (["checkout.session.completed"], 3)


def test_deliver_many_at_once_then_every_copy_is_answered(selling, shop, open_session):
    selling.webhooks.mode = "hold"
    selling.pay(open_session)
    assert selling.deliver(selling.events[-1], times=100) == [200] * 100
    assert len(shop.received) == 100


@pytest.mark.parametrize("seconds", [-301, 3600])
def test_deliver_at_another_time_then_the_signature_says_so(selling, shop, open_session, seconds):
    selling.webhooks.mode = "hold"
    selling.expire(open_session)
    at = int(time.time()) + seconds
    selling.deliver(selling.events[0], at=at)
    assert shop.received[0][0].split(",")[0] == f"t={at}"


def test_deliver_with_a_forged_secret_then_the_shop_can_tell(selling, shop, open_session):
    selling.webhooks.mode = "hold"
    selling.expire(open_session)
    selling.deliver(selling.events[0], secret="whsec_forged")
    with pytest.raises(stripe.SignatureVerificationError):
        shop.events()


def test_lose_then_the_event_is_listed_as_not_delivered(selling, shop, connect, open_session):
    selling.webhooks.mode = "lose"
    selling.expire(open_session)
    found = connect(selling).v1.events.list({"delivery_success": False}).data
    assert ([event.type for event in found], shop.received) == (["checkout.session.expired"], [])


def test_a_delivered_event_then_is_listed_as_such(selling, connect, open_session, until):
    selling.expire(open_session)
    client = connect(selling)
    found = until(lambda: client.v1.events.list({"delivery_success": True}).data)
    assert [(event.type, event.pending_webhooks) for event in found] == [("checkout.session.expired", 0)]
    assert client.v1.events.list({"delivery_success": False}).data == []


def test_copies_then_the_same_event_arrives_several_times(selling, shop, open_session, until):
    selling.webhooks.copies = 3
    selling.expire(open_session)
    until(lambda: len(shop.received) == 3)
    assert len({event.id for event in shop.events()}) == 1


def test_shuffle_then_everything_arrives_in_some_order(selling, shop, open_session, until):
    selling.webhooks.shuffle = True
    selling.pay(open_session)
    until(lambda: len(shop.received) == 4)
    assert sorted(shop.types()) == sorted(PAID)


def test_delay_then_the_customer_is_back_before_the_event(selling, shop, open_session, until):
    selling.webhooks.mode = "delay:1"
    selling.pay(open_session)
    assert shop.received == []
    until(lambda: len(shop.received) == 4)


def test_a_shop_slower_than_the_wait_then_does_not_keep_the_customer(selling, shop, open_session):
    shop.pause, selling.webhooks.answer_wait = 1, 0.1
    selling.pay(open_session)
    assert attempts(selling) == []


def test_a_second_event_about_the_same_session_then_has_its_own_id(selling, shop, open_session, until):
    selling.emit("checkout.session.expired", selling.expire(open_session))
    until(lambda: len(shop.received) == 2)
    first, second = shop.events()
    assert (first.id != second.id, first.data.object.id) == (True, second.data.object.id)


def test_an_edited_session_then_is_told_as_edited(selling, open_session):
    selling.edit("checkout.session", open_session, amount_total=1)
    selling.pay(open_session)
    assert selling.events[-1]["data"]["object"]["amount_total"] == 1


def test_events_by_type_then_only_those(selling, connect, open_session):
    selling.pay(open_session)
    client = connect(selling)
    assert [event.type for event in client.v1.events.list({"type": "charge.*"}).data] == ["charge.succeeded"]
    types = ["charge.succeeded", "checkout.session.completed"]
    assert [event.type for event in client.v1.events.list({"types": types}).data] == types[::-1]


def test_an_event_then_can_be_retrieved(selling, connect, open_session):
    selling.pay(open_session)
    event = selling.events[-1]
    assert connect(selling).v1.events.retrieve(event["id"]).type == event["type"]


def test_events_then_are_kept_for_30_days(sandbox, client, order):
    sandbox.expire(client.v1.checkout.sessions.create(order()).id)
    sandbox.advance(30 * 24 * 60 * 60)
    assert client.v1.events.list().data == []


def test_a_restart_then_loses_no_event_and_no_page(tmp_path, shop, connect, order, until):
    settings = {"secret_key": "sk_test_local", "webhook_secret": "whsec_local", "data": tmp_path / "stripe.sqlite3"}
    with Sandbox(**settings, webhook_url="http://127.0.0.1:9/nobody/") as before:
        client = connect(before)
        paid, still_open = (client.v1.checkout.sessions.create(order()) for _ in range(2))
        before.pay(paid.id)
    with Sandbox(**settings, webhook_url=shop.url) as after:
        until(lambda: len(shop.received) == 4)
        assert sorted(shop.types()) == sorted(PAID)
        assert (after.url, after.sessions[1]["url"]) == (before.url, still_open.url)
        assert connect(after).v1.refunds.create({"payment_intent": after.sessions[0]["payment_intent"]}).amount == 2500


def test_the_old_port_is_taken_then_open_pages_move(tmp_path, connect, order):
    settings = {"secret_key": "sk_test_local", "data": tmp_path / "stripe.sqlite3"}
    with Sandbox(**settings) as before:
        session = connect(before).v1.checkout.sessions.create(order())
        port = int(before.url.rpartition(":")[2])
    with Sandbox(secret_key="sk_test_local", port=port), Sandbox(**settings) as after:
        assert after.url != before.url
        assert after.sessions[0]["url"] == f"{after.url}/pay/{session.id}"
