"""What seats cost: arithmetic in `Decimal`, no query, no request. Amounts are in the currency's main unit."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from bookings.exceptions import BadChoice
from bookings.tariffs import NOTHING, Tariff, Tax
from theaters.money import rounded


@dataclass(frozen=True)
class Line:
    """One seat: `total` is what it costs the customer, all in, with its share of the order's fee.

    `surcharge` and `discount` are in the price already, an included tax in price and fee. `tax` sums up `taxes`;
    `price_tax` is the one on the price.
    """

    seat: object
    ticket_type: object
    price: Decimal
    fee: Decimal
    taxes: Mapping[Tax, Decimal]
    total: Decimal
    surcharge: Decimal
    discount: Decimal
    price_tax: Tax

    @property
    def tax(self) -> Decimal:
        return sum(self.taxes.values(), NOTHING)


@dataclass(frozen=True)
class Quote:
    tariff: Tariff
    lines: tuple[Line, ...]
    promo: object = field(default=None, compare=False)

    def sum_of(self, part: str) -> Decimal:
        return sum((getattr(line, part) for line in self.lines), NOTHING)

    @property
    def price_total(self) -> Decimal:
        return self.sum_of("price")

    @property
    def fee_total(self) -> Decimal:
        return self.sum_of("fee")

    @property
    def tax_total(self) -> Decimal:
        return self.sum_of("tax")

    @property
    def total(self) -> Decimal:
        return self.sum_of("total")

    @property
    def surcharge_total(self) -> Decimal:
        return self.sum_of("surcharge")

    @property
    def cards_total(self) -> Decimal:
        """The seats by the price card, before surcharge and discount."""
        return self.price_total + self.discount_total - self.surcharge_total

    @property
    def surcharge_name(self) -> str:
        return self.tariff.surcharge_name if self.surcharge_total else ""

    @property
    def discount_total(self) -> Decimal:
        return self.sum_of("discount")

    @property
    def promo_code(self) -> str:
        return self.promo.code if self.discount_total else ""

    @property
    def tax_lines(self) -> list[tuple[str, Decimal, Decimal]]:
        """(name, rate, amount) of each tax in it; together they are `tax_total`."""
        sums = defaultdict(Decimal)
        for line in self.lines:
            for tax, amount in line.taxes.items():
                sums[tax] += amount
        return [(*tax, amount) for tax, amount in sums.items() if amount]


def quote_seats(tariff: Tariff, choices: Iterable[tuple], promo=None) -> Quote:
    """Price pairs of (seat, ticket type), less what a promo code takes off. Raises BadChoice for what is not sold."""
    chosen = [(seat, ticket_type, cell_of(tariff, seat, ticket_type)) for seat, ticket_type in choices]
    prices = [full_price(tariff, cell) for _seat, _ticket_type, cell in chosen]
    discounts = spread(discount_on(tariff, sum(prices, NOTHING), promo), prices, tariff)
    paying = [int(price > discount) for price, discount in zip(prices, discounts, strict=True)]
    shares = zip(*(spread(part, paying, tariff) for part in order_parts(tariff)[:2]), strict=True)
    lines = (
        quote_seat(tariff, *choice, discount, *share)
        for choice, discount, share in zip(chosen, discounts, shares, strict=True)
    )
    return Quote(tariff, tuple(lines), promo)


def quote_seat(tariff: Tariff, seat, ticket_type, cell: Decimal, discount, order_fee, order_tax) -> Line:
    price, fee, taxes, total = seat_parts(tariff, cell, discount)
    if order_tax:
        taxes[tariff.tax] = taxes.get(tariff.tax, NOTHING) + order_tax
    return Line(
        seat=seat,
        ticket_type=ticket_type,
        price=price,
        fee=fee + order_fee,
        taxes=taxes,
        total=total + total_of(tariff, order_fee, {tariff.tax: order_tax}),
        surcharge=full_price(tariff, cell) - full_price(tariff, cell, with_surcharge=False),
        discount=discount,
        price_tax=tariff.tax_on(price),
    )


def cell_of(tariff: Tariff, seat, ticket_type) -> Decimal:
    amount = tariff.cells.get((seat.category_id, ticket_type.pk))
    if amount is None:
        raise BadChoice(
            _("A %(type)s ticket is not sold for seat %(seat)s. Please choose another ticket type.")
            % {"type": ticket_type.name, "seat": seat.label}
        )
    return amount


def price_parts(tariff: Tariff, amount: Decimal) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """(price, fee, tax, total) of one seat at a card's amount, without the order's fee. See also `order_parts`."""
    price, fee, taxes, total = seat_parts(tariff, amount)
    return price, fee, sum(taxes.values(), NOTHING), total


def price_of_one(tariff: Tariff, amount: Decimal) -> Decimal:
    """What is charged for one seat at a card's amount that is all that is bought: with the whole fee of the order."""
    price, _fee, _tax, total = price_parts(tariff, amount)
    return total + order_parts(tariff)[-1] if price else total


