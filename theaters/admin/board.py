"""The schedule board: every screen of a theater is a lane, a day of the house is the table that they make."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from theaters.admin.clock import on_the_wall
from theaters.models import Showtime
from theaters.models.seats_left import count_left

STEP = timedelta(minutes=5)
STEPS_AN_HOUR = 12
WORTH_OFFERING = timedelta(hours=1)
OPENS, CLOSES = time(10), time(0)  # shown also when nothing is on


@dataclass
class Cell:
    """So many steps of a lane: a showtime, the cleaning after it, or nothing yet (then `add_at` may be a wall time)."""

    steps: int
    showtime: Showtime | None = None
    is_cleaning: bool = False
    add_at: datetime | None = None


@dataclass
class Lane:
    screen: object
    rows: list  # of cells; more than one where a cancelled showtime lies under another

    @property
    def showtimes(self):
        return [cell.showtime for row in self.rows for cell in row if cell.showtime]


class Board:
    """Some days of a theater, drawn alike: from the earliest hour that any of them needs to the latest."""

    def __init__(self, theater, first: date, days: int):
        self.theater = theater
        self.screens = list(theater.screens.all())
        showtimes = Showtime.objects.filter(
            screen__theater=theater, business_date__range=(first, first + timedelta(days=days - 1))
        )
        showtimes = list(showtimes.for_listing().order_by("starts_at", "pk"))
        count_left(showtimes, at_counter=True)
        self.days = [
            Day(self, day, [show for show in showtimes if show.business_date == day])
            for day in (first + timedelta(days=n) for n in range(days))
        ]

    @cached_property
    def steps(self) -> range:
        """From full hour to full hour after the day's beginning."""
        first = min(day.first_step for day in self.days) // STEPS_AN_HOUR
        last = -(-max(day.last_step for day in self.days) // STEPS_AN_HOUR)
        return range(first * STEPS_AN_HOUR, last * STEPS_AN_HOUR)

    @property
    def faults(self):
        return [fault for day in self.days for fault in day.faults]

    @property
    def drafts(self):
        return sum(show.status == Showtime.Status.DRAFT for day in self.days for show in day.showtimes)


class Day:
    def __init__(self, board, date, showtimes):
        self.board, self.date, self.showtimes = board, date, showtimes
        self.theater = board.theater
        self.begins_at = self.at(self.theater.day_cut)
        self.faults = list(self.find_faults())

    def at(self, clock) -> datetime:
        day = self.date + timedelta(days=1) if clock < self.theater.day_cut else self.date
        return datetime.combine(day, clock, self.theater.zone).astimezone(UTC)

    def step_of(self, moment) -> int:
        # Time that passes and not the clock's: a night with 23 or 25 hours is drawn as long as it is.
        return (moment - self.begins_at) // STEP

    @property
    def first_step(self):
        return min([self.step_of(self.at(OPENS)), *(self.step_of(show.starts_at) for show in self.showtimes)])

    @property
    def last_step(self):
        return max([self.step_of(self.at(CLOSES)), *(self.step_of(show.free_at) + 1 for show in self.showtimes)])

    @property
    def is_today(self):
        return self.date == self.theater.today

    @property
    def drafts(self):
        return sum(show.status == Showtime.Status.DRAFT for show in self.showtimes)

    @property
    def hours(self):
        starts = self.board.steps[::STEPS_AN_HOUR]
        return [on_the_wall(self.begins_at + step * STEP, self.theater) for step in starts]

    @property
    def lanes(self):
        return [Lane(screen, self.rows_of(screen)) for screen in self.board.screens]

    def rows_of(self, screen):
        """What is cancelled may lie under something else, so it goes last, into another row where it has to."""
        mine = [show for show in self.showtimes if show.screen_id == screen.pk]
        rows = [[]]
        for show in sorted(mine, key=lambda show: (show.status == Showtime.Status.CANCELLED, show.starts_at)):
            row = next((row for row in rows if not any(meets(show, other) for other in row)), None)
            if row is None:
                rows.append(row := [])
            row.append(show)
        return [list(self.cells(row, is_first=row is rows[0])) for row in rows]

    def cells(self, showtimes, *, is_first):
        at = self.board.steps.start
        for show in sorted(showtimes, key=lambda show: show.starts_at):
            start, end, free = map(self.step_of, (show.starts_at, show.ends_at, show.free_at))
            if start > at:
                yield self.gap(at, start, is_first)
            end = max(end, start + 1)
            yield Cell(end - start, showtime=show)
            if free > end:
                yield Cell(free - end, is_cleaning=True)
            at = max(free, end)
        if at < self.board.steps.stop:
            yield self.gap(at, self.board.steps.stop, is_first)

    def gap(self, start, stop, is_first):
        """With room for a showtime, and not over yet, it says where one may begin."""
        begins, ends = (self.begins_at + step * STEP for step in (start, stop))
        begins = max(begins, next_step(timezone.now()))
        has_room = is_first and ends - begins >= WORTH_OFFERING
        return Cell(stop - start, add_at=on_the_wall(begins, self.theater) if has_room else None)

    def find_faults(self):
        """(showtime, sentence): what the rules of today would not allow any more. The database lets none overlap."""
        live = [show for show in self.showtimes if show.status != Showtime.Status.CANCELLED]
        for screen in self.board.screens:
            mine = [show for show in live if show.screen_id == screen.pk]
            for before, show in pairwise(mine):
                if sentence := self.turnaround_fault(before, show):
                    show.fault = sentence
                    yield show, sentence

    def turnaround_fault(self, before, show):
        minutes = (show.starts_at - max(before.ends_at, ends_by_todays_rules(before))) // timedelta(minutes=1)
        needed = self.theater.cleaning_minutes
        words = {"n": minutes, "before": before.movie, "needed": needed}
        if minutes < 0:
            return _("It begins before %(before)s ends, which runs longer than when it was planned.") % words
        if minutes < needed:
            return (
                ngettext(
                    "Only %(n)s minute after %(before)s; cleaning takes %(needed)s.",
                    "Only %(n)s minutes after %(before)s; cleaning takes %(needed)s.",
                    minutes,
                )
                % words
            )
        return ""


def meets(show, other) -> bool:
    return show.starts_at < other.free_at and other.starts_at < show.free_at


def next_step(moment):
    """The next quarter of an hour."""
    return moment + (datetime.min.replace(tzinfo=moment.tzinfo) - moment) % timedelta(minutes=15)


def ends_by_todays_rules(showtime):
    """The runtime or the ads may have changed since it was planned."""
    fresh = Showtime(movie=showtime.movie, screen=showtime.screen, attributes=showtime.attributes)
    fresh.starts_at = showtime.starts_at
    if not showtime.movie.runtime_minutes:
        return showtime.ends_at
    fresh.set_times()
    return fresh.ends_at
