from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import create_movie, create_price_card, create_showtime, create_theater
from tests.theaters.office import TAKEN, at, create_ready_screen, messages_of
from theaters.models import Showtime

LIST = "admin:theaters_showtime_changelist"
pytestmark = pytest.mark.django_db


@pytest.fixture
def screen():
    return create_ready_screen()


def test_list_shows_local_time(admin_client):
    create_showtime(theater=create_theater(time_zone="Asia/Tokyo"), starts_at=datetime(2077, 3, 5, 10, tzinfo=UTC))

    assert b"Fri 5 Mar 2077, 19:00" in admin_client.get(reverse(LIST)).content


def test_list_takes_as_many_queries_for_1_as_for_30(admin_client, screen, django_assert_num_queries):
    layout = screen.layouts.get()
    start = at(2077, 3, 5, 12, zone=screen.theater.zone)
    create_showtime(layout=layout, starts_at=start)
    admin_client.get(reverse(LIST))
    with CaptureQueriesContext(connection) as one:
        admin_client.get(reverse(LIST), {"status": "published"})
    for day in range(1, 30):
        create_showtime(layout=layout, starts_at=start + timedelta(days=day))

    with django_assert_num_queries(len(one)):
        admin_client.get(reverse(LIST), {"status": "published"})


@pytest.mark.parametrize("query", ["day=2077-03-05", "day=nonsense", "day=2077-13-40", "q=Dune", "status=published"])
def test_list_takes_every_filter(admin_client, query):
    create_showtime(movie=create_movie("Dune"))

    assert admin_client.get(f"{reverse(LIST)}?{query}").status_code == 200


def act(admin_client, action, *showtimes):
    return admin_client.post(
        reverse(LIST), {"action": action, "_selected_action": [showtime.pk for showtime in showtimes]}
    )


def test_publish_reports_on_each_showtime(admin_client, screen):
    whole = create_showtime(layout=screen.layouts.get(), status="draft", movie=create_movie("Alien"))
    other = create_showtime(status="draft", movie=create_movie("Dune"))
    other.price_card.prices.all().delete()

    response = act(admin_client, "publish_showtimes", whole, other)

    published, refused = messages_of(response)
    assert published == f"{whole} is published."
    assert refused.startswith(f"{other}: The price card “{other.price_card}” lacks prices: Standard / Adult, ")
    assert list(Showtime.objects.published()) == [whole]


def test_copy_to_next_week_keeps_the_wall_clock_when_the_clocks_change(admin_client, screen):
    showtime = create_showtime(layout=screen.layouts.get(), starts_at=at(2077, 3, 26, 20, 30, zone=screen.theater.zone))

    act(admin_client, "copy_to_next_week", showtime)

    copy = Showtime.objects.exclude(pk=showtime.pk).get()
    assert (f"{copy.local_start:%Y-%m-%d %H:%M}", copy.status) == ("2077-04-02 20:30", "draft")


def test_copy_to_next_day_refuses_a_conflict_in_words(admin_client, screen):
    start = at(2077, 3, 5, 20, zone=screen.theater.zone)
    first = create_showtime(layout=screen.layouts.get(), movie=create_movie("Dune"), starts_at=start)
    create_showtime(layout=screen.layouts.get(), movie=create_movie("Alien"), starts_at=start + timedelta(days=1))

    response = act(admin_client, "copy_to_next_day", first)

    assert messages_of(response) == [f"Dune, 2077-03-05 20:00: {TAKEN} This showtime needs it from 20:00 to 22:10."]


def test_copy_to_next_day_refuses_a_time_that_does_not_exist(admin_client, screen):
    show = create_showtime(layout=screen.layouts.get(), starts_at=at(2077, 3, 27, 2, 30, zone=screen.theater.zone))

    response = act(admin_client, "copy_to_next_day", show)

    assert "02:30 does not exist on 28 March 2077 in Rialto" in messages_of(response)[0]


def test_copy_to_next_day_takes_the_card_of_the_new_day(admin_client, screen):
    weekend = create_price_card(screen.theater, name="Weekend", weekdays=[5, 6], priority=5)
    friday = create_showtime(
        layout=screen.layouts.get(),
        price_card=screen.theater.price_cards.get(name="Every day"),
        starts_at=datetime.combine(datetime(2077, 3, 5, tzinfo=UTC), time(18), UTC),
    )

    act(admin_client, "copy_to_next_day", friday)

    assert Showtime.objects.exclude(pk=friday.pk).get().price_card == weekend
