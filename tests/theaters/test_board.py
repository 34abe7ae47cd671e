from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.factories import create_layout, create_movie, create_screen, create_showtime, create_theater
from tests.theaters.office import at, create_ready_screen, sell
from theaters.admin.board import Board

BOARD = reverse("admin:theaters_showtime_board")
FRIDAY = "2077-03-05"
pytestmark = pytest.mark.django_db


@pytest.fixture
def screen():
    return create_ready_screen()


@pytest.fixture
def plan(screen):
    """plan("20:00", "Dune") on that Friday in Screen 2."""

    def plan(clock, title="Dune", day=5, **fields):
        starts_at = at(2077, 3, day, *map(int, clock.split(":")), zone=screen.theater.zone)
        fields = {"layout": screen.layouts.get()} | fields
        return create_showtime(movie=create_movie(title), starts_at=starts_at, **fields)

    return plan


def board_of(screen, first=None, days=1):
    return Board(screen.theater, first or date(2077, 3, 5), days)


def lanes(board):
    """{screen: [[what stands in a row of its lane]]}"""
    return {
        lane.screen.name: [
            [cell.showtime.movie.title if cell.showtime else "cleaning" if cell.is_cleaning else "-" for cell in row]
            for row in lane.rows
        ]
        for lane in board.days[0].lanes
    }


def shown(client, screen, **query):
    query = {"theater": screen.theater.pk, "date": FRIDAY} | query
    return client.get(BOARD, query)


def test_board_draws_every_screen_as_a_lane_between_its_gaps(screen, plan):
    create_screen(screen.theater, name="Studio")
    plan("20:00")

    assert lanes(board_of(screen)) == {"Screen 2": [["-", "Dune", "cleaning", "-"]], "Studio": [["-"]]}


def test_board_says_when_it_ends_when_the_room_is_free_how_it_stands_and_how_many_are_sold(admin_client, screen, plan):
    showtime = plan("20:00", is_listed=False)
    sell(showtime)

    page = shown(admin_client, screen).content.decode()

    cell = page.partition(f'id="showtime-{showtime.pk}"')[2].partition("</td>")[0]
    assert "is-unlisted" in page.partition(f'id="showtime-{showtime.pk}"')[0].rpartition("<td")[2]
    for words in ("20:00</time></b> Dune", "ends 21:55", ">22:10</time>", "1/18 <b>Unlisted</b>"):
        assert words in cell


def test_board_keeps_what_begins_after_midnight_on_its_evening(screen, plan):
    plan("0:10", "Late", day=6)

    board = board_of(screen)

    assert lanes(board) == {"Screen 2": [["-", "Late", "cleaning", "-"]]}
    assert f"{board.days[0].hours[-1]:%H:%M}" == "02:00"


def test_board_draws_the_night_of_25_hours_as_long_as_it_is():
    screen = create_ready_screen()
    create_showtime(layout=screen.layouts.get(), starts_at=at(2077, 10, 31, 4, 30, zone=screen.theater.zone))

    (day,) = board_of(screen, date(2077, 10, 30)).days

    assert [f"{hour:%H:%M}" for hour in day.hours][-7:] == [
        "01:00",
        "02:00",
        "02:00",
        "03:00",
        "04:00",
        "05:00",
        "06:00",
    ]


def test_board_puts_a_cancelled_one_under_what_runs_instead(screen, plan):
    plan("20:00", "Alien", status="cancelled")
    plan("20:30", "Dune")

    assert lanes(board_of(screen)) == {"Screen 2": [["-", "Dune", "cleaning", "-"], ["-", "Alien", "cleaning", "-"]]}


def test_board_shows_a_turnaround_that_has_become_too_short(admin_client, screen, plan):
    plan("18:00", "Alien")
    plan("20:10", "Dune")
    screen.theater.cleaning_minutes = 25
    screen.theater.save()

    page = shown(admin_client, screen).content.decode()

    assert page.count("Only 15 minutes after Alien; cleaning takes 25.") == 2  # above the board, and in its place


def test_board_shows_an_overlap_when_a_movie_has_become_longer(screen, plan):
    longer = plan("18:00", "Alien").movie
    plan("20:10", "Dune")
    longer.runtime_minutes = 140
    longer.save()

    sentence = "It begins before Alien ends, which runs longer than when it was planned."
    assert [words for _showtime, words in board_of(screen).faults] == [sentence]


