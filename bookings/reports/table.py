"""What a report is: a question to the database, and the columns of its answer."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from theaters.models import Theater
from theaters.money import decimal_places


@dataclass(frozen=True)
class Selection:
    """What is asked about: days (both included) of theaters, and perhaps one movie."""

    theaters: tuple[Theater, ...]
    since: date
    until: date
    movie_id: int | None = None


@dataclass(frozen=True)
class Column:
    """`kind`: text, date, count, money (in the row's currency), percent or rate (of a tax, with all its places)."""

    name: str
    label: str
    kind: str = "text"
    sums: bool = False


@dataclass(frozen=True)
class Report:
    slug: str
    title: str
    about: str
    columns: tuple[Column, ...]
    query: Callable[[Selection], Iterable[dict]]

    def table(self, selection: Selection) -> "Table":
        return Table(self.columns, list(self.query(selection)))


@dataclass(frozen=True)
class Table:
    columns: tuple[Column, ...]
    rows: list[dict]

    def for_a_page(self) -> tuple["Table", list[tuple[str, str]]]:
        """Without the columns that say the same on every line; those are (name, value) to be said once."""
        same = [column for column in self.columns if column.kind == "text" and self.says_one_thing(column.name)]
        said = [(column.label, value) for column in same if (value := shown(self.rows[0], column))]
        return Table(tuple(column for column in self.columns if column not in same), self.rows), said

    def says_one_thing(self, name: str) -> bool:
        return len({row.get(name) for row in self.rows}) == 1

    def totals(self) -> list[dict]:
        """One line for each currency: amounts of two currencies are never added."""
        summed = [column.name for column in self.columns if column.sums]
        if not summed:
            return []
        by_currency: dict[str | None, dict] = {}
        for row in self.rows:
            line = by_currency.setdefault(row.get("currency"), dict.fromkeys(summed, 0))
            for name in summed:
                line[name] += row[name] or 0
        return [{"currency": currency, **by_currency[currency]} for currency in sorted(by_currency, key=str)]


def shown(row: dict, column: Column) -> str:
    """A cell in words: amounts with the places of their currency, days as 2026-11-21."""
    value = row.get(column.name)
    if value is None:
        return ""
    if column.kind == "money":
        return f"{in_places(value, row['currency'])}"
    if column.kind == "percent":
        return f"{Decimal(value):.1f}"
    if column.kind == "rate":
        return f"{Decimal(value).normalize():f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def in_places(amount, currency: str) -> Decimal:
    return Decimal(amount).quantize(Decimal(1).scaleb(-decimal_places(currency)))
