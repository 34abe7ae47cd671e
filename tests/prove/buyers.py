"""The customers: each looks, holds, checks out and pays over HTTP, in one of the ways people do."""

import random
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.parse import urlsplit

import requests

from tests.prove.tally import Tally

FREE_SEAT = re.compile(r'<input[^>]*name="seats"[^>]*value="(\d+)"[^>]*data-state="available"[^>]*>')
BOOKING = re.compile(r"/bookings/([A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4})/")
TRIES = 6


class Gone(Exception):
    """This customer gives up for now: the seats are taken, the hold is over, or nobody answers."""


class Buyer:
    def __init__(
        self, number: int, *, url: str, cookies: dict, showtimes: list[int], seed: str, tally: Tally, pace: float = 1
    ):
        self.url, self.showtimes, self.tally = url, showtimes, tally
        self.pace = pace
        self.random = random.Random(f"{seed}-{number}")
        self.closing = threading.Event()
        self.http = requests.Session()
        self.http.cookies.update(cookies)
        # Nobody shares an address with anybody, as behind the platform's router.
        self.http.headers["X-Forwarded-For"] = f"10.7.{number // 250}.{number % 250 + 1}"
        self.http.headers["Connection"] = "close"
        self.http.cookies["csrftoken"] = self.csrf = "".join(self.random.choices("abcdefghijklmnop", k=32))

    def shop_until(self, closing: threading.Event) -> None:
        self.closing = closing
        self.think(5)
        while not closing.is_set():
            habit = self.random.choices(list(HABITS), HABITS.values())[0]
            try:
                habit(self)
                self.tally.deed(habit.__name__)
            except Gone:
                self.tally.deed("went away")
            self.think(3)

    def think(self, at_most: float) -> None:
        self.closing.wait(self.random.uniform(0, at_most * self.pace))

    # One click each.

    def get(self, path: str) -> requests.Response:
        return self.click("GET", self.url + path)

    def post(self, path: str, **form) -> requests.Response:
        return self.click("POST", self.url + path, {"csrfmiddlewaretoken": self.csrf, **form})

    def click(self, method: str, address: str, form: dict | None = None) -> requests.Response:
        """Like a patient person: busy, cut off or told to slow down, they click again."""
        for _try in range(TRIES):
            started = time.monotonic()
            try:
                answer = self.http.request(method, address, data=form, allow_redirects=False, timeout=30)
            except requests.RequestException as error:
                self.note(type(error).__name__, address, started)
            else:
                self.note(answer.status_code, address, started)
                if answer.status_code not in (429, 500, 502, 503):
                    return answer
            time.sleep(self.random.uniform(0.3, 2))
        raise Gone

    def note(self, outcome: int | str, address: str, started: float) -> None:
        if not address.startswith(self.url):
            return
        self.tally.answer(outcome, time.monotonic() - started)
        if isinstance(outcome, int) and ((outcome >= 500 and outcome != 503) or outcome in (400, 403, 405)):
            self.tally.problem(f"{outcome} at {BOOKING.sub('/bookings/…/', urlsplit(address).path)}")

    # A few clicks each.

    def hold_seats(self, showtime: int) -> None:
        free = [int(pk) for pk in FREE_SEAT.findall(self.get(f"/showtimes/{showtime}/seats/").text)]
        if not free:
            raise Gone
        # Everybody wants the same few, side by side.
        first = self.random.randrange(min(len(free), 15))
        seats = free[first : first + self.random.choice([1, 2, 2, 2, 3, 4])]
        self.think(2)
        if self.post(f"/showtimes/{showtime}/hold/", seats=seats).status_code != 302:
            raise Gone

    def check_out(self, showtime: int) -> str:
        """The address of the payment page."""
        path = f"/showtimes/{showtime}/checkout/"
        if self.get(path).status_code != 200:
            raise Gone
        self.think(2)
        return self.sent_to_pay(self.post(path))

    def sent_to_pay(self, answer: requests.Response) -> str:
        address = answer.headers.get("Location", "")
        if answer.status_code != 303 or "/pay/" not in address:
            raise Gone
        return address

    def choose_and_check_out(self) -> str:
        showtime = self.random.choice(self.showtimes)
        self.hold_seats(showtime)
        return self.check_out(showtime)

    def press(self, address: str, button: str) -> str:
        """On the payment page; where it leads."""
        answer = self.click("POST", address, {"action": button})
        if answer.status_code != 303:
            raise Gone
        return answer.headers["Location"]

    def come_back(self, address: str) -> None:
        """To the return page, and where it leads."""
        answer = self.click("GET", address)
        if answer.is_redirect:
            self.get(answer.headers["Location"])

    def bookings(self) -> list[str]:
        return sorted(set(BOOKING.findall(self.get("/bookings/").text)))


