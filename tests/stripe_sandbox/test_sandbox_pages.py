import re

import pytest
import requests

BUTTON = re.compile(r'name="action" value="(\w+)"[^>]*>([^<]+)<')


@pytest.fixture
def session(client, order):
    return client.v1.checkout.sessions.create(order())


def read(url):
    return requests.get(url, timeout=10)


def types(sandbox):
    return [event["type"] for event in sandbox.events]


def test_the_page_then_offers_every_way_a_payment_can_go(session):
    assert BUTTON.findall(read(session.url).text) == [
        ("pay", "Pay EUR 25.00"),
        ("3ds", "Pay with 3-D Secure"),
        ("decline", "Decline the card"),
        ("later_success", "Pay later: will succeed"),
        ("later_failure", "Pay later: will fail"),
    ]


def test_the_page_then_shows_what_is_paid_for(session):
    text = re.sub(r"<[^>]+>", " ", read(session.url).text)
    text = re.sub(r"\s+", " ", text)
    for part in ("TEST PAYMENT PAGE", "No money moves", "2 × Seats F7, F8 EUR 25.00", "ada@example.com", "BOOK-42"):
        assert part in text
    assert re.search(r"Time left to pay 3[01] min", text)


def test_the_page_then_does_not_pose_as_stripe(session):
    text = read(session.url).text
    assert ("stripe" in text.lower(), "<script" in text, "style=" in text, "card number" in text.lower()) == (
        False,
        False,
        False,
        False,
    )


def test_the_page_then_lets_its_form_lead_back_to_the_shop(session):
    assert read(session.url).headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "form-action 'self' http://127.0.0.1:8000"
    )


def test_the_stylesheet_then_is_served(sandbox):
    answer = read(f"{sandbox.url}/pages/page.css")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/css; charset=utf-8")


def test_pay_then_the_customer_returns_with_the_session_id(session, submit):
    answer = submit(session.url, "pay")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"http://127.0.0.1:8000/done/?session={session.id}"


def test_pay_then_the_shop_has_heard_before_the_redirect(selling, shop, connect, order, submit):
    session = connect(selling).v1.checkout.sessions.create(order())
    submit(session.url, "pay")
    answered = [attempt["status"] for attempt in selling.deliveries if "completed" in attempt["type"]]
    assert answered == [200]


def test_percent_encoded_braces_then_stay_as_they_are(client, order, submit):
    url = "http://127.0.0.1:8000/done/?session=%7BCHECKOUT_SESSION_ID%7D"
    session = client.v1.checkout.sessions.create(order(success_url=url))
    assert submit(session.url, "pay").headers["Location"] == url


def test_decline_then_the_page_says_so_and_pay_still_works(sandbox, session, submit):
    answer = submit(session.url, "decline")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/pay/{session.id}")
    assert "The card was declined and nothing was charged. You can try again." in read(session.url).text
    submit(session.url, "pay")
    assert sandbox.sessions[0]["payment_status"] == "paid"


def test_3d_secure_approved_then_paid(sandbox, session, submit):
    bank = sandbox.url + submit(session.url, "3ds").headers["Location"]
    assert BUTTON.findall(read(bank).text) == [("approve", "Approve"), ("refuse", "Refuse")]
    assert submit(bank, "approve").headers["Location"] == f"http://127.0.0.1:8000/done/?session={session.id}"
    assert types(sandbox)[1] == "payment_intent.requires_action"
    assert sandbox.sessions[0]["payment_status"] == "paid"


def test_3d_secure_refused_then_the_session_stays_open(sandbox, session, submit):
    bank = sandbox.url + submit(session.url, "3ds").headers["Location"]
    assert submit(bank, "refuse").headers["Location"] == f"/pay/{session.id}"
    assert "The bank did not approve the payment." in read(session.url).text
    assert types(sandbox)[-1] == "payment_intent.payment_failed"


@pytest.mark.parametrize(
    ("action", "outcome", "status"), [("later_success", "succeeded", "paid"), ("later_failure", "failed", "unpaid")]
)
def test_pay_later_then_the_bank_answers_after_a_while(sandbox, session, submit, until, action, outcome, status):
    sandbox.pages.later_after = 1
    submit(session.url, action)
    assert sandbox.sessions[0]["payment_status"] == "unpaid"
    until(lambda: types(sandbox)[-1] == f"checkout.session.async_payment_{outcome}")
    assert sandbox.sessions[0]["payment_status"] == status


def test_an_order_without_email_then_asks_for_one(sandbox, client, order, submit):
    session = client.v1.checkout.sessions.create(order(customer_email=None))
    assert 'type="email"' in read(session.url).text
    submit(session.url, "pay", email="grace@example.com")
    assert sandbox.sessions[0]["customer_details"]["email"] == "grace@example.com"


def test_an_expired_page_then_says_so_with_a_way_back(sandbox, session, submit):
    sandbox.expire(session.id)
    answer = submit(session.url, "pay")
    assert (answer.status_code, "This payment has expired" in answer.text) == (410, True)
    assert 'href="http://127.0.0.1:8000/back/"' in answer.text


def test_a_page_open_for_too_long_then_has_expired(sandbox, session, submit):
    sandbox.account.ahead_by = 32 * 60
    assert submit(session.url, "pay").status_code == 410
    assert sandbox.sessions[0]["status"] == "expired"


def test_a_second_press_on_pay_then_nothing_is_paid_twice(sandbox, session, submit):
    submit(session.url, "pay")
    answer = submit(session.url, "pay")
    assert "This payment is complete" in answer.text
    assert types(sandbox).count("charge.succeeded") == 1


def test_markup_in_a_name_then_is_only_text(client, order):
    lines = order()["line_items"]
    lines[0]["price_data"]["product_data"]["name"] = "<b>$total</b> & more"
    session = client.v1.checkout.sessions.create(order(line_items=lines))
    assert "&lt;b&gt;$total&lt;/b&gt; &amp; more" in read(session.url).text


@pytest.mark.parametrize(
    ("currency", "amount", "shown"),
    [
        ("usd", 123456, "USD 1,234.56"),
        ("jpy", 2500, "JPY 2,500"),
        ("bhd", 2500, "BHD 2.500"),
        ("isk", 2500, "ISK 25.00"),
    ],
)
def test_an_amount_then_has_the_decimals_of_its_currency(client, order, currency, amount, shown):
    session = client.v1.checkout.sessions.create(order(unit_amount=amount, quantity=1, currency=currency))
    assert BUTTON.findall(read(session.url).text)[0] == ("pay", f"Pay {shown}")


@pytest.mark.parametrize("path", ["/", "/pay/", "/pay/cs_test_nobody"])
def test_an_unknown_page_then_404(sandbox, path):
    assert read(sandbox.url + path).status_code == 404


def test_an_unknown_button_then_400(session, submit):
    assert submit(session.url, "steal").status_code == 400
