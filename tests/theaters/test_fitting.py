"""Which showtimes fit: the part of the day, what somebody needs, how many can still sit together."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.bookings.counter_steps import sell
from tests.bookings.steps import start
from tests.factories import create_layout, create_showtime, create_staff, create_theater, create_user, seats_of
from theaters.models import HouseSeats, Seat, SeatOutage, Showtime
from theaters.models.seats_left import count_left
from theaters.models.together import most_together
from theaters.rows import link_neighbours

pytestmark = pytest.mark.django_db


def in_one_row(showtime):
    """Let those sit side by side whose places do."""
    seats = list(showtime.layout.seats.all())
    link_neighbours(seats)
    Seat.objects.bulk_update(seats, ["next_to_right"])
    return showtime


@pytest.fixture
def showtime():
    """Two rows of six."""
    return in_one_row(create_showtime(layout=create_layout(rows="AB", seats=6)))


def together(showtime):
    return most_together([showtime])[showtime.pk]


def fits(**wish):
    cache.clear()
    showtimes = Showtime.objects.upcoming()
    if "needs" in wish:
        return set(showtimes.meeting(wish["needs"]))
    return set(showtimes.with_seats_together(wish["seats"]))


@pytest.mark.parametrize(
    ("clock", "band"),
    [
        ("05:59", "late"),
        ("06:00", "morning"),
        ("11:59", "morning"),
        ("12:00", "afternoon"),
        ("17:00", "evening"),
        ("21:59", "evening"),
        ("22:00", "late"),
        ("00:10", "late"),
    ],
)
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata"])
def test_part_of_the_day_goes_by_the_theaters_clock(clock, band, zone):
    theater = create_theater(time_zone=zone)
    start = datetime.fromisoformat(f"2077-03-05T{clock}").replace(tzinfo=theater.zone)
    create_showtime(theater=theater, starts_at=start)

    assert [showtime.band for showtime in Showtime.objects.with_band()] == [band]


def test_empty_room_then_a_whole_row(showtime):
    assert together(showtime) == 6


def test_aisle_then_nobody_sits_across_it(showtime):
    showtime.layout.seats.filter(number="4").update(next_to_right=None)

    assert together(showtime) == 4


def test_seats_sold_then_only_what_is_left_beside_them(showtime):
    start(create_user(), showtime, "A3", "B2")

    assert together(showtime) == 4
    assert (fits(seats=4), fits(seats=5)) == ({showtime}, set())


def test_broken_and_kept_and_blocked_seats_are_not_left(showtime):
    (a3, b2) = seats_of(showtime, "A3", "B2")
    SeatOutage.objects.create(seat=a3, reason="spring", starts_at=timezone.now())
    HouseSeats.objects.create(layout=showtime.layout, reason="press").seats.add(b2)
    showtime.layout.seats.filter(row="B", number="5").update(is_blocked=True)

    assert together(showtime) == 3


def test_house_seats_released_and_a_seat_mended_before_then_they_are(showtime):
    (a3, b2) = seats_of(showtime, "A3", "B2")
    soon = timezone.now() + timedelta(minutes=1)
    SeatOutage.objects.create(seat=a3, reason="spring", starts_at=timezone.now(), ends_at=soon)
    HouseSeats.objects.create(layout=showtime.layout, reason="press", release_minutes=90_000).seats.add(b2)

    assert together(showtime) == 6


def test_places_for_wheelchairs_are_not_for_a_party(showtime):
    showtime.layout.seats.filter(number="3").update(feature=Seat.Feature.WHEELCHAIR)

    assert together(showtime) == 3


def test_many_showtimes_then_as_many_questions_as_for_one(showtime):
    counts = set()
    for n in (1, 20):
        for _n in range(n):
            start(create_user(), in_one_row(create_showtime(layout=create_layout(rows="A", seats=3))), "A1")
        with CaptureQueriesContext(connection) as queries:
            most_together(Showtime.objects.all())
        counts.add(len(queries))

    assert counts == {5}


def test_how_many_sit_together_is_counted_once_in_fifteen_seconds(showtime):
    assert fits(seats=6) == {showtime}
    start(create_user(), showtime, "A3", "B3")

    with CaptureQueriesContext(connection) as queries:
        found = list(Showtime.objects.upcoming().with_seats_together(6))

    assert (found, len(queries)) == ([showtime], 1)
    assert fits(seats=6) == set()  # `fits` forgets


def test_needs_must_all_be_met_by_one_showtime():
    both = create_showtime(attributes=["captions", "relaxed"])
    captions = create_showtime(attributes=["captions"])
    create_showtime()

    assert fits(needs=["captions"]) == {both, captions}
    assert fits(needs=["captions", "relaxed"]) == {both}


def test_wheelchair_space_free_then_only_while_it_is(showtime):
    showtime.layout.seats.filter(row="A", number="1").update(feature=Seat.Feature.WHEELCHAIR)
    create_showtime()
    assert fits(needs=["wheelchair"]) == {showtime}

    start(create_user(), showtime, "A1", need=True)
    assert fits(needs=["wheelchair"]) == set()


@pytest.mark.parametrize("taken", ["broken", "kept", "blocked"])
def test_wheelchair_space_that_cannot_be_bought_is_not_free(showtime, taken):
    showtime.layout.seats.filter(row="A", number="1").update(feature=Seat.Feature.WHEELCHAIR)
    (space,) = seats_of(showtime, "A1")
    if taken == "broken":
        SeatOutage.objects.create(seat=space, reason="lift", starts_at=datetime(2026, 1, 1, tzinfo=UTC))
    elif taken == "kept":
        HouseSeats.objects.create(layout=showtime.layout, reason="wardens").seats.add(space)
    else:
        Seat.objects.filter(pk=space.pk).update(is_blocked=True)

    assert fits(needs=["wheelchair"]) == set()


def test_wheelchair_space_sold_elsewhere_is_still_free_here(showtime):
    showtime.layout.seats.filter(row="A", number="1").update(feature=Seat.Feature.WHEELCHAIR)
    other = create_showtime(layout=showtime.layout, starts_at=showtime.starts_at + timedelta(days=1))
    start(create_user(), other, "A1", need=True)

    assert fits(needs=["wheelchair"]) == {showtime}


def test_bands_and_needs_are_reached_from_the_model():
    assert [band.value for band in Showtime.Band] == ["morning", "afternoon", "evening", "late"]
    assert {need.value for need in Showtime.Need} - {"wheelchair"} <= set(Showtime.Attribute.values)


def test_room_that_is_full_by_law_then_the_list_says_sold_out():
    showtime = create_showtime(legal_capacity=2)
    sell(create_staff(is_superuser=True), showtime, "A1", "A2", tender="card_terminal")
    (seen,) = count_left([Showtime.objects.for_listing().get(pk=showtime.pk)])

    assert (seen.seats_left, seen.availability) == (0, "sold_out")


def test_seats_of_the_house_and_broken_ones_then_the_list_says_sold_out_as_the_map_does(client):
    """At the counter the house's seats are there."""
    showtime = create_showtime(layout=create_layout(rows="A", seats=3))
    one, other, broken = seats_of(showtime, "A1", "A2", "A3")
    start(create_user(), showtime, "A2")
    kept = HouseSeats.objects.create(layout=showtime.layout, reason="Press")
    kept.seats.set([one, other])
    SeatOutage.objects.create(seat=broken, starts_at=showtime.starts_at - timedelta(days=1), reason="Torn")

    def left(**where):
        (seen,) = count_left([Showtime.objects.for_listing().get(pk=showtime.pk)], **where)
        return seen.capacity, seen.seats_taken, seen.seats_left, seen.availability

    assert (left(), left(at_counter=True)) == ((1, 1, 0, "sold_out"), (2, 1, 1, "last"))
    assert "Sold out" in client.get(showtime.theater.get_absolute_url()).text
    assert client.get("/feeds/showtimes.json").json()["showtimes"][0]["sale"]["state"] == "sold_out"


def test_outage_that_is_over_before_it_starts_then_the_seat_counts(client):
    showtime = create_showtime(layout=create_layout(rows="A", seats=3))
    times = {"starts_at": showtime.starts_at - timedelta(days=2), "ends_at": showtime.starts_at}
    SeatOutage.objects.create(seat=seats_of(showtime, "A1")[0], reason="Torn", **times)

    assert count_left([showtime])[0].seats_left == 3
