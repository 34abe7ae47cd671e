import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.urls import reverse

from tests.factories import (
    create_layout,
    create_movie,
    create_price_card,
    create_screen,
    create_showtime,
    create_theater,
)
from tests.theaters.office import TAKEN, at, create_ready_screen, errors, messages_of, sell
from theaters.admin.clock import moments_of
from theaters.models import Showtime

ADD = "admin:theaters_showtime_add"
pytestmark = pytest.mark.django_db


@pytest.fixture
def screen():
    return create_ready_screen()


def words(screen, day="2077-03-05", clock="19:30", **changes):
    movie = changes.pop("movie", None) or create_movie("Dune")
    return {
        "movie": movie.pk,
        "screen": screen.pk,
        "starts_0": day,
        "starts_1": clock,
        "format": "2d",
        "status": "draft",
        "is_listed": "on",
        **changes,
    }


def edited(showtime, **changes):
    wall = showtime.local_start
    return {
        "movie": showtime.movie_id,
        "screen": showtime.screen_id,
        "starts_0": f"{wall:%Y-%m-%d}",
        "starts_1": f"{wall:%H:%M}",
        "layout": showtime.layout_id,
        "price_card": showtime.price_card_id,
        "format": showtime.format,
        "status": showtime.status,
        **changes,
    }


def change(showtime):
    return reverse("admin:theaters_showtime_change", args=[showtime.pk])


def test_add_showtime_reads_the_theaters_clock_and_chooses_layout_and_card(admin_client, screen):
    newest = create_layout(screen)
    create_layout(screen, published=False)

    response = admin_client.post(reverse(ADD), words(screen, attributes=["captions"]))

    showtime = Showtime.objects.get()
    assert response.status_code == 302
    assert showtime.starts_at == datetime(2077, 3, 5, 18, 30, tzinfo=UTC)
    assert showtime.free_at == showtime.starts_at + timedelta(minutes=15 + 100 + 15)
    assert (showtime.layout, showtime.price_card.name, showtime.attributes) == (newest, "Every day", ["captions"])


def test_add_showtime_after_midnight_belongs_to_the_evening_before(admin_client, screen):
    admin_client.post(reverse(ADD), words(screen, day="2077-03-06", clock="00:10"))

    assert f"{Showtime.objects.get().business_date}" == "2077-03-05"


def test_add_showtime_refuses_a_time_that_does_not_exist(admin_client, screen):
    response = admin_client.post(reverse(ADD), words(screen, day="2077-03-28", clock="02:30"))

    sentence = "02:30 does not exist on 28 March 2077 in Rialto: the clocks go forward. Choose another time."
    assert errors(response) == {"starts": [sentence]}


def test_add_showtime_asks_which_of_two_is_meant(admin_client, screen):
    response = admin_client.post(reverse(ADD), words(screen, day="2077-10-31", clock="02:30"))

    sentence = "The clocks go back that night: 02:30 comes twice. Choose which one is meant."
    assert errors(response) == {"occurrence": [sentence]}
    assert response.content.count(b'type="radio" name="occurrence"') == 2


@pytest.mark.parametrize(("occurrence", "hour"), [("earlier", 0), ("later", 1)])
def test_add_showtime_takes_the_one_of_two_that_is_meant(admin_client, screen, occurrence, hour):
    response = admin_client.post(reverse(ADD), words(screen, day="2077-10-31", clock="02:30", occurrence=occurrence))
    assert response.status_code == 302

    showtime = Showtime.objects.get()
    shown = admin_client.get(change(showtime)).context["adminform"].form.initial
    assert showtime.starts_at == datetime(2077, 10, 31, hour, 30, tzinfo=UTC)
    assert (shown["starts"], shown["occurrence"]) == (datetime(2077, 10, 31, 2, 30), occurrence)  # noqa: DTZ001, on the wall


