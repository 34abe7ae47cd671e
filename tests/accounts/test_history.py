"""The database notes every change of what matters, with who and why, and lets nobody rewrite it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import Group, Permission
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from accounts.history import speaking
from accounts.models import Change
from bookings.models import Trouble
from movies.models import Credit
from tests.factories import (
    create_layout,
    create_member,
    create_movie,
    create_promo_code,
    create_screen,
    create_showtime,
    create_staff,
    create_theater,
    create_user,
)
from theaters.models import City, HouseSeats, Price, SeatOutage, Showtime

pytestmark = pytest.mark.django_db
# What is not under watch, and why not.
NOT_WATCHED = {
    "accounts_change",  # the history itself
    "accounts_session",  # who is signed in is nobody's business later
    "movies_genre",  # words to choose from: nothing is sold or decided by them
    "movies_language",
    "movies_movie_genres",
    "movies_review",  # goes with its author; who let it stand is in the row and in the office's log
    "movies_watchlistentry",  # nobody's business but their owners'
    "movies_movielist",
    "movies_listedmovie",
    "bookings_openingalert",  # forgotten once told
    "bookings_openingmail",
    "bookings_filmweekreturn",  # cannot be rewritten itself
    "bookings_reportsubscription",  # a mail that staff have asked for
    "bookings_reportmail",
    "bookings_doorscan",  # each is a record of its own
    "bookings_inspection",
    "bookings_waitingentry",  # a wish, and nothing that is sold; it goes with its person and its showtime
    "bookings_offeredseat",
    "bookings_waitingmail",
    "bookings_mail",
    "bookings_push",  # the mails in other words
    "bookings_pushsubscription",  # a switch of the customer's own
    "bookings_showtimecancellation",
    "bookings_stripeevent",
    "bookings_ticketrequest",  # there for a moment
}


def test_every_table_is_watched_or_is_not_for_a_reason():
    ours = {
        model._meta.db_table
        for app in ("accounts", "movies", "theaters", "bookings")
        for model in apps.get_app_config(app).get_models(include_auto_created=True)
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'note_change'")
        watched = {table for (table,) in cursor.fetchall()}

    assert (ours - watched) == NOT_WATCHED
    assert watched - ours == {"auth_group_permissions"}


def test_bulk_update_then_before_and_after_are_there_with_who_and_why():
    showtime, manager = create_showtime(), create_staff()

    with speaking(by=manager.pk, why="The projector is away"):
        Showtime.objects.update(status="draft")

    change = Change.objects.of(showtime).first()
    assert (change.before["status"], change.after["status"]) == ("published", "draft")
    assert (change.by, change.why) == (manager.pk, "The projector is away")


def test_after_the_speaker_has_left_then_nobody_is_named():
    showtime = create_showtime()
    with speaking(by=create_staff().pk):
        pass
    Showtime.objects.update(status="draft")

    assert Change.objects.of(showtime).first().by is None


def test_update_that_changes_nothing_then_no_line():
    showtime = create_showtime()
    before = Change.objects.count()
    showtime.save()

    assert Change.objects.count() == before


def test_prices_of_a_card_then_belong_to_its_history_even_when_deleted():
    card = create_showtime().price_card
    Price.objects.filter(card=card).update(amount=9)
    Price.objects.filter(card=card).delete()
    changes = Change.objects.of(card, (Price, "card_id"))

    assert changes.filter(after__isnull=True).exists()
    assert changes.filter(before__amount__gt=0, after__amount=9).exists()


@pytest.mark.parametrize("sql", ["UPDATE accounts_change SET why = 'never'", "DELETE FROM accounts_change"])
def test_history_then_cannot_be_rewritten(sql):
    create_showtime()

    with pytest.raises(DatabaseError, match="not rewritten"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert Change.objects.exists()


def test_rights_given_then_noted_and_nothing_that_tells_who_they_are():
    user = create_user("ada@example.com", name="Ada Lovelace")
    user.groups.add(Group.objects.create(name="Door"))
    user.is_staff = True
    user.save()

    assert Change.objects.filter(table="accounts_user_groups", after__user_id=user.pk).exists()
    kept = str(list(Change.objects.filter(table="accounts_user").values()))
    assert "is_staff" in kept
    assert "Ada" not in kept
    assert "ada@example.com" not in kept


def test_form_of_the_office_then_the_history_page_says_who_what_and_why(client):
    theater = create_theater("Rialto")
    manager = create_staff("theaters.view_seatcategory", "theaters.change_seatcategory", name="Ruben")
    category = theater.seat_categories.create(name="Stalls")
    client.force_login(manager)
    page = reverse("admin:theaters_seatcategory_change", args=[category.pk])
    assert 'name="_why"' in client.get(page).text

    client.post(page, {"name": "Parquet", "look": "standard", "order": 0, "_why": "So it stands on the wall"})

    told = client.get(reverse("admin:theaters_seatcategory_history", args=[category.pk])).text
    for word in ("Stalls", "Parquet", "Ruben", "So it stands on the wall"):
        assert word in told


def history(client, user, obj):
    client.force_login(user)
    return client.get(reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_history", args=[obj.pk])).text


def test_seats_kept_by_the_house_then_the_history_names_those_that_came_and_went_at_once(client):
    layout = create_layout()
    kept = HouseSeats.objects.create(layout=layout, reason="Wardens")
    seats = layout.seats.order_by("pk")
    kept.seats.set(seats[:3])
    kept.seats.remove(seats[0])
    told = history(client, create_member(layout.screen.theater, "manager"), kept)

    assert told.count("<td>A1, A2, A3</td>") == 1
    assert "<td>A1</td><td>–</td>" in told


def test_rights_of_a_group_and_movies_of_a_code_then_the_history_names_them(client):
    showtime, boss = create_showtime(), create_staff(is_superuser=True)
    code = create_promo_code(showtime.theater, movies=[showtime.movie])
    group = Group.objects.create(name="Door")
    permission = Permission.objects.get(codename="check_in_ticket")
    group.permissions.add(permission)
    boss.groups.add(group)

    assert str(showtime.movie) in history(client, boss, code)
    assert str(permission) in history(client, boss, group)
    assert "<td>Door</td>" in history(client, boss, boss)


def test_times_then_by_the_clock_of_the_theater_also_of_what_only_leads_to_one(client):
    layout = create_layout(create_screen(create_theater("Sakura", time_zone="Asia/Tokyo")))
    starts_at = datetime(2026, 5, 1, 20, tzinfo=UTC)
    outage = SeatOutage.objects.create(seat=layout.seats.first(), reason="Torn", starts_at=starts_at)
    noted = Change.objects.of(outage).get().at
    boss = create_staff(is_superuser=True)
    LogEntry.objects.log_actions(boss.pk, [outage], ADDITION, change_message="Seen")
    told, of_a_movie = history(client, boss, outage), history(client, boss, create_movie())

    assert "Times are by the clock of Sakura." in told
    assert "Sat 2 May 2026, 05:00" in told
    assert f"{noted.astimezone(layout.screen.theater.zone):%H:%M:%S}, by" in told
    assert "Times are in UTC." in of_a_movie


def test_who_may_not_see_the_team_then_reads_nothing_of_it_in_the_history(client):
    theater = create_theater("Rialto")
    owner, programmer = (create_member(theater, role, name=role.title()) for role in ("owner", "programmer"))
    theater.holidays.create(day="2026-12-25", name="Christmas")

    assert "Programmer" in history(client, owner, theater)
    told = history(client, programmer, theater)
    assert "Christmas" in told
    assert ("Membership" in told, "member of the team" in told.lower()) == (False, False)


def test_credit_city_and_trouble_then_their_changes_are_noted():
    theater, movie = create_theater(), create_movie()
    credit = movie.credits.create(role="cast", name="Ilse")
    trouble = Trouble.objects.create(kind="dispute", about="du_1", words="Answer it.")
    Trouble.objects.update(last_seen_at=trouble.last_seen_at + timedelta(days=1))
    Trouble.objects.update(settled_at=trouble.last_seen_at)
    City.objects.update(name="Bonn")
    credit.delete()

    assert Change.objects.of(trouble).count() == 1
    assert Change.objects.of(theater.city).first().after["name"] == "Bonn"
    assert Change.objects.of(movie, (Credit, "movie_id")).first().before["name"] == "Ilse"
