"""Two weeks of showtimes in every room, on the house's own clock. A day that has any is left alone."""

from datetime import UTC, datetime, time, timedelta
from itertools import count

from bookings.demo.movies import FILMS
from bookings.demo.programme import PROGRAMMES
from movies.models import Language, Movie
from theaters.models import PriceCard, Screen, Showtime

DAYS = range(-1, 14)
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(1, 7)
EVENING, PRIME_TIME, LATE_EVENING, LAST_START, MIDNIGHT_SHOW = time(17), time(19), time(21), time(22, 30), time(0, 15)
QUARTER, WEEKEND_EARLIER = timedelta(minutes=15), timedelta(hours=2, minutes=30)
A_WEEK, TALKS_ON_SALE = timedelta(days=7), time(10)
FAMILY = {film["slug"] for film in FILMS if "Family" in film["genres"]}
FORMATS = {film["slug"]: film.get("formats", []) for film in FILMS}
Attribute, Status = Showtime.Attribute, Showtime.Status


def create_showtimes():
    movies = {movie.slug: movie for movie in Movie.objects.exclude(runtime_minutes=None).select_related("language")}
    languages = {language.code: language for language in Language.objects.all()}
    new = [showtime for screen in our_screens() for showtime in RoomPlan(screen, movies, languages).missing_showtimes()]
    set_status(new)
    Showtime.objects.bulk_create(new)


def our_screens():
    screens = Screen.objects.filter(layouts__published_at__isnull=False).distinct().select_related("theater")
    screens = screens.prefetch_related("theater__price_cards", "theater__holidays", "layouts")
    return [screen for screen in screens if (screen.theater.slug, screen.number) in PROGRAMMES]


def set_status(showtimes):
    """Where staff have left a price open, the showtime stays a draft."""
    lacks = {}
    for showtime in showtimes:
        pair = showtime.layout.pk, showtime.price_card.pk
        if pair not in lacks:
            lacks[pair] = showtime.missing_prices()
        showtime.status = Status.DRAFT if lacks[pair] else Status.PUBLISHED


class RoomPlan:
    def __init__(self, screen, movies, languages):
        self.screen, self.theater = screen, screen.theater
        self.movies, self.languages = movies, languages
        self.programme = PROGRAMMES[screen.theater.slug, screen.number]
        self.layout = next(layout for layout in screen.layouts.all() if layout.is_published)
        self.home = "de" if self.theater.time_zone == "Europe/Berlin" else "en"

    def missing_showtimes(self):
        there = list(self.screen.showtimes.values_list("business_date", "starts_at", "free_at", "status"))
        days = {day for day, *_rest in there}
        taken = [(start, free) for _day, start, free, status in there if status != Status.CANCELLED]
        for offset in DAYS:
            day = self.theater.today + timedelta(days=offset)
            if day not in days:
                yield from (showtime for showtime in self.one_day(day) if fits(showtime, taken))

    def one_day(self, day):
        """One film after the other, and once more after midnight when the next morning is free."""
        is_late_night = self.programme.late and day.weekday() in (FRIDAY, SATURDAY)
        midnight = self.at(day + timedelta(days=1), MIDNIGHT_SHOW)
        closing = midnight + (QUARTER if is_late_night else timedelta(hours=2))
        start = self.opening(day)
        for slot in count():
            showtime = self.showtime(self.film_for(day, slot, start), day, slot, start)
            if showtime is None or start > self.at(day, LAST_START) or showtime.free_at > closing:
                break
            yield showtime
            start = next_quarter(showtime.free_at)
        if is_late_night and (film := self.released([self.programme.late], day)):
            yield self.showtime(film[0], day, slot, max(start, midnight))

    def at(self, day, clock):
        """Wall time here, as a moment that can be counted on across a change of the clocks."""
        return datetime.combine(day, clock, self.theater.zone).astimezone(UTC)

    def opening(self, day):
        opening = self.at(day, time(self.programme.opens))
        return opening - WEEKEND_EARLIER if day.weekday() in (SATURDAY, SUNDAY) else opening

    def film_for(self, day, slot, start):
        """The order changes with the cinema week, on Thursdays, and a little from day to day."""
        films = self.released(self.programme.matinee if self.is_matinee(start) else self.programme.evening, day)
        turn = (day.toordinal() + THURSDAY) // 7 + day.weekday() % 2 + slot
        return films[turn % len(films)] if films else None

    def released(self, slugs, day):
        films = [self.movies[slug] for slug in slugs if slug in self.movies]
        return [film for film in films if film.release_on is None or film.release_on <= day]

    def clock(self, moment):
        return moment.astimezone(self.theater.zone).time()

    def is_matinee(self, start):
        return self.theater.day_cut <= self.clock(start) < EVENING

    def showtime(self, film, day, slot, start):
        if film is None:
            return None
        formats = [name for name in self.programme.formats if name == "2d" or name in FORMATS[film.slug]] or ["2d"]
        chosen = formats[(day.toordinal() + slot) % len(formats)]
        card = PriceCard.choose(self.theater, start, chosen)
        if card is None:
            return None
        audio, subtitles = self.languages_for(film, day, slot, start)
        showtime = Showtime(
            movie=film,
            screen=self.screen,
            layout=self.layout,
            price_card=card,
            starts_at=start,
            format=chosen,
            audio_language=audio,
            subtitle_language=subtitles,
            attributes=self.attributes_for(film, day, slot, start),
        )
        if Attribute.Q_AND_A in showtime.attributes:
            showtime.on_sale_from = self.at(day - A_WEEK, TALKS_ON_SALE)
        showtime.set_times()
        return showtime

    def languages_for(self, film, day, slot, start):
        """Spoken and written: dubbed for children and, in Berlin, for most; the original for the others."""
        original, home = film.language, self.languages[self.home]
        if original in (None, home):
            is_for_visitors = self.home == "de" and self.programme.is_arthouse
            return original, self.languages["en"] if is_for_visitors else None
        is_for_children = film.slug in FAMILY and self.is_matinee(start)
        is_dubbing_day = self.home == "de" and (day.weekday() + slot) % 3
        if not self.programme.is_arthouse and (is_for_children or is_dubbing_day):
            return home, None
        return original, home

    def attributes_for(self, film, day, slot, start):
        clock, weekday, is_arthouse = self.clock(start), day.weekday(), self.programme.is_arthouse
        special = {
            Attribute.RELAXED: weekday == SUNDAY and slot == 0 and film.slug in FAMILY,
            Attribute.BABY: weekday == WEDNESDAY and slot == 0 and is_arthouse,
            Attribute.Q_AND_A: weekday == THURSDAY and PRIME_TIME <= clock < LATE_EVENING and is_arthouse,
            Attribute.CAPTIONS: weekday == TUESDAY and clock >= EVENING and not is_arthouse,
            Attribute.AUDIO_DESCRIPTION: weekday == SATURDAY and self.is_matinee(start) and not is_arthouse,
        }
        return [attribute.value for attribute, applies in special.items() if applies]


def fits(showtime, taken):
    return all(showtime.free_at <= start or free <= showtime.starts_at for start, free in taken)


def next_quarter(moment):
    return moment + (datetime.min.replace(tzinfo=UTC) - moment) % QUARTER
