from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from movies.models import Credit
from tests.factories import (
    create_city,
    create_genre,
    create_language,
    create_layout,
    create_movie,
    create_screen,
    create_showtime,
    create_theater,
    zone_where_it_is,
)

pytestmark = pytest.mark.django_db


def queries_of(client, url):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def titles(response, name="page"):
    return [movie.title for movie in response.context[name]]


def show_many(count, layout=None, **fields):
    """So many movies, each with a genre, a language and a showtime, all in one room."""
    layout = layout or create_layout()
    zone = layout.screen.theater.zone
    morning = datetime.combine(timezone.localdate() + timedelta(days=2), time(6), zone).astimezone(UTC)
    for n in range(count):
        movie = create_movie(language=create_language())
        movie.genres.add(create_genre())
        create_showtime(layout=layout, movie=movie, starts_at=morning + timedelta(hours=3 * n), **fields)
    return layout


def in_days(days, theater, hour=20):
    day = timezone.now().astimezone(theater.zone).date() + timedelta(days=days)
    return datetime.combine(day, time(hour), theater.zone)


# --- home -------------------------------------------------------------------------------------------


def test_home_lists_what_is_on_and_links_to_the_seats(client):
    showtime = create_showtime(movie=create_movie("Nachtzug"))

    response = client.get("/")

    assert titles(response, "movies") == ["Nachtzug"]
    assert f'href="/showtimes/{showtime.pk}/seats/"' in response.text


def test_home_lists_what_is_coming_with_its_date(client):
    opening = timezone.localdate() + timedelta(days=30)
    create_movie("Morgen", release_on=opening)

    response = client.get("/")

    assert titles(response, "coming_soon") == ["Morgen"]
    assert f"From {opening:%-d %B %Y}" in response.text


def test_home_keeps_to_the_chosen_city(client):
    create_showtime(movie=create_movie("In Berlin"))
    create_showtime(movie=create_movie("In Hamburg"), theater=create_theater(city=create_city("Hamburg")))
    client.post("/city/", {"city": "hamburg"})

    response = client.get("/")

    assert titles(response, "movies") == ["In Hamburg"]
    assert "Now showing in Hamburg" in response.text


def test_home_in_a_city_without_showtimes_offers_all_cities(client):
    create_city("Kiel")
    client.post("/city/", {"city": "kiel"})

    assert "Look in all cities" in client.get("/").text


@pytest.mark.parametrize("url", ["/", "/?date={day}"])
def test_home_asks_as_much_for_fifty_movies_as_for_five(client, url):
    layout = show_many(5)
    url = url.format(day=layout.showtimes.first().business_date)
    for_five = queries_of(client, url)
    show_many(45, create_layout(create_screen(layout.screen.theater)))

    assert queries_of(client, url) == for_five <= 11


def test_home_begins_with_what_shows_soonest(client):
    theater = create_theater()
    create_showtime(theater=theater, movie=create_movie("A later one"), starts_at=in_days(3, theater))
    create_showtime(theater=theater, movie=create_movie("Tomorrow's"), starts_at=in_days(1, theater))

    assert titles(client.get("/"), "movies") == ["Tomorrow's", "A later one"]


def test_home_of_a_day_shows_only_its_movies_and_times(client):
    theater, movie = create_theater(), create_movie("Nachtzug")
    create_showtime(theater=theater, movie=movie, starts_at=in_days(1, theater))
    then = create_showtime(theater=theater, movie=movie, starts_at=in_days(2, theater))
    create_showtime(theater=theater, movie=create_movie("Another"), starts_at=in_days(1, theater))

    response = client.get(f"/?date={then.business_date}")

    (card,) = response.context["movies"]
    assert (card, card.next_showtimes) == (movie, [then])
    assert f"{then.business_date:%A %-d %B}</h1>" in response.text
    assert f'href="/movies/{movie.slug}/?date={then.business_date}"' in response.text


