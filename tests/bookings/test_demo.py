from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings

from accounts.models import User
from bookings import demo
from bookings.audit import audit
from bookings.demo import posters
from bookings.demo.movies import FILMS
from bookings.models import BookedSeat, Booking
from movies.models import Credit, Movie
from theaters.models import Price, Screen, Seat, SeatLayout, Showtime, Theater

COUNTED = [User, Movie, Credit, Theater, Screen, SeatLayout, Seat, Price, Showtime]


SMALL = 40


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def count_all():
    return {model.__name__: model.objects.count() for model in COUNTED}


def test_demo_refuses_where_debug_is_off(db, settings):
    settings.DEBUG = False

    with pytest.raises(CommandError, match="add --force"):
        call_command("demo")

    assert User.objects.count() == 0


PEOPLE = "moviegoer", "manager", "door", "boxoffice", "accountant", "admin", "buyer0001"


def test_demo_forced_prints_the_logins(db, settings, monkeypatch, capsys):
    settings.DEBUG = False
    monkeypatch.setattr(demo, "POSTER_WIDTH", SMALL)

    call_command("demo", buyers=2, force=True)

    said = capsys.readouterr().out
    assert "8 people, 15 movies, 4 theaters, 10 screens" in said
    logins = [word for word in said.split() if "@" in word]
    assert logins == [f"{name}@example.com" for name in PEOPLE]
    assert said.endswith("The password of all is “demo”.\n")


def test_wall_time_stays_when_the_clocks_change(db, monkeypatch):
    """In Berlin the night to 26 October 2025 had an hour more."""
    monkeypatch.setattr(Theater, "today", date(2025, 10, 20))
    demo.create_movies()
    Movie.objects.update(release_on=None)

    demo.fill(poster_width=SMALL)

    sundays = ["2025-10-19", "2025-10-26", "2025-11-02"]
    shows = Showtime.objects.filter(screen__theater__slug="lichtspiel", business_date__in=sundays)
    first = shows.order_by("business_date", "starts_at").distinct("business_date")
    starts = [showtime.starts_at for showtime in first]
    assert [f"{start.astimezone(ZoneInfo('Europe/Berlin')):%H:%M}" for start in starts] == ["13:30"] * 3
    assert [f"{start:%H:%M}" for start in starts] == ["11:30", "12:30", "12:30"]


def test_poster_is_drawn_alike_every_time():
    one, other = (posters.draw(FILMS[0], width=SMALL) for _time in range(2))

    assert one == other


@pytest.fixture(scope="class")
def filled(django_db_setup, django_db_blocker, tmp_path_factory):
    """Filled once; what a test changes is taken back after it, by its `db`."""
    media = override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media"))
    with django_db_blocker.unblock(), media, transaction.atomic():
        demo.fill(buyers=3, poster_width=SMALL)
        yield
        transaction.set_rollback(True)