@pytest.mark.parametrize(("zone", "wall", "times"), [
    ("Europe/Berlin", (2077, 3, 28, 2, 0), 0),
    ("Europe/Berlin", (2077, 3, 28, 3, 0), 1),
    ("America/New_York", (2077, 3, 14, 2, 59), 0),
    ("America/New_York", (2077, 11, 7, 1, 0), 2),
    ("Australia/Lord_Howe", (2077, 10, 3, 2, 15), 0),
    ("Australia/Lord_Howe", (2077, 10, 3, 2, 30), 1),
    ("Australia/Lord_Howe", (2077, 4, 4, 1, 45), 2),
    ("America/Sao_Paulo", (2077, 10, 17, 0, 0), 1),
    ("Asia/Tokyo", (2077, 3, 28, 2, 30), 1),
])  # fmt: skip
def test_moments_of_counts_how_often_a_clock_shows_a_time(zone, wall, times):
    theater = create_theater(time_zone=zone)

    assert len(moments_of(datetime(*wall), theater.zone)) == times  # noqa: DTZ001, on the wall


def test_add_showtime_names_what_overlaps(admin_client, screen):
    create_showtime(
        layout=screen.layouts.get(), movie=create_movie("Alien"), starts_at=at(2077, 3, 5, 20, zone=screen.theater.zone)
    )

    response = admin_client.post(reverse(ADD), words(screen, clock="21:30"))

    assert errors(response) == {"starts": [TAKEN + " This showtime needs it from 21:30 to 23:40."]}
    assert admin_client.post(reverse(ADD), words(screen, clock="22:10")).status_code == 302


def test_add_showtime_may_overlap_a_cancelled_one(admin_client, screen):
    create_showtime(
        layout=screen.layouts.get(), status="cancelled", starts_at=at(2077, 3, 5, 20, zone=screen.theater.zone)
    )

    assert admin_client.post(reverse(ADD), words(screen, clock="20:00")).status_code == 302


def test_add_showtime_refuses_a_movie_without_runtime(admin_client, screen):
    movie = create_movie("Untitled", runtime_minutes=None)

    assert errors(admin_client.post(reverse(ADD), words(screen, movie=movie))) == {
        "movie": ["Untitled has no runtime yet."]
    }


def test_add_showtime_refuses_another_screens_layout_and_another_theaters_card(admin_client, screen):
    other = create_showtime()

    response = admin_client.post(reverse(ADD), words(screen, layout=other.layout.pk, price_card=other.price_card.pk))

    assert errors(response) == {
        "layout": [f"This is the layout of another screen: {other.layout}."],
        "price_card": [f"“{other.price_card}” is a price card of another theater."],
    }


def test_add_showtime_refuses_a_screen_without_published_layout(admin_client):
    screen = create_layout(create_screen(create_theater("Rialto")), published=False).screen
    create_price_card(screen.theater)

    response = admin_client.post(reverse(ADD), words(screen))

    assert errors(response) == {"layout": ["Rialto, Screen 1 has no published seat layout."]}


def test_add_showtime_refuses_when_no_card_applies(admin_client, screen):
    screen.theater.price_cards.update(weekdays=[0, 1])

    response = admin_client.post(reverse(ADD), words(screen))

    sentence = "No price card of Rialto applies on Friday at 19:30. Choose one, or change when one applies."
    assert errors(response) == {"price_card": [sentence]}


def test_add_showtime_published_lists_the_missing_prices(admin_client, screen):
    card = screen.theater.price_cards.get()
    card.prices.filter(ticket_type__name="Child").delete()

    response = admin_client.post(reverse(ADD), words(screen, status="published"))

    link = f'<a href="/admin/theaters/pricecard/{card.pk}/change/">Enter them</a>'
    sentence = f"The price card “Every day” lacks prices: Standard / Child. {link}"
    assert errors(response) == {"status": [sentence]}
    assert sentence in response.content.decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"starts_0": ""},
        {"starts_0": "31.12.2077"},
        {"starts_0": "0001-01-01"},
        {"starts_0": "9999-12-31"},
        {"starts_1": "25:00"},
        {"movie": "99999999"},
        {"movie": ""},
        {"screen": ""},
        {"status": "sold"},
        {"occurrence": "x"},
        {"attributes": ["x"]},
        {"format": ""},
    ],
    ids=str,
)
def test_add_showtime_refuses_nonsense_on_the_form(admin_client, screen, changes):
    response = admin_client.post(reverse(ADD), words(screen) | changes)

    assert (response.status_code, Showtime.objects.count()) == (200, 0)


