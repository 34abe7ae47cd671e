"""Tax by rate, as it was frozen with each sale: a booking of several rates is taken apart."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from functools import reduce

from django.db.models import CharField, Count, DecimalField, F, Func, IntegerField, Sum, Value
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Coalesce, NullIf
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from bookings.models import Booking, Exchange, Refund
from bookings.reports.sold import AMOUNT, THEATER, on_days, sold_bookings, to_the_cent
from bookings.reports.table import Column, Report, Selection
from theaters.money import rounded

# What was sold and is given back: by its payment, by the exchange that had passed the money on, by the exchange itself.
BOUGHT, SALE, OLD = "payment__bought", "sale", "old"
RATE = DecimalField(max_digits=6, decimal_places=3)


def tax_by_rate(selection: Selection) -> list[dict]:
    """Sales and, below zero, what was refunded of sales on these days, whenever they were sold."""
    sums: dict[tuple, list] = defaultdict(lambda: [0, Decimal(0), Decimal(0)])
    for sign, rows in ((1, sales(selection)), (-1, refunds_of_sales(selection))):
        for *key, n, gross, tax in rows:
            line = sums[*key, -sign]
            line[0] += n
            line[1] += sign * gross
            line[2] += sign * tax
    words = {-1: now_("Sold"), 1: now_("Refunded")}
    return [
        {"theater_name": theater, "currency": currency, "tax_name": name, "tax_rate": rate}
        | {"what": words[what], "n": n, "gross": gross, "tax": tax, "net": gross - tax}
        for (theater, currency, name, rate, what), (n, gross, tax) in sorted(sums.items())
    ]


def sales(selection: Selection) -> Iterator[tuple]:
    sold = sold_bookings(selection)
    lines = of_one_rate(sold).values_list(F(f"{THEATER}__name"), "currency", "one_name", "one_rate")
    yield from lines.annotate(Count("pk"), Sum("total"), Sum("tax_total"))
    for booking in of_several_rates(sold).select_related(THEATER).prefetch_related("booked_seats"):
        for name, rate, gross, tax in shares_of(booking):
            yield booking.showtime.theater.name, booking.currency, name, rate, 1, gross, tax


def refunds_of_sales(selection: Selection) -> Iterator[tuple]:
    """Not of money that bought nothing: it never was a sale. Old tickets that pay for new ones are given back, too."""
    refunds = Refund.objects.effective().order_by().annotate(undone=F("amount"), undone_in=F("currency"))
    exchanges = Exchange.objects.done().order_by().annotate(undone=F("credit"), undone_in=F("old__currency"))
    yield from undone(refunds.filter(sale=None, payment__bought__isnull=False), selection, BOUGHT, "created_at")
    yield from undone(refunds.filter(sale__isnull=False), selection, SALE, "created_at")
    yield from undone(exchanges.filter(credit__gt=0), selection, OLD, "done_at")


def undone(rows, selection: Selection, sale: str, moment: str) -> Iterator[tuple]:
    """`sale` leads from a row to its booking, of which it takes back `undone`."""
    rows = on_days(rows, selection, moment=moment, theater=f"{sale}__{THEATER}")
    if selection.movie_id:
        rows = rows.filter(**{f"{sale}__showtime__movie": selection.movie_id})
    lines = of_one_rate(rows.annotate(tax_back=undone_tax(sale)), f"{sale}__")
    lines = lines.values_list(F(f"{sale}__{THEATER}__name"), "undone_in", "one_name", "one_rate")
    yield from lines.annotate(Count("pk"), Sum("undone"), Sum("tax_back"))
    several = of_several_rates(rows, f"{sale}__").select_related(f"{sale}__{THEATER}")
    for row in several.prefetch_related(f"{sale}__booked_seats"):
        booking = reduce(getattr, sale.split("__"), row)
        for name, rate, gross, tax in undone_shares(row.undone, booking):
            yield booking.showtime.theater.name, row.undone_in, name, rate, 1, gross, tax


def of_one_rate(rows, booking: str = ""):
    """As `one_name` and `one_rate`. Bookings older than several rates, and those without tax, only name their own."""
    first = KeyTransform(0, f"{booking}taxes")
    return rows.annotate(
        n_taxes=number_of_taxes(booking),
        one_name=Coalesce(KeyTextTransform(0, first), F(f"{booking}tax_name"), output_field=CharField()),
        one_rate=Coalesce(Cast(KeyTextTransform(1, first), RATE), F(f"{booking}tax_rate")),
    ).filter(n_taxes__lte=1)


def of_several_rates(rows, booking: str = ""):
    return rows.annotate(n_taxes=number_of_taxes(booking)).filter(n_taxes__gt=1)


def number_of_taxes(booking: str):
    return Func(F(f"{booking}taxes"), function="jsonb_array_length", output_field=IntegerField())


def undone_tax(sale: str):
    """The share of what is taken back that was tax of the sale; in the sale's currency."""
    share = F("undone") * F(f"{sale}__tax_total") / NullIf(F(f"{sale}__total"), Value(0, AMOUNT))
    return Coalesce(to_the_cent(share, f"{sale}__currency"), Value(0, AMOUNT))


def shares_of(booking: Booking) -> list[tuple]:
    """(name, rate, gross, tax) of each rate; the fee has the booking's own. Together they are the total."""
    gross: dict[tuple, Decimal] = defaultdict(Decimal)
    for booked in booking.booked_seats.all():
        gross[booked.tax_name, booked.tax_rate] += booked.price
    gross[booking.tax_name, booking.tax_rate] += booking.fee_total
    taxes = {(name, rate): tax for name, rate, tax in booking.tax_lines}
    on_top = Decimal(not booking.tax_included)
    shares = [(*key, amount, taxes.get(key, Decimal(0))) for key, amount in gross.items() if amount]
    return [(name, rate, amount + on_top * tax, tax) for name, rate, amount, tax in shares]


def undone_shares(amount: Decimal, booking: Booking) -> Iterator[tuple]:
    """It is taken back of all rates alike; the last takes what rounding has left."""
    rest, whole = amount, booking.total
    for name, rate, gross, tax in shares_of(booking):
        part = rounded(rest * gross / whole, booking.currency)
        yield name, rate, part, rounded(part * tax / gross, booking.currency)
        rest, whole = rest - part, whole - gross


TAX = Report(
    slug="tax",
    title=_("Tax by rate"),
    about=_(
        "Gross, tax and net by tax rate and day of the sale; what was refunded or exchanged then stands below zero."
    ),
    columns=(
        Column("theater_name", _("Theater")),
        Column("tax_name", _("Tax")),
        Column("tax_rate", _("Rate in percent"), "rate"),
        Column("what", _("What")),
        Column("currency", _("Currency")),
        Column("n", _("Bookings or refunds"), "count"),
        Column("gross", _("Gross"), "money", sums=True),
        Column("tax", _("Tax amount"), "money", sums=True),
        Column("net", _("Net"), "money", sums=True),
    ),
    query=tax_by_rate,
)
