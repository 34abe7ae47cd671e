"""Suggestions by one's own history: why, what never, and for how many questions to the database."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bookings import because
from bookings.because import suggest
from bookings.models import Booking
from movies.models import Credit, Review
from tests.factories import (
    create_city,
    create_genre,
    create_language,
    create_movie,
    create_showtime,
    create_theater,
    create_user,
)
from theaters.models import Showtime

pytestmark = pytest.mark.django_db


@pytest.fixture
def seen(ann):
    """What Ann saw: a movie of Agnes Berg's with Ilse Blank, a drama in Persian."""
    movie = create_movie("Night Train", language=create_language("Persian", "fa"))
    movie.genres.add(create_genre("Drama"))
    credit(movie, "director", "Agnes Berg")
    credit(movie, "cast", "Ilse Blank")
    book(movie, ann)
    return movie


def credit(movie, role, name):
    Credit.objects.create(movie=movie, role=role, name=name)


def over(movie):
    """A showtime that has taken place."""
    showtime = create_showtime(movie=movie)
    then = timezone.now() - timedelta(days=1)
    Showtime.objects.filter(pk=showtime.pk).update(starts_at=then, ends_at=then, sales_close_at=then)
    return showtime


def book(movie, *people, status="confirmed", showtime=None):
    """A booking for each of them, of a showtime that is over unless another is given."""
    showtime = showtime or over(movie)
    confirmed_at = timezone.now() if status in ("confirmed", "cancelled") else None
    words = {"movie": movie, "showtime": showtime, "starts_at": showtime.starts_at, "status": status}
    money = {"currency": "EUR", "price_total": 0, "fee_total": 0, "tax_total": 0, "total": 0}
    taxes = {"tax_name": "VAT", "tax_rate": 7, "tax_included": True, "expires_at": timezone.now()}
    Booking.objects.bulk_create(
        Booking(user=user, confirmed_at=confirmed_at, **words, **money, **taxes) for user in people
    )


def on_sale(title="The Ferry", **fields):
    movie = create_movie(title, **fields)
    create_showtime(movie=movie)
    return movie


def told(user, **options):
    return [(one.movie.title, one.because.title, one.why, one.what) for one in suggest(user, **options)]


@pytest.mark.parametrize(
    ("role", "name", "why"),
    [("director", "Agnes Berg", "director"), ("cast", "Ilse Blank", "cast"), ("writer", "Agnes Berg", None)],
)
def test_people_in_common_then_they_are_named(ann, seen, role, name, why):
    credit(on_sale(), role, name)

    assert told(ann) == ([("The Ferry", "Night Train", why, name)] if why else [])


def test_genre_in_common_then_it_is_named(ann, seen):
    on_sale().genres.add(create_genre("Drama"))
    on_sale("Laughs").genres.add(create_genre("Comedy"))

    assert told(ann) == [("The Ferry", "Night Train", "genre", "Drama")]


def test_language_then_only_where_few_movies_speak_it(ann, seen):
    on_sale(language=create_language("Persian", "fa"))
    assert told(ann) == []

    for n in range(3):
        on_sale(f"Film {n}")

    assert told(ann) == [("The Ferry", "Night Train", "language", "Persian")]


@pytest.mark.parametrize(("others", "is_told"), [(4, False), (5, True)])
def test_what_others_saw_then_only_where_they_are_enough_not_to_be_recognised(ann, seen, others, is_told):
    ferry = on_sale()
    people = [create_user() for _ in range(others)]
    for movie in (seen, ferry):
        book(movie, *people)

    assert told(ann) == ([("The Ferry", "Night Train", "crowd", "")] if is_told else [])


def test_one_who_went_often_then_is_one_and_the_cancelled_is_none(ann, seen):
    ferry = on_sale()
    often, changed = create_user(), [create_user() for _ in range(6)]
    for _ in range(6):
        book(seen, often)
        book(ferry, often)
    book(seen, *changed)
    book(ferry, *changed, status="cancelled")

    assert told(ann) == []