def test_home_leads_to_each_of_the_next_seven_days(client):
    theater = create_theater()
    shown = [create_showtime(theater=theater, starts_at=in_days(n, theater)) for n in range(1, 10)]

    response = client.get("/")

    days = [showtime.business_date for showtime in shown[:7]]
    assert response.context["days"] == days
    assert [f'href="?date={day}"' in response.text for day in days] == [True] * 7


@pytest.mark.parametrize("date", ["soon", "2020-01-01"])
def test_home_of_an_impossible_day_shows_what_comes_next_and_says_so(client, date):
    create_showtime(movie=create_movie("Nachtzug"))

    response = client.get(f"/?date={date}")

    assert titles(response, "movies") == ["Nachtzug"]
    assert "These are the next ones." in response.text


def test_home_says_today_where_one_clock_goes_and_only_the_date_where_several_do(client):
    theater = create_theater(time_zone=zone_where_it_is(12))
    create_showtime(theater=theater, starts_at=timezone.now() + timedelta(minutes=30))
    assert '<span class="day-tab__name">Today</span>' in client.get("/").text

    create_showtime(theater=create_theater(time_zone=zone_where_it_is(10)))
    assert '<span class="day-tab__name">Today</span>' not in client.get("/").text


def test_home_says_sold_out_in_words_and_leads_to_the_waiting_list(client):
    showtime = create_showtime(layout=create_layout(rows="A", seats=2))
    showtime.layout.seats.update(is_blocked=True)

    text = client.get("/").text

    assert "Sold out" in text
    assert f'href="/showtimes/{showtime.pk}/seats/?waiting=1#waiting"' in text
    assert text.count(f"/showtimes/{showtime.pk}/") == 1


def test_home_says_in_which_language_a_movie_is_where_it_is_not_its_own(client):
    japanese, german = create_language("Japanese", "ja"), create_language("German", "de")
    theater, movie = create_theater(), create_movie(language=japanese)
    showtimes = [{"audio_language": german}, {"audio_language": japanese, "subtitle_language": german}]
    for days, fields in enumerate(showtimes, start=1):
        create_showtime(theater=theater, movie=movie, starts_at=in_days(days, theater), **fields)

    text = client.get("/").text

    assert "Original: Japanese" in text
    assert '<span class="showtime__line"><bdi>German</bdi></span>' in text
    assert '<span class="showtime__line"><bdi>Japanese</bdi>, German subtitles</span>' in text


def test_home_says_when_the_sale_begins(client):
    create_showtime(on_sale_from=timezone.now() + timedelta(hours=1))

    assert "On sale from" in client.get("/").text


def test_a_movie_without_poster_gets_a_tile_with_its_title(client):
    create_showtime(movie=create_movie("Ohne Bild"))

    assert '<span class="poster__title">Ohne Bild</span>' in client.get("/").text


# --- browse -----------------------------------------------------------------------------------------


def test_browse_lists_what_shows_before_what_comes(client):
    create_movie("A later one", release_on=timezone.localdate() + timedelta(days=9))
    create_movie("An old one", release_on=timezone.localdate() - timedelta(days=900))
    create_showtime(movie=create_movie("Nachtzug"))

    assert titles(client.get("/movies/")) == ["Nachtzug", "A later one"]


def test_browse_finds_old_movies_by_name_and_by_the_people_in_them(client):
    movie = create_movie("An old one", release_on="2001-01-01")
    Credit.objects.create(movie=movie, role=Credit.Role.CAST, name="Ida Lupine")

    assert titles(client.get("/movies/?q=OLD")) == ["An old one"]
    assert titles(client.get("/movies/?q=lupine")) == ["An old one"]


def test_browse_filters_by_genre(client):
    drama, comedy = create_movie("Sad"), create_movie("Funny")
    drama.genres.add(create_genre("Drama"))
    comedy.genres.add(create_genre("Comedy"))
    create_showtime(movie=drama)
    create_showtime(movie=comedy)

    assert titles(client.get("/movies/?genre=comedy")) == ["Funny"]


