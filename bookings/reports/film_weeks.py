"""The box-office return of a film week: open it follows the sales, closed it is frozen with a hash.

What changes in a closed week, such as a refund, becomes an adjustment line of the week that is closed next: so the sum
of everything that was ever returned is always what was sold.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from bookings.models import BookedSeat, Booking, FilmWeekReturn
from bookings.reports.box_office import LINE_COLUMNS, ORDER, box_office_lines
from bookings.reports.sold import THEATER
from bookings.reports.table import Column, Selection, Table, in_places
from theaters.models import Showtime, Theater

ONE_DAY = timedelta(days=1)
# What was begun before a week was closed may have been committed after it.
LONGEST_TRANSACTION = timedelta(hours=1)
MEASURES = ("admits", "comps", "gross", "tax", "net")
KEY = ("showtime_id", "movie_id", "ticket_type_id", "price", "currency")
AMOUNTS = ("price", "gross", "tax", "net")
COLUMNS = (*LINE_COLUMNS, Column("note", _("Note")))
SUMMARY = (
    Column("distributor", _("Distributor")),
    Column("movie_title", _("Movie")),
    Column("ticket_type_name", _("Ticket type")),
    Column("currency", _("Currency")),
    *(column for column in LINE_COLUMNS if column.name in MEASURES),
)


@dataclass(frozen=True)
class FilmWeek:
    """One theater's week; `closed` is its frozen return."""

    theater: Theater
    starts_on: date
    ends_on: date
    lines: list[dict]
    adjustments: list[dict]
    closed: FilmWeekReturn | None = None

    @property
    def is_over(self) -> bool:
        return self.theater.today > self.ends_on

    @property
    def content_hash(self) -> str:
        return self.closed.content_hash if self.closed else hash_of(self)

    def distributors(self) -> list[str]:
        return sorted({line["distributor"] for line in [*self.lines, *self.adjustments]})

    def table(self, distributor: str | None = None) -> Table:
        adjusted = [line | {"note": str(_("Adjustment"))} for line in self.adjustments]
        rows = [*self.lines, *adjusted]
        return Table(COLUMNS, [row for row in rows if distributor in (None, row["distributor"])])

    def summary(self, distributor: str | None = None) -> Table:
        """By distributor, movie and ticket type."""
        names = ("distributor", "movie_title", "ticket_type_name", "currency")
        sums: dict[tuple, dict] = {}
        for row in self.table(distributor).rows:
            add(sums.setdefault(tuple(row[name] for name in names), dict.fromkeys(MEASURES, 0)), row)
        return Table(SUMMARY, [dict(zip(names, key, strict=True)) | sums[key] for key in sorted(sums)])


def film_week(theater: Theater, day: date) -> FilmWeek:
    """The week that a day belongs to, frozen or as it stands now."""
    returns = list(theater.film_week_returns.order_by("starts_on").select_related("closed_by"))
    closed = next((one for one in returns if one.starts_on <= day <= one.ends_on), None)
    if closed:
        lines, adjustments = (list(map(thawed, rows)) for rows in (closed.lines, closed.adjustments))
        return FilmWeek(theater, closed.starts_on, closed.ends_on, lines, adjustments, closed)
    starts_on, ends_on = theater.film_week_of(day)
    # A house that has moved the first day of its weeks has one short week between.
    starts_on = max([starts_on, *(one.ends_on + ONE_DAY for one in returns if one.ends_on < day)])
    is_next = bool(returns) and starts_on == returns[-1].ends_on + ONE_DAY
    adjustments = adjustments_of(theater, returns) if is_next else []
    return FilmWeek(theater, starts_on, ends_on, lines_of(theater, starts_on, ends_on), adjustments)


