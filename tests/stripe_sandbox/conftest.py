import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
import stripe

from bookings.stripe_sandbox import Sandbox

SECRET_KEY, WEBHOOK_SECRET = "sk_test_local", "whsec_local"


class Shop:
    """A shop's webhook endpoint that writes down what it gets and answers as it is told."""

    def __init__(self):
        self.received = []
        self.answers = []
        self.pause = 0
        shop = self

        class Endpoint(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                time.sleep(shop.pause)
                shop.received.append((self.headers["Stripe-Signature"], body))
                self.send_response(shop.answers.pop(0) if shop.answers else 200)
                self.end_headers()

            def log_message(self, *args):
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 128

        self.server = Server(("127.0.0.1", 0), Endpoint)
        self.url = f"http://127.0.0.1:{self.server.server_port}/stripe/webhook/"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def events(self, secret=WEBHOOK_SECRET):
        return [stripe.Webhook.construct_event(body, signature, secret) for signature, body in list(self.received)]

    def types(self):
        return [event.type for event in self.events()]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def shop():
    shop = Shop()
    yield shop
    shop.stop()


@pytest.fixture
def sandbox():
    """A stand-in without a shop behind it."""
    with Sandbox(secret_key=SECRET_KEY) as sandbox:
        yield sandbox


@pytest.fixture
def selling(shop):
    """A stand-in that delivers its events to `shop`."""
    with Sandbox(secret_key=SECRET_KEY, webhook_url=shop.url, webhook_secret=WEBHOOK_SECRET) as sandbox:
        yield sandbox


@pytest.fixture
def connect():
    def connect(sandbox, key=SECRET_KEY, retries=0):
        return stripe.StripeClient(
            key,
            base_addresses={"api": sandbox.url},
            max_network_retries=retries,
            http_client=stripe.RequestsClient(timeout=10),
        )

    return connect


@pytest.fixture
def client(sandbox, connect):
    return connect(sandbox)


@pytest.fixture
def order():
    """The parameters of a session, as the shop sends them; keywords replace or (None) remove some."""

    def order(unit_amount=1250, quantity=2, currency="eur", **changes):
        product = {"name": "Seats F7, F8", "description": "Casablanca, Friday 19:30"}
        price = {"currency": currency, "unit_amount": unit_amount, "product_data": product}
        params = {
            "mode": "payment",
            "line_items": [{"price_data": price, "quantity": quantity}],
            "client_reference_id": "BOOK-42",
            "metadata": {"booking": "BOOK-42"},
            "payment_intent_data": {"metadata": {"booking": "BOOK-42"}, "description": "Booking BOOK-42"},
            "customer_email": "ada@example.com",
            "expires_at": int(time.time()) + 31 * 60,
            "success_url": "http://127.0.0.1:8000/done/?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://127.0.0.1:8000/back/",
            "locale": "en",
        } | changes
        return {name: value for name, value in params.items() if value is not None}

    return order


@pytest.fixture
def submit():
    """Press a button on a page and do not follow where it leads."""

    def submit(url, action, **fields):
        return requests.post(url, data={"action": action, **fields}, allow_redirects=False, timeout=15)

    return submit


@pytest.fixture
def until():
    def until(condition, seconds=10):
        deadline = time.monotonic() + seconds
        while not (result := condition()):
            assert time.monotonic() < deadline, "It did not happen in time."
            time.sleep(0.01)
        return result

    return until
