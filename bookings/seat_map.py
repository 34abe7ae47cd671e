"""The room as rows of checkboxes. What never changes of a seat is put together once and kept; only its state is new.

A template loop over 300 seats would cost more than the rest of the page.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bookings.pricing import Tariff, price_parts
from bookings.seat_states import SeatStates
from theaters.models import Seat, SeatCategory, SeatLayout, Showtime
from theaters.money import format_money

MOST_BOW = 6
CHOOSABLE = {"available", "yours"}
NOTHING, CHECKED, DISABLED = SafeString(""), SafeString(" checked"), SafeString(" disabled")
KEPT = SafeString(" data-kept")
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
    is_after_gap: bool = False


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
    showtime: Showtime,
    categories: tuple[CategoryPrice, ...],
    states: SeatStates,
    *,
    checked: set[int],
    blocked: set[int],
    is_open: bool,
    kept: Collection[int] = (),
    is_needed: bool = False,
) -> list[Row]:
    """`checked` are the seats chosen, `blocked` those not for sale here; what cannot be had is not enabled.

    `kept` are for wheelchair users and who comes with them, unless somebody says that this `is_needed`.
    """
    words = {
        "available": _("available"),
        "yours": _("yours"),
        "held": _("held by somebody else"),
        "booked": _("sold"),
        "blocked": _("not for sale"),
    }
    attributes = {state: in_words(word, state) for state, word in words.items()}
    of_kept = {state: join([part, KEPT]) for state, part in attributes.items()}
    of_kept["blocked"] = join([in_words(kept_words(), "blocked"), KEPT])
    choosable = CHOOSABLE if is_open else ()
    is_full = showtime.people_allowed is not None and len(states.booked) >= showtime.people_allowed
    rows = []
    for label, is_after_gap, seats in skeleton(showtime.layout_id, categories, get_language()):
        parts = []
        for seat_id, is_priced, head, tail in seats:
            state = "blocked" if seat_id in blocked or not is_priced else states.of(seat_id)
            is_kept = seat_id in kept and seat_id not in blocked
            no_more = is_full or (is_kept and not is_needed and seat_id not in checked)
            state = "blocked" if no_more and state == "available" else state
            flag = CHECKED if seat_id in checked else NOTHING
            words = (of_kept if is_kept else attributes)[state]
            parts += [head, words, flag if state in choosable else DISABLED, tail]
        rows.append(Row(label, join(parts), is_after_gap))
    return rows


def kept_words() -> str:
    return _("kept for wheelchair users and who comes with them; say above the map that you need it")


def in_words(word: str, state: str) -> SafeString:
    return format_html(', {}" data-state="{}"', word, state)


def drawing_rows(layout: SeatLayout, *, checked: set[int], marked: dict[int, str], is_open: bool) -> list[Row]:
    """The same room for staff, without a showtime: every seat can be chosen, if any. `marked` are not for sale, why."""
    categories = SeatCategory.objects.filter(theater=layout.screen.theater_id)
    by_id = {category.pk: CategoryPrice(category.pk, category.name, category.look, "", "") for category in categories}
    rows = []
    for label, is_after_gap, seats in layout_rows(layout, by_id):
        parts = []
        for seat_id, _is_priced, head, tail in seats:
            state = in_words(marked[seat_id], "blocked") if seat_id in marked else in_words(_("for sale"), "available")
            flag = CHECKED if seat_id in checked else NOTHING
            parts += [head, state, flag if is_open else DISABLED, tail]
        rows.append(Row(label, join(parts), is_after_gap))
    return rows


def join(parts) -> SafeString:
    """Join what is escaped already."""
    return SafeString("".join(parts))


@lru_cache(maxsize=128)
def skeleton(layout_id: int, categories: tuple[CategoryPrice, ...], language: str):
    """What `layout_rows` gives, kept: published layouts never change."""
    return layout_rows(SeatLayout.objects.get(pk=layout_id), {category.id: category for category in categories})


def layout_rows(layout: SeatLayout, by_id: dict[int, CategoryPrice]):
    """[(label, follows an empty row, [(seat id, has a price, HTML before the state, HTML after it)])]"""
    seats = list(layout.seats.select_related("companion_of").order_by("y", "x"))
    left = min((seat.x for seat in seats), default=0)
    right = max((seat.x for seat in seats), default=0)
    rows, above = [], -1
    for y, in_row in groupby(seats, key=lambda seat: seat.y):
        row = list(in_row)
        parts = row_parts(row, by_id, left, right, bow_of if layout.is_curved else None)
        rows.append((row[0].row, bool(rows) and y > above + 1, list(parts)))
        above = y
    return rows


def bow_of(x: int, left: int, right: int) -> int:
    """How far a seat of a curved row is before the middle one: 0 there, more towards both ends."""
    half = (right - left) / 2
    return round(min(MOST_BOW, half) * ((x - left) / half - 1) ** 2) if half else 0


def row_parts(seats, by_id, left: int, right: int, bow):
    at = left
    for seat in seats:
        gap = join([GAP] * (seat.x - at))
        at = seat.x + 1
        end = join([GAP] * (right - seat.x)) if seat is seats[-1] else NOTHING
        category = by_id[seat.category_id]
        head = seat_head(seat, category, bow(seat.x, left, right) if bow else 0)
        yield seat.pk, bool(category.amount), join([gap, head]), seat_tail(seat, end)


def seat_head(seat: Seat, category: CategoryPrice, bow: int) -> SafeString:
    classes = [f"seat-{category.look}", *([f"seat-{seat.feature}"] if seat.feature else [])]
    return format_html(
        '<label class="seat {}"><input type="checkbox" name="seats" value="{}" data-label="{}" data-price="{}"'
        ' aria-label="{}',
        " ".join([*classes, *([f"seat-bow-{bow}"] if bow else [])]),
        seat.pk,
        seat.label,
        category.amount,
        ", ".join(filter(None, [seat.in_words, category.name, feature_words(seat), category.price])),
    )


def feature_words(seat: Seat) -> str:
    if seat.companion_of:
        return _("Companion seat of %(seat)s") % {"seat": seat.companion_of}
    return seat.get_feature_display() if seat.feature else ""


def seat_tail(seat: Seat, end: SafeString) -> SafeString:
    return format_html('><span aria-hidden="true">{}</span></label>{}', seat.number, end)
