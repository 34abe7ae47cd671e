"""Times of a house: its own zone, its own day, summer time, and one movie at a time on a screen."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from movies.models import Movie
from tests.factories import (
    create_category,
    create_layout,
    create_movie,
    create_price_card,
    create_screen,
    create_showtime,
    create_theater,
    create_ticket_types,
)
from theaters.models import PriceCard, Seat, SeatOutage, Showtime

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")


def local(zone, *when):
    return datetime(*when, tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("zone", "when", "day"),
    [
        ("Europe/Berlin", (2026, 11, 21, 0, 10), date(2026, 11, 20)),
        ("Europe/Berlin", (2026, 11, 21, 5, 59), date(2026, 11, 20)),
        ("Europe/Berlin", (2026, 11, 21, 6, 0), date(2026, 11, 21)),
        ("Europe/Berlin", (2077, 3, 28, 3, 30), date(2077, 3, 27)),  # the night without 02:30
        ("Europe/Berlin", (2077, 3, 28, 6, 0), date(2077, 3, 28)),
        ("Europe/Berlin", (2077, 10, 31, 5, 59), date(2077, 10, 30)),  # the night with two of them
        ("America/New_York", (2077, 3, 14, 0, 15), date(2077, 3, 13)),
        ("Australia/Lord_Howe", (2077, 4, 4, 1, 45), date(2077, 4, 3)),  # half an hour of summer time
    ],
)
def test_day_of_the_programme_begins_at_six_in_the_theaters_zone(zone, when, day):
    assert create_theater(time_zone=zone).business_date_of(local(zone, *when).astimezone(UTC)) == day


@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        ((2077, 3, 27, 23, 30), "03:10"),  # 02:00 to 03:00 is left out
        ((2077, 3, 28, 0, 30), "04:10"),
        ((2077, 10, 31, 1, 30), "03:10"),  # an hour comes twice
        ((2026, 11, 20, 20, 0), "22:40"),
    ],
)
def test_end_is_so_many_minutes_later_whatever_the_clock_does(starts, ends):
    theater = create_theater(preshow_minutes=15)
    movie = create_movie(runtime_minutes=145)

    showtime = create_showtime(theater=theater, movie=movie, starts_at=local("Europe/Berlin", *starts))

    assert showtime.ends_at - showtime.starts_at == timedelta(minutes=160)
    assert f"{showtime.local_end:%H:%M}" == ends


def test_midnight_showtime_then_it_belongs_to_the_evening_before():
    showtime = create_showtime(starts_at=local("Europe/Berlin", 2026, 11, 21, 0, 10))

    assert (showtime.business_date, showtime.is_late_night) == (date(2026, 11, 20), True)


def test_evening_showtime_then_it_is_no_late_night():
    assert not create_showtime(starts_at=local("Europe/Berlin", 2026, 11, 20, 20)).is_late_night


def test_relaxed_screening_then_no_ads():
    showtime = create_showtime(attributes=[Showtime.Attribute.RELAXED], movie=create_movie(runtime_minutes=90))

    assert showtime.ends_at - showtime.starts_at == timedelta(minutes=90)
    assert showtime.attribute_labels == ["Relaxed screening"]


def create_pair(minutes_between, **second):
    """Two on one screen: 15 ads + 100 movie + 15 cleaning = the room is taken for 130 minutes."""
    layout = create_layout()
    first = create_showtime(layout=layout, starts_at=local("Europe/Berlin", 2026, 11, 20, 19))
    with transaction.atomic():
        return create_showtime(layout=layout, starts_at=first.starts_at + timedelta(minutes=minutes_between), **second)


def test_second_showtime_when_the_room_is_free_again_then_allowed():
    assert create_pair(130).pk


@pytest.mark.parametrize("minutes", [129, 0, -129])
def test_overlap_on_one_screen_then_the_database_refuses(minutes):
    with pytest.raises(IntegrityError, match="showtime_one_at_a_time_per_screen"):
        create_pair(minutes)


def test_overlap_of_a_cancelled_one_then_allowed():
    assert create_pair(0, status=Showtime.Status.CANCELLED).pk


def test_overlap_on_another_screen_then_allowed():
    theater = create_theater()
    starts_at = local("Europe/Berlin", 2026, 11, 20, 19)

    showtimes = [create_showtime(layout=create_layout(create_screen(theater)), starts_at=starts_at) for _n in range(2)]

    assert showtimes[0].screen != showtimes[1].screen


def test_sale_ends_so_many_minutes_after_the_start():
    showtime = create_showtime(theater=create_theater(sales_close_minutes=20))
    assert showtime.is_on_sale
    assert showtime.sales_close_at == showtime.starts_at + timedelta(minutes=20)

    showtime.sales_close_at = timezone.now() - timedelta(seconds=1)

    assert not showtime.is_on_sale


def test_draft_then_neither_on_sale_nor_upcoming():
    showtime = create_showtime(status=Showtime.Status.DRAFT)

    assert not showtime.is_on_sale
    assert not Showtime.objects.upcoming().exists()


def test_unlisted_then_on_sale_but_not_in_the_listing():
    showtime = create_showtime(is_listed=False)

    assert showtime.is_on_sale
    assert not Showtime.objects.upcoming().exists()
    assert not Movie.objects.now_showing().exists()


@pytest.mark.parametrize(
    ("day", "clock", "screened", "card"),
    [
        (date(2026, 11, 18), time(14), "2d", "Matinee"),
        (date(2026, 11, 18), time(17), "2d", "Any time"),
        (date(2026, 11, 21), time(14), "2d", "Any time"),
        (date(2026, 11, 18), time(14), "imax", "IMAX"),
    ],
)
def test_price_card_by_weekday_time_format_and_priority(day, clock, screened, card):
    theater = create_theater()
    PriceCard.objects.create(theater=theater, name="Any time")
    PriceCard.objects.create(theater=theater, name="Matinee", weekdays=[0, 1, 2, 3, 4], until_time=time(17), priority=1)
    PriceCard.objects.create(theater=theater, name="IMAX", format="imax", priority=2)

    assert PriceCard.choose(theater, datetime.combine(day, clock, BERLIN), screened).name == card


def test_late_show_on_friday_night_then_fridays_card():
    theater = create_theater()
    PriceCard.objects.create(theater=theater, name="Friday", weekdays=[4])

    assert PriceCard.choose(theater, local("Europe/Berlin", 2026, 11, 21, 0, 10), "2d").name == "Friday"
    assert PriceCard.choose(theater, local("Europe/Berlin", 2026, 11, 21, 20), "2d") is None


@pytest.mark.parametrize(
    ("clock", "band", "applies"),
    [
        ((0, 10), (time(17), None), True),  # late on Friday, not early on Saturday
        ((0, 10), (None, time(17)), False),
        ((0, 10), (time(22), time(3)), True),
        ((3, 0), (time(22), time(3)), False),
        ((5, 59), (time(17), time(6)), True),
        ((16, 59), (time(17), time(6)), False),
    ],
)
def test_time_band_of_a_card_runs_through_the_night(clock, band, applies):
    card = PriceCard(theater=create_theater(), from_time=band[0], until_time=band[1])

    assert (card.why_not(date(2026, 11, 20), time(*clock), "2d") == []) == applies


@pytest.mark.parametrize(("row", "number", "label"), [("F", "7", "F7"), ("1", "12", "1/12"), ("11", "2", "11/2")])
def test_seat_label_cannot_be_misread(row, number, label):
    assert Seat(row=row, number=number).label == label


def test_missing_price_then_it_is_named():
    showtime = create_showtime()
    _adult, child = create_ticket_types(showtime.theater)
    showtime.price_card.prices.filter(ticket_type=child).delete()

    assert showtime.missing_prices() == [(create_category(showtime.theater), "Child")]


def test_every_cell_priced_then_nothing_is_missing():
    assert create_showtime().missing_prices() == []


def test_broken_seat_then_blocked_in_its_period_only():
    showtime = create_showtime()
    a1, a2, a3, *_rest = showtime.layout.seats.order_by("y", "x")
    hour = timedelta(hours=1)
    SeatOutage.objects.create(seat=a1, reason="Torn", starts_at=showtime.starts_at - hour)
    SeatOutage.objects.create(
        seat=a2, reason="Mended", starts_at=showtime.starts_at - 2 * hour, ends_at=showtime.starts_at - hour
    )
    a3.is_blocked = True
    a3.save()

    assert showtime.blocked_seat_ids() == {a1.pk, a3.pk}


def test_time_zone_that_does_not_exist_then_a_sentence():
    theater = create_theater(time_zone="Europe/Berlin")
    theater.time_zone = "Europe/Atlantis"

    with pytest.raises(ValidationError, match="no time zone"):
        theater.full_clean()


def test_two_theaters_with_their_own_zone_and_currency_side_by_side():
    berlin = create_showtime(starts_at=local("Europe/Berlin", 2026, 12, 1, 20))
    new_york = create_showtime(
        theater=create_theater(time_zone="America/New_York", currency="USD"),
        starts_at=local("America/New_York", 2026, 12, 1, 20),
    )

    assert [f"{showtime.local_start:%H:%M %Z}" for showtime in (berlin, new_york)] == ["20:00 CET", "20:00 EST"]
    assert new_york.starts_at - berlin.starts_at == timedelta(hours=6)


def test_price_card_of_the_factory_prices_every_category():
    theater = create_theater()
    create_category(theater, "Standard")
    create_category(theater, "Premium")

    assert len(create_price_card(theater).cells()) == 4