def test_browse_filters_by_the_language_spoken_in_the_showtime(client):
    english, german = create_language(), create_language("German", "de")
    create_showtime(movie=create_movie("Dubbed", language=english), audio_language=german, format="3d")
    create_showtime(movie=create_movie("Original", language=english), format="3d")

    assert titles(client.get("/movies/?language=de")) == ["Dubbed"]
    assert titles(client.get("/movies/?language=en&format=3d")) == ["Original"]


def test_browse_filters_must_be_met_by_one_showtime(client):
    theater, movie = create_theater(), create_movie("Nachtzug")
    tomorrow, later = in_days(1, theater), in_days(3, theater)
    create_showtime(theater=theater, movie=movie, starts_at=tomorrow, format="imax")
    create_showtime(theater=theater, movie=movie, starts_at=later, format="2d")

    assert titles(client.get(f"/movies/?format=imax&date={tomorrow:%Y-%m-%d}")) == ["Nachtzug"]
    assert titles(client.get(f"/movies/?format=imax&date={later:%Y-%m-%d}")) == []


def test_browse_shows_only_showtimes_that_meet_the_filters(client):
    theater, movie = create_theater(), create_movie()
    create_showtime(theater=theater, movie=movie, starts_at=in_days(1, theater))
    imax = create_showtime(theater=theater, movie=movie, starts_at=in_days(2, theater), format="imax")

    (card,) = client.get("/movies/?format=imax").context["page"]

    assert card.next_showtimes == [imax]


def test_browse_begins_in_the_chosen_city_and_the_address_overrules_it(client):
    create_showtime(movie=create_movie("In Berlin"))
    create_showtime(movie=create_movie("In Hamburg"), theater=create_theater(city=create_city("Hamburg")))
    client.post("/city/", {"city": "hamburg"})

    assert titles(client.get("/movies/")) == ["In Hamburg"]
    assert titles(client.get("/movies/?city=berlin")) == ["In Berlin"]
    assert titles(client.get("/movies/?city=")) == ["In Berlin", "In Hamburg"]


def test_browse_says_how_many_movies_each_choice_leaves(client):
    show_many(2, format="3d")
    show_many(1, format="imax")

    labels = dict(client.get("/movies/").context["form"].fields["format"].choices)

    assert labels == {"": "All formats", "3d": "3D (2)", "imax": "IMAX (1)"}


@pytest.mark.parametrize(
    "query",
    ["date=soon", "date=2026-02-30", "page=999", "page=x", "genre=nope", "language=xx", "format=9d", "city=atlantis"],
)
def test_browse_leaves_out_what_makes_no_sense(client, query):
    create_showtime(movie=create_movie("Nachtzug"))

    response = client.get(f"/movies/?{query}")

    assert response.status_code == 200
    assert titles(response) == ["Nachtzug"]


def test_browse_says_what_it_has_left_out(client):
    assert "We do not know “nope”, so this filter is left out." in client.get("/movies/?genre=nope").text
    assert "This is not a date we understand, so every day is shown." in client.get("/movies/?date=soon").text


@pytest.mark.parametrize(
    ("query", "is_shown"),
    [("", True), ("?genre=drama", True), ("?genre=nonsense", False), ("?page=99", False), ("?q=xyzzyx", False)],
)
def test_browse_of_what_there_is_not_then_search_engines_do_not_show_it(client, query, is_shown):
    movie = create_movie()
    movie.genres.add(create_genre())
    create_showtime(movie=movie)

    text = client.get(f"/movies/{query}").text

    assert ('<meta name="robots" content="noindex">' not in text) == is_shown
    assert ("<title>Movies: Drama" in text) == (query == "?genre=drama")


