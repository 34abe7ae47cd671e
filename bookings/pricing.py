"""What seats cost: arithmetic in `Decimal`, no query, no request. Amounts are in the currency's main unit."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from bookings.exceptions import BadChoice
from theaters.money import rounded


@dataclass(frozen=True)
class Tariff:
    """Everything a price follows from, as it was when the seats were held.

    `cells`: {(seat category id, ticket type id): amount}
    """

    currency: str
    rounding: str
    fee: Decimal
    fee_taxed: bool
    tax_name: str
    tax_rate: Decimal
    tax_included: bool
    cells: Mapping[tuple[int, int], Decimal]

    @classmethod
    def of(cls, theater, cells) -> "Tariff":
        return cls(
            currency=theater.currency,
            rounding=theater.rounding,
            fee=theater.booking_fee,
            fee_taxed=theater.booking_fee_taxed,
            tax_name=theater.tax_name,
            tax_rate=theater.tax_rate,
            tax_included=theater.tax_included,
            cells=cells,
        )

    def to_json(self) -> dict:
        cells = [[category, ticket_type, str(amount)] for (category, ticket_type), amount in self.cells.items()]
        return asdict(self) | {"fee": str(self.fee), "tax_rate": str(self.tax_rate), "cells": cells}

    @classmethod
    def from_json(cls, stored: dict) -> "Tariff":
        cells = {(category, ticket_type): Decimal(amount) for category, ticket_type, amount in stored["cells"]}
        return cls(**stored | {"fee": Decimal(stored["fee"]), "tax_rate": Decimal(stored["tax_rate"]), "cells": cells})


@dataclass(frozen=True)
class Line:
    """One seat: `total` is what it costs the customer, all in. An included tax is part of price and fee."""

    seat: object
    ticket_type: object
    price: Decimal
    fee: Decimal
    tax: Decimal
    total: Decimal


@dataclass(frozen=True)
class Quote:
    tariff: Tariff
    lines: tuple[Line, ...]

    @property
    def price_total(self) -> Decimal:
        return sum((line.price for line in self.lines), Decimal(0))

    @property
    def fee_total(self) -> Decimal:
        return sum((line.fee for line in self.lines), Decimal(0))

    @property
    def tax_total(self) -> Decimal:
        return sum((line.tax for line in self.lines), Decimal(0))

    @property
    def total(self) -> Decimal:
        return sum((line.total for line in self.lines), Decimal(0))


def quote_seats(tariff: Tariff, choices: Iterable[tuple]) -> Quote:
    """Price pairs of (seat, ticket type). Raises BadChoice for a pair that is not sold."""
    return Quote(tariff, tuple(quote_seat(tariff, seat, ticket_type) for seat, ticket_type in choices))


def quote_seat(tariff: Tariff, seat, ticket_type) -> Line:
    amount = tariff.cells.get((seat.category_id, ticket_type.pk))
    if amount is None:
        raise BadChoice(
            _("A %(type)s ticket is not sold for seat %(seat)s. Please choose another ticket type.")
            % {"type": ticket_type.name, "seat": seat.label}
        )
    price, fee, tax, total = price_parts(tariff, amount)
    return Line(seat, ticket_type, price, fee, tax, total)


def price_parts(tariff: Tariff, amount: Decimal) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """(price, fee, tax, total) of one seat. Each is rounded once, so that the lines add up to what is charged.

    An included tax is amount - amount / (1 + rate); an added one amount * rate. A free seat has no fee.
    """
    price = rounded(amount, tariff.currency, tariff.rounding)
    fee = rounded(tariff.fee, tariff.currency, tariff.rounding) if price else Decimal(0)
    taxed = price + (fee if tariff.fee_taxed else 0)
    rate = tariff.tax_rate / 100
    tax = taxed - taxed / (1 + rate) if tariff.tax_included else taxed * rate
    tax = rounded(tax, tariff.currency, tariff.rounding)
    return price, fee, tax, price + fee + (Decimal(0) if tariff.tax_included else tax)


def refund_due(policy: list[dict], booking, minutes_left: Decimal) -> Decimal:
    """What the policy frozen on a booking gives back when it is cancelled so many minutes before the start."""
    rule = next((rule for rule in policy if minutes_left >= rule["minutes_before"]), None)
    if rule is None or minutes_left < 0:
        return Decimal(0)
    fee_tax = booking.tax_rate / 100 if booking.fee_taxed and not booking.tax_included else Decimal(0)
    fee = rounded(booking.fee_total * (1 + fee_tax), booking.currency)
    seats = rounded((booking.total - fee) * Decimal(rule["percent"]) / 100, booking.currency)
    return seats + fee if rule["fee_refunded"] else seats
