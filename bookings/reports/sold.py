"""What was sold, on which day and for how much, in the ORM's words.

Whoever changes what a seat costs, or how it is paid, changes it here, and every report follows.
"""

from datetime import UTC, datetime, time, timedelta

from django.db.models import (
    Case,
    CharField,
    Count,
    DateField,
    DecimalField,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, NullIf

from bookings.models import BookedSeat, Booking
from bookings.reports.table import Selection
from theaters.money import ZERO_DECIMAL

THEATER = "showtime__screen__theater"
AMOUNT = DecimalField(max_digits=12, decimal_places=3)


def tender(payment: str = ""):
    """How it was paid; `payment` leads to the payment."""
    return F(f"{payment}__tender" if payment else "tender")


def business_day(moment: str, theater: str):
    """The day of the house that a moment belongs to, as Theater.business_date_of has it."""
    local = Func(F(f"{theater}__time_zone"), F(moment), function="timezone")
    # Not %(…)s of a function: PostgreSQL subtracts a time of day from a moment by an operator.
    return Func(
        local,
        F(f"{theater}__day_cut"),
        template="(%(expressions)s)::date",
        arg_joiner=" - ",
        output_field=DateField(),
    )


def local_time(moment: str, theater: str):
    local = Func(F(f"{theater}__time_zone"), F(moment), function="timezone")
    return Func(local, Value("HH24:MI"), function="to_char", output_field=CharField())


def on_days(rows, selection: Selection, *, moment: str, theater: str):
    """Rows whose moment is on one of the days by the theater's own clock, as `day`. First by what an index can find."""
    around = {
        f"{moment}__gte": datetime.combine(selection.since - timedelta(days=1), time.min, UTC),
        f"{moment}__lt": datetime.combine(selection.until + timedelta(days=3), time.min, UTC),
        f"{theater}__in": selection.theaters,
    }
    found = rows.filter(**around).annotate(day=business_day(moment, theater))
    return found.filter(day__gte=selection.since, day__lte=selection.until)


def number_of(rows, by: str, count=None):
    """A count of other rows about one of ours, as a subquery that a join could not multiply."""
    counted = rows.order_by().values(by).annotate(n=count or Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))


def sold_bookings(selection: Selection):
    """Bookings by the day they were sold, also those cancelled later: a sale is never unmade, only refunded.

    `seats_bought` counts also what was given up since, and seats that a move has taken away.
    """
    sold = on_days(Booking.objects.order_by(), selection, moment="confirmed_at", theater=THEATER)
    sold = sold.annotate(seats_bought=number_of(BookedSeat.objects.filter(booking=OuterRef("pk")), "booking"))
    return sold.filter(showtime__movie=selection.movie_id) if selection.movie_id else sold


def sold_seats(selection: Selection):
    """Seats by the day of their showtime, without what was cancelled or given up."""
    seats = BookedSeat.objects.order_by().filter(
        **{f"{THEATER}__in": selection.theaters},
        booking__status=Booking.Status.CONFIRMED,
        released_at=None,
        showtime__business_date__gte=selection.since,
        showtime__business_date__lte=selection.until,
    )
    return seats.filter(showtime__movie=selection.movie_id) if selection.movie_id else seats


def to_the_cent(amount, currency: str):
    places = Case(When(**{f"{currency}__in": sorted(ZERO_DECIMAL)}, then=0), default=2)
    return Func(amount, places, function="ROUND", output_field=AMOUNT)


def ticket_tax():
    """The ticket's share of a seat's tax, the rest being the booking fee's. Where these have two rates, by its own."""
    taxed_fee = Case(When(booking__fee_taxed=True, then=F("fee")), default=Value(0), output_field=AMOUNT)
    share = F("tax") * F("price") / NullIf(F("price") + taxed_fee, Value(0, AMOUNT))
    rate = F("tax_rate") / Value(100, AMOUNT)
    by_its_own = Case(
        When(booking__tax_included=True, then=F("price") - F("price") / (Value(1, AMOUNT) + rate)),
        default=F("price") * rate,
        output_field=AMOUNT,
    )
    same_rate = Q(tax_rate=None) | Q(tax_name=F("booking__tax_name"), tax_rate=F("booking__tax_rate"))
    has_one = same_rate | Q(fee=0) | Q(booking__fee_taxed=False)
    amount = Case(When(has_one, then=share), default=by_its_own, output_field=AMOUNT)
    return Coalesce(to_the_cent(amount, "booking__currency"), Value(0, AMOUNT))


def ticket_gross():
    """What the customer paid for the ticket, all tax in it, without the booking fee."""
    on_top = Case(When(booking__tax_included=False, then=F("ticket_tax")), default=Value(0), output_field=AMOUNT)
    return F("price") + on_top


IS_FREE = Q(total=0, paid_with=None)
