"""What has changed, by whomever, is on the very next page that anybody asks for; what is sold, with the next step."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from django.utils import timezone

from bookings import tasks
from bookings.models import ShowtimeMove
from movies import programme
from movies.models import Credit, Review
from tests.bookings.spaces import mark
from tests.bookings.steps import buy
from tests.factories import (
    create_category,
    create_genre,
    create_language,
    create_layout,
    create_movie,
    create_price_card,
    create_screen,
    create_showtime,
    create_staff,
    create_theater,
    create_user,
)
from tests.servers import database_url
from theaters.models import City, HouseSeats, SeatOutage

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r'(?<=name="csrfmiddlewaretoken" value=")[^"]+')
TABLE = re.compile(r'\b(?:FROM|JOIN|UPDATE) "?([a-z_]+)"?')
HOME, MOVIE, THEATERS, THEATER = "/", "/movies/night-train/", "/theaters/", "/theaters/rialto/"
LISTING, SPACES, REVIEWS = "/movies/?q=nacht", "/movies/?need=wheelchair", "/movies/night-train/reviews/"
# Each table, where it is read of, and a change of it.
CHANGES = {
    "movies_movie": (HOME, "UPDATE movies_movie SET title = 'Another'"),
    "movies_genre": (HOME, "UPDATE movies_genre SET name = 'Heist'"),
    "movies_language": (HOME, "UPDATE movies_language SET name = 'Frisian'"),
    "movies_certificate": (HOME, "UPDATE movies_certificate SET code = 'FSK 18'"),
    "movies_movie_genres": (HOME, "DELETE FROM movies_movie_genres"),
    "movies_credit": (LISTING, "UPDATE movies_credit SET name = 'Nacht'"),
    "movies_review": (MOVIE, "UPDATE movies_review SET text = 'Twice!'"),
    "accounts_user": (REVIEWS, "UPDATE accounts_user SET name = 'Zoe'"),
    "theaters_city": (THEATERS, "UPDATE theaters_city SET name = 'Spandau'"),
    "theaters_theater": (THEATERS, "UPDATE theaters_theater SET phone = '030 110'"),
    "theaters_screen": (MOVIE, "UPDATE theaters_screen SET name = 'Studio'"),
    "theaters_showtime": (MOVIE, "UPDATE theaters_showtime SET attributes = '{baby}'"),
    "theaters_price": (MOVIE, "UPDATE theaters_price SET amount = amount + 1"),
    "theaters_tickettype": (MOVIE, "UPDATE theaters_tickettype SET is_default = NOT is_default"),
    "theaters_surcharge": (MOVIE, "UPDATE theaters_surcharge SET amount = 5"),
    "theaters_taxrule": (MOVIE, "UPDATE theaters_taxrule SET rate = 30"),
    "bookings_showtimemove": (MOVIE, "UPDATE bookings_showtimemove SET old_starts_at = old_starts_at - interval '1h'"),
    "theaters_refundrule": (THEATER, "UPDATE theaters_refundrule SET percent = 42 WHERE minutes_before = 120"),
    "theaters_seat": (THEATER, "UPDATE theaters_seat SET is_blocked = true WHERE row = 'B'"),
    "theaters_seatoutage": (SPACES, "UPDATE theaters_seatoutage SET ends_at = starts_at + interval '1h'"),
    "theaters_houseseats": (SPACES, "UPDATE theaters_houseseats SET release_minutes = 99999"),
    "theaters_houseseats_seats": (SPACES, "DELETE FROM theaters_houseseats_seats"),
}
# What is sold shows with the next step of the clock; what the history says of the programme changes with the programme.
NOT_OF_THE_PROGRAMME = {"bookings_bookedseat", "bookings_booking", "accounts_change"}


@pytest.fixture
def house(db):
    """A showtime of which pages have everything to say. Its two wheelchair spaces: one is broken, one is kept."""
    theater = create_theater("Rialto", slug="rialto", tax_included=False)
    layout = create_layout(create_screen(theater), rows="AB", seats=6)
    layout.seats.filter(row="B").update(category=create_category(theater, "Premium"))
    movie = create_movie("Night Train", slug="night-train", language=create_language())
    movie.genres.add(create_genre())
    movie.certificates.create(country="DE", code="FSK 16")
    City.objects.update(country="DE")
    Credit.objects.create(movie=movie, role="cast", name="Mona")
    review = {"stars": 5, "text": "Once more!", "status": Review.Status.APPROVED}
    Review.objects.create(user=create_user(name="Ida"), movie=movie, **review)
    theater.surcharges.create(format="3d", name="Glasses", amount=2)
    theater.tax_rules.create(name="VAT", rate=7)
    card = create_price_card(theater)
    showtime = create_showtime(layout=layout, movie=movie, price_card=card, format="3d")
    old = {"old_starts_at": showtime.starts_at - timedelta(hours=1), "old_layout": layout}
    new = {"new_starts_at": showtime.starts_at, "new_layout": layout, "by": create_staff(), "reason": "A talk"}
    ShowtimeMove.objects.create(showtime=showtime, **old, **new)
    mark(showtime, "A1", ["A2"])
    mark(showtime, "A6", ["A5"])
    broken, houses = layout.seats.get(row="A", number="1"), layout.seats.get(row="A", number="6")
    SeatOutage.objects.create(seat=broken, reason="Door", starts_at=timezone.now() - timedelta(days=1))
    HouseSeats.objects.create(layout=layout, reason="Press").seats.add(houses)
    return showtime


def page(address):
    return TOKEN.sub("", Client().get(address).text)


def run(sql):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(sql)


def patterns(resolver):
    for one in resolver.url_patterns:
        yield from patterns(one) if hasattr(one, "url_patterns") else [one]


def under_triggers():
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'count_programme_change'")
        return {table for (table,) in cursor.fetchall()}


def test_every_table_that_kept_pages_read_then_is_under_a_trigger(house):
    nothing_there = ["/movies/?q=zzz&date=2077-01-01&seats=4&city=berlin", "/movies/?genre=drama&time=late"]
    with CaptureQueriesContext(connection) as queries:
        for address in (HOME, "/?date=2077-01-01", LISTING, SPACES, *nothing_there, MOVIE, REVIEWS, THEATERS, THEATER):
            assert Client().get(address).status_code == 200
    read = {table for query in queries.captured_queries for table in TABLE.findall(query["sql"])}
    tables = {table for table in read if table in connection.introspection.table_names()}

    assert tables - NOT_OF_THE_PROGRAMME == CHANGES.keys()
    assert under_triggers() == CHANGES.keys()


def test_no_other_page_is_kept_than_those_asked_about_here():
    names = {one.callback.__name__ for one in patterns(get_resolver()) if getattr(one.callback, "is_kept", False)}

    assert names == {"home", "browse", "movie", "reviews", "theaters", "theater"}


@pytest.mark.parametrize("table", sorted(CHANGES))
def test_change_past_all_our_code_then_the_next_page_shows_it(keeping, house, settings, table):
    address, sql = CHANGES[table]
    before = page(address)
    assert page(address) == before

    run(sql)

    after = page(address)
    assert after != before
    settings.KEEP_PAGES_SECONDS = 0
    assert page(address) == after


def test_control_without_its_trigger_then_the_old_page_would_be_shown(keeping, house):
    before = page(HOME)
    run("ALTER TABLE movies_movie DISABLE TRIGGER count_programme_change")

    run("UPDATE movies_movie SET title = 'Another'")

    assert page(HOME) == before


def test_every_kind_of_change_then_counts(house):
    kinds = ["UPDATE {} SET id = id WHERE false", "DELETE FROM {} WHERE false", "TRUNCATE {} CASCADE"]
    unseen = []
    for table in sorted(CHANGES.keys() - {"accounts_user"}):  # of people only the name under a review is told
        for kind in kinds:
            before = programme.version()
            run(kind.format(table))
            if programme.version() == before:
                unseen.append((table, kind))

    assert unseen == []


def test_change_of_nothing_but_a_person_then_pages_stay(keeping, house):
    before = programme.version()
    user = create_user("ida@example.com", name="Ida")
    user.last_login = timezone.now()
    user.save()

    assert programme.version() == before


def test_sale_and_rounds_of_the_worker_then_pages_stay_for_a_step(keeping, house, sandbox, monkeypatch, settings):
    settings.KEEP_PAGES_SECONDS = 10
    clock = SimpleNamespace(time=lambda: 5_000_000_005.0)
    monkeypatch.setattr("movies.keeping.time", clock)
    before, version = page(MOVIE), programme.version()

    buy(sandbox, create_user(), house, "B1", "B2", "B3", "B4")
    for name in ("expire_bookings", "offer_seats", "send_mails", "review_releases", "finish_cancellations"):
        getattr(tasks, name)()

    assert programme.version() == version
    assert page(MOVIE) == before
    clock.time = lambda: 5_000_000_010.0
    assert page(MOVIE) != before


@pytest.fixture
def lines(transactional_db):
    """Two further lines to the database of the test, for somebody with psql each."""
    with psycopg.connect(database_url(connection)) as one, psycopg.connect(database_url(connection)) as other:
        yield one, other


@pytest.mark.django_db(transaction=True)
def test_transactions_that_overtake_each_other_then_each_is_seen_when_it_commits(keeping, lines):
    first, second = lines
    create_theater("Rialto", slug="rialto")
    titles = []

    def look():
        titles.append(re.search(r"<h1>(.*?)</h1>", page(THEATER))[1])

    look()
    first.execute("UPDATE theaters_theater SET description = 'of old', name = 'Apollo'")
    look()
    second.execute("INSERT INTO movies_genre (name, slug) VALUES ('Noir', 'noir')")
    second.commit()
    look()
    first.commit()
    look()
    first.execute("UPDATE theaters_theater SET name = 'Capitol'")
    first.rollback()
    look()

    assert titles == ["Rialto", "Rialto", "Rialto", "Apollo", "Apollo"]


@pytest.mark.django_db(transaction=True)
def test_changes_are_folded_then_the_version_is_the_same_and_what_is_on_its_way_counts(lines):
    first, second = lines
    for _n in range(programme.WORTH_FOLDING + 1):
        first.execute("UPDATE movies_genre SET name = name")
    second.execute("UPDATE movies_genre SET name = name")
    first.commit()
    before = programme.version()

    tasks.fold_programme()

    assert programme.version() == before
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM programme_changes")
        assert cursor.fetchone() == (1,)
    second.commit()
    assert programme.version() == before + 1


@pytest.mark.django_db(transaction=True)
def test_folded_twice_at_once_then_nothing_counts_double_or_is_lost(lines):
    first, _second = lines
    for _n in range(programme.WORTH_FOLDING + 1):
        first.execute("UPDATE movies_genre SET name = name")
    first.commit()
    before = programme.version()
    barrier = threading.Barrier(2)

    def fold(_n):
        barrier.wait()
        try:
            programme.fold_changes()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(fold, range(2)))

    assert programme.version() == before