@pytest.mark.usefixtures("filled", "db")
class TestFilled:
    def test_demo_again_changes_nothing(self):
        before = count_all(), dict(Movie.objects.values_list("slug", "poster"))

        demo.fill(buyers=3, poster_width=SMALL)

        assert (count_all(), dict(Movie.objects.values_list("slug", "poster"))) == before

    def test_demo_again_keeps_what_staff_have_changed(self):
        Movie.objects.filter(slug="iron-orchid").update(title="Iron Orchid, the long version")
        Showtime.objects.filter(screen__number=1).update(status="cancelled")
        User.objects.filter(email="door@example.com").update(name="Dora")
        before = count_all()

        demo.fill(poster_width=SMALL)

        assert count_all() == before
        assert Movie.objects.get(slug="iron-orchid").title == "Iron Orchid, the long version"
        assert User.objects.get(email="door@example.com").name == "Dora"

    def test_demo_with_sales_then_the_box_office_has_sold_some_and_no_more_the_next_time(self):
        demo.fill(poster_width=SMALL, sales=True)
        sold = BookedSeat.objects.count()
        demo.fill(poster_width=SMALL, sales=True)

        assert 50 < sold == BookedSeat.objects.count()
        assert {booking.sold_by.email for booking in Booking.objects.all()} == {"boxoffice@example.com"}
        assert [result.invariant.code for result in audit() if result.broken] == []

    def test_demo_later_adds_only_the_missing_days(self, monkeypatch):
        before = set(Showtime.objects.values_list("pk", flat=True))
        today = Theater.objects.get(slug="rialto").today
        monkeypatch.setattr(Theater, "today", today + timedelta(days=3))

        demo.fill(poster_width=SMALL)

        # Of one house: elsewhere it may still be yesterday.
        new = Showtime.objects.exclude(pk__in=before).filter(screen__theater__slug="rialto")
        days = new.values_list("business_date", flat=True)
        assert set(days) == {today + timedelta(days=ahead) for ahead in (14, 15, 16)}
        assert before <= set(Showtime.objects.values_list("pk", flat=True))

    def test_demo_plays_around_what_staff_have_planned(self, monkeypatch):
        """A long night that reaches into a day which has nothing yet."""
        rialto = Theater.objects.get(slug="rialto")
        last = rialto.screens.get(number=1).showtimes.last()
        Showtime.objects.filter(pk=last.pk).update(free_at=last.starts_at + timedelta(hours=18))
        monkeypatch.setattr(Theater, "today", rialto.today + timedelta(days=1))

        demo.fill(poster_width=SMALL)

        after = last.screen.showtimes.filter(business_date=last.business_date + timedelta(days=1))
        assert after.first().starts_at >= last.starts_at + timedelta(hours=18)

    def test_demo_leaves_a_showtime_without_prices_as_a_draft(self, monkeypatch):
        rialto = Theater.objects.get(slug="rialto")
        rialto.ticket_types.create(name="Member")
        monkeypatch.setattr(Theater, "today", rialto.today + timedelta(days=1))

        demo.fill(poster_width=SMALL)

        newest = Showtime.objects.filter(business_date=rialto.today + timedelta(days=13))
        assert set(newest.filter(screen__theater=rialto).values_list("status", flat=True)) == {"draft"}
        assert set(newest.exclude(screen__theater=rialto).values_list("status", flat=True)) == {"published"}

    def test_every_screen_plays_for_fourteen_days(self):
        for screen in Screen.objects.select_related("theater"):
            days = set(screen.showtimes.published().values_list("business_date", flat=True))
            assert {screen.theater.today + timedelta(days=ahead) for ahead in range(14)} <= days

    def test_every_showtime_has_all_its_prices(self):
        assert not Showtime.objects.exclude(status="published").exists()
        for showtime in Showtime.objects.order_by("layout_id", "price_card_id").distinct("layout_id", "price_card_id"):
            assert showtime.missing_prices() == []

    def test_late_shows_belong_to_fridays_and_saturdays(self):
        late = [show for show in Showtime.objects.select_related("screen__theater") if show.is_late_night]

        assert {show.business_date.weekday() for show in late} == {4, 5}

    def test_wheelchair_spaces_have_a_companion_beside_them(self):
        spaces = Seat.objects.filter(feature=Seat.Feature.WHEELCHAIR)

        assert spaces.count() == 16
        for space in spaces:
            companions = list(space.companions.all())
            assert {seat.y for seat in companions} == {space.y}
            assert {abs(seat.x - space.x) for seat in companions} == set(range(1, len(companions) + 1))

    def test_coming_soon_is_not_on_sale(self):
        assert (Movie.objects.now_showing().count(), Movie.objects.coming_soon().count()) == (12, 3)

    def test_people_can_log_in(self):
        for name in ("moviegoer", "manager", "door", "admin", "buyer0001", "buyer0002", "buyer0003"):
            user = authenticate(username=f"{name}@example.com", password="demo")
            assert user.emailaddress_set.get().verified

    def test_staff_may_do_their_work_and_no_more(self):
        manager, door = (User.objects.get(email=f"{name}@example.com") for name in ("manager", "door"))

        assert manager.has_perms(["movies.change_movie", "theaters.add_showtime", "bookings.view_booking"])
        assert not manager.has_perm("accounts.change_user")
        assert door.get_all_permissions() == {"bookings.check_in_ticket"}

    def test_every_film_has_its_own_poster_in_words_too(self):
        assert set(posters.PICTURES) == {film["slug"] for film in FILMS}
        assert not Movie.objects.filter(poster="").exists()
        assert not Movie.objects.filter(poster_alt="").exists()
