"""Movies by what people type: names as they are written first, then those that look alike.

The words and trigrams of titles and people are generated columns (migration 0005), known to PostgreSQL only.
"""

from dataclasses import dataclass
from math import ceil

from django.db import connection

LONGEST = 60
AT_MOST = 200
WORDS = 8
# How much of what was typed a name must share: one wrong or missing letter, or two that changed places.
ALIKE = 0.55
FEWEST = 4

FIND = """
WITH named AS NOT MATERIALIZED (
    SELECT id AS movie, title AS name, false AS is_person, search_words, search_trigrams FROM movies_movie
    UNION ALL
    SELECT movie_id, name, true, search_words, search_trigrams FROM movies_credit
), called AS (
    SELECT movie FROM unnest(%(words)s::text[]) AS word
    JOIN named ON search_words @@ to_tsquery('simple', word || ':*')
    GROUP BY movie HAVING count(DISTINCT word) = cardinality(%(words)s::text[])
), alike AS (
    SELECT movie, name, is_person, cardinality(search_trigrams) AS size, (
        SELECT count(*) FROM unnest(search_trigrams) AS one WHERE one = ANY (%(trigrams)s::text[])
    ) AS shared
    FROM named WHERE search_trigrams && %(telling)s::text[]
), best AS (
    SELECT DISTINCT ON (movie) movie, name, is_person,
        shared::float / cardinality(%(trigrams)s::text[]) AS share, shared::float / size AS of_it
    FROM alike ORDER BY movie, share DESC, is_person, of_it DESC
)
SELECT movie, called.movie IS NOT NULL AS is_called_so, CASE WHEN is_person THEN name ELSE '' END AS person
FROM best FULL JOIN called USING (movie)
WHERE called.movie IS NOT NULL OR share >= %(alike)s
ORDER BY is_called_so DESC, share DESC NULLS LAST, of_it DESC, movie
LIMIT %(at_most)s
"""


@dataclass(frozen=True)
class Hit:
    """A movie's id, whether its names hold every word that was typed, and who in it looks most like them."""

    movie: int
    is_called_so: bool
    person: str


def telling(trigrams: list[str]) -> list[str]:
    """Who shares enough of them shares at least one of these; few names do, as the beginnings of words are left out."""
    needed = ceil(ALIKE * len(trigrams))
    return sorted(trigrams, key=lambda trigram: trigram.count(" "))[: len(trigrams) - needed + 1]


def find(q: str, at_most: int = AT_MOST) -> list[Hit]:
    """The movies whose titles or people are called so, best first, then those called nearly so."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_to_array(movies_folded(%(q)s), ' '), movies_trigrams(%(q)s)", {"q": q[:LONGEST]})
        words, trigrams = cursor.fetchone()
        words = list(dict.fromkeys(filter(None, words)))[:WORDS]
        if not words:
            return []
        # Everything looks like a single letter or two.
        alike = ALIKE if len(trigrams) >= FEWEST else 2
        question = {"words": words, "trigrams": trigrams, "telling": telling(trigrams)}
        cursor.execute(FIND, question | {"alike": alike, "at_most": at_most})
        return [Hit(*row) for row in cursor.fetchall()]