@pytest.mark.django_db(transaction=True)
def test_two_staff_at_once_end_in_one_showtime_and_a_sentence(admin_client, screen):
    posted = words(screen)
    rival = Showtime(
        movie=create_movie("Alien"),
        screen=screen,
        layout=screen.layouts.get(),
        price_card=screen.theater.price_cards.get(),
        starts_at=at(2077, 3, 5, 20, zone=screen.theater.zone),
    )
    rival.set_times()
    answers = []

    def post():
        answers.append(admin_client.post(reverse(ADD), posted))
        connection.close()

    with transaction.atomic():
        rival.save()
        thread = threading.Thread(target=post)
        thread.start()
        thread.join(timeout=1)  # it has seen no overlap and waits for us at the constraint
        assert thread.is_alive()
    thread.join()

    assert Showtime.objects.get() == rival
    assert errors(answers[0])["starts"][0].startswith("Alien runs on Screen 2 from 20:00")


@pytest.mark.parametrize(
    "changes", [{"starts_1": "21:00"}, {"starts_0": "2030-01-01"}], ids=["another time", "another day"]
)
def test_change_showtime_keeps_what_is_on_the_tickets(admin_client, changes):
    showtime = create_showtime()
    sell(showtime)

    response = admin_client.post(change(showtime), edited(showtime, **changes))

    sentence = "1 seat is sold: the movie stays. For another room or start choose “Move” above."
    assert errors(response) == {"__all__": [sentence]}


@pytest.mark.parametrize("status", ["draft", "cancelled"])
def test_change_showtime_is_not_taken_back_while_seats_are_sold(admin_client, status):
    showtime = create_showtime()
    sell(showtime)

    response = admin_client.post(change(showtime), edited(showtime, status=status))

    assert errors(response) == {"status": ["1 seat is sold: choose “Call off” above, which refunds its customer."]}


def test_change_showtime_with_sold_seats_may_change_the_rest(admin_client):
    showtime = create_showtime()
    sell(showtime)

    response = admin_client.post(change(showtime), edited(showtime, attributes=["captions"], is_listed=""))

    showtime.refresh_from_db()
    assert (response.status_code, showtime.attributes, showtime.is_listed) == (302, ["captions"], False)


def test_delete_showtime_with_bookings_is_refused_in_words(admin_client):
    showtime = create_showtime(movie=create_movie("Dune"), starts_at=datetime(2077, 3, 5, 19, tzinfo=UTC))
    sell(showtime)

    response = admin_client.post(reverse("admin:theaters_showtime_delete", args=[showtime.pk]), {"post": "yes"})

    assert messages_of(response) == [
        "“Dune, 2077-03-05 20:00” has bookings, so it cannot be deleted; it can only be cancelled."
    ]
    assert Showtime.objects.count() == 1


def test_delete_showtime_without_bookings_deletes(admin_client):
    showtime = create_showtime()

    admin_client.post(reverse("admin:theaters_showtime_delete", args=[showtime.pk]), {"post": "yes"})

    assert Showtime.objects.count() == 0


@pytest.mark.parametrize("status", ["draft", "published"])
def test_change_showtime_that_is_cancelled_stays_so(admin_client, status):
    showtime = create_showtime(status="cancelled")

    response = admin_client.post(change(showtime), edited(showtime, status=status))

    assert errors(response) == {"status": ["It is cancelled. Make a new one."]}
    assert Showtime.objects.get().status == "cancelled"