def test_add_here_opens_the_form_with_screen_and_time(admin_client, screen, plan):
    plan("20:00")

    page = shown(admin_client, screen).content.decode()
    form = admin_client.get(
        reverse("admin:theaters_showtime_add"), {"screen": screen.pk, "starts": "2077-03-05T22:10", "board": "day"}
    )

    assert f"?screen={screen.pk}&amp;starts=2077-03-05T22:10&amp;board=day" in page
    assert b'value="2077-03-05"' in form.content
    assert b'value="22:10"' in form.content


def test_who_came_from_the_board_goes_back_to_it(admin_client, screen):
    words = {"movie": create_movie().pk, "screen": screen.pk, "starts_0": FRIDAY, "starts_1": "19:30"}
    words |= {"format": "2d", "status": "draft"}

    response = admin_client.post(reverse("admin:theaters_showtime_add") + "?board=week", words)

    assert response["Location"] == f"{BOARD}?theater={screen.theater.pk}&date={FRIDAY}&view=week"


def test_nothing_can_be_added_to_the_past(screen):
    board = board_of(screen, timezone.now().date() - timedelta(days=3))

    assert [cell.add_at for lane in board.days[0].lanes for row in lane.rows for cell in row] == [None]


def test_week_shows_seven_days_alike(admin_client, screen, plan):
    plan("20:00")
    plan("9:15", day=8)

    response = shown(admin_client, screen, view="week")

    board = response.context["board"]
    assert len(board.days) == 7
    assert {f"{day.hours[0]:%H:%M}" for day in board.days} == {"09:00"}


@pytest.mark.parametrize("query", [{"date": "nonsense"}, {"date": "9999-12-31"}, {"view": "year"}], ids=str)
def test_board_takes_nonsense_for_today(admin_client, screen, query):
    assert shown(admin_client, screen, **query).status_code == 200


@pytest.mark.parametrize("theater", ["x", "999999999", "٣"])
def test_board_of_an_unknown_theater_is_not_found(admin_client, screen, theater):
    assert admin_client.get(BOARD, {"theater": theater}).status_code == 404


def test_board_without_a_theater_in_the_address_shows_the_first(admin_client):
    create_theater("Zoo Palast")
    first = create_theater("Arsenal")

    assert admin_client.get(BOARD).context["theater"] == first


def test_board_takes_as_many_queries_for_30_as_for_1(admin_client, screen, plan, django_assert_num_queries):
    plan("12:00")
    shown(admin_client, screen, view="week")
    with CaptureQueriesContext(connection) as one:
        shown(admin_client, screen, view="week")
    for day in range(5, 12):
        for clock in ("15:00", "18:00", "21:00"):
            plan(clock, day=day)
    for _n in range(3):
        plan("12:00", layout=create_layout(create_screen(screen.theater)))

    with django_assert_num_queries(len(one)):
        shown(admin_client, screen, view="week")


def test_list_begins_with_today(admin_client, screen):
    start = timezone.now() - timedelta(days=3)
    past = create_showtime(layout=screen.layouts.get(), starts_at=start, movie=create_movie("Gone"))
    create_showtime(layout=screen.layouts.get(), starts_at=start + timedelta(days=5), movie=create_movie("To come"))
    address = reverse("admin:theaters_showtime_changelist")
    month = {"business_date__year": past.business_date.year, "business_date__month": past.business_date.month}

    def titles(**query):
        return {show.movie.title for show in admin_client.get(address, query).context["cl"].result_list}

    assert titles() == {"To come"}
    assert titles(day="all") == {"Gone", "To come"}
    assert "Gone" in titles(**month)


@pytest.mark.parametrize(
    ("field", "names"), [("movie", ["Alien", "Zama"]), ("screen", ["Rialto, Screen 2", "Rialto, Studio"])]
)
def test_autocomplete_of_screens_and_movies_is_in_order(admin_client, screen, field, names):
    for title in ("Zama", "Alien"):
        create_movie(title)
    create_screen(screen.theater, name="Studio", number=7)
    query = {"app_label": "theaters", "model_name": "showtime", "field_name": field, "term": ""}

    found = admin_client.get(reverse("admin:autocomplete"), query).json()["results"]

    assert [each["text"] for each in found] == names
