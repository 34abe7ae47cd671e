"""Money that came and went, by the day it moved and the way it was paid."""

from collections import defaultdict
from decimal import Decimal

from django.db.models import Count, F, Sum, Value
from django.db.models.fields import CharField
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from bookings.models import Dispute, Exchange, Payment, Refund
from bookings.reports.sold import IS_FREE, THEATER, on_days, sold_bookings, tender
from bookings.reports.table import Column, Report, Selection

TENDERS = dict(Payment.Tender.choices) | {
    "stripe": _("Online, by Stripe"),
    "free": _("Free of charge"),
    "exchange": _("By old tickets, in an exchange"),
}
MEASURES = ("payments", "received", "refunded", "charged_back")


def money_by_tender(selection: Selection) -> list[dict]:
    """One line for each theater, day, tender and currency, out of what came in, went back, and was lost to a bank."""
    lines = defaultdict(lambda: dict.fromkeys(MEASURES, Decimal(0)) | {"payments": 0})
    money = received(selection), free_of_charge(selection), refunded(selection), charged_back(selection)
    for rows in (*money, taken_over(selection), handed_on(selection)):
        for row in rows:
            key = row["theater_name"], row["day"], row["paid_by"], row["money_in"]
            for name in MEASURES:
                lines[key][name] += row.get(name, 0)
    return [
        {"theater_name": theater, "day": day, "tender": TENDERS.get(by, by), "currency": currency}
        | line
        | {"kept": line["received"] - line["refunded"] - line["charged_back"]}
        for (theater, day, by, currency), line in sorted(lines.items())
    ]


def grouped(rows, selection: Selection, *, moment: str, payment: str, currency: str):
    booking = "__".join(filter(None, [payment, "booking"]))
    found = on_days(rows.order_by(), selection, moment=moment, theater=f"{booking}__{THEATER}")
    if selection.movie_id:
        found = found.filter(**{f"{booking}__showtime__movie": selection.movie_id})
    return found.values(
        "day", theater_name=F(f"{booking}__{THEATER}__name"), money_in=F(currency), paid_by=tender(payment)
    )


def received(selection: Selection):
    paid = Payment.objects.filter(status=Payment.Status.PAID)
    lines = grouped(paid, selection, moment="paid_at", payment="", currency="currency_received")
    return lines.annotate(payments=Count("pk"), received=Sum("amount_received"))


def free_of_charge(selection: Selection):
    free = sold_bookings(selection).filter(IS_FREE)
    lines = free.values("day", theater_name=F(f"{THEATER}__name"), money_in=F("currency"))
    return lines.annotate(paid_by=Value("free", CharField()), payments=Count("pk"))


def taken_over(selection: Selection):
    """By new tickets, of old ones: no money moves, and what comes in here goes out beside it."""
    return exchanged(selection, "new").annotate(payments=Count("pk"), received=Sum("credit"))


def handed_on(selection: Selection):
    return exchanged(selection, "old").annotate(refunded=Sum("credit"))


def exchanged(selection: Selection, side: str):
    found = Exchange.objects.done().filter(credit__gt=0).order_by()
    found = on_days(found, selection, moment="done_at", theater=f"{side}__{THEATER}")
    if selection.movie_id:
        found = found.filter(**{f"{side}__showtime__movie": selection.movie_id})
    lines = found.values("day", theater_name=F(f"{side}__{THEATER}__name"), money_in=F(f"{side}__currency"))
    return lines.annotate(paid_by=Value("exchange", CharField()))


def refunded(selection: Selection):
    """What the box office still owes lies in its drawer until somebody comes for it."""
    back = Refund.objects.effective().exclude(status=Refund.Status.AT_COUNTER)
    moved = back.alias(moved_at=Coalesce("paid_out_at", "created_at"))
    lines = grouped(moved, selection, moment="moved_at", payment="payment", currency="currency")
    return lines.annotate(refunded=Sum("amount"))


def charged_back(selection: Selection):
    lost = Dispute.objects.lost()
    lines = grouped(lost, selection, moment="opened_at", payment="payment", currency="currency")
    return lines.annotate(charged_back=Sum("amount"))


def refunds(selection: Selection):
    """Each refund; what has failed is money that the customer still waits for."""
    found = on_days(
        Refund.objects.needed().order_by(), selection, moment="created_at", theater=f"payment__booking__{THEATER}"
    )
    if selection.movie_id:
        found = found.filter(payment__booking__showtime__movie=selection.movie_id)
    rows = found.values(
        "day",
        "reason",
        "status",
        "amount",
        "currency",
        "pk",
        theater_name=F(f"payment__booking__{THEATER}__name"),
        reference=F("payment__booking__reference"),
        movie_title=F("payment__booking__movie__title"),
        paid_by=tender("payment"),
    )
    return [refund_line(row) for row in rows.order_by("theater_name", "day", "pk")]


def refund_line(row: dict) -> dict:
    has_failed = row["status"] == Refund.Status.FAILED
    words = {"reason": Refund.Reason(row["reason"]).label, "status": Refund.Status(row["status"]).label}
    amounts = {"back": 0 if has_failed else row["amount"], "failed": row["amount"] if has_failed else 0}
    return row | words | amounts | {"tender": TENDERS[row["paid_by"]]}


TENDER = Report(
    slug="tender",
    title=_("Money by tender"),
    about=_("What came in, what went back and what is left, by the day the money moved and the way it was paid."),
    columns=(
        Column("theater_name", _("Theater")),
        Column("day", _("Day"), "date"),
        Column("tender", _("Tender")),
        Column("currency", _("Currency")),
        Column("payments", _("Payments"), "count", sums=True),
        Column("received", _("Received"), "money", sums=True),
        Column("refunded", _("Refunded"), "money", sums=True),
        Column("charged_back", _("Charged back"), "money", sums=True),
        Column("kept", _("Left"), "money", sums=True),
    ),
    query=money_by_tender,
)
REFUNDS = Report(
    slug="refunds",
    title=_("Refunds"),
    about=_("Every refund with its booking, its reason and how far it is, by the day it was made."),
    columns=(
        Column("theater_name", _("Theater")),
        Column("day", _("Day"), "date"),
        Column("reference", _("Booking")),
        Column("movie_title", _("Movie")),
        Column("tender", _("Tender")),
        Column("reason", _("Reason")),
        Column("status", _("Status")),
        Column("currency", _("Currency")),
        Column("back", _("Refunded"), "money", sums=True),
        Column("failed", _("Failed"), "money", sums=True),
    ),
    query=refunds,
)
