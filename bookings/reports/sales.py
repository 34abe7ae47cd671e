"""Sales, tax and fees, by the day of the sale: what the accountant books."""

from django.db.models import Count, F, Func, IntegerField, Q, Sum
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from bookings.models import Refund
from bookings.reports.sold import THEATER, on_days, refund_tax, sold_bookings
from bookings.reports.table import Column, Report, Selection

TICKETS = Func(F("seat_labels"), function="jsonb_array_length", output_field=IntegerField())
BOUGHT = "payment__bought"


def sales_by_day(selection: Selection):
    by_day = sold_bookings(selection).values("day", "currency", theater_name=F(f"{THEATER}__name"))
    return by_day.annotate(
        bookings=Count("pk"),
        tickets=Sum(TICKETS),
        seats_price=Sum("price_total"),
        fees=Sum("fee_total"),
        tax_on_top=Sum("tax_total", filter=Q(tax_included=False), default=0),
        sold_total=Sum("total"),
        cancelled_later=Sum("total", filter=Q(status="cancelled"), default=0),
    ).order_by("theater_name", "day", "currency")


def tax_by_rate(selection: Selection):
    """Sales and, below zero, what was refunded of sales on these days, whenever they were sold."""
    keys = ["theater_name", "currency", "tax_name", "tax_rate"]
    sales = sold_bookings(selection).values("currency", "tax_name", "tax_rate", theater_name=F(f"{THEATER}__name"))
    rows = [
        row | {"what": now_("Sold"), "net": row["gross"] - row["tax"]}
        for row in sales.annotate(n=Count("pk"), gross=Sum("total"), tax=Sum("tax_total"))
    ]
    for row in refunds_of_sales(selection):
        row |= {"what": now_("Refunded"), "gross": -row["gross"], "tax": -row["tax"]}
        rows.append(row | {"net": row["gross"] - row["tax"]})
    return sorted(rows, key=lambda row: ([row[key] for key in keys], -row["gross"]))


def refunds_of_sales(selection: Selection):
    """Not of money that bought nothing: it never was a sale."""
    bought = Refund.objects.effective().order_by().filter(**{f"{BOUGHT}__isnull": False})
    refunds = on_days(bought, selection, moment="created_at", theater=f"{BOUGHT}__{THEATER}")
    if selection.movie_id:
        refunds = refunds.filter(**{f"{BOUGHT}__showtime__movie": selection.movie_id})
    by_rate = refunds.annotate(tax_back=refund_tax()).values(
        "currency",
        theater_name=F(f"{BOUGHT}__{THEATER}__name"),
        tax_name=F(f"{BOUGHT}__tax_name"),
        tax_rate=F(f"{BOUGHT}__tax_rate"),
    )
    return by_rate.annotate(n=Count("pk"), gross=Sum("amount"), tax=Sum("tax_back"))


def fees_by_day(selection: Selection):
    with_fee = sold_bookings(selection).filter(fee_total__gt=0)
    by_day = with_fee.values("day", "currency", theater_name=F(f"{THEATER}__name"))
    return by_day.annotate(bookings=Count("pk"), tickets=Sum(TICKETS), fees=Sum("fee_total")).order_by(
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
        FEES,
        Column("tax_on_top", _("Tax on top"), "money", sums=True),
        Column("sold_total", _("Total"), "money", sums=True),
        Column("cancelled_later", _("of it cancelled since"), "money", sums=True),
    ),
    query=sales_by_day,
)
TAX = Report(
    slug="tax",
    title=_("Tax by rate"),
    about=_("Gross, tax and net by tax rate and day of the sale; what was refunded on these days stands below zero."),
    columns=(
        THEATER_COLUMN,
        Column("tax_name", _("Tax")),
        Column("tax_rate", _("Rate in percent"), "rate"),
        Column("what", _("What")),
        CURRENCY,
        Column("n", _("Bookings or refunds"), "count"),
        Column("gross", _("Gross"), "money", sums=True),
        Column("tax", _("Tax amount"), "money", sums=True),
        Column("net", _("Net"), "money", sums=True),
    ),
    query=tax_by_rate,
)
FEES_REPORT = Report(
    slug="fees",
    title=_("Booking fees"),
    about=_("Booking fees by the day of the sale; they are no part of the box office."),
    columns=(THEATER_COLUMN, DAY, CURRENCY, BOOKINGS, TICKETS_COLUMN, FEES),
    query=fees_by_day,
)
