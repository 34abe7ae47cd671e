"""What the search knows of a movie and its people: words, and trigrams that forgive typing errors.

The columns are PostgreSQL's own, generated from the names, so that no list of movies ever reads them.
Bodies in the SQL standard's form keep their names when a dump is restored, whatever its search_path.
"""

from django.db import migrations

from accounts.history import watch

# Without case, accents and punctuation; NFKD parts é into e and its accent.
FOLDED = r"""
CREATE FUNCTION movies_folded(words text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN btrim(regexp_replace(
    translate(
        replace(replace(replace(
            regexp_replace(lower(normalize(words, NFKD)), '[\u0300-\u036F]', '', 'g'),
        'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'),
    'øłđðı', 'olddi'),
    '[\u0001-\u002F\u003A-\u0040\u005B-\u0060\u007B-\u00BF\u2000-\u206F\u3000-\u303F]+', ' ', 'g'))
"""
# The letters of each trigram in alphabetical order, so that two that changed places stay the same.
TRIGRAMS = r"""
CREATE FUNCTION movies_trigrams(words text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY(
    SELECT DISTINCT (
        SELECT string_agg(letter, '' ORDER BY letter COLLATE "C")
        FROM unnest(string_to_array(substr('  ' || word || ' ', place, 3), NULL)) AS letter
    )
    FROM unnest(string_to_array(movies_folded(words), ' ')) AS word,
    LATERAL generate_series(1, length(word) + 1) AS place
    WHERE word <> ''
)
"""


def searchable(table: str, names: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"""
        ALTER TABLE {table}
            ADD COLUMN search_words tsvector
                GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, movies_folded({names}))) STORED,
            ADD COLUMN search_trigrams text[] GENERATED ALWAYS AS (movies_trigrams({names})) STORED;
        CREATE INDEX {table}_words ON {table} USING gin (search_words);
        CREATE INDEX {table}_trigrams ON {table} USING gin (search_trigrams);
        """,
        f"ALTER TABLE {table} DROP COLUMN search_trigrams, DROP COLUMN search_words",
    )


def watch_without_search(table: str) -> list[migrations.RunSQL]:
    """What follows from the names is no change of its own."""
    before, after = watch(table), watch(table, without="search_words search_trigrams")
    return [migrations.RunSQL(before.reverse_sql, before.sql), after]


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_watch_credits_cities_and_troubles"),
        ("movies", "0004_defaults_for_the_version_before"),
    ]

    operations = [
        migrations.RunSQL(FOLDED, "DROP FUNCTION movies_folded(text)"),
        migrations.RunSQL(TRIGRAMS, "DROP FUNCTION movies_trigrams(text)"),
        searchable("movies_movie", "title || ' ' || original_title"),
        searchable("movies_credit", "name"),
        *watch_without_search("movies_movie"),
        *watch_without_search("movies_credit"),
    ]
