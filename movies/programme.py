"""The version of the programme: how many statements have changed what pages tell everybody, as far as is committed.

Triggers count, so that none is missed: bulk updates, the worker, somebody with psql. Each adds a row of its own, which
nobody waits for, and whose commit is what makes it count: however transactions overtake each other, the sum is never
again what it was.
"""

from django.db import connection
from django.db.migrations import RunSQL

# Below that a sum is as quick as reading one row.
WORTH_FOLDING = 100

COUNT_CHANGES = RunSQL(
    """
    CREATE TABLE programme_changes (count bigint NOT NULL DEFAULT 1);

    CREATE FUNCTION count_programme_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO programme_changes DEFAULT VALUES;
        RETURN NULL;
    END $$;
    """,
    """
    DROP FUNCTION count_programme_change();
    DROP TABLE programme_changes;
    """,
)


def part_of_programme(table: str, *, column: str = "") -> RunSQL:
    """A migration's step: pages tell everybody of this table, or only of this `column` of its rows."""
    if column:
        when = f"UPDATE ON {table} FOR EACH ROW WHEN (OLD.{column} IS DISTINCT FROM NEW.{column})"
    else:
        when = f"INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT"
    return RunSQL(
        f"CREATE TRIGGER count_programme_change AFTER {when} EXECUTE FUNCTION count_programme_change()",
        f"DROP TRIGGER count_programme_change ON {table}",
    )


def version() -> int:
    """The same number: no page that is made of the programme alone has changed. One query.

    Keep nothing under it inside a transaction that changes the programme: rolled back, its number comes again.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(count), 0)::bigint FROM programme_changes")
        return cursor.fetchone()[0]


def fold_changes() -> None:
    """Many rows become one of the same sum, in one statement; whoever reads or writes meanwhile does not notice."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH folded AS (
                DELETE FROM programme_changes
                WHERE (SELECT count(*) FROM programme_changes) > %s RETURNING count
            )
            INSERT INTO programme_changes SELECT sum(count) FROM folded HAVING count(*) > 0
            """,
            [WORTH_FOLDING],
        )
