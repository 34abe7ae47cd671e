import time

import pytest
import stripe

from bookings.stripe_sandbox.contract import check
from bookings.stripe_sandbox.errors import StripeError
from bookings.stripe_sandbox.forms import decode

REFUND = stripe.params.RefundCreateParams


@pytest.fixture
def refused(sandbox, client):
    def refused(params):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            client.v1.checkout.sessions.create(params)
        assert sandbox.requests[-1].violations[0]["param"] == caught.value.param
        assert sandbox.sessions == []
        return caught.value.http_status, caught.value.code, caught.value.param

    return refused


def with_line(order, **changes):
    params = order()
    params["line_items"][0] |= changes
    return params


def with_price(order, **changes):
    params = order()
    params["line_items"][0]["price_data"] |= changes
    return params


def test_the_shops_own_order_then_breaks_nothing(sandbox, client, order):
    client.v1.checkout.sessions.create(order())
    assert sandbox.requests[-1].violations == []


def test_a_recorded_request_then_shows_real_types(sandbox, client, order):
    params = order()
    client.v1.checkout.sessions.create(params, {"idempotency_key": "key-1"})
    seen = sandbox.requests[-1]
    assert (seen.method, seen.path, seen.idempotency_key) == ("POST", "/v1/checkout/sessions", "key-1")
    assert seen.params == params


def test_an_unknown_parameter_then_is_refused(refused, order):
    assert refused(order(payment_method_types=["card"])) == (400, "parameter_unknown", "payment_method_types")


def test_an_unknown_nested_parameter_then_is_refused(refused, order):
    assert refused(with_price(order, colour="red")) == (400, "parameter_unknown", "line_items[0][price_data][colour]")


def test_no_currency_then_it_is_missing(refused, order):
    params = order()
    del params["line_items"][0]["price_data"]["currency"]
    assert refused(params) == (400, "parameter_missing", "line_items[0][price_data][currency]")


def test_no_product_name_then_it_is_missing(refused, order):
    params = with_price(order, product_data={"description": "A seat"})
    assert refused(params) == (400, "parameter_missing", "line_items[0][price_data][product_data][name]")


@pytest.mark.parametrize("name", ["mode", "success_url", "line_items"])
def test_a_required_parameter_is_left_out_then_it_is_missing(refused, order, name):
    assert refused(order(**{name: None})) == (400, "parameter_missing", name)


def test_no_quantity_then_it_is_missing(refused, order):
    params = order()
    del params["line_items"][0]["quantity"]
    assert refused(params) == (400, "parameter_missing", "line_items[0][quantity]")


@pytest.mark.parametrize("amount", ["12.50", "5e2", "1_000", " 5", "", "٣"])
def test_an_amount_that_is_no_integer_then_is_refused(refused, order, amount):
    param = "line_items[0][price_data][unit_amount]"
    assert refused(with_price(order, unit_amount=amount)) == (400, "parameter_invalid_integer", param)


def test_a_negative_amount_then_is_refused(refused, order):
    param = "line_items[0][price_data][unit_amount]"
    assert refused(with_price(order, unit_amount=-5)) == (400, "parameter_invalid_integer", param)


def test_a_quantity_of_zero_then_is_refused(refused, order):
    assert refused(with_line(order, quantity=0)) == (400, "parameter_invalid_integer", "line_items[0][quantity]")


def test_expires_at_in_words_then_is_refused(refused, order):
    assert refused(order(expires_at="soon")) == (400, "parameter_invalid_integer", "expires_at")


@pytest.mark.parametrize(("name", "value"), [("mode", "rent"), ("locale", "tlh"), ("mode", "subscription")])
def test_a_value_that_is_not_offered_then_is_refused(refused, order, name, value):
    assert refused(order(**{name: value})) == (400, None, name)


def test_an_empty_string_then_is_refused(refused, order):
    assert refused(order(client_reference_id="")) == (400, "parameter_invalid_empty", "client_reference_id")


def test_a_reference_of_201_characters_then_is_refused(refused, order):
    assert refused(order(client_reference_id="x" * 201)) == (400, None, "client_reference_id")


def test_a_reference_of_200_characters_then_is_accepted(client, order):
    assert client.v1.checkout.sessions.create(order(client_reference_id="x" * 200)).status == "open"


@pytest.mark.parametrize("name", ["success_url", "cancel_url"])
def test_a_url_of_5001_characters_then_is_refused(refused, order, name):
    assert refused(order(**{name: "https://example.com/".ljust(5001, "x")})) == (400, None, name)


@pytest.mark.parametrize("url", ["/done/", "javascript:alert(1)", "https://example.com/\r\nSet-Cookie: a=b"])
def test_a_url_that_is_none_then_is_refused(refused, order, url):
    assert refused(order(success_url=url)) == (400, "url_invalid", "success_url")


def test_a_product_name_of_5001_characters_then_is_refused(refused, order):
    param = "line_items[0][price_data][product_data][name]"
    assert refused(with_price(order, product_data={"name": "x" * 5001})) == (400, None, param)


