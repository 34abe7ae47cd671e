"""The database notes every change of what matters, with who and why, and lets nobody rewrite it."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from accounts.history import speaking
from accounts.models import Change
from tests.factories import create_showtime, create_staff, create_theater, create_user
from theaters.models import Price, Showtime

pytestmark = pytest.mark.django_db
# What is not under watch, and why not.
NOT_WATCHED = {
    "accounts_change",  # the history itself
    "accounts_session",  # who is signed in is nobody's business later
    "movies_credit",
    "movies_genre",
    "movies_language",
    "movies_movie_genres",
    "theaters_city",
    "bookings_filmweekreturn",  # cannot be rewritten itself
    "bookings_reportsubscription",  # a mail that staff have asked for
    "bookings_reportmail",
    "bookings_doorscan",  # each is a record of its own
    "bookings_inspection",
    "bookings_mail",
    "bookings_showtimecancellation",
    "bookings_stripeevent",
    "bookings_trouble",
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
