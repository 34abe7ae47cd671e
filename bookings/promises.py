"""What the session remembers of a customer's holds: the seats, until when, and the tariff frozen with them.

Checkout believes it only together with Redis (`flows.current_hold`), unless Redis has lost its memory since.
"""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from bookings.flows.holding import Hold
from bookings.pricing import Tariff
from theaters.known import seats_of_room
from theaters.models import Seat, Showtime
from theaters.remembering import follows_from_programme

KEY = "holds"


def remember(session, showtime: Showtime, hold: Hold, tariff: Tariff) -> None:
    session[KEY] = alive(session) | {
        str(showtime.pk): {
            "code": noted_code(session, showtime),
            "seats": [seat.pk for seat in hold.seats],
            "epoch": hold.epoch,
            "need": hold.need,
            "until": hold.expires_at.isoformat(),
            "tariff": tariff.to_json(),
        }
    }


def note_code(session, showtime: Showtime, code: str) -> None:
    """The promo code typed at checkout, for the way back there."""
    promise = session.get(KEY, {}).get(str(showtime.pk))
    if promise and promise["code"] != code:
        promise["code"] = code
        session.modified = True


def noted_code(session, showtime: Showtime) -> str:
    return session.get(KEY, {}).get(str(showtime.pk), {}).get("code", "")


def noted_need(session, showtime: Showtime) -> bool:
    """Of a living promise: they have said that somebody uses a wheelchair."""
    return alive(session).get(str(showtime.pk), {}).get("need", False)


def forget(session, showtime: Showtime) -> None:
    session[KEY] = {pk: promise for pk, promise in alive(session).items() if pk != str(showtime.pk)}


def alive(session) -> dict:
    now = timezone.now()
    return {pk: promise for pk, promise in session.get(KEY, {}).items() if until(promise) > now}


def promised_hold(session, showtime: Showtime) -> Hold | None:
    promise = session.get(KEY, {}).get(str(showtime.pk))
    if promise is None:
        return None
    seats = [seat for pk, seat in seats_of_room(showtime).items() if pk in promise["seats"]]
    if len(seats) < len(promise["seats"]):  # the showtime has another version of its room by now
        seats = list(Seat.objects.filter(pk__in=promise["seats"]).select_related("category").order_by("y", "x"))
    return Hold(seats, until(promise), promise.get("epoch"), promise.get("need", False))


def frozen_tariff(session, showtime: Showtime) -> Tariff:
    """The tariff of a living promise; else today's."""
    promise = alive(session).get(str(showtime.pk))
    return Tariff.from_json(promise["tariff"]) if promise else todays_tariff(showtime)


def tariff_for(session, showtime: Showtime, hold: Hold) -> Tariff:
    """Holding the same seats again keeps their price; other seats get today's."""
    promise = alive(session).get(str(showtime.pk))
    same = promise and set(promise["seats"]) == {seat.pk for seat in hold.seats}
    return Tariff.from_json(promise["tariff"]) if same else todays_tariff(showtime)


@follows_from_programme
def todays_tariff(showtime: Showtime) -> Tariff:
    """See also `open_data.prices.tariffs_of`, for many."""
    theater = showtime.theater
    return Tariff.of(
        theater,
        showtime.price_card.cells(),
        surcharge=theater.surcharges.filter(format=showtime.format).first(),
        tax_rules=list(theater.tax_rules.on(showtime.business_date)),
    )


def counter_tariff(showtime: Showtime, *, is_free: bool = False) -> Tariff:
    """At the counter nobody pays a booking fee, and who is given a ticket nothing at all."""
    tariff = todays_tariff(showtime)
    cells = dict.fromkeys(tariff.cells, Decimal(0)) if is_free else tariff.cells
    return replace(tariff.without_fees(), cells=cells)


def until(promise: dict) -> datetime:
    return datetime.fromisoformat(promise["until"])
