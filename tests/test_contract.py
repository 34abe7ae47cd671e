"""The table of URLs that others may rely on, walked over real HTTP, with the payment stand-in on the other side."""

import json
import re
import time
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.account.models import EmailAddress
from django.utils import timezone

from bookings.models import Booking, Ticket
from bookings.stripe_sandbox import Sandbox
from tests.bookings.steps import sign
from tests.factories import create_movie, create_showtime, create_showtime_now, create_staff, create_user, seats_of

pytestmark = pytest.mark.django_db(transaction=True)


class Customer:
    """A browser without JavaScript: keeps cookies, sends the token of the form it has seen."""

    def __init__(self, base, email=None):
        self.base, self.session = base, requests.Session()
        if email:
            answer = self.post("/accounts/login/", {"login": email, "password": "demo"}, follow=True)
            assert answer.status_code == 200
            assert "/accounts/" not in answer.url

    def get(self, path, *, follow=False, **options):
        return self.session.get(self.base + path, allow_redirects=follow, timeout=20, **options)

    def post(self, path, fields=None, *, follow=False, token=True):
        data = dict(fields or {})
        if token:
            data["csrfmiddlewaretoken"] = self.token()
        return self.session.post(self.base + path, data, allow_redirects=follow, timeout=20)

    def token(self):
        if "csrftoken" not in self.session.cookies:
            self.get("/accounts/login/")
        return self.session.cookies.get("csrftoken", "")


def create_customer(email, user=None):
    """With a verified address, as allauth wants it before a login."""
    user = user or create_user(email, name=email.split("@")[0].title())
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def shop(live_server, settings):
    settings.SITE_URL = live_server.url
    with Sandbox(
        secret_key=settings.STRIPE_SECRET_KEY,
        webhook_url=f"{live_server.url}/stripe/webhook/",
        webhook_secret="whsec_tests",
    ) as sandbox:
        settings.STRIPE_API_BASE = sandbox.url
        yield live_server
        assert [seen.violations for seen in sandbox.requests if seen.violations] == []


@pytest.fixture
def showtime(transactional_db):
    return create_showtime(movie=create_movie("Nachtzug", slug="nachtzug", release_on="2026-11-01"))


@pytest.fixture
def ann(shop, transactional_db):
    return Customer(shop.url, create_customer("ann@example.com").email)


@pytest.fixture
def bob(shop, transactional_db):
    return Customer(shop.url, create_customer("bob@example.com").email)


@pytest.fixture
def usher(shop, transactional_db):
    usher = create_customer("", create_staff("bookings.check_in_ticket"))
    return Customer(shop.url, usher.email)


@pytest.fixture
def anybody(shop):
    return Customer(shop.url)


def ids(showtime, *labels):
    return [seat.pk for seat in seats_of(showtime, *labels)]


def checkboxes(page):
    """{seat id: its attributes}"""
    found = {}
    for tag in re.findall(r'<input[^>]*name="seats"[^>]*>', page):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        found[int(attributes["value"])] = attributes | {"disabled": " disabled" in tag, "checked": " checked" in tag}
    return found


def buy(customer, showtime, *labels):
    """From the seats to the ticket: (reference, the answer of the page one comes back to)."""
    held = customer.post(f"/showtimes/{showtime.pk}/hold/", {"seats": ids(showtime, *labels)})
    assert held.status_code == 302
    paying = customer.post(f"/showtimes/{showtime.pk}/checkout/")
    assert paying.status_code == 303
    back = customer.session.post(paying.headers["Location"], {"action": "pay"}, allow_redirects=True, timeout=20)
    return Booking.objects.latest("pk").reference, back


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/movies/",
        "/movies/?q=nacht&genre=&language=&format=2d&date=&city=berlin&page=1",
        "/movies/?q=nothing&genre=none&language=xx&format=9d&date=soon&city=atlantis&page=99",
        "/movies/nachtzug/",
        "/movies/nachtzug/?date=2026-12-24",
        "/movies/nachtzug/?date=soon",
        "/theaters/",
        "/healthz",
        "/readyz",
        "/accounts/login/",
        "/accounts/signup/",
    ],
)
def test_page_that_anybody_may_see_then_200(anybody, showtime, path):
    assert anybody.get(path).status_code == 200


def test_home_and_browse_and_movie_and_theater_show_the_movie(anybody, showtime):
    theater = showtime.theater
    pages = ["/", "/movies/?q=Nachtzug", "/movies/nachtzug/"]
    pages.append(f"/theaters/{theater.slug}/?date={showtime.business_date}")

    assert ["Nachtzug" in anybody.get(page).text for page in pages] == [True] * 4


@pytest.mark.parametrize("path", ["/movies/none/", "/theaters/none/", "/showtimes/0/seats/", "/showtimes/0/seats.json"])
def test_what_does_not_exist_then_404(anybody, path):
    assert anybody.get(path).status_code == 404


