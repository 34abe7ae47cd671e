"""Which ticket types are sold for a movie that not everybody may see. Website, box office and exchange all ask here."""

from collections.abc import Iterable

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from bookings.exceptions import BadChoice
from bookings.pricing import Quote
from bookings.tariffs import Tariff
from movies.certificates import Certificate
from theaters.models import Seat, Showtime, TicketType


def types_for(seat: Seat, kinds: Iterable[TicketType], tariff: Tariff, certificate: Certificate) -> list[TicketType]:
    """Those that a seat is sold with: none for people who are too young, unless it has no other.

    Where it has no other, nobody meant to give it up by an age limit: it is sold, and the door looks who comes.
    """
    priced = [kind for kind in kinds if (seat.category_id, kind.pk) in tariff.cells]
    return [kind for kind in priced if certificate.admits(kind.max_age)] or priced


def check_ages(showtime: Showtime, quote: Quote) -> None:
    """Raises BadChoice for a ticket type that is not sold for this movie here."""
    for line in quote.lines:
        if line.ticket_type.max_age is None or showtime.certificate.admits(line.ticket_type.max_age):
            continue
        kinds = showtime.theater.ticket_types_default_first()
        if line.ticket_type not in types_for(line.seat, kinds, quote.tariff, showtime.certificate):
            raise BadChoice(why_not(line.ticket_type, showtime.certificate))


def why_not(kind: TicketType, certificate: Certificate) -> str:
    sentence = _(
        "%(type)s tickets, up to the age of %(age)d, are not sold for this movie, as its certificate is "
        "%(certificate)s. Please choose another ticket type."
    )
    return sentence % {"type": kind.name, "age": kind.max_age, "certificate": certificate.code}


def note_on(young: list[TicketType], certificate: Certificate, *, are_sold: bool) -> str:
    """What is to be read beside the choice; `young` are the types for people below the age."""
    if not young:
        return ""
    types = get_text_list([kind.name for kind in young], _("and"))
    if are_sold:
        return f"{types}: {certificate.words}"
    return _("Not sold for this movie: %(types)s. %(rule)s") % {"types": types, "rule": certificate.words}
