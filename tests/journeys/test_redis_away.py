"""Redis dies, hangs and comes back under the shop as it is served: gunicorn, two workers, a Redis of the test's own."""

from functools import partial

import pytest
import requests
from django.db import connection

from bookings.models import BookedSeat, Booking
from bookings.stripe_sandbox import Sandbox
from tests.bookings.threads import all_at_once
from tests.factories import create_staff, create_user, seats_of
from tests.journeys.visitor import Visitor, wait_until
from tests.servers import MortalRedis, database_url, gunicorn, own_server

pytestmark = pytest.mark.django_db(transaction=True)

FAULTS = ["hang", "die"]


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(
        secret_key="sk_test_tests", webhook_url="http://127.0.0.1:9/", webhook_secret="whsec_tests"
    ) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def own_redis():
    with own_server(MortalRedis, durable=False) as server:
        yield server


@pytest.fixture(scope="module")
def shop(own_redis, sandbox, django_db_setup, django_db_blocker, tmp_path_factory):
    with django_db_blocker.unblock():
        address = database_url(connection)
    mails = tmp_path_factory.mktemp("mails")
    with gunicorn(sandbox, mails, DATABASE_URL=address, REDIS_URL=own_redis.url) as (url, _process):
        yield url


@pytest.fixture
def redis(own_redis, shop):
    """It is well again after each test, though a worker of the shop may not know it yet."""
    yield own_redis
    own_redis.go_on() if own_redis.process else own_redis.start()


def is_ready(shop, status):
    return requests.get(f"{shop}/readyz", timeout=5).json()["status"] == status


@pytest.mark.parametrize("fault", FAULTS)
def test_redis_away_then_every_page_answers_and_a_customer_goes_from_seats_to_tickets(
    fault, shop, redis, sandbox, programme, moviegoer
):
    visitor = Visitor(shop, moviegoer)
    assert visitor.get("/").status_code == 200
    getattr(redis, fault)()

    for path in ["/", "/movies/", f"/showtimes/{programme.pk}/seats/", f"/showtimes/{programme.pk}/seats.json"]:
        assert visitor.get(path).status_code == 200
    assert visitor.hold(programme, "B1", "B2").status_code == 302
    assert visitor.get(f"/showtimes/{programme.pk}/checkout/").status_code == 200
    assert visitor.check_out(programme).status_code == 303
    booking = Booking.objects.get()
    sandbox.pay(booking.payments.get().session_id)
    assert visitor.get(f"/bookings/{booking.reference}/return/").headers["Location"].endswith("/tickets/")
    for page in ["", "tickets/", "tickets.pdf"]:
        assert visitor.get(f"/bookings/{booking.reference}/{page}").status_code == 200
    assert Visitor(shop).get("/accounts/login/").status_code == 200

    assert Visitor(shop, create_staff(is_superuser=True)).get("/admin/bookings/booking/").status_code == 200
    assert is_ready(shop, "degraded")
    print(f"{fault}: slowest page {visitor.slowest:.2f} s")


@pytest.mark.parametrize("fault", FAULTS)
def test_two_customers_for_one_seat_while_redis_is_away_then_one_has_it(fault, shop, redis, programme):
    visitors = [Visitor(shop, create_user()) for _n in range(4)]
    getattr(redis, fault)()

    assert [visitor.hold(programme, "C5").status_code for visitor in visitors] == [302] * 4
    answers = all_at_once([partial(visitor.check_out, programme) for visitor in visitors])

    assert sorted(answer.status_code for answer in answers) == [303, 409, 409, 409]
    assert BookedSeat.objects.live().count() == 1


def test_staff_are_told_on_their_pages_until_redis_is_back(shop, redis, programme):
    staff, customer = Visitor(shop, create_staff(is_superuser=True)), Visitor(shop, create_user())
    words = "Seats are held by the database alone"
    wait_until(lambda: words not in staff.get("/admin/").text)
    redis.die()

    assert words in staff.get("/admin/").text
    assert words in staff.get("/").text
    assert words not in customer.get("/").text

    redis.start()
    wait_until(lambda: words not in staff.get("/admin/").text)


def test_signed_out_while_redis_hangs_then_still_signed_out_when_it_goes_on(shop, redis, moviegoer):
    visitor = Visitor(shop, moviegoer)
    cookies = visitor.session.cookies.copy()
    assert visitor.get("/bookings/").status_code == 200
    redis.hang()
    assert visitor.post("/accounts/logout/").status_code == 302
    redis.go_on()

    visitor.session.cookies = cookies  # a thief's copy
    assert visitor.get("/bookings/").status_code == 302


def test_redis_restarted_empty_in_mid_sale_then_no_page_fails_and_seats_are_held_again(
    shop, redis, programme, moviegoer
):
    visitor, other = Visitor(shop, moviegoer), Visitor(shop)
    (seat,) = seats_of(programme, "D1")

    def others_see_it_held():
        assert visitor.hold(programme, "D1").status_code == 302
        return other.get(f"/showtimes/{programme.pk}/seats.json").json()["held"] == [seat.pk]

    wait_until(others_see_it_held)
    redis.restart()

    wait_until(others_see_it_held)
