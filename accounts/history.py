"""Who changed what, from what to what, and why: `Change` rows, written by triggers.

Triggers see what no save() does: bulk updates, a worker, somebody with psql. `watch` puts a table under them in a
migration; the middleware tells the database who is speaking when staff send a form.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, connection
from django.db.migrations import RunSQL

OFFICE = ("/admin/", "/door/", "/box-office/")
LONGEST_WHY = 200

NOTE_CHANGES = RunSQL(
    """
    CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        was jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - coalesce(TG_ARGV, '{}') END;
        becomes jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - coalesce(TG_ARGV, '{}') END;
    BEGIN
        IF was IS DISTINCT FROM becomes THEN
            INSERT INTO accounts_change (at, "table", row, before, after, by, why)
            VALUES (clock_timestamp(), TG_TABLE_NAME, (coalesce(becomes, was) ->> 'id')::bigint, was, becomes,
                nullif(current_setting('moviebooking.by', true), '')::bigint,
                coalesce(current_setting('moviebooking.why', true), ''));
        END IF;
        RETURN NULL;
    END $$;

    CREATE FUNCTION refuse_to_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'The history is not rewritten.';
    END $$;

    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON accounts_change
        FOR EACH ROW EXECUTE FUNCTION refuse_to_rewrite();
    """,
    """
    DROP TRIGGER append_only ON accounts_change;
    DROP FUNCTION refuse_to_rewrite();
    DROP FUNCTION note_change();
    """,
)


def watch(table: str, *, without: str = "", events: str = "INSERT OR UPDATE OR DELETE") -> RunSQL:
    """A migration's step: every change of the table's rows is noted, `without` these columns (by blanks)."""
    columns = ", ".join(f"'{column}'" for column in without.split())
    return RunSQL(
        f"CREATE TRIGGER note_change AFTER {events} ON {table} FOR EACH ROW EXECUTE FUNCTION note_change({columns})",
        f"DROP TRIGGER note_change ON {table}",
    )


def history(get_response):
    """Middleware: what staff send by a form of the office is noted under their name, with their `_why`."""

    def middleware(request):
        if request.method in ("GET", "HEAD") or not request.path.startswith(OFFICE) or not is_staff(request):
            return get_response(request)
        # A NUL is refused in words further on; the database would break at it.
        with speaking(by=request.user.pk, why=request.POST.get("_why", "").replace("\0", "")):
            return get_response(request)

    return middleware


def is_staff(request) -> bool:
    try:
        return request.user.is_staff
    except Error:  # the view will meet it, too, and answers in words
        return False


@contextmanager
def speaking(*, by: int, why: str = "") -> Iterator[None]:
    """Changes of this connection are this person's, until the block ends."""
    tell_database(str(by), why.strip()[:LONGEST_WHY])
    try:
        yield
    finally:
        try:
            tell_database("", "")
        except Error:  # it forgets with its line
            connection.close()


def tell_database(by: str, why: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('moviebooking.by', %s, false), set_config('moviebooking.why', %s, false)", [by, why]
        )
