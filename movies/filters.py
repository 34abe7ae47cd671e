"""Which movies and showtimes fit what a visitor has chosen, how many each further choice would leave, and what to do
when nothing fits."""

from collections import Counter

from django.db.models import CharField, Count, F, Func, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Coalesce

from movies.keeping import PARTS, kept_or_made
from movies.models import Movie
from movies.search import find

CITY = "screen__theater__city"
SPOKEN = Coalesce("audio_language__code", "movie__language__code")
COLUMNS = {
    "language": "spoken",
    "format": "format",
    "date": "business_date",
    "city": f"{CITY}__slug",
    "time": "band",
}
# Whoever has chosen one of these asks for a showtime; a language alone may be a movie's that is still to come.
ASKS_FOR_A_SHOWTIME = {"format", "date", "city", "time", "need", "seats"}
PARTIES = range(2, 9)


def showtimes_on_sale():
    """Theaters know movies, movies do not know theaters: the way up is the reverse relation."""
    return Movie.showtimes.rel.related_model.objects.upcoming()


def soonest_of(showtimes):
    return Subquery(showtimes.filter(movie=OuterRef("pk")).order_by("starts_at").values("starts_at")[:1])


class Finder:
    """`chosen` maps names of filters to values: those of the URL, without the empty ones; `need` to a list."""

    def __init__(self, chosen):
        self.chosen = chosen
        self.hits = find(chosen["q"]) if "q" in chosen else []

    @property
    def is_near_miss(self):
        """Nothing is called as they typed, only nearly so."""
        return bool(self.hits) and not any(hit.is_called_so for hit in self.hits)

    def without(self, name):
        return {other: value for other, value in self.chosen.items() if other != name}

    def showtimes(self, leave_out=""):
        """Those on sale that meet all of the chosen filters at once."""
        chosen = self.without(leave_out)
        wanted = {COLUMNS[name]: value for name, value in chosen.items() if name in COLUMNS}
        showtimes = showtimes_on_sale().with_band().annotate(spoken=SPOKEN).filter(**wanted)
        showtimes = showtimes.meeting(chosen.get("need", []))
        return showtimes.with_seats_together(int(chosen["seats"])) if "seats" in chosen else showtimes

    def titles(self, leave_out=""):
        """By name and genre alone. Showing or coming soon; a search by name finds the old ones too."""
        chosen = self.without(leave_out)
        if "q" in chosen:
            movies = Movie.objects.filter(pk__in=[hit.movie for hit in self.hits])
        else:
            showing = Q(pk__in=showtimes_on_sale().order_by().values("movie"))
            movies = Movie.objects.filter(showing | Q(pk__in=Movie.objects.coming_soon().values("pk")))
        return movies.filter(genres__slug=chosen["genre"]) if "genre" in chosen else movies

    def movies(self, leave_out=""):
        movies, chosen = self.titles(leave_out), self.without(leave_out)
        shown = Q(pk__in=self.showtimes(leave_out).order_by().values("movie"))
        if chosen.keys() & ASKS_FOR_A_SHOWTIME:
            return movies.filter(shown)
        return movies.filter(shown | Q(language__code=chosen["language"])) if "language" in chosen else movies

    def ordered(self, sort=""):
        """The movies in a stable order: without a wish the best match first, and else what shows soonest."""
        movies = self.movies().annotate(soonest=soonest_of(self.showtimes()))
        soonest = [F("soonest").asc(nulls_last=True), F("release_on").desc(nulls_last=True), "title", "pk"]
        orders = {
            "title": ["title", "pk"],
            "newest": [F("release_on").desc(nulls_last=True), "title", "pk"],
            "shortest": [F("runtime_minutes").asc(nulls_last=True), "title", "pk"],
        }
        if "q" in self.chosen and not sort:
            best = Func(Value([hit.movie for hit in self.hits]), F("pk"), function="array_position")
            return movies.order_by(best)
        return movies.order_by(*orders.get(sort, soonest))

    def counts(self):
        """{filter: {value: how many movies this choice would leave if the other filters stay}}; see keeping.py."""
        return kept_or_made(("counts", sorted(self.chosen.items())), self._count, locks=PARTS)

    def _count(self):
        parts = [part("genre", self.movies("genre"), "genres__slug", "pk")]
        for name, column in COLUMNS.items():
            showtimes = self.showtimes(name).filter(movie__in=self.titles(name).order_by().values("pk"))
            parts.append(part(name, showtimes, column, "movie"))
        if not self.chosen.keys() & ASKS_FOR_A_SHOWTIME:
            parts.append(part("language", self.titles("language"), "language__code", "pk"))
        counts = {name: Counter() for name in ("genre", *COLUMNS)}
        for name, value, _movie in parts[0].union(*parts[1:]):
            counts[name][value] += 1
        return counts | {"need": self._count_needs(), "seats": self._count_parties()}

    def _count_needs(self):
        """One more need beside those that are chosen."""
        showtimes = self.showtimes().filter(movie__in=self.titles().order_by().values("pk"))
        needs = {
            need.value: Count("movie", distinct=True, filter=showtimes.meets(need)) for need in showtimes.model.Need
        }
        return Counter(showtimes.order_by().aggregate(**needs))

    def _count_parties(self):
        showtimes = self.showtimes("seats").filter(movie__in=self.titles("seats").order_by().values("pk"))
        most, largest = showtimes.most_together(), {}
        for showtime, movie in showtimes.order_by().values_list("pk", "movie"):
            largest[movie] = max(largest.get(movie, 0), most.get(showtime, PARTIES[-1]))
        return Counter({str(n): sum(seats >= n for seats in largest.values()) for n in PARTIES})

    def ways_out(self):
        """[(filter, how many movies there are without it)], the most first: for when nothing fits."""
        found = [(name, self.movies(name).order_by().values("pk").distinct().count()) for name in self.chosen]
        return sorted([(name, count) for name, count in found if count], key=lambda way: -way[1])

    def next_day(self):
        """{"business_date", "count"} of the first day after the chosen one on which something fits, or None."""
        if "date" not in self.chosen:
            return None
        showtimes = self.showtimes("date").filter(movie__in=self.titles("date").order_by().values("pk"))
        later = showtimes.filter(business_date__gt=self.chosen["date"]).order_by("business_date")
        return later.values("business_date").annotate(count=Count("movie", distinct=True)).first()


def part(name, rows, column, movie):
    """(filter, value, movie) without repetition, as text to be put under one another."""
    rows = rows.filter(**{f"{column}__isnull": False}).order_by().distinct()
    return rows.values_list(Value(name, CharField()), Cast(column, CharField()), movie)
