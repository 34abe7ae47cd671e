"""A shop that is old: the demo's invented years are true to every rule, and no page reads through them."""

import re

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from accounts.models import Change, User
from bookings import demo
from bookings.audit import audit
from bookings.demo.past import REGULAR
from bookings.demo.scale import Scale, ScaleError
from bookings.models import BookedSeat, Booking, Mail, Payment, Refund, Ticket
from tests.bench.growth_pages import Walk
from tests.bench.plans import nodes, plan_of, rows_of
from theaters.models import Showtime, Theater

BOOKINGS, SHOWTIMES = 10_000, 4000
SHAPE = """
    SELECT pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
    WHERE relnamespace = 'public'::regnamespace
    UNION SELECT conrelid::regclass::text || conname || pg_get_constraintdef(oid) FROM pg_constraint
    UNION SELECT tgrelid::regclass::text || tgname || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
"""
# What grows with every day that a shop is open.
GROWING = [User, Showtime, Booking, BookedSeat, Payment, Refund, Ticket, Mail]
HOT = (
    """
home; home, one day; movie; theater; seat map; seats.json; best seats; showtimes.json of a movie; sitemap
my bookings of a one-timer; booking of a one-timer; tickets of a one-timer; checkout; signing in
find tickets by an address; list of bookings; list of payments; list of tickets
list of bookings, searched; list of bookings, by reference; list of payments, searched; list of tickets, searched
list of people, searched; list of people, by address; door; door, today.json; door, search by name
box office; box office, seats; box office, find; box office, a booking; office of one theater
task expire_overdue; task end_abandoned_sessions; task restore_holds; task offer_free_seats
task ask_about_money_on_its_way; task send_due_refunds; task send_due_mails; task remind_customers
task review_releases
""".replace("\n", "; ")
    .strip("; ")
    .split("; ")
)


def shape():
    with connection.cursor() as cursor:
        cursor.execute(SHAPE)
        # The same condition, typed in and read back, may have another cast.
        return {re.sub(r"::(text|character varying)(\[\])?|[()]", "", row[0]) for row in cursor.fetchall()}


@pytest.fixture(scope="class")
def old_house(django_db_setup, django_db_blocker, tmp_path_factory):
    media = override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media"))
    with django_db_blocker.unblock(), media, transaction.atomic():
        before = shape()
        demo.fill(poster_width=40, scale=Scale.read([f"bookings={BOOKINGS}", f"showtimes={SHOWTIMES}"]))
        yield before
        transaction.set_rollback(True)


@pytest.mark.usefixtures("old_house", "db")
class TestOldHouse:
    def test_the_books_are_in_order(self):
        assert Booking.objects.count() == BOOKINGS
        assert [result.invariant.code for result in audit() if result.broken] == []

    def test_tables_have_their_keys_indexes_and_triggers_again(self, old_house):
        assert shape() == old_house

    def test_every_kind_of_end_is_there(self):
        statuses = set(Booking.objects.values_list("status", flat=True))
        assert statuses == {"confirmed", "cancelled", "expired", "failed"}
        assert {"stripe", "card_terminal"} == set(Payment.objects.values_list("tender", flat=True))
        assert Refund.objects.count() == Booking.objects.filter(status="cancelled").count() > 0
        assert Ticket.objects.admitted().exists()
        assert User.objects.get(email=REGULAR).bookings.count() > 200

    def test_an_invented_past_is_no_history_of_changes(self):
        showtimes = Showtime.objects.count() - SHOWTIMES
        assert Change.objects.filter(table="theaters_showtime").count() == showtimes
        assert not Change.objects.filter(table="accounts_user", row__gte=User.objects.get(email=REGULAR).pk).exists()

    def test_later_rows_get_numbers_of_their_own(self):
        booking = Booking.objects.latest("pk")
        booking.pk = booking.paid_with = None
        booking.reference, booking._state.adding = "LATER", True
        booking.save()

        assert booking.pk == BOOKINGS + 1

    def test_a_second_past_is_refused(self):
        with pytest.raises(ScaleError, match="has its past already"):
            demo.fill(poster_width=40, scale=Scale.read(["bookings=10"]))

    def test_no_hot_page_and_no_task_reads_through_the_past(self):
        found, sizes = [], {model._meta.db_table: model.objects.count() for model in GROWING}
        steps = Walk().steps
        for name in HOT:
            found += [f"{name}: {words}" for words in read_through(steps[name], sizes)]

        assert found == []


def read_through(step, sizes):
    """The tables of which a plan looked at half of the rows, though asked to do it by indexes as in a large house."""
    with CaptureQueriesContext(connection) as queries:
        step()
        # What is suggested is of so many people at most, which here is everybody.
        asked = [query["sql"] for query in queries if "people AS" not in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for sql in filter(re.compile(r"\s*(SELECT|WITH|\()").match, asked):
            for node in nodes(plan_of(sql)):
                table = node.get("Relation Name", "")
                if rows_of(node) > sizes.get(table, float("inf")) / 2:
                    yield f"{table}: {sql[:1000]}"
        cursor.execute("SET LOCAL enable_seqscan = on")


def test_theaters_are_asked_for_then_the_houses_open_in_other_cities(db, settings, tmp_path, capsys, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(demo, "POSTER_WIDTH", 40)

    call_command("demo", scale=["bookings=50", "showtimes=10", "theaters=6"], force=True)

    cities = Theater.objects.order_by("pk").values_list("name", "city__name")[4:]
    assert list(cities) == [("Rialto Hamburg", "Hamburg"), ("Lichtspiel Hamburg", "Hamburg")]
    said = capsys.readouterr().out
    assert "11 people" in said
    assert REGULAR in said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["bookings=many"], "How many bookings? “many” is no number"),
        (["bookings=0"], "How many bookings? “0” is no number"),
        (["bookings"], "How many bookings? “” is no number"),
        (["tickets=10"], "“tickets=10” is none of"),
        (["showtimes=10"], "Say how many bookings"),
        (["bookings=1000", "showtimes=10"], "1000 bookings do not fit into 10 showtimes: it takes at least 56."),
    ],
)
def test_scale_makes_no_sense_then_a_sentence_says_so_and_nothing_is_written(db, words, sentence):
    with pytest.raises(CommandError, match=re.escape(sentence)):
        call_command("demo", scale=words, force=True)

    assert User.objects.count() == 0