def test_browse_shows_a_way_out_when_nothing_fits(client):
    response = client.get("/movies/?q=zzz&city=")

    assert "No movie fits all of this" in response.text
    assert 'href="?city="' in response.text


def test_browse_keeps_the_filters_from_page_to_page(client):
    show_many(25, format="3d")

    response = client.get("/movies/?format=3d")

    assert len(titles(response)) == 24
    assert 'rel="next" href="?format=3d&amp;page=2"' in response.text
    assert len(titles(client.get("/movies/?format=3d&page=2"))) == 1


def test_browse_asks_as_much_for_thirty_movies_as_for_one(client):
    layout = show_many(1)
    client.get("/movies/")  # how many could sit together is kept for some seconds
    for_one = queries_of(client, "/movies/?genre=drama&language=en")
    show_many(29, create_layout(create_screen(layout.screen.theater)))
    thirty = queries_of(client, "/movies/?genre=drama&language=en")

    # Pages: the second of them costs nothing more.
    assert thirty == for_one


# --- movie ------------------------------------------------------------------------------------------


def test_movie_shows_its_certificate_with_the_rule_and_when_it_ends(client):
    movie = create_movie("Nachtzug", runtime_minutes=97, certificate="FSK 16", certificate_rule="ID is asked for.")
    showtime = create_showtime(movie=movie)

    text = client.get(f"/movies/{movie.slug}/").text

    assert "ID is asked for." in text
    assert "1 h 37 min" in text
    machine = showtime.local_end.isoformat(timespec="minutes")
    assert f'ends about <time datetime="{machine}">{showtime.local_end:%H:%M}</time>' in text


def test_movie_with_content_advice_then_it_stands_beside_the_certificate(client):
    movie = create_movie(content_advice="Flashing <lights>, strong language")
    plain = create_movie()

    advised = '<b>Content advice:</b> <span dir="auto">Flashing &lt;lights&gt;, strong language</span>'
    assert advised in client.get(f"/movies/{movie.slug}/").text
    assert "Content advice" not in client.get(f"/movies/{plain.slug}/").text


def test_movie_that_shows_nowhere_yet_then_the_certificates_of_all_countries(client):
    movie = create_movie(certificate="FSK 12", certificate_rule="From 12.")
    movie.certificates.create(country="US", code="PG-13", rule="Not recommended under 13.")

    text = client.get(f"/movies/{movie.slug}/").text

    for words in ("FSK 12</span> <bdi>From 12.", "PG-13</span> <bdi>Not recommended under 13."):
        assert words in text


def test_movie_with_an_age_alone_then_that_is_its_certificate(client):
    movie = create_movie(certificate="", certificate_rule="", min_age=16)

    assert "16+</span> <bdi>Nobody under 16 is let in." in client.get(f"/movies/{movie.slug}/").text


def test_movie_shows_what_one_gets_in_words(client):
    movie = create_movie()
    japanese, english = create_language("Japanese", "ja"), create_language()
    create_showtime(
        movie=movie, format="imax-3d", audio_language=japanese, subtitle_language=english, attributes=["captions"]
    )

    text = client.get(f"/movies/{movie.slug}/").text

    for words in ("IMAX 3D", "Japanese", "English subtitles", "Open captions", "Screen 1"):
        assert words in text


def test_movie_shows_the_theaters_time_with_its_offset(client):
    theater = create_theater(time_zone="America/New_York")
    showtime = create_showtime(theater=theater, starts_at=in_days(3, theater, hour=19))

    text = client.get(f"/movies/{showtime.movie.slug}/").text

    machine = showtime.local_start.isoformat(timespec="minutes")
    assert machine.endswith(("T19:00-05:00", "T19:00-04:00"))
    assert f'<time datetime="{machine}">19:00</time>' in text