def test_more_in_common_then_it_stands_first_with_its_strongest_reason(ann, seen):
    drama, by_berg = on_sale("A Drama"), on_sale("By Berg")
    for movie in (drama, by_berg):
        movie.genres.add(create_genre("Drama"))
    credit(by_berg, "director", "Agnes Berg")

    assert [(title, why) for title, _seen, why, _what in told(ann)] == [("By Berg", "director"), ("A Drama", "genre")]


@pytest.mark.parametrize("status", ["confirmed", "pending"])
def test_booked_already_then_never_suggested(ann, seen, status):
    ferry = on_sale()
    credit(ferry, "director", "Agnes Berg")
    book(ferry, ann, status=status, showtime=ferry.showtimes.get())

    assert told(ann) == []


def test_reviewed_before_then_never_suggested(ann, seen):
    ferry = on_sale()
    credit(ferry, "director", "Agnes Berg")
    Review.objects.write(ann, ferry, stars=3, text="Good.")

    assert told(ann) == []


@pytest.mark.parametrize("status", ["cancelled", "expired", "pending"])
def test_only_booked_and_not_seen_then_no_reason(ann, status):
    movie = create_movie()
    movie.genres.add(create_genre("Drama"))
    book(movie, ann, status=status)
    on_sale().genres.add(create_genre("Drama"))

    assert told(ann) == []


def test_only_what_is_on_sale_in_the_city_or_coming(ann, seen):
    berlin, bonn = create_city("Berlin"), create_city("Bonn")
    here, there, coming, gone = (create_movie(name) for name in ("Here", "There", "Coming", "Gone"))
    create_showtime(movie=here, theater=create_theater(city=berlin))
    create_showtime(movie=there, theater=create_theater(city=bonn))
    over(gone)
    type(coming).objects.filter(pk__in=[coming.pk, there.pk]).update(release_on="2077-01-01")
    for movie in (here, there, coming, gone):
        credit(movie, "director", "Agnes Berg")

    assert sorted(title for title, *_why in told(ann, city="berlin")) == ["Coming", "Here"]
    assert sorted(title for title, *_why in told(ann)) == ["Coming", "Here", "There"]
    assert [title for title, *_why in told(ann, city="berlin", but=here)] == ["Coming"]


def test_switched_off_then_nobody_looks(client, ann, seen, django_assert_num_queries):
    credit(on_sale(), "director", "Agnes Berg")
    client.force_login(ann)
    assert "Because you saw Night Train: Agnes Berg directed this, too." in client.get("/").text

    client.post("/accounts/profile/", {"name": "Ann"})

    ann.refresh_from_db()
    with django_assert_num_queries(0):
        assert suggest(ann) == []
    assert "Because you saw" not in client.get("/").text


def test_stranger_then_nothing_is_asked(client, seen):
    credit(on_sale(), "director", "Agnes Berg")

    assert "Because you saw" not in client.get("/").text


def test_many_then_as_many_questions_as_for_one(ann, seen, django_assert_num_queries):
    def first():
        return on_sale().genres.add(create_genre("Drama"))

    first()
    with django_assert_num_queries(4):  # why, the movies, their genres and certificates
        assert len(suggest(ann)) == 1
    for _ in range(9):
        first()
        book(create_movie(), ann)
    with django_assert_num_queries(4):
        assert len(suggest(ann)) == 4


def test_large_house_then_few_bookings_are_read(ann, seen, monkeypatch):
    """The crowd is a sample: the latest bookings of each movie, however many there were."""
    monkeypatch.setattr(because, "MOST_BOOKINGS_EACH", 4)
    ferry = on_sale()
    people = [create_user() for _ in range(6)]
    for movie in (seen, ferry):
        book(movie, *people)

    assert told(ann) == []
