"""Somebody who walks through the shop by plain HTTP, without a browser."""

import time

import requests
from django.test import Client

from tests.factories import seats_of

# What we promise is one second, here on a machine that may be slow and busy.
PATIENCE_SECONDS = 3


class Visitor:
    """A browser of sorts, which looks at the clock."""

    def __init__(self, shop, user=None, patience=PATIENCE_SECONDS):
        self.shop, self.patience, self.slowest = shop, patience, 0
        self.session = requests.Session()
        self.session.cookies["csrftoken"] = "x" * 32
        if user:
            client = Client()
            client.force_login(user)
            self.session.cookies["sessionid"] = client.cookies["sessionid"].value

    def get(self, path):
        return self.ask("GET", path)

    def post(self, path, **fields):
        return self.ask("POST", path, data={"csrfmiddlewaretoken": "x" * 32} | fields)

    def ask(self, method, path, **options):
        started = time.monotonic()
        answer = self.session.request(method, self.shop + path, allow_redirects=False, timeout=30, **options)
        self.slowest = max(self.slowest, time.monotonic() - started)
        assert answer.elapsed.total_seconds() < self.patience, path
        return answer

    def hold(self, showtime, *labels):
        return self.post(f"/showtimes/{showtime.pk}/hold/", seats=[seat.pk for seat in seats_of(showtime, *labels)])

    def check_out(self, showtime):
        return self.post(f"/showtimes/{showtime.pk}/checkout/")


def wait_until(is_so):
    give_up_at = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < give_up_at
        time.sleep(0.1)