def seat_parts(tariff: Tariff, cell: Decimal, discount=NOTHING) -> tuple[Decimal, Decimal, dict, Decimal]:
    """(price, fee, taxes, total). Each amount is rounded once, so that the lines add up to what is charged."""
    price = full_price(tariff, cell) - discount
    fee = fee_on(tariff, price)
    taxes = taxes_on(tariff, {tariff.tax_on(price): price}, fee)
    return price, fee, taxes, total_of(tariff, price + fee, taxes)


def order_parts(tariff: Tariff) -> tuple[Decimal, Decimal, Decimal]:
    """(fee, tax, total) that come once per booking. The seats bear equal shares, so that they still add up to it."""
    fee = round_in(tariff, tariff.order_fee)
    taxes = taxes_on(tariff, {}, fee)
    return fee, sum(taxes.values(), NOTHING), total_of(tariff, fee, taxes)


def full_price(tariff: Tariff, cell: Decimal, *, with_surcharge=True) -> Decimal:
    """A free seat is free in every format."""
    return round_in(tariff, cell + (tariff.surcharge if cell and with_surcharge else 0))


def fee_on(tariff: Tariff, price: Decimal) -> Decimal:
    """A free seat has no fee."""
    if not price:
        return NOTHING
    fee = tariff.fee + price * tariff.fee_percent / 100
    if tariff.fee_floor is not None:
        fee = max(fee, tariff.fee_floor)
    if tariff.fee_cap is not None:
        fee = min(fee, tariff.fee_cap)
    return round_in(tariff, fee)


def taxes_on(tariff: Tariff, bases: dict[Tax, Decimal], fee: Decimal) -> dict[Tax, Decimal]:
    """An included tax is amount - amount / (1 + rate); an added one amount * rate. Of one rate it is rounded once."""
    if tariff.fee_taxed:
        bases = bases | {tariff.tax: bases.get(tariff.tax, NOTHING) + fee}
    taxes = {}
    for tax, base in bases.items():
        rate = tax.rate / 100
        taxes[tax] = round_in(tariff, base - base / (1 + rate) if tariff.tax_included else base * rate)
    return taxes


def total_of(tariff: Tariff, amount: Decimal, taxes: Mapping[Tax, Decimal]) -> Decimal:
    return amount if tariff.tax_included else amount + sum(taxes.values(), NOTHING)


def discount_on(tariff: Tariff, price_total: Decimal, promo) -> Decimal:
    if promo is None:
        return NOTHING
    amount = price_total * promo.value / 100 if promo.kind == "percent" else promo.value
    return min(price_total, round_in(tariff, amount))


def spread(amount: Decimal, weights: list, tariff: Tariff) -> list[Decimal]:
    """An amount in parts by weight that can all be charged and add up to it exactly."""
    shares, rest = [], sum(weights)
    for weight in weights:
        share = round_in(tariff, amount * weight / rest) if rest else NOTHING
        shares.append(share)
        amount, rest = amount - share, rest - weight
    return shares


def round_in(tariff: Tariff, amount: Decimal) -> Decimal:
    return rounded(amount, tariff.currency, tariff.rounding)


def refund_due(policy: list[dict], booking, minutes_left: Decimal, *, total: Decimal, fees: Decimal) -> Decimal:
    """What the policy frozen on a booking gives back, so many minutes before the start, for seats of it that cost
    `total`, with `fees` (before tax) in it."""
    rule = next((rule for rule in policy if minutes_left >= rule["minutes_before"]), None)
    if rule is None or minutes_left < 0:
        return Decimal(0)
    fee_tax = booking.tax_rate / 100 if booking.fee_taxed and not booking.tax_included else Decimal(0)
    fee = rounded(fees * (1 + fee_tax), booking.currency)
    seats = rounded((total - fee) * Decimal(rule["percent"]) / 100, booking.currency)
    return seats + fee if rule["fee_refunded"] else seats
