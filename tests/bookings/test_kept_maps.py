"""The page of a seat map from memory: the same page as made anew, for everybody their own, and never an old one."""

import re

import pytest
from django.db import connection
from django.urls import reverse

from accounts.models import User
from bookings import flows, promises
from bookings.seat_states import read_taken
from bookings.snapshots import forget, snapshot_of
from bookings.views.kept_maps import SECRET, rooms
from movies.recent import Recent
from tests.bookings.spaces import mark
from tests.bookings.steps import buy, hold
from tests.bookings.test_best_seats import create_room
from tests.bookings.waiting_steps import fill, wait
from tests.factories import create_member, create_user, seats_of
from tests.journeys.visitor import wait_until
from theaters.models import Price, Showtime

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
NOW = re.compile(r'data-now="\d+"')


@pytest.fixture
def showtime(transactional_db):
    return create_room(rows="ABC", seats=6)


@pytest.fixture
def ann(transactional_db):
    return create_user("ann@example.com", name="Ann Ångström & Co")


@pytest.fixture
def look(client, settings):
    """look(showtime): its map from memory, which must say what it says when it is made for this visitor."""

    def look(showtime, by=client, query=""):
        path = showtime.get_absolute_url() + query
        settings.KEEP_PAGES_SECONDS = 0
        made = by.get(path)
        settings.KEEP_PAGES_SECONDS = 3600
        for _time in range(2):
            page = by.get(path)
            assert NOW.sub("", TOKEN.sub("", page.text)) == NOW.sub("", TOKEN.sub("", made.text))
            assert (page.status_code, SECRET in page.text) == (made.status_code, False)
            assert page.headers["Cache-Control"] == made.headers["Cache-Control"]
        return page.text

    yield look
    forget()
    rooms.things.clear()


def test_seats_held_sold_and_given_back_then_the_next_page_says_so(look, showtime, ann, sandbox):
    assert look(showtime).count('data-state="available"') == 18
    hold(ann, showtime, "A1", "A2")
    assert look(showtime).count('data-state="held"') == 2
    flows.release_seats(ann, showtime=showtime)
    assert look(showtime).count('data-state="held"') == 0
    buy(sandbox, ann, showtime, "B1")
    assert look(showtime).count('data-state="booked"') == 1


def test_hold_ends_by_its_time_then_nobody_has_to_say_so(look, showtime, ann, settings):
    settings.HOLD_SECONDS = 1
    hold(ann, showtime, "A1")
    assert 'data-state="held"' in look(showtime)
    wait_until(lambda: not read_taken(showtime.pk).held)

    assert 'data-state="held"' not in look(showtime)


def test_redis_forgets_its_marks_then_pages_are_made_anew(look, showtime, ann, sandbox, redis):
    buy(sandbox, ann, showtime, "A1")
    look(showtime)
    redis.flushall()
    buy(sandbox, ann, showtime, "A2")

    assert look(showtime).count('data-state="booked"') == 2


def test_prices_house_seats_and_the_sale_change_then_the_next_page_says_so(look, showtime):
    look(showtime)
    Price.objects.update(amount=77)
    assert "EUR 78.00" in look(showtime)
    with connection.cursor() as cursor:  # whoever it is
        cursor.execute("UPDATE theaters_seat SET is_blocked = true WHERE id = %s", [seats_of(showtime, "C1")[0].pk])
    assert 'data-state="blocked"' in look(showtime)
    Showtime.objects.update(status=Showtime.Status.CANCELLED)
    assert "data-seat-map" not in look(showtime)


def test_two_customers_then_each_reads_their_own_name_mark_and_token(look, showtime, ann, client):
    look(showtime)
    found = []
    for user in (ann, create_user("bob@example.com", name="Bob <script>")):
        client.force_login(user)
        page = look(showtime)
        found.append((re.search(r'data-mark="(\w+)"', page)[1], *TOKEN.findall(page)))
    client.logout()

    assert "Bob" not in look(showtime)
    assert len(set(found[0]) & set(found[1])) == 0
    assert found[0][0] == read_taken(showtime.pk).seen_by(ann).mark
    assert not User.objects.filter(pk=0).exists()


