"""What a cashier does, for tests that need it done."""

import uuid
from decimal import Decimal

from bookings import flows, promises
from bookings.pricing import quote_seats
from tests.factories import create_ticket_types, seats_of


def sale(showtime, *labels, tender="cash", given=None, comp="", note="", key=None, ticket_type=None):
    ticket_type = ticket_type or create_ticket_types(showtime.theater)[0]
    tariff = promises.counter_tariff(showtime, is_free=tender == "free")
    quote = quote_seats(tariff, [(seat, ticket_type) for seat in seats_of(showtime, *labels)])
    cash_given = None if given is None else Decimal(given)
    return flows.Sale(quote, tender, key or uuid.uuid4(), cash_given=cash_given, comp=comp, note=note)


def sell(cashier, showtime, *labels, **options):
    return flows.sell_at_counter(showtime, sale(showtime, *labels, **options), by=cashier)


def open_shift(cashier, showtime, amount="100.00"):
    return flows.open_shift(cashier, theater=showtime.theater, amount=Decimal(amount))


def close_shift(shift, counted=None, note=""):
    counted = shift.cash_in_drawer() if counted is None else Decimal(counted)
    return flows.close_shift(shift, counted=counted, coins={}, note=note, by=shift.opened_by)
