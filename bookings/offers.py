"""The best seats for a party, in words and with their price, and what to take instead of a choice."""

from dataclasses import dataclass

from django.db.models import Max, Min
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings import flows
from bookings.pricing import Tariff, quote_seats
from bookings.seat_states import SeatStates
from theaters.models import Seat, Showtime
from theaters.money import format_money

CENTRE = (0.36, 0.64)  # of the room's width


@dataclass(frozen=True)
class Offer:
    """What is proposed. `notes` say why it is not what was wished for; `places` where each part sits."""

    seats: list[Seat]
    notes: list[str]
    places: list[str]
    total: str = ""

    @property
    def seat_ids(self) -> set[int]:
        return {seat.pk for seat in self.seats}

    @property
    def words(self) -> str:
        return " ".join([*self.notes, *self.places])


def make_offer(
    showtime: Showtime, wish: flows.Wish, states: SeatStates, tariff: Tariff, *, not_for_sale: set[int], around=None
) -> Offer:
    """Nothing is held: whoever goes on holds exactly these seats."""
    closed = not_for_sale | without_price(showtime, tariff)
    proposal = flows.best_seats(showtime, wish, states, not_for_sale=closed, around=around)
    if not proposal.parts:
        return Offer([], [why_none(proposal.left, wish, around)], [])
    notes = [why_divided(wish)] if len(proposal.parts) > 1 else []
    if wish.price == flows.LOWEST and not around and is_dearer(showtime, proposal.seats, tariff):
        notes.append(_("In the cheapest seats there is no room for all of you side by side."))
    places = [place_in_words(part, *shape_of(showtime)) for part in proposal.parts]
    return Offer(proposal.seats, notes, places, total_of(showtime, proposal.seats, tariff))


def offer_near(
    showtime: Showtime, lost: set[int], states: SeatStates, tariff: Tariff, *, not_for_sale, need: bool = False
) -> Offer | None:
    """Where seats that were held are not free any more, the nearest for all of them; else nothing."""
    closed = not_for_sale | without_price(showtime, tariff)
    if not lost & (states.booked | states.held | closed):
        return None
    wish = flows.Wish(len(lost), price=flows.ANY, need=need)
    proposal = flows.best_seats(showtime, wish, states, not_for_sale=closed, near=lost)
    if not proposal.parts:
        return None
    places = [place_in_words(part, *shape_of(showtime)) for part in proposal.parts]
    notes = [_("Somebody else has your seats now. These are the nearest that are free:")]
    return Offer(proposal.seats, notes, places, total_of(showtime, proposal.seats, tariff))


def without_price(showtime: Showtime, tariff: Tariff) -> set[int]:
    """Seats that the map of this customer shows as not for sale: a frozen tariff may be older than a category."""
    ticket_type = showtime.theater.default_ticket_type()
    priced = [category for category, kind in tariff.cells if ticket_type and kind == ticket_type.pk]
    return set(showtime.layout.seats.exclude(category__in=priced).values_list("pk", flat=True))


def total_of(showtime: Showtime, seats: list[Seat], tariff: Tariff) -> str:
    """For the default ticket type, all in; nothing where one of them has no price."""
    ticket_type = showtime.theater.default_ticket_type()
    if any((seat.category_id, ticket_type.pk) not in tariff.cells for seat in seats):
        return ""
    return format_money(quote_seats(tariff, [(seat, ticket_type) for seat in seats]).total, tariff.currency)


def is_dearer(showtime: Showtime, seats: list[Seat], tariff: Tariff) -> bool:
    """Than the cheapest in the room."""
    ticket_type = showtime.theater.default_ticket_type()
    categories = set(showtime.layout.seats.values_list("category", flat=True).distinct())
    amounts = [tariff.cells.get((category, ticket_type.pk)) for category in categories]
    lowest = min(amount for amount in amounts if amount is not None)
    return any(tariff.cells[seat.category_id, ticket_type.pk] > lowest for seat in seats)


def shape_of(showtime: Showtime) -> tuple[list[int], int, int]:
    """(the rows from the screen, the first place from the left, the last)"""
    seats = showtime.layout.seats
    ends = seats.aggregate(left=Min("x"), right=Max("x"))
    return sorted(seats.values_list("y", flat=True).distinct().order_by("y")), ends["left"], ends["right"]