def test_choose_a_city_then_it_is_kept(anybody, showtime):
    answer = anybody.post("/city/", {"city": "berlin", "next": "//evil.example/"})

    assert answer.status_code == 302
    assert urlsplit(answer.headers["Location"]).netloc == ""


def test_seat_map_then_one_checkbox_a_seat_as_promised(anybody, showtime):
    boxes = checkboxes(anybody.get(f"/showtimes/{showtime.pk}/seats/").text)

    assert list(boxes) == ids(showtime)
    first = boxes[ids(showtime, "A1")[0]]
    assert (first["data-label"], first["data-state"], first["disabled"]) == ("A1", "available", False)
    assert first["aria-label"] == "Row A seat 1, Standard, EUR 12.50, available"


def test_seats_json_then_304_until_something_changes(ann, anybody, showtime):
    path = f"/showtimes/{showtime.pk}/seats.json"
    before = anybody.get(path)
    same = anybody.get(path, headers={"If-None-Match": before.headers["ETag"]})
    ann.post(f"/showtimes/{showtime.pk}/hold/", {"seats": ids(showtime, "A1")})
    after = anybody.get(path, headers={"If-None-Match": before.headers["ETag"]})

    assert set(before.json()) == {"version", "held", "booked", "yours", "expires_at"}
    assert (same.status_code, same.content) == (304, b"")
    assert (after.status_code, after.json()["held"], after.json()["yours"]) == (200, ids(showtime, "A1"), [])
    assert ann.get(path).json()["yours"] == ids(showtime, "A1")
    assert ann.get(path).json()["expires_at"] > timezone.now().isoformat()


def test_hold_by_somebody_not_signed_in_then_login_and_back_with_the_choice(anybody, showtime):
    answer = anybody.post(f"/showtimes/{showtime.pk}/hold/", {"seats": ids(showtime, "A1", "A2")})

    place = urlsplit(answer.headers["Location"])
    back = parse_qs(place.query)["next"][0]
    boxes = checkboxes(anybody.get(back).text)
    assert (answer.status_code, place.path) == (302, "/accounts/login/")
    assert [pk for pk, box in boxes.items() if box["checked"]] == ids(showtime, "A1", "A2")


def test_hold_a_lost_seat_then_409_with_its_name_and_the_rest_of_the_choice(ann, bob, showtime):
    bob.post(f"/showtimes/{showtime.pk}/hold/", {"seats": ids(showtime, "A1")})

    answer = ann.post(f"/showtimes/{showtime.pk}/hold/", {"seats": ids(showtime, "A1", "A2")})

    boxes = checkboxes(answer.text)
    assert answer.status_code == 409
    assert "Seat A1 has just been taken. Please choose another." in answer.text
    assert [pk for pk, box in boxes.items() if box["checked"]] == ids(showtime, "A2")
    assert boxes[ids(showtime, "A1")[0]]["data-state"] == "held"


@pytest.mark.parametrize("seats", [[], [0], ["x"], ["-1"], ["1e3"], [10**30]])
def test_hold_of_bad_seats_then_400_in_words(ann, showtime, seats):
    answer = ann.post(f"/showtimes/{showtime.pk}/hold/", {"seats": seats})

    assert answer.status_code == 400
    assert "Please choose" in answer.text


def test_hold_of_nine_seats_twice_the_same_or_of_another_room_then_400(ann, showtime):
    other = create_showtime()
    a1 = ids(showtime, "A1")

    for seats in (ids(showtime)[:9], a1 * 2, ids(other, "A1")):
        assert ann.post(f"/showtimes/{showtime.pk}/hold/", {"seats": seats}).status_code == 400
    assert ann.get(f"/showtimes/{showtime.pk}/seats.json").json()["yours"] == []


def test_release_then_the_seats_are_free(ann, showtime):
    ann.post(f"/showtimes/{showtime.pk}/hold/", {"seats": ids(showtime, "A1")})

    assert ann.post(f"/showtimes/{showtime.pk}/release/").status_code == 302
    assert ann.get(f"/showtimes/{showtime.pk}/seats.json").json()["yours"] == []


def test_checkout_without_a_hold_then_409_in_words(ann, showtime):
    for answer in (ann.get(f"/showtimes/{showtime.pk}/checkout/"), ann.post(f"/showtimes/{showtime.pk}/checkout/")):
        assert answer.status_code == 409
        assert "no longer held" in answer.text


def test_checkout_then_the_price_in_full_with_its_parts(ann, showtime):
    ann.post(f"/showtimes/{showtime.pk}/hold/", {"seats": ids(showtime, "A1", "A2")})

    page = unescape(ann.get(f"/showtimes/{showtime.pk}/checkout/").text)

    assert "Pay EUR 25.00" in page
    assert ["EUR 23.00" in page, "EUR 2.00" in page, "EUR 1.64" in page] == [True] * 3


