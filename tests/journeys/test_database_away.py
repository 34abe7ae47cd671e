"""PostgreSQL crashes, is away, or is full under the shop as it is served: gunicorn, and a cluster of the test's own."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event

import pytest
import requests
from django.db import connection, connections, transaction
from django.test import Client

from bookings import flows
from bookings.exceptions import Busy
from bookings.models import BookedSeat, Booking, Mail, Payment, StripeEvent, Ticket
from bookings.stripe_sandbox import Sandbox
from tests.bookings.steps import deliver, events, open_session, quote, start
from tests.bookings.threads import all_at_once, in_a_thread, wait_until_somebody_waits
from tests.factories import create_showtime, create_user, seats_of
from tests.journeys.visitor import Visitor, wait_until
from tests.servers import ROOT, MortalPostgres, gunicorn, own_server
from theaters.models import Showtime


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(
        secret_key="sk_test_tests", webhook_url="http://127.0.0.1:9/", webhook_secret="whsec_tests"
    ) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def cluster(django_db_setup, django_db_blocker):
    """A PostgreSQL that writes to disk, with ten connections; while it lives it is our database, too."""
    with own_server(MortalPostgres, durable=True) as server, django_db_blocker.unblock():
        ours = connections.settings["default"]
        before = ours.copy()
        connection.close()
        ours |= {"HOST": str(server.sockets), "PORT": "5432", "NAME": "moviebooking", "USER": "moviebooking"}
        try:
            command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
            environ = {"DJANGO_SETTINGS_MODULE": "moviebooking.settings", "DATABASE_URL": server.url}
            subprocess.run(command, cwd=ROOT, env=os.environ | environ, check=True)
            yield server
        finally:
            connection.close()
            ours |= before


@pytest.fixture
def database(cluster):
    """It is well again after each test."""
    yield cluster
    cluster.go_on() if cluster.process else cluster.start()
    connection.close()


@pytest.fixture
def crowded(database):
    """Others use half of the connections."""
    others = [connections.create_connection("default") for _n in range(6)]
    for other in others:
        other.connect()
    yield
    for other in others:
        other.close()


@pytest.fixture(scope="module")
def shop(cluster, sandbox, tmp_path_factory):
    with gunicorn(sandbox, tmp_path_factory.mktemp("mails"), DATABASE_URL=cluster.url) as (url, _process):
        yield url


@pytest.fixture(autouse=True)
def stripe(settings, sandbox):
    sandbox.webhooks.mode = "hold"
    settings.STRIPE_API_BASE = sandbox.url


@pytest.fixture
def showtime(database):
    return create_showtime()


@pytest.fixture
def ann(database):
    return create_user(name="Ann")


def assert_nothing_happened(booking):
    booking.refresh_from_db()
    assert (booking.status, booking.payments.get().status) == (Booking.Status.PENDING, Payment.Status.OPEN)
    assert BookedSeat.objects.live().filter(booking=booking).count() == 2
    assert not Ticket.objects.filter(booked_seat__booking=booking).exists()
    assert not Mail.objects.filter(booking=booking).exists()


def assert_confirmed(booking):
    booking.refresh_from_db()
    assert (booking.status, booking.payments.get().status) == (Booking.Status.CONFIRMED, Payment.Status.PAID)
    assert Ticket.objects.live().filter(booked_seat__booking=booking).count() == 2
    assert Mail.objects.filter(booking=booking, kind=Mail.Kind.TICKETS).count() == 1


# --- It crashes -------------------------------------------------------------------------------------


class PauseBefore:
    """Stops a thread before its first statement of a kind, until told to go on."""

    def __init__(self, words):
        self.words, self.reached, self.go_on = words, Event(), Event()

    def __call__(self, execute, sql, params, many, context):
        if self.words in sql and not self.reached.is_set():
            self.reached.set()
            self.go_on.wait(30)
        return execute(sql, params, many, context)


@contextmanager
def delivery_in_mid_confirm(event):
    """The webhook has written the payment and is about to write the tickets; gives what its answer will be."""
    pause = PauseBefore('INSERT INTO "bookings_ticket"')

    def confirm():
        with connection.execute_wrapper(pause):
            return deliver(Client(), event)

    answer = in_a_thread(confirm)
    assert pause.reached.wait(30)
    yield lambda: pause.go_on.set() or answer()
    pause.go_on.set()


def paid(sandbox, user, showtime):
    """A pending booking whose money Stripe has, and the event that says so."""
    booking = start(user, showtime, "A1", "A2")
    sandbox.pay(open_session(booking))
    return booking, events(sandbox, "checkout.session.completed")[-1]


def test_crash_in_mid_confirm_then_503_nothing_half_done_and_the_next_event_confirms(database, ann, showtime, sandbox):
    booking, event = paid(sandbox, ann, showtime)

    with delivery_in_mid_confirm(event) as answer:
        database.die()
        assert answer().status_code == 503
    database.start()
    connection.close()

    assert_nothing_happened(booking)
    assert not StripeEvent.objects.filter(event_id=event["id"]).exists()
    assert [deliver(Client(), event).status_code for _n in range(2)] == [200, 200]
    assert_confirmed(booking)


def test_crash_and_restart_in_mid_confirm_then_the_same_call_still_confirms(database, ann, showtime, sandbox):
    booking, event = paid(sandbox, ann, showtime)

    with delivery_in_mid_confirm(event) as answer:
        database.restart()
        assert answer().status_code == 200
    connection.close()

    assert_confirmed(booking)


def test_crash_after_the_confirmation_then_it_is_still_there(database, ann, showtime, sandbox):
    booking, event = paid(sandbox, ann, showtime)
    deliver(Client(), event)

    database.restart()
    connection.close()

    assert_confirmed(booking)


def test_server_that_takes_the_call_and_says_nothing_then_busy_after_one_wait(database, ann, showtime):
    choice = quote(showtime, "A1")
    connection.close()
    database.hang()
    started = time.monotonic()

    with pytest.raises(Busy):
        flows.start_booking(ann, showtime=showtime, quote=choice)

    assert 2 < time.monotonic() - started < 8


# --- It is away -------------------------------------------------------------------------------------


def pages(showtime, booking):
    """(method, path, fields) of every kind of page that a customer or staff may ask for."""
    seats, own = f"/showtimes/{showtime.pk}", f"/bookings/{booking.reference}"
    gets = ["/", "/movies/", f"/movies/{showtime.movie.slug}/", "/theaters/", f"{seats}/seats/", f"{seats}/checkout/"]
    gets += ["/bookings/", f"{own}/", f"{own}/tickets/", f"{own}/tickets.pdf", f"{own}/return/", "/door/", "/admin/"]
    gets += ["/admin/bookings/booking/", "/accounts/profile/", "/accounts/login/"]
    posts = [f"{seats}/hold/", f"{seats}/release/", f"{seats}/checkout/", f"{own}/pay/", f"{own}/cancel/", "/door/"]
    return [("GET", path) for path in gets] + [("POST", path) for path in posts]


def test_database_away_then_every_page_says_so_in_words_and_one_click_repeats_it(
    database, shop, ann, showtime, sandbox
):
    booking, _event = paid(sandbox, ann, showtime)
    visitor = Visitor(shop, ann)
    assert visitor.get("/bookings/").status_code == 200
    seats = [str(seat.pk) for seat in seats_of(showtime, "B1", "B2")]
    asked = pages(showtime, booking)
    database.die()

    for method, path in asked:
        answer = visitor.get(path) if method == "GET" else visitor.post(path, seats=seats)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10"), path
        assert "One moment, please" in answer.text
        assert "Traceback" not in answer.text
        assert "no-store" in answer.headers["Cache-Control"]
        assert ">Try again</" in answer.text
    answer = visitor.post(f"/showtimes/{showtime.pk}/hold/", seats=seats)
    assert all(f'<input type="hidden" name="seats" value="{seat}">' in answer.text for seat in seats)
    assert visitor.get(f"/showtimes/{showtime.pk}/seats.json").json() == {
        "error": "We are very busy. Please ask again in a few seconds."
    }
    assert requests.get(f"{shop}/readyz", timeout=10).json()["status"] == "down"
    assert requests.get(f"{shop}/healthz", timeout=10).status_code == 200

    database.start()
    wait_until(lambda: visitor.get("/bookings/").status_code == 200)
    connection.close()
    assert_nothing_happened(booking)
    assert visitor.post(f"/showtimes/{showtime.pk}/hold/", seats=seats).status_code == 302
    print(f"slowest page {visitor.slowest:.2f} s")


def test_password_typed_while_the_database_is_away_then_it_is_not_written_into_the_page(database, shop, ann):
    visitor = Visitor(shop, ann)
    database.die()

    answer = visitor.post("/accounts/login/", login="ann@example.com", password="s3cret")

    assert answer.status_code == 503
    assert "s3cret" not in answer.text


# --- It is full -------------------------------------------------------------------------------------


def test_more_customers_than_connections_then_503_or_success_and_nothing_sold_twice(
    cluster, crowded, sandbox, tmp_path
):
    showtime, customers = create_showtime(), [create_user() for _n in range(30)]
    seats = [seat.pk for seat in seats_of(showtime, "A1", "A2", "A3")]

    def buy_one_of_three(visitor, number):
        held = visitor.post(f"/showtimes/{showtime.pk}/hold/", seats=seats[number % 3])
        return [held, visitor.check_out(showtime)]

    many_threads = {"DATABASE_URL": cluster.url, "PYTHON_MAX_THREADS": "12"}
    with gunicorn(sandbox, tmp_path, **many_threads) as (url, _process):
        visitors = [Visitor(url, customer, patience=25) for customer in customers]
        calls = [partial(buy_one_of_three, visitor, number) for number, visitor in enumerate(visitors)]
        answers = [answer.status_code for pair in all_at_once(calls) for answer in pair]
    connection.close()

    assert set(answers) <= {302, 303, 409, 503}
    assert 503 in answers
    sold = BookedSeat.objects.live().filter(showtime=showtime).values_list("seat_id", flat=True)
    assert len(sold) == len(set(sold)) == Booking.objects.filter(showtime=showtime).count()
    assert flows.inspect_books().is_clean


# --- A web worker dies ------------------------------------------------------------------------------


def workers_of(gunicorn):
    return [
        int(pid)
        for pid in (Path("/proc") / str(gunicorn.pid) / "task" / str(gunicorn.pid) / "children").read_text().split()
    ]


def test_web_workers_killed_in_mid_checkout_then_the_repeated_click_pays_for_one_booking(
    cluster, database, sandbox, tmp_path, showtime, ann
):
    with gunicorn(sandbox, tmp_path, DATABASE_URL=cluster.url) as (url, process):
        visitor = Visitor(url, ann)
        visitor.hold(showtime, "A1", "A2")
        with transaction.atomic():
            Showtime.objects.select_for_update(no_key=True).get(pk=showtime.pk)
            checkout = in_a_thread(partial(visitor.check_out, showtime))
            wait_until_somebody_waits()
            for pid in workers_of(process):
                os.kill(pid, signal.SIGKILL)
            assert isinstance(checkout(), requests.ConnectionError)

        assert visitor.check_out(showtime).status_code == 303
        assert_nothing_happened(Booking.objects.get(showtime=showtime))