def test_101_line_items_then_are_refused(refused, order):
    params = order()
    assert refused(order(line_items=params["line_items"] * 101)) == (400, None, "line_items")


def test_100_line_items_then_are_accepted(client, order):
    params = order(line_items=order()["line_items"] * 100)
    assert client.v1.checkout.sessions.create(params).amount_total == 250_000


def test_two_currencies_then_are_refused(refused, order):
    lines = order()["line_items"] + order(currency="usd")["line_items"]
    assert refused(order(line_items=lines)) == (400, None, "line_items")


@pytest.mark.parametrize("currency", ["EUR", "euro", "zzz"])
def test_a_currency_that_is_none_then_is_refused(refused, order, currency):
    assert refused(order(currency=currency)) == (400, None, "line_items[0][price_data][currency]")


def test_three_decimal_amounts_then_must_end_in_zero(refused, order):
    assert refused(order(unit_amount=2505, currency="bhd")) == (400, None, "line_items[0][price_data][unit_amount]")


def test_51_metadata_keys_then_are_refused(refused, order):
    assert refused(order(metadata={f"key{n}": "x" for n in range(51)})) == (400, None, "metadata")


def test_a_metadata_key_of_41_characters_then_is_refused(refused, order):
    assert refused(order(metadata={"k" * 41: "x"})) == (400, None, f"metadata[{'k' * 41}]")


def test_a_metadata_value_of_501_characters_then_is_refused(refused, order):
    data = {"metadata": {"booking": "x" * 501}}
    assert refused(order(payment_intent_data=data)) == (400, None, "payment_intent_data[metadata][booking]")


def test_a_metadata_key_with_brackets_then_is_refused(refused, order):
    assert refused(order(metadata={"a[b]": "x"})) == (400, None, "metadata[a[b]]")


def test_an_email_that_is_none_then_is_refused(refused, order):
    assert refused(order(customer_email="ada")) == (400, "email_invalid", "customer_email")


def test_a_list_limit_of_101_then_is_refused(client):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.checkout.sessions.list({"limit": 101})
    assert (caught.value.code, caught.value.param) == ("parameter_invalid_integer", "limit")


def test_an_unknown_query_parameter_then_is_refused(client):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.list({"status": "failed"})
    assert (caught.value.code, caught.value.param) == ("parameter_unknown", "status")


def test_a_cursor_that_is_not_known_then_is_missing(client):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.events.list({"starting_after": "evt_nobody"})
    assert (caught.value.http_status, caught.value.code, caught.value.param) == (
        400,
        "resource_missing",
        "starting_after",
    )


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", {}),
        ("a=1", {"a": "1"}),
        ("a=", {"a": ""}),
        ("a=x%20y&b=x+y", {"a": "x y", "b": "x y"}),
        ("a[b][c]=1&a[b][d]=2", {"a": {"b": {"c": "1", "d": "2"}}}),
        ("a[0]=x&a[1]=y", {"a": {"0": "x", "1": "y"}}),
        ("a[]=x&a[]=y", {"a": {"0": "x", "1": "y"}}),
        ("a[][k]=1&a[][l]=2&a[][k]=3", {"a": {"0": {"k": "1", "l": "2"}, "1": {"k": "3"}}}),
        ("a%5Bb%5D=1", {"a": {"b": "1"}}),
    ],
)
def test_a_form_then_becomes_a_tree(text, tree):
    assert decode(text) == tree


@pytest.mark.parametrize("text", ["[a]=1", "a[b=1", "a]=1", "a[b]c=1", "a=1&a[b]=2", "a[b]=2&a=1", "=1"])
def test_a_malformed_form_then_is_refused(text):
    with pytest.raises(StripeError):
        decode(text)


def test_list_indices_then_give_the_order(order):
    read, violations = check(decode("expand[10]=c&expand[2]=b&expand[0]=a"), REFUND)
    assert (read, violations) == ({"expand": ["a", "b", "c"]}, [])


def test_a_list_longer_than_1000_then_is_refused():
    _, violations = check({"expand": {str(n): "x" for n in range(1001)}}, REFUND)
    assert [violation.param for violation in violations] == ["expand"]


def test_empty_metadata_then_means_unset():
    assert check({"metadata": ""}, REFUND) == ({"metadata": ""}, [])


@pytest.mark.parametrize(("word", "violated"), [("true", False), ("false", False), ("True", True), ("1", True)])
def test_a_boolean_then_is_true_or_false_only(word, violated):
    _, violations = check({"reverse_transfer": word}, REFUND)
    assert bool(violations) is violated


def test_an_option_of_the_sdk_then_is_no_parameter():
    _, violations = check({"idempotency_key": "x"}, REFUND)
    assert [violation.code for violation in violations] == ["parameter_unknown"]


def test_everything_wrong_at_once_then_everything_is_recorded(sandbox, client, order):
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.create(order(mode="rent", seats=2, expires_at=int(time.time())))
    found = [violation["param"] for violation in sandbox.requests[-1].violations]
    assert sorted(found) == ["expires_at", "mode", "seats"]
