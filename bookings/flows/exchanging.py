"""Tickets for another showtime instead of those one has: the new ones first, and only with them the old ones end.

The new booking waits for its payment like any other. Whatever comes of it, the old tickets stay good until, in one
transaction under the locks of both showtimes, the new ones are issued.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from bookings.exceptions import BadChoice, NotExchangeable, SeatsTaken
from bookings.flows.booking import earlier_booking, keep_held, take_seats
from bookings.flows.cancelling import (
    free_holds,
    left_of,
    lock_tickets,
    minutes_left,
    refund_bought,
    refundable,
    undo,
    worth,
)
from bookings.flows.limits import check_sale
from bookings.flows.locking import locked_customer, locked_showtimes, patient
from bookings.models import Booking, Dispute, Exchange, Refund, Ticket
from bookings.pricing import Quote
from bookings.wakeup import wake
from theaters.models import Showtime
from theaters.money import MINIMUM_CHARGE, format_money

WHY_OFF = gettext_lazy(
    "Your old tickets can no longer be exchanged: something has happened to them meanwhile. Please look at them again."
)


@dataclass(frozen=True)
class Terms:
    """What an exchange costs, in the booking's currency: value = credit + back + kept. `due` is to be paid."""

    value: Decimal
    credit: Decimal
    back: Decimal
    cashable: Decimal
    due: Decimal

    @property
    def kept(self) -> Decimal:
        return self.value - self.credit - self.back


def exchange_worth(old: Booking, now: datetime) -> Decimal:
    """What the old tickets pay of new ones: by the frozen rule, and never less than cancelling them would bring."""
    rule, by_rule = old.exchange_rule, Decimal(0)
    if rule and minutes_left(old, now) >= max(rule["minutes_before"], 0):
        by_rule = max(worth(old) - Decimal(rule["fee"]), Decimal(0))
    return max(min(by_rule, left_of(old)), refundable(old, now))


def exchange_terms(old: Booking, quote: Quote, now: datetime) -> Terms:
    """For seats at this price. No more goes back than cancelling would give: the rest buys tickets, or is kept."""
    value, cash = exchange_worth(old, now), refundable(old, now)
    credit = min(value, quote.total)
    back = min(value - credit, cash)
    cashable = min(credit, cash - back)
    return Terms(value=worth(old), credit=credit, back=back, cashable=cashable, due=quote.total - credit)


def is_exchangeable(old: Booking) -> bool:
    """For pages; `start_exchange` judges again under the lock."""
    try:
        check_exchangeable(old, timezone.now())
    except NotExchangeable:
        return False
    return True


def check_exchangeable(old: Booking, now: datetime) -> None:
    """Raises NotExchangeable with a sentence."""
    if not old.is_confirmed or old.showtime.status != Showtime.Status.PUBLISHED:
        raise NotExchangeable(_("Only a booking that stands can be exchanged."))
    if Dispute.objects.blocking().filter(payment__in=old.funds()).exists():
        raise NotExchangeable(_("Your bank has asked for this payment back, and will decide. Please wait for that."))
    if is_in(old):
        raise NotExchangeable(_("Somebody has already come in with these tickets, so they cannot be exchanged."))
    if now >= old.showtime.starts_at or (worth(old) and not exchange_worth(old, now)):
        raise NotExchangeable(_("It is too late to exchange these tickets. Please ask at the theater."))


def check_target(old: Booking, showtime: Showtime, quote: Quote) -> None:
    """Raises BadChoice for what no page of ours offers."""
    if showtime.pk == old.showtime_id or showtime.theater != old.showtime.theater:
        raise BadChoice(_("Tickets can be exchanged for another showtime of the same theater only."))
    check_number(old, len(quote.lines))
    if quote.tariff.currency != old.currency:
        raise BadChoice(_("The theater has changed its currency since, so please ask there."))


def check_number(old: Booking, chosen: int) -> None:
    """As many new seats as old tickets. Raises BadChoice."""
    seats = old.booked_seats.standing().count()
    if chosen != seats:
        sentence = ngettext(
            "Please choose just one seat, as you have one ticket to exchange.",
            "Please choose just %(seats)d seats, as many as you have tickets to exchange.",
            seats,
        )
        raise BadChoice(sentence % {"seats": seats})


