"""While a new version comes up, the one before goes on selling on the same tables."""

from importlib import import_module

import pytest
from django.db import connection
from django.db.migrations import AddField, AddIndex, CreateModel
from django.db.migrations.loader import MigrationLoader

from bookings.models import Refund
from tests.bookings.counter_steps import sell
from tests.factories import create_showtime, create_staff

pytestmark = pytest.mark.django_db
APPS = {"accounts", "movies", "theaters", "bookings"}


def columns_added_later():
    """(table, column) of each field that came to a table which a version before had already."""
    migrations = [migration for key, migration in MigrationLoader(connection).disk_migrations.items() if key[0] in APPS]
    for migration in migrations:
        new_here = {operation.name_lower for operation in migration.operations if isinstance(operation, CreateModel)}
        for operation in migration.operations:
            if isinstance(operation, AddField) and operation.model_name_lower not in new_here:
                for column in (operation.name, f"{operation.name}_id"):
                    yield f"{migration.app_label}_{operation.model_name_lower}", column


def columns_the_version_before_cannot_fill():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'"
        )
        return set(cursor.fetchall())


def test_columns_that_came_later_then_the_version_before_can_still_insert():
    assert sorted(columns_the_version_before_cannot_fill() & set(columns_added_later())) == []


# There was little in these tables yet.
BUILT_UNDER_LOCK = {
    ("bookings", "0004_forget_people_and_note_doors"),
    ("bookings", "0011_reports"),
}


def test_index_of_a_table_that_was_there_then_sales_go_on_while_it_is_built():
    found = set()
    for key, migration in MigrationLoader(connection).disk_migrations.items():
        new_here = {operation.name_lower for operation in migration.operations if isinstance(operation, CreateModel)}
        indexed = {step.model_name_lower for step in migration.operations if type(step) is AddIndex}
        if key[0] in APPS and indexed - new_here:
            found.add(key)

    assert found == BUILT_UNDER_LOCK


def test_refund_was_sent_again_before_they_were_linked_then_it_stands_for_the_failed_one():
    booking = sell(create_staff(is_superuser=True), create_showtime(), "A1", "A2", tender="card_terminal")
    old = {"payment": booking.paid_with, "currency": "EUR", "reason": "customer"}
    failed = Refund.objects.create(**old, amount=5, status="failed", stripe_id="re_1")
    again = Refund.objects.create(**old, amount=5, status="succeeded", stripe_id="re_2")
    other = Refund.objects.create(**old, amount=3, status="succeeded", stripe_id="re_3")

    with connection.cursor() as cursor:
        cursor.execute(import_module("bookings.migrations.0013_replaced_refunds_and_cash_keys").LINK)

    links = Refund.objects.order_by("pk").values_list("pk", "instead_of")
    assert list(links) == [(failed.pk, None), (again.pk, failed.pk), (other.pk, None)]


@pytest.mark.django_db(transaction=True)
def test_migration_broken_off_between_its_indexes_then_the_next_run_builds_them():
    loader = MigrationLoader(connection)
    before = loader.project_state(("bookings", "0011_reports"))

    with connection.schema_editor(atomic=False) as editor:
        loader.get_migration("bookings", "0012_find_adjusted_prices").apply(before, editor)

    with connection.cursor() as cursor:
        names = ["booked_seat_adjusted", "booking_adjusted"]
        cursor.execute(
            "SELECT count(*) FROM pg_index WHERE indisvalid AND indexrelid::regclass::text = ANY(%s)", [names]
        )
        assert cursor.fetchone() == (2,)
