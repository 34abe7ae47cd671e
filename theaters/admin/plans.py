"""Many showtimes at once: a plan is shown with all that stands against it, and only what was shown is saved."""

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from theaters.admin.clock import moments_of, never_shown, on_the_wall
from theaters.admin.publishing import NotPossible, PublishCheck
from theaters.admin.scheduling import card_for_copy, choose_card, newest_layout, taken_words, twin
from theaters.models import Showtime

MOST_ROWS = 900  # Django reads a thousand fields of a form, and no more


@dataclass
class Row:
    """A showtime that could be: `problem` keeps it from being saved, `is_asked` waits for the answer which hour."""

    showtime: Showtime
    wall: datetime
    source: Showtime | None = None
    problem: str = ""
    is_asked: bool = False
    warnings: list = field(default_factory=list)

    @property
    def is_possible(self):
        return not self.problem and not self.is_asked

    def to_text(self) -> str:
        show = self.showtime
        seen = (show.movie_id, show.screen_id, show.layout_id, show.price_card_id, show.starts_at, show.free_at)
        how = (show.format, show.audio_language_id, show.subtitle_language_id, show.attributes, show.is_listed)
        return repr((seen, how, show.on_sale_from, show.status, self.wall, str(self.problem), self.is_asked))


class Plan:
    """`rows` in the order of the programme, each judged against what is planned already and against the rows before."""

    def __init__(self, theater, rows: list[Row], *, occurrence=""):
        self.theater, self.occurrence = theater, occurrence
        self.rows = sorted(rows, key=lambda row: (row.wall, row.showtime.screen.number))
        self.layouts, self.check = {}, PublishCheck()
        for row in self.rows:
            self.set_moment(row)
        self.taken = self.taken_already()
        for row in self.rows:
            if row.is_possible:
                self.judge(row)

    @property
    def is_asking(self):
        return any(self.comes_twice(row) for row in self.rows)

    @property
    def possible(self):
        return [row for row in self.rows if row.is_possible]

    @property
    def numbers(self) -> set[int]:
        return {number for number, row in enumerate(self.rows) if row.is_possible}

    @property
    def fingerprint(self) -> str:
        """Of all that the preview shows: whatever has changed since, it is shown once more before it is saved."""
        return hashlib.sha256("\n".join(row.to_text() for row in self.rows).encode()).hexdigest()

    def comes_twice(self, row):
        return len(moments_of(row.wall, self.theater.zone)) > 1

    def set_moment(self, row):
        moments = moments_of(row.wall, self.theater.zone)
        if not moments:
            row.problem = never_shown(row.wall, self.theater)
            return
        row.is_asked = len(moments) > 1 and not self.occurrence
        row.showtime.starts_at = moments[-1 if self.occurrence == "later" else 0]
        if not row.showtime.movie.runtime_minutes:
            row.problem = _("%(movie)s has no runtime yet.") % {"movie": row.showtime.movie}
        elif row.showtime.starts_at <= timezone.now():
            row.problem = _("This time is past.")
        else:
            row.showtime.set_times()

    def taken_already(self) -> dict:
        """{screen id: showtimes} of the days in question, in one query."""
        moments = [row.showtime.starts_at for row in self.rows if row.showtime.free_at]
        taken = {row.showtime.screen_id: [] for row in self.rows}
        if moments:
            there = Showtime.objects.exclude(status=Showtime.Status.CANCELLED).select_related("movie")
            day = timedelta(days=2)
            there = there.filter(screen__in=taken, starts_at__range=(min(moments) - day, max(moments) + day))
            for showtime in there:
                taken[showtime.screen_id].append(showtime)
        return taken

    def judge(self, row):
        showtime = row.showtime
        taken = self.taken[showtime.screen_id]
        clash = next((one for one in taken if overlaps(showtime, one)), None)
        try:
            self.choose_room_and_card(row)
        except NotPossible as problem:
            row.problem = str(problem)
        else:
            row.problem = taken_words(showtime, clash) if clash else self.publish_problem(row)
        if not row.problem:
            taken.append(showtime)

    def choose_room_and_card(self, row):
        showtime = row.showtime
        if showtime.screen_id not in self.layouts:
            self.layouts[showtime.screen_id] = newest_layout(showtime.screen)
        layout = self.layouts[showtime.screen_id]
        if layout is None:
            raise NotPossible(_("%(screen)s has no published seat layout.") % {"screen": showtime.screen})
        showtime.layout = layout
        showtime.price_card = card_for_copy(row.source, showtime) if row.source else choose_card(showtime)

    def publish_problem(self, row):
        found = self.check.of(row.showtime)
        row.warnings = found.warnings
        if row.showtime.status != Showtime.Status.PUBLISHED:
            row.warnings = [*found.errors, *found.warnings]
            return ""
        return format_html(" ".join("{}" for _error in found.errors), *found.errors) if found.errors else ""

    def save(self, chosen: set[int]) -> list[Showtime]:
        """The rows with these numbers, all or none. Raises NotPossible when somebody else was faster."""
        new = [self.rows[number].showtime for number in sorted(chosen & self.numbers)]
        try:
            with transaction.atomic():
                return Showtime.objects.bulk_create(new)
        except (IntegrityError, OperationalError) as error:
            sentence = _("Somebody else has just planned one of these screens. Nothing is saved: look at it once more.")
            raise NotPossible(sentence) from error


def overlaps(showtime, other) -> bool:
    return other.starts_at < showtime.free_at and other.free_at > showtime.starts_at


def wall_of(theater, day: date, clock) -> datetime:
    """By the house's day: before the day cut it is the night after the evening of that date."""
    calendar_day = day + timedelta(days=1) if clock < theater.day_cut else day
    return datetime.combine(calendar_day, clock)


def rows_of_pattern(theater, pattern) -> list[Row]:
    """`pattern` is what a PatternForm has read."""
    length = (pattern["last_day"] - pattern["first_day"]).days + 1
    days = [pattern["first_day"] + timedelta(days=n) for n in range(length)]
    wanted = {int(day) for day in pattern["weekdays"]} or set(range(7))
    return [
        Row(
            Showtime(
                screen=screen,
                **{name: pattern[name] for name in ("movie", "format", "attributes", "status", "is_listed")},
                **{name: pattern[name] for name in ("audio_language", "subtitle_language", "on_sale_from")},
            ),
            wall_of(theater, day, clock),
        )
        for day in days
        if day.weekday() in wanted
        for clock in pattern["times"]
        for screen in pattern["screens"]
    ]


def rows_of_copy(theater, sources, *, days: int, status) -> list[Row]:
    """Each of the sources so many days later, at the same time of the wall clock."""
    screens = {screen.pk: screen for screen in theater.screens.all()}
    rows = []
    for source in sources:
        source.screen = screens[source.screen_id]  # its theater is known already, with its price cards
        showtime = twin(source)
        showtime.status, showtime.on_sale_from = status, days_later(source.on_sale_from, theater, days)
        rows.append(Row(showtime, days_later_wall(source.starts_at, theater, days), source))
    return rows


def days_later_wall(moment, theater, days) -> datetime:
    return on_the_wall(moment, theater) + timedelta(days=days)


def days_later(moment, theater, days):
    """When the sale begins; where the clocks leave that time out, at once rather than never."""
    moments = moment and moments_of(days_later_wall(moment, theater, days), theater.zone)
    return moments[0] if moments else None