def test_movie_lists_a_show_after_midnight_under_the_evening_before(client):
    theater = create_theater()
    midnight = in_days(4, theater, hour=0) + timedelta(minutes=10)
    showtime = create_showtime(theater=theater, starts_at=midnight)
    evening = midnight - timedelta(days=1)

    response = client.get(f"/movies/{showtime.movie.slug}/?date={evening:%Y-%m-%d}")

    assert response.context["showtimes"] == [showtime]
    assert f"{evening:%A} night 00:10 ({midnight:%a %-d %B})" in response.text


@pytest.mark.parametrize(
    ("written", "read", "marked"), [("en", "en", ""), ("en", "ar", ' lang="en"'), ("de", "en", ' lang="de"')]
)
def test_words_of_the_theater_on_a_page_in_another_language_then_it_says_in_which(
    client, settings, written, read, marked
):
    settings.TEXT_LANGUAGE = written
    movie = create_movie(synopsis="A night, a train.")

    text = client.get(f"/movies/{movie.slug}/?lang={read}").text

    assert f'dir="auto"{marked}><p>A night, a train.</p>' in text


def test_movie_shows_the_day_that_is_asked_for(client):
    theater, movie = create_theater(), create_movie()
    create_showtime(theater=theater, movie=movie, starts_at=in_days(1, theater))
    later = create_showtime(theater=theater, movie=movie, starts_at=in_days(12, theater))

    response = client.get(f"/movies/{movie.slug}/?date={later.business_date}")

    assert response.context["showtimes"] == [later]
    assert f'<p class="lead-text">{later.business_date:%A %-d %B}</p>' in response.text
    assert f'href="?date={later.business_date}#showtimes"' in response.text


@pytest.mark.parametrize(
    ("date", "words"),
    [
        ("soon", "“soon” is not a date we understand."),
        ("2020-01-01", "No showtimes are on sale for Wednesday 1 January"),
    ],
)
def test_movie_with_an_impossible_day_shows_the_first_one_and_says_so(client, date, words):
    showtime = create_showtime()

    response = client.get(f"/movies/{showtime.movie.slug}/?date={date}")

    assert response.context["showtimes"] == [showtime]
    assert words in response.text


def test_movie_not_in_the_chosen_city_shows_the_others(client):
    showtime = create_showtime()
    create_city("Kiel")
    client.post("/city/", {"city": "kiel"})

    response = client.get(f"/movies/{showtime.movie.slug}/")

    assert response.context["showtimes"] == [showtime]
    assert "Not in Kiel at the moment." in response.text


def test_movie_links_only_to_what_is_on_sale(client):
    movie, theater = create_movie(), create_theater()
    hidden = [
        create_showtime(theater=theater, movie=movie, is_listed=False),
        create_showtime(theater=theater, movie=movie, status="draft"),
        create_showtime(theater=theater, movie=movie, starts_at=timezone.now() - timedelta(hours=1)),
    ]

    text = client.get(f"/movies/{movie.slug}/").text

    assert "There are no showtimes on sale at the moment." in text
    assert not any(f"/showtimes/{showtime.pk}/" in text for showtime in hidden)


def test_movie_links_its_trailer_and_loads_nothing_from_there(client):
    movie = create_movie(trailer_url="https://www.youtube.com/watch?v=1")

    text = client.get(f"/movies/{movie.slug}/").text

    assert "Watch the trailer on youtube.com" in text
    assert 'src="http' not in text


def test_movie_asks_as_much_for_thirty_showtimes_as_for_one(client):
    theater, movie = create_theater(), create_movie()
    create_showtime(theater=theater, movie=movie)
    for_one = queries_of(client, f"/movies/{movie.slug}/")
    for _n in range(29):
        create_showtime(theater=theater, movie=movie)

    assert queries_of(client, f"/movies/{movie.slug}/") == for_one


def test_movie_unknown_is_a_404_with_a_way_on(client):
    response = client.get("/movies/nope/")

    assert response.status_code == 404
    assert "There is nothing here" in response.text
