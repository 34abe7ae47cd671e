import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

import stripe
from django.conf import settings
from django.utils.translation import gettext as _

from bookings.exceptions import PaymentUnavailable
from bookings.models import Booking, Payment
from bookings.payments.client import call, listed, since, v1
from theaters.models.layouts import labels_in_words
from theaters.money import format_money, from_minor_units, to_minor_units

logger = logging.getLogger(__name__)

# Stripe's shortest session is 30 minutes; one more for the way there.
SESSION_LIFE = timedelta(minutes=31)


@dataclass(frozen=True)
class Session:
    """A Checkout Session as Stripe sees it now."""

    id: str
    url: str
    status: str
    payment_status: str
    amount: Decimal
    currency: str
    attempt: str
    reference: str
    shop: str
    payment_intent: str
    intent_status: str

    @property
    def is_paid(self) -> bool:
        return self.status == "complete" and self.payment_status in {"paid", "no_payment_required"}

    @property
    def is_processing(self) -> bool:
        """The customer is done, the money is not here yet (a delayed method)."""
        return self.status == "complete" and not self.is_paid and not self.has_failed

    @property
    def has_failed(self) -> bool:
        """A delayed payment came to nothing. Known from its PaymentIntent, whichever events got lost."""
        return (
            self.status == "complete"
            and not self.is_paid
            and self.intent_status in {"requires_payment_method", "canceled"}
        )

    @property
    def is_expired(self) -> bool:
        return self.status == "expired"


def open_session(payment: Payment) -> Session:
    """Open the Checkout Session of a payment attempt, or get the same one again: its key was stored before."""
    return _session(call(v1().checkout.sessions.create, payment.request, {"idempotency_key": payment.idempotency_key}))


def session_request(payment: Payment) -> dict:
    """What Stripe is asked for; stored on the payment before it is sent."""
    booking = payment.booking
    page = booking.site_url
    metadata = {"booking": booking.reference, "attempt": payment.idempotency_key, "shop": settings.SITE_URL}
    return {
        "mode": "payment",
        "line_items": [difference(booking)] if booking.credit else list(line_items(booking)),
        "client_reference_id": booking.reference,
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata, "description": f"{booking.showtime.movie} {booking.reference}"},
        "customer_email": booking.user.email,
        "expires_at": int(payment.session_expires_at.timestamp()),
        "success_url": f"{page}return/?session={{CHECKOUT_SESSION_ID}}",
        "cancel_url": f"{page}return/",
    }


def line_items(booking: Booking):
    """The seats, then the fee, then taxes that are added on top: together exactly the booking's total.

    Stripe takes no negative line, so a discount is in its seat's price, and said.
    """
    showtime = booking.showtime
    when = f"{showtime.local_start:%Y-%m-%d %H:%M}, {showtime.screen}"
    for seat in booking.booked_seats.select_related("seat", "ticket_type"):
        name = f"{showtime.movie}: {labels_in_words([seat.seat.label])}, {seat.ticket_type.name}"
        yield line_item(booking, name, seat.price, description=", ".join([when, *extras(booking, seat)]))
    if booking.fee_total:
        yield line_item(booking, _("Booking fee"), booking.fee_total)
    for name, rate, amount in [] if booking.tax_included else booking.tax_lines:
        yield line_item(booking, f"{name} {rate.normalize():f} %", amount)


def difference(booking: Booking) -> dict:
    """Of an exchange: the new price less what the old tickets are worth, as Stripe takes no negative line."""
    amounts = {"total": booking.total, "credit": booking.credit}
    words = {name: format_money(amount, booking.currency) for name, amount in amounts.items()}
    words |= {"old": booking.exchange.old, "movie": booking.movie, "seats": labels_in_words(booking.seat_labels)}
    name = _("Exchange of %(old)s for %(movie)s: %(seats)s") % words
    return line_item(booking, name, booking.due, description=_("%(total)s less %(credit)s for the old tickets") % words)


def extras(booking: Booking, seat):
    if seat.surcharge:
        yield f"{booking.surcharge_name} {format_money(seat.surcharge, booking.currency)}"
    if seat.discount:
        yield f"{booking.promo_code} -{format_money(seat.discount, booking.currency)}"


def line_item(booking: Booking, name: str, amount: Decimal, **product) -> dict:
    return {
        "quantity": 1,
        "price_data": {
            "currency": booking.currency.lower(),
            "unit_amount": to_minor_units(amount, booking.currency),
            "product_data": {"name": name, **product},
        },
    }


def fetch_session(session_id: str) -> Session:
    """Raises PaymentRefused for a session that is not ours, PaymentUnavailable without an answer."""
    session = _session(call(v1().checkout.sessions.retrieve, session_id, {"expand": ["payment_intent"]}))
    if session.is_processing and not session.intent_status:
        intent = call(v1().payment_intents.retrieve, session.payment_intent)
        return replace(session, intent_status=intent.status)
    return session


def expire_session(session_id: str) -> Session:
    """End a session and say what became of it: expired, or paid in the last moment.

    Stripe refuses with words only when the session is no longer open, so it is read again, whatever it said.
    """
    try:
        v1().checkout.sessions.expire(session_id)
    except stripe.InvalidRequestError:
        logger.info("session was not open any more")
    except stripe.StripeError as error:
        raise PaymentUnavailable from error
    return fetch_session(session_id)


def session_of(payment_intent: str) -> str | None:
    """The id of the session that a PaymentIntent belongs to."""
    found = call(v1().checkout.sessions.list, {"payment_intent": payment_intent, "limit": 1}).data
    return found[0].id if found else None


def list_sessions(moment: datetime) -> Iterator[Session]:
    """All sessions opened since then, ours and those of other shops on the same account."""
    return map(_session, listed(v1().checkout.sessions.list, since(moment)))


def end_session(payment: Payment) -> Session:
    """Expire the session of an attempt. Where its id was lost on the way, the stored key brings it back first."""
    return expire_session(payment.session_id or open_session(payment).id)


def _session(session) -> Session:
    intent = session.payment_intent
    expanded = intent is not None and not isinstance(intent, str)
    currency = (session.currency or "").upper()
    metadata = session.metadata.to_dict() if session.metadata else {}
    return Session(
        id=session.id,
        url=session.url or "",
        status=session.status,
        payment_status=session.payment_status,
        amount=from_minor_units(session.amount_total or 0, currency),
        currency=currency,
        attempt=metadata.get("attempt", ""),
        reference=metadata.get("booking", ""),
        shop=metadata.get("shop", ""),
        payment_intent=intent.id if expanded else intent or "",
        intent_status=intent.status if expanded else "",
    )
