"""The queue on the web: who waits sees it wherever they knock, who is let in or keeps seats goes on."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from bookings import flows, waiting_room
from bookings.models import Booking
from tests.bookings.steps import buy, hold, open_session, start
from tests.bookings.test_exchange_pages import another
from tests.bookings.waiting_room_steps import pass_time
from tests.bookings.waiting_steps import fill, give_back, wait
from tests.factories import create_member, create_showtime, seats_of
from tests.theaters.test_admin_showtimes import edited
from theaters.models import Showtime

pytestmark = pytest.mark.django_db
PLACES = {"has_waiting_room": True, "waiting_room_rate": 6000, "waiting_room_places": 1}


@pytest.fixture
def hot(db):
    """One place inside, and somebody in it."""
    showtime = create_showtime(**PLACES)
    waiting_room.enter(showtime, "guest-first")
    return showtime


def at(name, showtime):
    return reverse(f"bookings:{name}", args=[showtime.pk])


def poll(client, showtime, **headers):
    return client.get(at("queue_place", showtime), headers=headers)


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def is_queue(response):
    return response.status_code == 200 and b"data-queue" in response.content


def is_map(response):
    return response.status_code == 200 and b'name="seats"' in response.content


def next_comes_in(redis, showtime):
    waiting_room.leave(showtime.pk, "guest-first")
    pass_time(redis, showtime, 10, seen=False, inside=False)


def test_no_waiting_room_then_nobody_hears_of_one(client, showtime):
    response = client.get(showtime.get_absolute_url())

    assert is_map(response)
    assert list(response.cookies) == ["csrftoken"]


def test_full_inside_then_the_queue_instead_of_the_map_and_the_place_is_kept(client, hot):
    first = client.get(hot.get_absolute_url())
    Client().get(hot.get_absolute_url())
    again = client.get(hot.get_absolute_url())

    assert is_queue(first)
    assert first.headers["Cache-Control"] == again.headers["Cache-Control"]
    assert "no-store" in first.headers["Cache-Control"]
    assert first.headers["Retry-After"] == "5"
    assert b"You are next." in again.content
    assert waiting_room.look(hot).waiting == 2


def test_their_turn_then_the_map_with_what_they_came_for(client, hot, redis):
    here = f"{hot.get_absolute_url()}?party=3"
    assert here.encode() in client.get(here).content
    assert poll(client, hot).json()["state"] == "waiting"
    next_comes_in(redis, hot)

    assert poll(client, hot).json()["state"] == "inside"
    page = client.get(here)

    assert is_map(page)
    assert b"It is your turn." in page.content
    assert b'<option value="3" selected' in page.content


def test_who_waits_then_every_other_door_is_closed_too(client, hot, ann):
    client.force_login(ann)
    seats = [seat.pk for seat in seats_of(hot, "A1", "A2")]

    feeds = [client.get(at(name, hot)) for name in ("seat_states", "seat_stream", "best_seats")]
    held = client.post(at("hold", hot), {"seats": seats, "party": "2"})
    checkout = client.get(at("checkout", hot))

    assert [answer.status_code for answer in feeds] == [429, 429, 429]
    assert {answer.headers["Retry-After"] for answer in feeds} == {"5"}
    assert held.headers["Location"] == f"{hot.get_absolute_url()}?seats={seats[0]}&seats={seats[1]}&party=2"
    assert checkout.headers["Location"] == hot.get_absolute_url()
    assert is_queue(client.get(held.headers["Location"]))


def test_asking_for_the_states_then_that_does_not_join_the_queue(client, hot):
    client.get(at("seat_states", hot))

    assert waiting_room.look(hot).waiting == 0


def test_inside_then_the_states_come_and_the_choice_is_held(client, hot, redis, ann):
    client.force_login(ann)
    client.get(hot.get_absolute_url())
    next_comes_in(redis, hot)
    client.get(hot.get_absolute_url())

    assert client.get(at("seat_states", hot)).status_code == 200
    held = client.post(at("hold", hot), {"seats": [seats_of(hot, "A1")[0].pk]})
    assert held.headers["Location"] == at("checkout", hot)
    assert client.get(at("checkout", hot)).status_code == 200


def test_place_of_an_account_then_the_same_on_every_device(hot, ann, redis):
    phone, desk = signed_in(ann), signed_in(ann)
    phone.get(hot.get_absolute_url())
    Client().get(hot.get_absolute_url())
    assert b"You are next." in desk.get(hot.get_absolute_url()).content
    assert waiting_room.look(hot).waiting == 2
    next_comes_in(redis, hot)

    assert is_map(phone.get(hot.get_absolute_url()))
    assert is_map(desk.get(hot.get_absolute_url()))
    assert waiting_room.look(hot).inside == 1


def test_signing_in_while_waiting_then_the_place_comes_along(client, hot, ann):
    client.get(hot.get_absolute_url())
    Client().get(hot.get_absolute_url())
    client.force_login(ann)

    assert b"You are next." in client.get(hot.get_absolute_url()).content
    assert waiting_room.find(hot.pk, f"user-{ann.pk}").ahead == 0
    assert waiting_room.look(hot).waiting == 2


def test_somebody_elses_place_in_the_cookie_then_it_is_not_taken_over(client, hot, ann, bob):
    anns = signed_in(ann)
    anns.get(hot.get_absolute_url())
    client.force_login(bob)
    client.cookies[f"queue-{hot.pk}"] = anns.cookies[f"queue-{hot.pk}"].value

    client.get(hot.get_absolute_url())

    assert waiting_room.find(hot.pk, f"user-{ann.pk}").ahead == 0
    assert waiting_room.find(hot.pk, f"user-{bob.pk}").ahead == 1


@pytest.mark.parametrize("forged", ["user-1~0.5~x", "guest-x~~:signature", "\xff", "~~"])
def test_forged_place_then_the_end_of_the_queue(client, hot, forged):
    Client().get(hot.get_absolute_url())
    client.cookies[f"queue-{hot.pk}"] = forged

    assert b"1 person is ahead of you." in client.get(hot.get_absolute_url()).content


def test_who_keeps_seats_then_no_queue_stands_before_them(hot, ann, bob, sandbox):
    hold(ann, hot, "A1")
    start(bob, hot, "A2")

    assert is_map(signed_in(ann).get(hot.get_absolute_url()))
    assert is_map(signed_in(bob).get(hot.get_absolute_url()))
    assert waiting_room.look(hot).inside == 3


def test_who_pays_then_way_back_and_tickets_need_no_place(client, hot, ann, sandbox):
    booking = start(ann, hot, "A1")
    session = open_session(booking)
    sandbox.pay(session)
    client.force_login(ann)

    assert client.get(reverse("bookings:return", args=[booking.reference])).status_code == 302
    assert Booking.objects.get().is_confirmed


def test_offer_of_the_waiting_list_then_its_seats_without_the_queue(hot, ann):
    sold_out = fill(hot, create_member(hot.theater, "box_office"))
    wait(ann, hot, 1)
    give_back(sold_out, "A1")
    flows.offer_free_seats()

    assert b"kept for you" in signed_in(ann).get(hot.get_absolute_url()).content


def test_bought_then_the_place_inside_is_the_next_ones(hot, ann, sandbox, redis, django_capture_on_commit_callbacks):
    Showtime.objects.update(waiting_room_places=2)
    hot.refresh_from_db()
    waiting_room.stay(hot.pk, f"user-{ann.pk}", timezone.now() + timedelta(minutes=9))
    waiting_room.enter(hot, "guest-next")
    pass_time(redis, hot, 10, seen=False, inside=False)
    assert not waiting_room.find(hot.pk, "guest-next").is_inside

    with django_capture_on_commit_callbacks(execute=True):
        buy(sandbox, ann, hot, "A1")

    assert waiting_room.find(hot.pk, "guest-next").is_inside
    assert waiting_room.find(hot.pk, f"user-{ann.pk}").state == "gone"


def test_staff_then_they_walk_past(client, hot):
    client.force_login(create_member(hot.theater, "usher"))

    assert is_map(client.get(hot.get_absolute_url()))
    assert waiting_room.look(hot).waiting == 0


def test_exchange_into_it_then_the_queue_stands_there_too(client, ann, sandbox, redis):
    old = buy(sandbox, ann, create_showtime(), "A1")
    hot = another(old.showtime, **PLACES)
    waiting_room.enter(hot, "guest-first")
    client.force_login(ann)
    here = reverse("bookings:exchange_seats", args=[old.reference, hot.pk])

    assert is_queue(client.get(here))
    assert client.post(here, {"seats": "1"}).headers["Location"] == f"{here}?seats=1"
    next_comes_in(redis, hot)
    assert is_map(client.get(here))


def test_long_before_the_sale_then_the_ordinary_page_and_shortly_before_the_lobby(client):
    begins = timezone.now() + timedelta(minutes=90)
    showtime = create_showtime(**PLACES, on_sale_from=begins)
    early = client.get(showtime.get_absolute_url())
    Showtime.objects.update(on_sale_from=begins - timedelta(minutes=45))

    late = client.get(showtime.get_absolute_url())

    assert not is_queue(early)
    assert b"On sale from" in early.content
    assert b"You are early" in late.content
    assert b"1 person is here so far." in late.content
    assert poll(client, showtime).json()["state"] == "lobby"


def test_asking_where_one_stands_then_redis_alone_is_asked(ann, hot, django_assert_num_queries):
    client = signed_in(ann)
    client.get(hot.get_absolute_url())

    with django_assert_num_queries(0):
        answer = poll(client, hot)

    assert answer.json() == {
        "state": "waiting",
        "next": 5,
        "ahead": "You are next.",
        "time": "It takes less than a minute.",
        "seats": "",
        "title": "You are next",
    }
    assert answer.headers["Retry-After"] == "5"
    assert "sessionid" not in answer.cookies
    assert len(answer.content) < 200


def test_asking_again_and_nothing_is_new_then_304(client, hot):
    client.get(hot.get_absolute_url())
    known = poll(client, hot).headers["ETag"]

    assert poll(client, hot, if_none_match=known).status_code == 304
    assert poll(client, hot, if_none_match='"old"').status_code == 200


def test_nobody_known_asks_then_gone(client, hot):
    assert poll(client, hot).json() == {"state": "gone", "next": 5}
    assert poll(client, create_showtime()).json()["state"] == "closed"


def test_in_arabic_then_the_answers_are_too(client, hot):
    client.get(f"{hot.get_absolute_url()}?lang=ar")

    with translation.override("ar"):
        assert poll(client, hot).json()["ahead"] == gettext("You are next.")


def test_rate_is_changed_by_whatever_hand_then_those_who_wait_feel_it(client, hot, redis):
    client.get(hot.get_absolute_url())
    Showtime.objects.update(waiting_room_places=5)
    pass_time(redis, hot, 6, seen=False, inside=False)

    poll(client, hot)

    assert poll(client, hot).json()["state"] == "inside"


def test_some_seconds_later_then_who_waits_hears_how_many_seats_are_left(client, hot, redis, sandbox, ann):
    client.get(hot.get_absolute_url())
    buy(sandbox, ann, hot, "A1", "A2")
    pass_time(redis, hot, 6, seen=False, inside=False)
    poll(client, hot)
    assert poll(client, hot).json()["seats"] == "16 seats are left."

    waiting_room.look(hot, seats_left=0)

    assert b"All seats are taken just now." in client.get(hot.get_absolute_url()).content


def test_taken_away_while_people_wait_then_they_go_in(client, hot, redis):
    client.get(hot.get_absolute_url())
    Showtime.objects.update(has_waiting_room=False)
    pass_time(redis, hot, 6, seen=False, inside=False)
    poll(client, hot)

    assert poll(client, hot).json()["state"] == "closed"
    assert is_map(client.get(hot.get_absolute_url()))


def test_without_redis_then_the_door_is_open_and_the_script_asks_later(client, hot, no_redis):
    page = client.get(hot.get_absolute_url())

    assert is_map(page)
    assert client.get(at("seat_states", hot)).status_code == 200
    answer = poll(client, hot)
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers


def test_leaving_then_the_place_is_the_next_ones(client, hot):
    client.get(hot.get_absolute_url())

    left = client.post(at("leave_queue", hot))

    assert left.headers["Location"] == hot.movie.get_absolute_url()
    assert left.cookies[f"queue-{hot.pk}"].value == ""
    assert waiting_room.look(hot).waiting == 0


def test_without_a_script_then_the_page_looks_by_itself_until_one_stops_it(client, hot):
    page = client.get(f"{hot.get_absolute_url()}?party=2")
    calm = client.get(f"{hot.get_absolute_url()}?party=2&calm=1")

    assert b'<noscript><meta http-equiv="refresh" content="15"></noscript>' in page.content
    assert b'http-equiv="refresh"' not in calm.content
    assert b"?party=2&amp;calm=1" in page.content
    assert f'<a href="{hot.get_absolute_url()}?party=2">'.encode() in calm.content


def test_many_places_from_one_address_in_a_minute_then_no_more(hot, settings):
    settings.RATE_LIMIT_PER_ADDRESS = 3

    answers = [Client().get(hot.get_absolute_url()).status_code for _n in range(5)]

    assert answers == [200, 200, 200, 429, 429]
    assert waiting_room.look(hot).waiting == 3


# --- Staff ------------------------------------------------------------------------------------------


def test_box_office_looks_and_the_manager_changes_the_rate(client, hot):
    manager, cashier = create_member(hot.theater, "manager"), create_member(hot.theater, "box_office")
    waiting_room.enter(hot, "guest-second")
    client.force_login(cashier)
    page = client.get(at("counter_queue", hot)).content.decode()
    assert "<dd>1</dd>" in page
    assert 'name="waiting_room_rate"' not in page
    assert client.post(at("counter_queue", hot), {"waiting_room_rate": 7}).status_code == 403

    client.force_login(manager)
    form = {"has_waiting_room": "on", "waiting_room_rate": "7", "waiting_room_places": ""}
    assert client.post(at("counter_queue", hot), form).status_code == 302

    hot.refresh_from_db()
    assert (hot.has_waiting_room, hot.waiting_room_rate, hot.waiting_room_places) == (True, 7, None)
    assert client.post(at("counter_queue", hot), form | {"waiting_room_rate": "many"}).status_code == 400


def test_office_form_and_actions_then_the_waiting_room_is_switched(client):
    showtime = create_showtime()
    client.force_login(create_member(showtime.theater, "manager"))
    change = reverse("admin:theaters_showtime_change", args=[showtime.pk])
    client.post(change, edited(showtime, has_waiting_room="on", waiting_room_rate="30"))
    showtime.refresh_from_db()
    assert (showtime.has_waiting_room, showtime.waiting_room_rate) == (True, 30)

    for action, is_on in (("close_waiting_rooms", False), ("open_waiting_rooms", True)):
        client.post(
            reverse("admin:theaters_showtime_changelist"), {"action": action, "_selected_action": [showtime.pk]}
        )
        showtime.refresh_from_db()
        assert showtime.has_waiting_room is is_on

    board = f"{reverse('admin:theaters_showtime_board')}?theater={showtime.theater.pk}&date={showtime.business_date}"
    assert b"waiting room" in client.get(board).content
