"""What a price follows from, on its way from the tables through the session to `pricing`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from decimal import Decimal
from typing import NamedTuple

NOTHING = Decimal(0)


class Tax(NamedTuple):
    name: str
    rate: Decimal


@dataclass(frozen=True)
class Slab:
    """Prices over one amount, up to another: each has its own tax. None is no limit."""

    name: str
    rate: Decimal
    over: Decimal | None
    up_to: Decimal | None

    def covers(self, price: Decimal) -> bool:
        return (self.over is None or price > self.over) and (self.up_to is None or price <= self.up_to)


@dataclass(frozen=True)
class Tariff:
    """Everything a price follows from, as it was when the seats were held.

    `cells`: {(seat category id, ticket type id): amount}. `tax_name` and `tax_rate` are the tax on the fees, and on
    each price that no slab covers. `fee` is per ticket, with floor and cap together with `fee_percent` of the price.
    """

    currency: str
    rounding: str
    fee: Decimal
    fee_taxed: bool
    tax_name: str
    tax_rate: Decimal
    tax_included: bool
    cells: Mapping[tuple[int, int], Decimal]
    # With defaults, as a hold may be older than these.
    fee_percent: Decimal = NOTHING
    fee_floor: Decimal | None = None
    fee_cap: Decimal | None = None
    order_fee: Decimal = NOTHING
    surcharge: Decimal = NOTHING
    surcharge_name: str = ""
    slabs: tuple[Slab, ...] = ()

    @classmethod
    def of(cls, theater, cells, *, surcharge=None, tax_rules=()) -> "Tariff":
        """`tax_rules` are those of the day; one without price limits stands in for the theater's flat rate."""
        flat = next((rule for rule in tax_rules if rule.is_for_any_price), None)
        return cls(
            currency=theater.currency,
            rounding=theater.rounding,
            fee=theater.booking_fee,
            fee_taxed=theater.booking_fee_taxed,
            tax_name=flat.name if flat else theater.tax_name,
            tax_rate=flat.rate if flat else theater.tax_rate,
            tax_included=theater.tax_included,
            cells=cells,
            fee_percent=theater.fee_percent,
            fee_floor=theater.fee_floor,
            fee_cap=theater.fee_cap,
            order_fee=theater.order_fee,
            surcharge=surcharge.amount if surcharge else NOTHING,
            surcharge_name=surcharge.name if surcharge else "",
            slabs=tuple(
                Slab(rule.name, rule.rate, rule.price_over, rule.price_up_to)
                for rule in tax_rules
                if not rule.is_for_any_price
            ),
        )

    @property
    def tax(self) -> Tax:
        return Tax(self.tax_name, self.tax_rate)

    def tax_on(self, price: Decimal) -> Tax:
        return next((Tax(slab.name, slab.rate) for slab in self.slabs if slab.covers(price)), self.tax)

    def without_fees(self) -> "Tariff":
        return replace(self, fee=NOTHING, fee_percent=NOTHING, fee_floor=None, fee_cap=None, order_fee=NOTHING)

    def to_json(self) -> dict:
        cells = [[category, ticket_type, str(amount)] for (category, ticket_type), amount in self.cells.items()]
        slabs = [in_text(asdict(slab)) for slab in self.slabs]
        return in_text(asdict(self)) | {"cells": cells, "slabs": slabs}

    @classmethod
    def from_json(cls, stored: dict) -> "Tariff":
        """What a newer version may have stored beside, while it comes up or after a way back, is left out."""
        cells = {(category, ticket_type): Decimal(amount) for category, ticket_type, amount in stored["cells"]}
        slabs = tuple(Slab(**in_decimal(known_to(Slab, slab))) for slab in stored.get("slabs", ()))
        return cls(**in_decimal(known_to(cls, stored)) | {"cells": cells, "slabs": slabs})


AMOUNTS = frozenset("fee tax_rate fee_percent fee_floor fee_cap order_fee surcharge rate over up_to".split())


def known_to(dataclass, stored: dict) -> dict:
    names = {field.name for field in fields(dataclass)}
    return {name: value for name, value in stored.items() if name in names}


def in_text(fields: dict) -> dict:
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in fields.items()}


def in_decimal(fields: dict) -> dict:
    return {name: Decimal(value) if name in AMOUNTS and value else value for name, value in fields.items()}
