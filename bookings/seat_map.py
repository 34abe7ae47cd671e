"""The room as rows of checkboxes. What never changes of a seat is put together once and kept; only its state is new.

A template loop over 300 seats would cost more than the rest of the page.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bookings.pricing import Tariff, price_parts
from bookings.seat_states import SeatStates
from theaters.models import Seat, SeatCategory, Showtime
from theaters.money import format_money

CHOOSABLE = {"available", "yours"}
NOTHING, CHECKED, DISABLED = SafeString(""), SafeString(" checked"), SafeString(" disabled")
GAP = SafeString('<span class="seat-gap"></span>')


@dataclass(frozen=True)
class CategoryPrice:
    """A seat category in this showtime, with its all-in price for the default ticket type."""

    id: int
    name: str
    look: str
    price: str
    amount: str


@dataclass(frozen=True)
class Row:
    label: str
    seats: SafeString


def category_prices(showtime: Showtime, tariff: Tariff) -> tuple[CategoryPrice, ...]:
    """The categories of the room, in the theater's order: the legend of the map."""
    default = showtime.theater.default_ticket_type()
    categories = SeatCategory.objects.filter(seats__layout=showtime.layout_id).distinct()
    return tuple(category_price(category, default, tariff) for category in categories)


def category_price(category: SeatCategory, ticket_type, tariff: Tariff) -> CategoryPrice:
    amount = tariff.cells.get((category.pk, ticket_type.pk if ticket_type else None))
    if amount is None:
        return CategoryPrice(category.pk, category.name, category.look, _("no price"), "")
    total = price_parts(tariff, amount)[-1]
    return CategoryPrice(category.pk, category.name, category.look, format_money(total, tariff.currency), str(total))


def seat_rows(
    showtime: Showtime, categories: tuple[CategoryPrice, ...], states: SeatStates, *, checked: set[int]
) -> list[Row]:
    """`checked` are the seats of the customer's choice; what is not to be had is neither checked nor enabled."""
    words = {
        "available": _("available"),
        "yours": _("yours"),
        "held": _("held by somebody else"),
        "booked": _("sold"),
        "blocked": _("not for sale"),
    }
    attributes = {state: format_html(', {}" data-state="{}"', word, state) for state, word in words.items()}
    blocked = showtime.blocked_seat_ids()
    choosable = CHOOSABLE if showtime.is_on_sale else ()
    rows = []
    for label, seats in skeleton(showtime.layout_id, categories, get_language()):
        parts = []
        for seat_id, is_priced, head, tail in seats:
            state = "blocked" if seat_id in blocked or not is_priced else states.of(seat_id)
            flag = CHECKED if seat_id in checked else NOTHING
            parts += [head, attributes[state], flag if state in choosable else DISABLED, tail]
        rows.append(Row(label, join(parts)))
    return rows


def join(parts) -> SafeString:
    """Join what is escaped already."""
    return SafeString("".join(parts))


@lru_cache(maxsize=128)
def skeleton(layout_id: int, categories: tuple[CategoryPrice, ...], language: str):
    """[(row label, [(seat id, has a price, HTML before the state, HTML after it)])]; published layouts never change."""
    by_id = {category.id: category for category in categories}
    seats = list(Seat.objects.filter(layout=layout_id).order_by("y", "x"))
    left = min((seat.x for seat in seats), default=0)
    right = max((seat.x for seat in seats), default=0)
    rows = [list(row) for _y, row in groupby(seats, key=lambda seat: seat.y)]
    return [(row[0].row, list(row_parts(row, by_id, left, right))) for row in rows]


def row_parts(seats, by_id, left: int, right: int):
    at = left
    for seat in seats:
        gap = join([GAP] * (seat.x - at))
        at = seat.x + 1
        end = join([GAP] * (right - seat.x)) if seat is seats[-1] else NOTHING
        category = by_id[seat.category_id]
        yield seat.pk, bool(category.amount), join([gap, seat_head(seat, category)]), seat_tail(seat, end)


def seat_head(seat: Seat, category: CategoryPrice) -> SafeString:
    feature = f", {seat.get_feature_display()}" if seat.feature else ""
    return format_html(
        '<label class="seat seat-{}{}"><input type="checkbox" name="seats" value="{}" data-label="{}" data-price="{}"'
        ' aria-label="{}',
        category.look,
        f" seat-{seat.feature}" if seat.feature else "",
        seat.pk,
        seat.label,
        category.amount,
        _("Row %(row)s seat %(number)s, %(category)s%(feature)s, %(price)s")
        % {
            "row": seat.row,
            "number": seat.number,
            "category": category.name,
            "feature": feature,
            "price": category.price,
        },
    )


def seat_tail(seat: Seat, end: SafeString) -> SafeString:
    return format_html('><span aria-hidden="true">{}</span></label>{}', seat.number, end)
