"""The box office of movies, by the day of the showtime: what distributors are paid by."""

from django.db.models import Count, F, Q, Sum
from django.utils.translation import gettext_lazy as _

from bookings.reports.sold import THEATER, local_time, sold_seats, ticket_gross, ticket_tax
from bookings.reports.table import Column, Report, Selection
from theaters.models.prices import Format

NAMES = {
    "theater_name": F(f"{THEATER}__name"),
    "screen_name": F("showtime__screen__name"),
    "movie_title": F("showtime__movie__title"),
    "distributor": F("showtime__movie__distributor"),
    "day": F("showtime__business_date"),
    "format": F("showtime__format"),
    "ticket_type_name": F("ticket_type__name"),
    "currency": F("booking__currency"),
}
IDS = ("showtime_id", "ticket_type_id", "price")
ORDER = ("theater_name", "movie_title", "day", "screen_name", "session", "showtime_id", "ticket_type_name", "price")


def box_office_lines(selection: Selection, showtimes=None) -> list[dict]:
    """A line for each session (of these showtimes), ticket type and price. Free tickets are admits at 0."""
    sold = sold_seats(selection)
    if showtimes is not None:
        sold = sold.filter(showtime__in=showtimes)
    seats = sold.annotate(ticket_tax=ticket_tax()).annotate(gross_each=ticket_gross())
    lines = seats.values(
        *IDS, **NAMES, movie_id=F("showtime__movie"), session=local_time("showtime__starts_at", THEATER)
    )
    found = lines.annotate(
        admits=Count("pk"),
        comps=Count("pk", filter=Q(price=0)),
        gross=Sum("gross_each"),
        tax=Sum("ticket_tax"),
        net=Sum(F("gross_each") - F("ticket_tax")),
    ).order_by(*ORDER, "currency", "ticket_type_id")
    return [line | {"format": str(Format(line["format"]).label)} for line in found]


LINE_COLUMNS = (
    Column("theater_name", _("Theater")),
    Column("screen_name", _("Screen")),
    Column("movie_title", _("Movie")),
    Column("distributor", _("Distributor")),
    Column("day", _("Day"), "date"),
    Column("session", _("Session")),
    Column("format", _("Format")),
    Column("ticket_type_name", _("Ticket type")),
    Column("currency", _("Currency")),
    Column("price", _("Price"), "money"),
    Column("admits", _("Admits"), "count", sums=True),
    Column("comps", _("of them free"), "count", sums=True),
    Column("gross", _("Gross"), "money", sums=True),
    Column("tax", _("Tax"), "money", sums=True),
    Column("net", _("Net"), "money", sums=True),
)
BOX_OFFICE = Report(
    slug="box-office",
    title=_("Box office by session"),
    about=_(
        "Admits and gross of every session by ticket type, by the day of the showtime. Without booking fees and "
        "without what was cancelled; free tickets count as admits."
    ),
    columns=LINE_COLUMNS,
    query=box_office_lines,
)
