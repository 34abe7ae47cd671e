"""While a new version comes up, the one before goes on selling on the same tables."""

import pytest
from django.db import connection
from django.db.migrations import AddField, CreateModel
from django.db.migrations.loader import MigrationLoader

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