def log_in_for_real(url: str, email: str, password: str) -> None:
    """Once over HTTP, as a password costs 0.4 seconds of computing; the others find themselves signed in."""
    with requests.Session() as http:
        http.get(f"{url}/accounts/login/", timeout=30)
        form = {"login": email, "password": password, "csrfmiddlewaretoken": http.cookies["csrftoken"]}
        answer = http.post(f"{url}/accounts/login/", form, allow_redirects=False, timeout=30)
        if answer.status_code != 302:
            raise RuntimeError(f"Nobody can log in: {answer.status_code}")


# Ways to buy.


def pays(buyer: Buyer) -> None:
    buyer.come_back(buyer.press(buyer.choose_and_check_out(), "pay"))


def pays_and_closes_the_tab(buyer: Buyer) -> None:
    buyer.press(buyer.choose_and_check_out(), "pay")


def is_declined_first(buyer: Buyer) -> None:
    address = buyer.choose_and_check_out()
    buyer.press(address, "decline")
    buyer.think(3)
    buyer.come_back(buyer.press(address, "pay"))


def pays_later_by_debit(buyer: Buyer) -> None:
    button = buyer.random.choice(["later_success", "later_success", "later_failure"])
    buyer.come_back(buyer.press(buyer.choose_and_check_out(), button))


def leaves_at_the_payment_page(buyer: Buyer) -> None:
    buyer.choose_and_check_out()


def leaves_with_a_hold(buyer: Buyer) -> None:
    buyer.hold_seats(buyer.random.choice(buyer.showtimes))


def gives_the_seats_back(buyer: Buyer) -> None:
    showtime = buyer.random.choice(buyer.showtimes)
    buyer.hold_seats(showtime)
    buyer.post(f"/showtimes/{showtime}/release/")


def double_clicks(buyer: Buyer) -> None:
    """On the button of checkout and on the payment page; whichever click comes second may find all done."""
    showtime = buyer.random.choice(buyer.showtimes)
    buyer.hold_seats(showtime)
    addresses = twice(lambda: buyer.check_out(showtime))
    if not addresses:
        raise Gone
    for place in twice(lambda: buyer.press(buyer.random.choice(addresses), "pay")):
        buyer.come_back(place)


def pays_too_late(buyer: Buyer) -> None:
    """After window and grace: somebody else may have the seats by then."""
    address = buyer.choose_and_check_out()
    time.sleep(buyer.random.uniform(18, 32))
    buyer.come_back(buyer.press(address, "pay"))


def pays_in_two_tabs(buyer: Buyer) -> None:
    """Chooses anew in a second tab, then pays in both."""
    showtime = buyer.random.choice(buyer.showtimes)
    buyer.hold_seats(showtime)
    first = buyer.check_out(showtime)
    buyer.hold_seats(showtime)
    second = buyer.check_out(showtime)
    for address in {first, second}:
        buyer.come_back(buyer.press(address, "pay"))


def goes_back_and_pays_again(buyer: Buyer) -> None:
    buyer.choose_and_check_out()
    for reference in buyer.bookings()[:3]:
        answer = buyer.post(f"/bookings/{reference}/pay/")
        if "/pay/" in answer.headers.get("Location", ""):
            buyer.come_back(buyer.press(answer.headers["Location"], "pay"))


def cancels(buyer: Buyer) -> None:
    """What they have, some of it with a double click."""
    for reference in buyer.bookings()[:4]:
        path = f"/bookings/{reference}/cancel/"
        if buyer.random.random() < 0.3:
            twice(partial(buyer.post, path))
        else:
            buyer.post(path)


HABITS = {
    pays: 20,
    pays_and_closes_the_tab: 10,
    is_declined_first: 6,
    pays_later_by_debit: 6,
    leaves_at_the_payment_page: 6,
    leaves_with_a_hold: 4,
    gives_the_seats_back: 3,
    double_clicks: 10,
    pays_too_late: 8,
    pays_in_two_tabs: 6,
    goes_back_and_pays_again: 6,
    cancels: 20,
}


def twice(click) -> list:
    """The same click two times at once; what came of those that led somewhere."""
    with ThreadPoolExecutor(2) as pool:
        clicks = [pool.submit(click), pool.submit(click)]
    return [click.result() for click in clicks if not isinstance(click.exception(), Gone)]
