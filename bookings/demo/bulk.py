"""Writing millions of rows: the tables lay down their indexes and foreign keys, and take them up again in the end.

All in the caller's transaction. When the keys come back PostgreSQL looks at every row once, so nothing gets by them,
and it is several times quicker than asking for each row. Until the commit nobody else reads or writes these tables.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

# Primary keys stay, as other tables point at them, and so do checks, which cost nothing.
CONSTRAINTS = """
    SELECT format('%%s DROP CONSTRAINT %%I', place, conname),
        format('%%s ADD CONSTRAINT %%I %%s', place, conname, pg_get_constraintdef(con.oid))
    FROM pg_constraint AS con, format('ALTER TABLE %%s', conrelid::regclass) AS place
    WHERE conrelid::regclass::text = ANY(%(tables)s) AND contype IN ('f', 'u', 'x')
"""
INDEXES = """
    SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)
    FROM pg_index WHERE indrelid::regclass::text = ANY(%(tables)s)
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
"""
WATCHED = """
    SELECT format('ALTER TABLE %%s DISABLE TRIGGER %%I', place, tgname),
        format('ALTER TABLE %%s ENABLE TRIGGER %%I', place, tgname)
    FROM pg_trigger, format('%%s', tgrelid::regclass) AS place
    WHERE tgname = 'note_change' AND place = ANY(%(tables)s)
"""
PATIENCE = """
    SET LOCAL statement_timeout = 0;
    SET LOCAL work_mem = '64MB';
    SET LOCAL maintenance_work_mem = '256MB';
"""


@contextmanager
def bare(tables: list[str]) -> Iterator[None]:
    """No index, no foreign key and no history of rows while it lasts: an invented past is no change anybody has made.

    Raises OperationalError where somebody is at work in these tables.
    """
    connection.check_constraints()  # what was written before is still to be looked at, or nothing could be altered
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
        cursor.execute(PATIENCE)
        laid_down, taken_up = [], []
        for question in (CONSTRAINTS, INDEXES, WATCHED):
            cursor.execute(question, {"tables": tables})
            pairs = cursor.fetchall()
            laid_down += [down for down, _up in pairs]
            taken_up = [up for _down, up in pairs] + taken_up  # keys last
        run(cursor, laid_down)
        yield
        run(cursor, taken_up)


def run(cursor, statements):
    for statement in statements:
        cursor.execute(statement)


def copy_rows(table: str, columns: dict, rows) -> None:
    """A temporary table, {column: type}, filled by COPY; it goes with the transaction.

    `rows` asks the database nothing while it is read: the connection is taken.
    """
    described = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {table} ({described}) ON COMMIT DROP")
        with cursor.copy(f"COPY {table} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(f"ANALYZE {table}")