def place_in_words(part: list[Seat], rows: list[int], left: int, right: int) -> str:
    """Row F, seats 7 and 8: in the centre, row 6 of 10. The sides are as one looks at the screen (features A2.17)."""
    at = ((part[0].x + part[-1].x) / 2 - left) / (right - left) if right > left else 0.5
    words = {"row": part[0].row, "seats": numbers_in_words([seat.number for seat in as_printed(part)])}
    words |= {"nth": rows.index(part[0].y) + 1, "rows": len(rows)}
    if at < CENTRE[0]:
        sentence = ngettext(
            "Row %(row)s, seat %(seats)s: on the left, row %(nth)d of %(rows)d.",
            "Row %(row)s, seats %(seats)s: on the left, row %(nth)d of %(rows)d.",
            len(part),
        )
    elif at > CENTRE[1]:
        sentence = ngettext(
            "Row %(row)s, seat %(seats)s: on the right, row %(nth)d of %(rows)d.",
            "Row %(row)s, seats %(seats)s: on the right, row %(nth)d of %(rows)d.",
            len(part),
        )
    else:
        sentence = ngettext(
            "Row %(row)s, seat %(seats)s: in the centre, row %(nth)d of %(rows)d.",
            "Row %(row)s, seats %(seats)s: in the centre, row %(nth)d of %(rows)d.",
            len(part),
        )
    return sentence % words


def as_printed(seats: list[Seat]) -> list[Seat]:
    """By row and number: where rows are numbered from the right, from there."""
    return sorted(seats, key=lambda seat: (seat.y, len(seat.number), seat.number))


def numbers_in_words(numbers: list[str]) -> str:
    """7; 7 and 8; 7 to 10; 7, 8 and 10."""
    if len(numbers) > 2 and all(n.isdecimal() for n in numbers) and int(numbers[-1]) - int(numbers[0]) < len(numbers):
        return _("%(first)s to %(last)s") % {"first": numbers[0], "last": numbers[-1]}
    return get_text_list(numbers, _("and"))


def why_divided(wish: flows.Wish) -> str:
    if wish.children:
        sentence = ngettext(
            "%(party)d seat with room for a grown-up is not free.",
            "%(party)d seats side by side are not free. These are the nearest to each other that we find, "
            "with room for a grown-up in each part:",
            wish.party,
        )
    else:
        sentence = ngettext(
            "%(party)d seat is not free.",
            "%(party)d seats side by side are not free. These are the nearest to each other that we find, "
            "and nobody sits alone:",
            wish.party,
        )
    return sentence % {"party": wish.party}


def why_none(left: int, wish: flows.Wish, around) -> str:
    """A sentence that says what is left, and what to do."""
    if not left:
        return _("None of these seats is free any more. Please try another price or another showtime.")
    if left < wish.party:
        sentence = ngettext(
            "Only %(left)d of these seats is left. Please try another price, or choose for yourselves.",
            "Only %(left)d of these seats are left. Please try another price, or choose for yourselves.",
            left,
        )
    else:
        sentence = why_none_around(wish) if around else why_none_together(wish)
    return sentence % {"left": left, "party": wish.party}


def why_none_around(wish: flows.Wish) -> str:
    return ngettext(
        "This seat is not one that we may propose. Please choose it yourself, or another.",
        "There is no room for %(party)d of you around this seat. Choose one by one, or tap another.",
        wish.party,
    )


def why_none_together(wish: flows.Wish) -> str:
    if wish.children:
        return ngettext(
            "There is no seat that we could propose for a child. Please choose for yourself: %(left)d are free.",
            "We find no seats where %(party)d of you sit near each other and no children without a grown-up. "
            "Please choose for yourselves: %(left)d are free.",
            wish.party,
        )
    return ngettext(
        "There is no seat that we could propose. Please choose for yourself: %(left)d are free.",
        "We find no seats where %(party)d of you sit near each other and nobody alone. "
        "Please choose for yourselves: %(left)d are free.",
        wish.party,
    )


@dataclass(frozen=True)
class Fix:
    """Seats to take instead. `price` is said where it is another one."""

    seats: list[Seat]
    labels: str
    price: str


def fixes_of(showtime: Showtime, chosen, fixes: list[list[Seat]], tariff: Tariff) -> list[Fix]:
    before = total_of(showtime, list(showtime.layout.seats.filter(pk__in=chosen)), tariff)
    return [fix_of(as_printed(seats), total_of(showtime, seats, tariff), before) for seats in fixes]


def fix_of(seats: list[Seat], total: str, before: str) -> Fix:
    return Fix(seats, get_text_list([seat.label for seat in seats], _("and")), total if total != before else "")