def test_whole_way_then_a_ticket(ann, showtime):
    reference, back = buy(ann, showtime, "A1", "A2")

    assert (back.status_code, urlsplit(back.url).path) == (200, f"/bookings/{reference}/tickets/")
    serials = list(Ticket.objects.values_list("serial", flat=True))
    assert [serial in back.text for serial in serials] == [True, True]
    assert reference in ann.get("/bookings/").text
    assert ann.get(f"/bookings/{reference}/").status_code == 200
    assert ann.get(f"/bookings/{reference}/tickets.pdf").content.startswith(b"%PDF")
    assert ann.get(f"/bookings/{reference}/calendar.ics").text.startswith("BEGIN:VCALENDAR")


def test_ticket_type_by_seat_then_its_price(ann, showtime):
    (a1,) = ids(showtime, "A1")
    ann.post(f"/showtimes/{showtime.pk}/hold/", {"seats": [a1]})
    child = showtime.theater.ticket_types.get(name="Child")

    answer = ann.post(f"/showtimes/{showtime.pk}/checkout/", {f"ticket_type_{a1}": child.pk})

    assert answer.status_code == 303
    assert str(Booking.objects.get().total) == "8.500"


def test_ticket_type_of_another_theater_then_400(ann, showtime):
    (a1,) = ids(showtime, "A1")
    ann.post(f"/showtimes/{showtime.pk}/hold/", {"seats": [a1]})
    foreign = create_showtime().theater.ticket_types.first()

    assert ann.post(f"/showtimes/{showtime.pk}/checkout/", {f"ticket_type_{a1}": foreign.pk}).status_code == 400
    assert not Booking.objects.exists()


def test_pay_again_then_the_same_payment_page(ann, showtime):
    ann.post(f"/showtimes/{showtime.pk}/hold/", {"seats": ids(showtime, "A1")})
    first = ann.post(f"/showtimes/{showtime.pk}/checkout/").headers["Location"]
    reference = Booking.objects.get().reference

    again = ann.post(f"/bookings/{reference}/pay/")

    assert (again.status_code, again.headers["Location"]) == (303, first)
    assert urlsplit(ann.get(f"/bookings/{reference}/return/", follow=True).url).path == f"/bookings/{reference}/"


def test_pay_after_the_window_then_409(ann, showtime):
    ann.post(f"/showtimes/{showtime.pk}/hold/", {"seats": ids(showtime, "A1")})
    ann.post(f"/showtimes/{showtime.pk}/checkout/")
    Booking.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert ann.post(f"/bookings/{Booking.objects.get().reference}/pay/").status_code == 409


def test_cancel_then_cancelled(ann, showtime):
    reference, _back = buy(ann, showtime, "A1")
    Booking.objects.update(refund_policy=[{"minutes_before": 0, "percent": "100", "fee_refunded": True}])

    assert ann.post(f"/bookings/{reference}/cancel/").status_code == 302
    assert Booking.objects.get().status == Booking.Status.CANCELLED


@pytest.mark.parametrize("page", ["", "return/", "tickets/", "tickets.pdf", "calendar.ics", "pay/", "cancel/"])
def test_anybody_elses_booking_then_404(ann, bob, showtime, page):
    reference, _back = buy(ann, showtime, "A1")

    ask = bob.post if page in ("pay/", "cancel/") else bob.get
    assert ask(f"/bookings/{reference}/{page}").status_code == 404


@pytest.mark.parametrize("path", ["hold/", "release/", "checkout/"])
def test_post_without_a_token_then_403(ann, showtime, path):
    assert ann.post(f"/showtimes/{showtime.pk}/{path}", token=False).status_code == 403


def test_webhook_signed_then_200_and_else_400(anybody, ann, showtime):
    buy(ann, showtime, "A1")
    payload = json.dumps({"id": "evt_1", "object": "event", "type": "x", "data": {"object": {"id": "cs_1"}}})

    def post(header):
        headers = {"Stripe-Signature": header, "Content-Type": "application/json"}
        return requests.post(f"{anybody.base}/stripe/webhook/", payload, headers=headers, timeout=20).status_code

    now = int(time.time())
    assert post(sign(payload, "whsec_tests", now)) == 200
    assert post(sign(payload, "whsec_tests", now)) == 200
    assert post(sign(payload, "whsec_tests", now - 301)) == 400
    assert post(sign(payload, "whsec_tests", now + 310)) == 400
    assert post(sign(payload, "whsec_wrong", now)) == 400


def test_admin_and_door_then_only_for_staff(anybody, ann, usher):
    assert [anybody.get(path).status_code for path in ("/admin/", "/door/")] == [302, 302]
    assert ann.get("/door/").status_code == 403
    assert usher.get("/door/").status_code == 200


def test_door_then_admitted_once_and_only_today(ann, usher, showtime):
    buy(ann, create_showtime_now(minutes=240), "A1")
    buy(ann, showtime, "A1")
    today, tomorrow = (ticket.serial for ticket in Ticket.objects.order_by("pk"))

    answers = [usher.post("/door/", {"code": serial}) for serial in (today, today, tomorrow)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    words = ["Welcome", "Already in", "Not today"]
    assert [word in answer.text for word, answer in zip(words, answers, strict=True)] == [True] * 3
