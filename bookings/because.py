"""Movies for somebody by what they have seen, and why: one query that tells, one that fetches.

Whoever has switched it off is not looked at. What others saw counts only where so many of them did that nobody is
recognised, and only the latest bookings of a few movies are read, so that it costs the same in a large house.
"""

from dataclasses import dataclass

from django.db import connection

from movies.models import Movie

MOST_SEEN = 10
MOST_CROWDS = 3
MOST_BOOKINGS_EACH = 200
FEWEST_PEOPLE = 5

# Weights: a director says most about a movie, a language of few movies least; all ties of two movies count together.
SQL = """
WITH seen AS (
    SELECT showtime.movie_id, max(showtime.starts_at) AS seen_at
    FROM bookings_booking booking JOIN theaters_showtime showtime ON showtime.id = booking.showtime_id
    WHERE booking.user_id = %(user)s AND booking.status = 'confirmed' AND showtime.status = 'published'
        AND showtime.ends_at <= now()
    GROUP BY showtime.movie_id ORDER BY seen_at DESC LIMIT %(most_seen)s
), known AS (
    SELECT showtime.movie_id
    FROM bookings_booking booking JOIN theaters_showtime showtime ON showtime.id = booking.showtime_id
    WHERE booking.user_id = %(user)s AND booking.status IN ('confirmed', 'pending')
    UNION SELECT movie_id FROM movies_review WHERE user_id = %(user)s
), on_sale AS (
    SELECT showtime.movie_id, bool_or(%(city)s = '' OR city.slug = %(city)s) AS is_here
    FROM theaters_showtime showtime
    JOIN theaters_screen screen ON screen.id = showtime.screen_id
    JOIN theaters_theater theater ON theater.id = screen.theater_id
    JOIN theaters_city city ON city.id = theater.city_id
    WHERE showtime.status = 'published' AND showtime.is_listed AND showtime.sales_close_at > now()
        AND showtime.starts_at > now() - interval '1 day'
    GROUP BY showtime.movie_id
), offered AS (
    SELECT movie.id, movie.language_id
    FROM movies_movie movie LEFT JOIN on_sale ON on_sale.movie_id = movie.id
    WHERE coalesce(on_sale.is_here, movie.release_on > current_date)
        AND movie.id NOT IN (SELECT movie_id FROM known) AND movie.id <> %(but)s
), people AS (
    SELECT DISTINCT recent.movie_id, latest.user_id
    FROM (SELECT movie_id FROM seen ORDER BY seen_at DESC LIMIT %(most_crowds)s) recent CROSS JOIN LATERAL (
        SELECT booking.user_id
        FROM theaters_showtime showtime JOIN bookings_booking booking ON booking.showtime_id = showtime.id
        JOIN accounts_user customer ON customer.id = booking.user_id AND customer.uses_history
        WHERE showtime.movie_id = recent.movie_id AND booking.status = 'confirmed' AND booking.user_id <> %(user)s
        ORDER BY showtime.starts_at DESC LIMIT %(most_bookings)s
    ) latest
), ties AS (
    SELECT seen.movie_id AS because, offered.id AS movie, theirs.role AS why, theirs.name AS what,
        CASE theirs.role WHEN 'director' THEN 8 ELSE 5 END AS weight
    FROM seen
    JOIN movies_credit ours ON ours.movie_id = seen.movie_id AND ours.role IN ('director', 'cast')
    JOIN movies_credit theirs ON theirs.name = ours.name AND theirs.role = ours.role
    JOIN offered ON offered.id = theirs.movie_id
    UNION ALL
    SELECT people.movie_id, offered.id, 'crowd', '', 6
    FROM people
    CROSS JOIN LATERAL ( -- by the index of each, however many the statistics take them for
        SELECT showtime_id FROM bookings_booking
        WHERE user_id = people.user_id AND status = 'confirmed' ORDER BY created_at DESC LIMIT %(most_bookings)s
    ) booking
    JOIN theaters_showtime showtime ON showtime.id = booking.showtime_id
    JOIN offered ON offered.id = showtime.movie_id
    GROUP BY people.movie_id, offered.id HAVING count(DISTINCT people.user_id) >= %(fewest_people)s
    UNION ALL
    SELECT seen.movie_id, offered.id, 'genre', genre.name, 2
    FROM seen
    JOIN movies_movie_genres ours ON ours.movie_id = seen.movie_id
    JOIN movies_movie_genres theirs ON theirs.genre_id = ours.genre_id
    JOIN movies_genre genre ON genre.id = theirs.genre_id
    JOIN offered ON offered.id = theirs.movie_id
    UNION ALL
    SELECT seen.movie_id, offered.id, 'language', language.name, 1
    FROM seen
    JOIN movies_movie movie ON movie.id = seen.movie_id
    JOIN offered ON offered.language_id = movie.language_id
    JOIN movies_language language ON language.id = movie.language_id
    WHERE 4 * (SELECT count(*) FROM offered other WHERE other.language_id = movie.language_id)
        <= (SELECT count(*) FROM offered)
), best AS (
    SELECT DISTINCT ON (movie) movie, because, why, what, sum(weight) OVER (PARTITION BY movie, because) AS together
    FROM ties JOIN seen ON seen.movie_id = ties.because
    ORDER BY movie, together DESC, weight DESC, seen_at DESC, what
)
SELECT movie, because, why, what FROM best ORDER BY together DESC, movie DESC LIMIT %(most)s
"""


@dataclass(frozen=True)
class Suggestion:
    """`why` is director, cast, crowd, genre or language; `what` its name; `because` the movie they have seen."""

    movie: Movie
    because: Movie
    why: str
    what: str


def suggest(user, *, city: str = "", but: Movie | None = None, most: int = 4) -> list[Suggestion]:
    """The best first. Only what is on sale in the city (its slug), or coming and not on sale anywhere yet, and that
    they have neither booked nor reviewed; nothing for strangers and for who does not want it."""
    if not user.is_authenticated or not user.uses_history:
        return []
    words = {"user": user.pk, "city": city, "but": but.pk if but else 0, "most": most}
    limits = {"most_seen": MOST_SEEN, "most_crowds": MOST_CROWDS, "most_bookings": MOST_BOOKINGS_EACH}
    limits |= {"fewest_people": FEWEST_PEOPLE}
    with connection.cursor() as cursor:
        cursor.execute(SQL, words | limits)
        found = cursor.fetchall()
    if not found:
        return []
    movies = Movie.objects.for_cards().in_bulk({pk for movie, because, *_words in found for pk in (movie, because)})
    return [Suggestion(movies[movie], movies[because], why, what) for movie, because, why, what in found]
