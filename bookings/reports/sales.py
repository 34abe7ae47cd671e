"""Sales, tax and fees, by the day of the sale: what the accountant books."""

from django.db.models import Count, F, Q, Sum
from django.utils.translation import gettext_lazy as _

from bookings.reports.sold import THEATER, sold_bookings
from bookings.reports.table import Column, Report, Selection


def sales_by_day(selection: Selection):
    by_day = sold_bookings(selection).values("day", "currency", theater_name=F(f"{THEATER}__name"))
    return by_day.annotate(
        bookings=Count("pk"),
        tickets=Sum("seats_bought"),
        seats_price=Sum("price_total"),
        surcharges=Sum("surcharge_total"),
        discounts=Sum("discount_total"),
        fees=Sum("fee_total"),
        tax_on_top=Sum("tax_total", filter=Q(tax_included=False), default=0),
        sold_total=Sum("total"),
        cancelled_later=Sum("total", filter=Q(status="cancelled"), default=0),
    ).order_by("theater_name", "day", "currency")


def fees_by_day(selection: Selection):
    with_fee = sold_bookings(selection).filter(fee_total__gt=0)
    by_day = with_fee.values("day", "currency", theater_name=F(f"{THEATER}__name"))
    return by_day.annotate(bookings=Count("pk"), tickets=Sum("seats_bought"), fees=Sum("fee_total")).order_by(
        "theater_name", "day", "currency"
    )


THEATER_COLUMN, DAY = Column("theater_name", _("Theater")), Column("day", _("Day"), "date")
CURRENCY = Column("currency", _("Currency"))
BOOKINGS = Column("bookings", _("Bookings"), "count", sums=True)
TICKETS_COLUMN = Column("tickets", _("Tickets"), "count", sums=True)
FEES = Column("fees", _("Booking fees"), "money", sums=True)
SALES = Report(
    slug="sales",
    title=_("Sales by day"),
    about=_("What was sold on each day, for whatever showtime. Also what was cancelled later: see “Refunds” for that."),
    columns=(
        THEATER_COLUMN,
        DAY,
        CURRENCY,
        BOOKINGS,
        TICKETS_COLUMN,
        Column("seats_price", _("Tickets' price"), "money", sums=True),
        Column("surcharges", _("of it surcharges"), "money", sums=True),
        Column("discounts", _("after discounts of"), "money", sums=True),
        FEES,
        Column("tax_on_top", _("Tax on top"), "money", sums=True),
        Column("sold_total", _("Total"), "money", sums=True),
        Column("cancelled_later", _("of it cancelled or exchanged since"), "money", sums=True),
    ),
    query=sales_by_day,
)
FEES_REPORT = Report(
    slug="fees",
    title=_("Booking fees"),
    about=_("Booking fees by the day of the sale; they are no part of the box office."),
    columns=(THEATER_COLUMN, DAY, CURRENCY, BOOKINGS, TICKETS_COLUMN, FEES),
    query=fees_by_day,
)
