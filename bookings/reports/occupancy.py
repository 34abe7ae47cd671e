"""How full the rooms were, and who did not come."""

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q
from django.db.models.functions import Least, Now
from django.utils.translation import gettext_lazy as _

from bookings.models import BookedSeat, Booking, Ticket
from bookings.reports.sold import THEATER, local_time, number_of, sold_seats
from bookings.reports.table import Column, Report, Selection
from theaters.models import Seat, SeatOutage, Showtime
from theaters.models.prices import Format


def with_occupancy(showtimes):
    """`capacity` (what can be sold), `sold` and `admitted` of each showtime."""
    seats = Seat.objects.filter(layout=OuterRef("layout"), is_blocked=False)
    began = Q(starts_at__lte=OuterRef("starts_at"))
    broken = SeatOutage.objects.filter(
        began, Q(ends_at__isnull=True) | Q(ends_at__gt=OuterRef("starts_at")), seat__layout=OuterRef("layout")
    ).filter(seat__is_blocked=False)
    sold = BookedSeat.objects.filter(
        showtime=OuterRef("pk"), released_at=None, booking__status=Booking.Status.CONFIRMED
    )
    whole = number_of(seats, "layout") - number_of(broken, "seat__layout", Count("seat", distinct=True))
    return showtimes.annotate(
        # PostgreSQL passes over what is empty.
        capacity=Least(whole, "legal_capacity", "screen__legal_capacity", output_field=IntegerField()),
        sold=number_of(sold, "showtime"),
        admitted=number_of(sold.filter(came_in()), "showtime"),
    )


def came_in():
    return Exists(Ticket.objects.filter(booked_seat=OuterRef("pk"), checked_in_at__isnull=False))


def occupancy(selection: Selection) -> list[dict]:
    showtimes = Showtime.objects.published().filter(
        screen__theater__in=selection.theaters,
        business_date__gte=selection.since,
        business_date__lte=selection.until,
    )
    if selection.movie_id:
        showtimes = showtimes.filter(movie=selection.movie_id)
    rows = with_occupancy(showtimes).values(
        "capacity",
        "sold",
        "format",
        "pk",
        day=F("business_date"),
        theater_name=F("screen__theater__name"),
        screen_name=F("screen__name"),
        movie_title=F("movie__title"),
        session=local_time("starts_at", "screen__theater"),
    )
    return [
        row
        | {"format": str(Format(row["format"]).label)}
        | {"percent": 100 * row["sold"] / row["capacity"] if row["capacity"] > 0 else None}
        for row in rows.order_by("theater_name", "day", "starts_at", "screen_name", "pk")
    ]


def no_shows(selection: Selection) -> list[dict]:
    """Of showtimes that are over: before that, everybody may still come."""
    over = sold_seats(selection).filter(showtime__ends_at__lt=Now())
    rows = over.values(
        "showtime_id",
        theater_name=F(f"{THEATER}__name"),
        screen_name=F("showtime__screen__name"),
        movie_title=F("showtime__movie__title"),
        day=F("showtime__business_date"),
        session=local_time("showtime__starts_at", THEATER),
        ticket_type_name=F("ticket_type__name"),
    ).annotate(sold=Count("pk"), admitted=Count("pk", filter=came_in()))
    ordered = rows.order_by("theater_name", "day", "session", "screen_name", "showtime_id", "ticket_type_name")
    return [row | {"not_admitted": row["sold"] - row["admitted"]} for row in ordered]


SHOWTIME_COLUMNS = (
    Column("theater_name", _("Theater")),
    Column("screen_name", _("Screen")),
    Column("movie_title", _("Movie")),
    Column("day", _("Day"), "date"),
    Column("session", _("Session")),
)
OCCUPANCY = Report(
    slug="occupancy",
    title=_("Occupancy"),
    about=_(
        "Seats sold of those that could be sold, for every session: without seats out of order, and no more than "
        "people may be in the room by law."
    ),
    columns=(
        *SHOWTIME_COLUMNS,
        Column("format", _("Format")),
        Column("capacity", _("Seats"), "count", sums=True),
        Column("sold", _("Sold"), "count", sums=True),
        Column("percent", _("Percent"), "percent"),
    ),
    query=occupancy,
)
NO_SHOWS = Report(
    slug="no-shows",
    title=_("Who came"),
    about=_("Tickets sold, let in and not used, by ticket type, of showtimes that are over."),
    columns=(
        *SHOWTIME_COLUMNS,
        Column("ticket_type_name", _("Ticket type")),
        Column("sold", _("Sold"), "count", sums=True),
        Column("admitted", _("Let in"), "count", sums=True),
        Column("not_admitted", _("Did not come"), "count", sums=True),
    ),
    query=no_shows,
)