def check_difference(terms: Terms, currency: str) -> None:
    least = MINIMUM_CHARGE.get(currency, 0)
    if 0 < terms.due < least:
        words = {"due": format_money(terms.due, currency), "least": format_money(least, currency)}
        raise NotExchangeable(
            _("Only %(due)s would be left to pay, and no card can be charged with less than %(least)s. Choose others.")
            % words
        )


@patient
def start_exchange(old: Booking, *, showtime: Showtime, quote: Quote, need: bool = False) -> Booking:
    """Make the PENDING booking that takes the old one's place once it is paid for: see `start_payment`.

    The same again gives the same booking; `need` as in `start_booking`. Raises NotExchangeable, BadChoice, and what
    `start_booking` raises.
    """
    try:
        with locked_customer(old.user), locked_showtimes(old.showtime_id, showtime.pk) as (showtimes, now):
            showtime = showtimes[showtime.pk]
            if same := earlier_booking(old.user, showtime, quote, now, instead_of=old):
                return same
            old.refresh_from_db()
            lock_tickets(old)
            check_sale(showtime, now)
            check_exchangeable(old, now)
            check_target(old, showtime, quote)
            booking = begin(old, showtime, quote, now, need=need)
    except IntegrityError as error:
        raise SeatsTaken(line.seat for line in quote.lines) from error
    keep_held(old.user, booking, [line.seat.pk for line in quote.lines])
    return booking


def begin(old: Booking, showtime: Showtime, quote: Quote, now: datetime, *, need: bool) -> Booking:
    terms = exchange_terms(old, quote, now)
    check_difference(terms, old.currency)
    booking = take_seats(old.user, showtime, quote, now, need=need)
    booking.expires_at = min(booking.expires_at, old.showtime.starts_at)
    booking.save(update_fields=["expires_at"])
    Exchange.objects.create(
        old=old,
        new=booking,
        value=terms.value,
        credit=terms.credit,
        back=terms.back,
        kept=terms.kept,
        cashable=terms.cashable,
        as_was=as_it_is(old),
    )
    return booking


def as_it_is(old: Booking) -> dict:
    """What was offered in exchange; whatever changes it, moves and single seats given back too, ends the offer."""
    seats = old.booked_seats.live().order_by("seat_id").values_list("seat_id", flat=True)
    return {"starts_at": old.showtime.starts_at.isoformat(), "seats": list(seats)}


def is_off(exchange: Exchange, now: datetime) -> bool:
    """Whether the old tickets are no longer what they were; under the locks, and nobody comes in until they end."""
    old = Booking.objects.select_related("showtime").get(pk=exchange.old_id)
    lock_tickets(old)
    return (
        not old.is_confirmed
        or old.showtime.status != Showtime.Status.PUBLISHED
        or now >= old.showtime.starts_at
        or as_it_is(old) != exchange.as_was
        or is_in(old)
        or Dispute.objects.blocking().filter(payment__in=old.funds()).exists()
        or left_of(old) < exchange.credit + exchange.back
    )


def is_in(booking: Booking) -> bool:
    return Ticket.objects.admitted().filter(booked_seat__booking=booking).exists()


def hand_over(exchange: Exchange, now: datetime) -> None:
    """The new tickets are there: the old ones end, in the same transaction, and what is over goes back."""
    old = Booking.objects.select_related("user").get(pk=exchange.old_id)
    undo(old, now, by=old.user, reason=_("Exchanged for %(new)s.") % {"new": exchange.new}, mail=None)
    refund_bought(old, exchange.back, reason=Refund.Reason.EXCHANGE, by=old.user)
    exchange.done_at = now
    exchange.save(update_fields=["done_at"])
    wake("bookings.offer_seats")
    transaction.on_commit(lambda: free_holds(old))


def ends_of_old(booking: Booking) -> list[datetime]:
    """After the start of the old showtime there is nothing to exchange."""
    return [booking.exchange.old.showtime.starts_at] if booking.exchanged_from else []