def changed_since(closed: FilmWeekReturn) -> Table:
    """What was adjusted of a closed week later, or is going to be by the next one that is closed."""
    returns = list(closed.theater.film_week_returns.order_by("starts_on"))
    later = [thawed(row) for one in returns for row in one.adjustments] + adjustments_of(closed.theater, returns)
    return Table(LINE_COLUMNS, [line for line in later if closed.starts_on <= line["day"] <= closed.ends_on])


def next_to_close(theater: Theater) -> date | None:
    """The first day of the first week that is open: after the last return, or that of the first ticket sold."""
    if last := theater.film_week_returns.order_by("-ends_on").first():
        return last.ends_on + ONE_DAY
    sold = BookedSeat.objects.filter(
        showtime=OuterRef("pk"), booking__status=Booking.Status.CONFIRMED, released_at=None
    )
    first = Showtime.objects.filter(Exists(sold), screen__theater=theater).order_by("business_date").first()
    return first and theater.film_week_of(first.business_date)[0]


def lines_of(theater: Theater, since: date, until: date, showtimes=None) -> list[dict]:
    lines = box_office_lines(Selection((theater,), since, until), showtimes)
    return [line | {name: in_places(line[name], line["currency"]) for name in AMOUNTS} | {"note": ""} for line in lines]


def adjustments_of(theater: Theater, returns: list[FilmWeekReturn]) -> list[dict]:
    """What is sold by now for the weeks that are closed, less what was returned for them so far."""
    returned = [thawed(row) for one in returns for row in [*one.lines, *one.adjustments]]
    touched = touched_since(theater, returns[-1], returned)
    changes = {key_of(line): dict(line) for line in lines_of(theater, date.min, returns[-1].ends_on, touched)}
    for line in returned:
        if line["showtime_id"] in touched:
            add(changes.setdefault(key_of(line), line | dict.fromkeys(MEASURES, 0)), line, -1)
    changed = [line for line in changes.values() if any(line[name] for name in MEASURES)]
    return sorted(changed, key=lambda line: [line[name] for name in ORDER])


def touched_since(theater: Theater, last: FilmWeekReturn, returned: list[dict]) -> set[int]:
    """Showtimes of closed weeks that may differ from what was returned, so that not years are summed up each time:
    sold, cancelled or re-seated since, or moved to another day, or to another movie."""
    since = last.closed_at - LONGEST_TRANSACTION
    bookings = Booking.objects.order_by().filter(Q(confirmed_at__gte=since) | Q(cancelled_at__gte=since))
    seats = BookedSeat.objects.order_by().filter(released_at__gte=since, booking__confirmed_at__isnull=False)
    touched = {
        showtime for rows in (bookings, seats) for showtime in rows.filter(**{THEATER: theater}).values_list("showtime")
    }
    then = {(line["showtime_id"], line["movie_id"]) for line in returned}
    shown = Showtime.objects.order_by().filter(screen__theater=theater, business_date__lte=last.ends_on)
    now = set(shown.filter(Exists(BookedSeat.objects.filter(showtime=OuterRef("pk")))).values_list("pk", "movie"))
    return {pk for (pk,) in touched} | {pk for pk, _movie in then ^ now}


def key_of(line: dict) -> tuple:
    return tuple(line[name] for name in KEY)


def add(sums: dict, line: dict, sign: int = 1) -> None:
    for name in MEASURES:
        sums[name] += sign * line[name]


def frozen(line: dict) -> dict:
    """As JSON keeps it: amounts and days as text."""
    return {name: str(value) if isinstance(value, Decimal | date) else value for name, value in line.items()}


def thawed(row: dict) -> dict:
    return row | {name: Decimal(row[name]) for name in AMOUNTS} | {"day": date.fromisoformat(row["day"])}


def hash_of(week: FilmWeek) -> str:
    content = {
        "theater": week.theater.pk,
        "week": [str(week.starts_on), str(week.ends_on)],
        "lines": [frozen(line) for line in week.lines],
        "adjustments": [frozen(line) for line in week.adjustments],
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
