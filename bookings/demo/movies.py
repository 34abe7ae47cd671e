"""Fifteen invented films, three of them still to come."""

import json
from datetime import timedelta
from pathlib import Path

from django.core.files.base import ContentFile
from django.utils import timezone
from django.utils.text import slugify

from bookings.demo import posters
from movies.models import Credit, Genre, Language, Movie
from movies.renditions import make_renditions

FILMS = json.loads((Path(__file__).parent / "films.json").read_text(encoding="utf-8"))
LANGUAGES = {
    "ar": "Arabic",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "hi": "Hindi",
    "ja": "Japanese",
    "uk": "Ukrainian",
}
# By the German certificate, which holds wherever a country has none of its own: what it says, and the one of the USA.
CERTIFICATES = {
    "FSK 0": ({"certificate_rule": "For all ages."}, {"code": "G", "rule": "For all ages."}),
    "FSK 6": (
        {"certificate_rule": "From 6 years.", "min_age": 6},
        {"code": "PG", "rule": "All ages, though parents may want to look into it first."},
    ),
    "FSK 12": (
        {"certificate_rule": "From 12, or from 6 together with a parent.", "min_age": 12, "may_be_accompanied": True},
        {"code": "PG-13", "rule": "All ages, not recommended under 13."},
    ),
    "FSK 16": (
        {"certificate_rule": "From 16. ID is asked for.", "min_age": 16},
        {
            "code": "R",
            "rule": "Under 17 only with a parent or adult guardian.",
            "min_age": 17,
            "may_be_accompanied": True,
        },
    ),
}
THURSDAY = 3


def create_movies():
    """The films that are not there yet, by slug."""
    languages = {code: language_named(name, code) for code, name in LANGUAGES.items()}
    there = set(Movie.objects.values_list("slug", flat=True))
    for film in FILMS:
        if film["slug"] not in there:
            create_movie(film, languages[film["language"]])


def create_movie(film, language):
    german, american = CERTIFICATES[film["certificate"]]
    movie = Movie.objects.create(
        slug=film["slug"],
        title=film["title"],
        original_title=film.get("original_title", ""),
        tagline=film["tagline"],
        synopsis=film["synopsis"],
        runtime_minutes=film["runtime"],
        release_on=release_day(film),
        certificate=film["certificate"],
        content_advice=film.get("content_advice", ""),
        **german,
        language=language,
        distributor=film["distributor"],
        poster_alt=film["poster_alt"],
    )
    movie.certificates.create(country="US", **american)
    movie.genres.set([genre_named(name) for name in film["genres"]])
    Credit.objects.bulk_create(credits_of(movie, film))


def release_day(film):
    """The first Thursday from then on; films open on Thursdays."""
    day = timezone.now().date() + timedelta(days=film["opens_in_days"])
    return day + timedelta(days=(THURSDAY - day.weekday()) % 7)


def language_named(name, code):
    return Language.objects.get_or_create(code=code, defaults={"name": name})[0]


def genre_named(name):
    return Genre.objects.get_or_create(slug=slugify(name), defaults={"name": name})[0]


def credits_of(movie, film):
    for role in ("director", "writer", "music"):
        for order, name in enumerate(film[role]):
            yield Credit(movie=movie, role=role, name=name, order=order)
    for order, (name, character) in enumerate(film["cast"]):
        yield Credit(movie=movie, role=Credit.Role.CAST, name=name, character=character, order=order)


def hang_posters(width):
    """A poster for each of our films that has none."""
    films = {film["slug"]: film for film in FILMS}
    for movie in Movie.objects.filter(slug__in=films, poster=""):
        webp = posters.draw(films[movie.slug], width=width)
        movie.poster.storage.delete(f"posters/{movie.slug}.webp")  # left over from a database that is gone
        movie.poster.save(f"{movie.slug}.webp", ContentFile(webp), save=False)
        make_renditions(movie)
        movie.save(update_fields=["poster", "poster_sizes"])
