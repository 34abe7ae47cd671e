"""Tickets that go with another one, such as a carer's: one for each of another type (https://www.ceacard.co.uk)."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from bookings.exceptions import BadChoice
from bookings.pricing import Quote
from theaters.models import TicketType


def check_carers(quote: Quote) -> None:
    """Raises BadChoice where a ticket that goes with another one has none to go with."""
    if kind := one_too_many([line.ticket_type for line in quote.lines]):
        sentence = _("%(type)s: one for each ticket of another type. Please choose another type for one of the seats.")
        raise BadChoice(sentence % {"type": kind.name})


def one_too_many(kinds: Iterable[TicketType]) -> TicketType | None:
    kinds = list(kinds)
    carers = [kind for kind in kinds if kind.with_another]
    return carers[-1] if len(carers) > len(kinds) - len(carers) else None