def test_token_of_a_kept_page_then_its_form_is_taken(showtime, ann, settings):
    from django.test import Client

    settings.KEEP_PAGES_SECONDS = 3600
    for _visitor in range(2):
        client = Client(enforce_csrf_checks=True)
        client.force_login(ann)
        token = TOKEN.search(client.get(showtime.get_absolute_url()).text)[1]
        seats = [seat.pk for seat in seats_of(showtime, "A1")]
        form = {"seats": seats, "csrfmiddlewaretoken": token}
        assert client.post(reverse("bookings:hold", args=[showtime.pk]), form).status_code == 302
        flows.release_seats(ann, showtime=showtime)


def test_something_is_known_of_the_visitor_then_the_page_is_theirs(look, showtime, ann, client):
    client.force_login(ann)
    look(showtime)
    hold(ann, showtime, "A1")
    assert 'data-state="yours"' in look(showtime)
    session = client.session
    session[promises.KEY] = {}
    session["city"] = "nowhere"
    session.save()
    look(showtime)
    look(showtime, query="?party=3&best=1")


def test_sold_out_then_who_waits_reads_that_and_who_does_not_may(look, showtime, ann, client):
    fill(showtime, create_member(showtime.theater, "box_office"))
    assert "waiting list" in look(showtime)
    client.force_login(ann)
    look(showtime)
    wait(ann, showtime, 2)
    waits = look(showtime)
    client.force_login(create_user())

    assert waits != look(showtime)


def test_room_with_wheelchair_spaces_then_they_are_told_as_they_go(look, showtime, ann, sandbox):
    mark(showtime, "A1", ["A2"])
    assert look(showtime).count("data-kept") == 2
    hold(ann, showtime, "A1", "A2", need=True)
    look(showtime)
    for row in "ABC":
        buy(sandbox, create_user(), showtime, *(f"{row}{n}" for n in range(1, 7) if f"{row}{n}" not in ("A1", "A2")))
    look(showtime)


def test_draft_and_unknown_then_there_is_no_page(client, showtime, settings):
    settings.KEEP_PAGES_SECONDS = 3600
    client.get(showtime.get_absolute_url())
    Showtime.objects.update(status=Showtime.Status.DRAFT)
    assert client.get(showtime.get_absolute_url()).status_code == 404
    assert client.get(reverse("bookings:seat_map", args=[2**40])).status_code == 404
    assert client.get(reverse("bookings:seat_states", args=[2**40])).status_code == 404


def test_warm_then_a_map_asks_the_database_once_and_a_poll_never(
    client, showtime, ann, settings, django_assert_num_queries
):
    settings.KEEP_PAGES_SECONDS = 3600
    client.get(showtime.get_absolute_url())
    with django_assert_num_queries(1):  # the programme's version
        client.get(showtime.get_absolute_url())
    states = reverse("bookings:seat_states", args=[showtime.pk])
    with django_assert_num_queries(0):
        answer = client.get(states)
        assert client.get(states, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    client.force_login(ann)
    mark = re.search(r'data-mark="(\w+)"', client.get(showtime.get_absolute_url()).text)[1]
    with django_assert_num_queries(3):  # their session and name, too
        client.get(showtime.get_absolute_url())
    held = [seat.pk for seat in hold(ann, showtime, "A1").seats]
    client.get(states)
    with django_assert_num_queries(0):
        assert client.get(f"{states}?mark={mark}").json()["yours"] == held
    assert client.get(states).json() == client.get(f"{states}?mark={mark}").json()


def test_memory_keeps_what_was_asked_for_last():
    memory = Recent(at_most=2)
    for name in "ab":
        memory.keep(name, name)
    memory.get("a")
    memory.keep("c", "c")

    assert [memory.get(name) for name in "abc"] == ["a", None, "c"]


def test_nothing_changes_then_it_is_one_and_the_same_snapshot(showtime, ann, settings):
    settings.KEEP_PAGES_SECONDS = 3600
    first = snapshot_of(showtime.pk)
    assert snapshot_of(showtime.pk) is first
    hold(ann, showtime, "A1")
    assert snapshot_of(showtime.pk) is not first
