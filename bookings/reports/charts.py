"""Charts as numbers for an SVG without a viewBox: across in percent of its width, down in pixels.

So a chart fills a phone as well as a desk, and its letters keep their size.
"""

from dataclasses import dataclass
from decimal import Decimal

HEIGHT = 140
GAP = 0.15


@dataclass(frozen=True)
class Column:
    """One hour: what was sold today, and behind it what was sold on the day to compare with."""

    label: str
    now: Decimal
    then: Decimal
    place: int
    places: int
    top: Decimal

    @property
    def x(self) -> str:
        return percent((self.place + GAP) / self.places)

    @property
    def middle(self) -> str:
        return percent((self.place + 0.5) / self.places)

    @property
    def width(self) -> str:
        return percent((1 - 2 * GAP) / self.places)

    @property
    def height(self) -> int:
        return height(self.now, self.top)

    @property
    def y(self) -> int:
        return HEIGHT - self.height

    @property
    def then_height(self) -> int:
        return height(self.then, self.top)

    @property
    def then_y(self) -> int:
        return HEIGHT - self.then_height

    @property
    def has_label(self) -> bool:
        """On a phone there is room for a dozen."""
        return self.place % (1 if self.places <= 12 else 2) == 0


def columns(values: list[tuple[str, Decimal, Decimal]]) -> list[Column]:
    """From (label, now, then)."""
    top = max((max(now, then) for _label, now, then in values), default=Decimal(0))
    return [Column(label, now, then, place, len(values), top) for place, (label, now, then) in enumerate(values)]


def height(value: Decimal, top: Decimal) -> int:
    """What is more than nothing can be seen."""
    return max(round(HEIGHT * value / top), 2) if value > 0 else 0


def percent(part: float) -> str:
    return f"{100 * part:.2f}%"


def share(part, whole) -> str:
    """The length of a bar: never longer than its row."""
    return percent(min(part / whole, 1)) if whole else "0%"
