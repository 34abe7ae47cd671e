"""The house today, in a number of queries that does not grow with it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property, reduce
from operator import or_

from django.db.models import CharField, Count, F, Func, Q, Sum, Value
from django.utils import timezone

from bookings.models import BookedSeat, Booking, Refund
from bookings.reports.charts import columns, share
from bookings.reports.occupancy import with_occupancy
from bookings.reports.sold import THEATER, on_days, sold_bookings, ticket_gross, ticket_tax
from bookings.reports.table import Selection
from theaters.models import Showtime, Theater

WEEK = timedelta(days=7)
MOST_MOVIES, MOST_NEXT = 8, 10
HOURS = 24


@dataclass(frozen=True)
class Today:
    """`theaters` are shown, of `money_in` among them the sales, too."""

    theaters: list[Theater]
    money_in: list[Theater]

    @cached_property
    def showtimes(self) -> list[Showtime]:
        days = [Q(screen__theater=theater, business_date=theater.today) for theater in self.theaters]
        found = with_occupancy(Showtime.objects.published().filter(either(days)))
        showtimes = list(found.select_related("movie", "screen__theater").order_by("starts_at", "screen__number", "pk"))
        for showtime in showtimes:
            showtime.bar = share(showtime.sold, showtime.capacity)
            showtime.percent = round(100 * showtime.sold / showtime.capacity) if showtime.capacity > 0 else 0
        return showtimes

    @cached_property
    def next_showtimes(self) -> list[Showtime]:
        now = timezone.now()
        return [showtime for showtime in self.showtimes if showtime.ends_at > now][:MOST_NEXT]

    @property
    def seats(self) -> dict:
        """Over all showtimes of the day."""
        sums = {name: sum(getattr(one, name) for one in self.showtimes) for name in ("capacity", "sold", "admitted")}
        return sums | {"percent": round(100 * sums["sold"] / sums["capacity"]) if sums["capacity"] else 0}

    @cached_property
    def sales(self) -> list["Sales"]:
        """Today beside the same weekday a week ago, a chart for each currency."""
        now, then = self.sold_by_hour(timedelta(0)), self.sold_by_hour(-WEEK)
        return [Sales(currency, now[currency], then[currency]) for currency in sorted({*now, *then})]

    def sold_by_hour(self, shift: timedelta) -> dict[str, dict]:
        """{currency: {hours since the day began: (tickets, amount)}}"""
        sold: dict[str, dict] = defaultdict(dict)
        if not self.money_in:
            return sold
        days = {theater.pk: theater.today + shift for theater in self.money_in}
        cuts = {theater.pk: theater.day_cut.hour for theater in self.money_in}
        clock = Func(F(f"{THEATER}__time_zone"), F("confirmed_at"), function="timezone")
        hour = Func(clock, Value("HH24"), function="to_char", output_field=CharField())
        selection = Selection(tuple(self.money_in), min(days.values()), max(days.values()))
        lines = sold_bookings(selection).values("day", "currency", hour=hour, theater_id=F(THEATER))
        for line in lines.annotate(tickets=Sum("seats_bought"), amount=Sum("total")):
            if line["day"] == days[line["theater_id"]]:
                place = (int(line["hour"]) - cuts[line["theater_id"]]) % HOURS
                label = int(line["hour"])
                tickets, amount, _label = sold[line["currency"]].get(place, (0, Decimal(0), label))
                sold[line["currency"]][place] = tickets + line["tickets"], amount + line["amount"], label
        return sold

    @cached_property
    def movies(self) -> list[dict]:
        """The movies of this film week so far, by admits."""
        if not self.money_in:
            return []
        weeks = [week_of(theater) for theater in self.money_in]
        seats = BookedSeat.objects.order_by().filter(
            either(weeks), booking__status=Booking.Status.CONFIRMED, released_at=None
        )
        seats = seats.annotate(ticket_tax=ticket_tax()).annotate(gross_each=ticket_gross())
        by_movie = seats.values(title=F("showtime__movie__title"), currency=F("booking__currency"))
        lines = by_movie.annotate(admits=Count("pk"), gross=Sum("gross_each")).order_by("-admits", "title", "currency")
        lines = list(lines[:MOST_MOVIES])
        return [line | {"bar": share(line["admits"], lines[0]["admits"])} for line in lines]

    @cached_property
    def refunds(self) -> list[dict]:
        """Of the last seven days, by reason."""
        if not self.money_in:
            return []
        last = max(theater.today for theater in self.money_in)
        selection = Selection(tuple(self.money_in), last - timedelta(days=6), last)
        path = f"payment__booking__{THEATER}"
        found = on_days(Refund.objects.effective().order_by(), selection, moment="created_at", theater=path)
        lines = found.values("reason", "currency").annotate(n=Count("pk"), amount=Sum("amount"))
        lines = list(lines.order_by("-n", "reason", "currency"))
        most = max((line["n"] for line in lines), default=0)
        return [line | {"reason": Refund.Reason(line["reason"]).label, "bar": share(line["n"], most)} for line in lines]


@dataclass(frozen=True)
class Sales:
    """One currency's sales of a day by the hour, from the first hour of either day that sold anything to the last."""

    currency: str
    now: dict[int, tuple]
    then: dict[int, tuple]

    @cached_property
    def columns(self) -> list:
        places = sorted({*self.now, *self.then})
        first, last = places[0], places[-1]
        # Few hours alone would be fat columns.
        last = min(max(last, first + 7), HOURS - 1)
        anchor = next(iter({**self.then, **self.now}.items()))
        began = (anchor[1][2] - anchor[0]) % HOURS
        return columns(
            [
                (f"{(began + place) % HOURS:02}", self.amount(self.now, place), self.amount(self.then, place))
                for place in range(first, last + 1)
            ]
        )

    @staticmethod
    def amount(sold: dict, place: int) -> Decimal:
        return sold[place][1] if place in sold else Decimal(0)

    @property
    def top(self) -> Decimal:
        return max(max(column.now, column.then) for column in self.columns)

    @property
    def tickets(self) -> int:
        return sum(line[0] for line in self.now.values())

    @property
    def total(self) -> Decimal:
        return sum((line[1] for line in self.now.values()), Decimal(0))

    @property
    def total_then(self) -> Decimal:
        return sum((line[1] for line in self.then.values()), Decimal(0))


def week_of(theater: Theater) -> Q:
    first, last = theater.film_week_of(theater.today)
    return Q(**{THEATER: theater}, showtime__business_date__gte=first, showtime__business_date__lte=last)


def either(conditions: list[Q]) -> Q:
    return reduce(or_, conditions, Q(pk__in=[]))


def closable(theaters) -> list[tuple[Theater, date]]:
    """Houses that close their film weeks and have one to close, with its first day."""
    found = []
    for theater in theaters:
        first = theater.last_return + timedelta(days=1)
        if theater.film_week_of(first)[1] < theater.today:
            found.append((theater, first))
    return found
