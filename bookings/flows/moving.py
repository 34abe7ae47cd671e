"""A showtime moves, in time or to another room, and everybody who has bought moves with it: all of it or nothing.

Staff have seen a plan and said yes to it. Under the showtime's lock it is made once more; only when it is still the
same it is carried out, with its mails written in the same transaction, so that each customer is told once.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import IntegrityError
from django.utils.translation import gettext as _

from bookings import holds
from bookings.exceptions import HoldsUnavailable, NotMovable, PlanChanged
from bookings.flows.locking import database_now, locked_showtime, patient
from bookings.flows.offered import take_offers_back
from bookings.flows.planning import MovePlan, plan_move
from bookings.models import BookedSeat, Booking, Mail, MovedBooking, ShowtimeMove, Ticket
from bookings.wakeup import wake
from theaters.models import SeatLayout, Showtime
from theaters.models.house_seats import carry_seats

TIMES = ["starts_at", "ends_at", "free_at", "sales_close_at", "business_date"]


@patient
def move_showtime(
    showtime: Showtime,
    *,
    starts_at: datetime,
    layout: SeatLayout,
    by,
    reason: str,
    fingerprint: str,
    apart: bool = False,
) -> ShowtimeMove:
    """Carry out the plan with this fingerprint. Again: the same move, nothing new.

    Raises NotMovable, PlanChanged, Busy.
    """
    with in_words(), locked_showtime(showtime.pk) as (showtime, now):
        if done := showtime.moves.filter(fingerprint=fingerprint).first():
            return done
        plan = plan_move(showtime, starts_at=starts_at, layout=layout, apart=apart)
        check_movable(plan, now)
        if plan.fingerprint != fingerprint:
            raise PlanChanged
        move = carry_out(plan, now, by=by, reason=reason)
    if plan.changes_showtime:
        free_all_holds(showtime)
    return move


@contextmanager
def in_words() -> Iterator[None]:
    """The constraints have the last word, in a sentence of ours."""
    try:
        yield
    except IntegrityError as error:
        if "showtime_one_at_a_time_per_screen" not in str(error):
            raise PlanChanged from error
        raise NotMovable(_("Another showtime is on this screen at that time. Please choose another.")) from error


def check_movable(plan: MovePlan, now: datetime | None = None) -> None:
    """Raises NotMovable with a sentence."""
    showtime, starts_at, now = plan.showtime, plan.target.starts_at, now or database_now()
    if showtime.status != Showtime.Status.PUBLISHED:
        raise NotMovable(_("Only a published showtime can be moved. Change a draft on its own page."))
    if now >= showtime.ends_at:
        raise NotMovable(_("This showtime is over."))
    if starts_at != showtime.starts_at and starts_at <= now:
        raise NotMovable(_("That time is past. Choose one that is still to come."))
    if plan.is_too_full:
        words = {"screen": plan.target.screen.name, "most": plan.target.people_allowed, "people": plan.people}
        sentence = _(
            "%(screen)s may hold %(most)d people by law, and %(people)d would sit there. "
            "Choose another screen, or cancel bookings first."
        )
        raise NotMovable(sentence % words)


def carry_out(plan: MovePlan, now: datetime, *, by, reason: str) -> ShowtimeMove:
    showtime, target = plan.showtime, plan.target
    move = ShowtimeMove.objects.create(
        showtime=showtime,
        old_starts_at=showtime.starts_at,
        new_starts_at=target.starts_at,
        old_layout=showtime.layout,
        new_layout=target.layout,
        reason=reason,
        by=by,
        fingerprint=plan.fingerprint,
    )
    if plan.changes_showtime:
        give_up_waiting(plan.waiting, now, reason)
        take_offers_back(showtime)
        target.save(update_fields=[*TIMES, "screen", "layout"])
        carry_house_seats(plan)
    seat_anew(plan, now)
    write_down(plan, move)
    tell([step.booking for step in plan.told], now)
    return move


def give_up_waiting(waiting: list[Booking], now: datetime, reason: str) -> None:
    """Their payment page speaks of the old time and room: it is ended, and money that still comes goes back."""
    for booking in waiting:
        booking.give_up(now, reason=reason)


def carry_house_seats(plan: MovePlan) -> None:
    """Those of this one showtime, by their labels. See also theaters/admin/versions.py."""
    for kept in plan.showtime.house_seats.filter(layout=plan.showtime.layout).exclude(layout=plan.target.layout):
        kept.layout = plan.target.layout
        carry_seats(kept, kept)


def seat_anew(plan: MovePlan, now: datetime) -> None:
    """Old tickets void, seats changed, new tickets. The frozen amounts stay where they are."""
    given = {key: place.id for key, place in plan.seats.seats.items()}
    booked_seats = [booked for booking in plan.bookings for booked in booking.seats_bought]
    leaving = [booked for booked in booked_seats if booked.released_at or given.get(booked.pk) != booked.seat_id]
    # All leave before the first arrives: some take each other's seats.
    BookedSeat.objects.live().filter(pk__in=[booked.pk for booked in leaving]).update(released_at=now)
    Ticket.objects.live().filter(booked_seat__in=leaving).update(revoked_at=now)
    arriving = [booked for booked in leaving if booked.pk in given]
    for booked in arriving:
        booked.seat_id, booked.released_at = given[booked.pk], None
    BookedSeat.objects.bulk_update(arriving, ["seat", "released_at"])
    sold = {booking.pk for booking in plan.bookings if booking.is_confirmed}
    Ticket.objects.bulk_create(Ticket(booked_seat=booked) for booked in arriving if booked.booking_id in sold)


def write_down(plan: MovePlan, move: ShowtimeMove) -> None:
    later = plan.target.starts_at - plan.showtime.starts_at
    for step in plan.steps:
        step.booking.seat_labels, step.booking.starts_at = step.new, plan.target.starts_at
        if step.booking.is_pending:
            step.booking.expires_at += later
    Booking.objects.bulk_update(plan.bookings, ["seat_labels", "starts_at", "expires_at"])
    MovedBooking.objects.bulk_create(
        MovedBooking(
            move=move,
            booking=step.booking,
            old_labels=step.old,
            new_labels=step.new,
            why_no_seats=step.why_no_seats,
            may_be_refunded=plan.may_be_refunded(step),
        )
        for step in plan.told
    )


def tell(bookings: list[Booking], now: datetime) -> None:
    """Once for this move; who has not been told of the last one yet gets one mail about both."""
    mails = Mail.objects.filter(kind=Mail.Kind.MOVED, booking__in=bookings)
    told_before = {mail.booking_id: mail for mail in mails}
    for mail in told_before.values():
        # Another letter: a worker that is just sending the last one must not note this as sent.
        mail.message_id = uuid.uuid4()
        mail.save(update_fields=["message_id"])
        mail.try_again(now)
    rest = [booking for booking in bookings if booking.pk not in told_before]
    Mail.objects.bulk_create(Mail(booking=booking, kind=Mail.Kind.MOVED) for booking in rest)
    wake("bookings.send_mails")


def free_all_holds(showtime: Showtime) -> None:
    """What is held was chosen for another time or room."""
    try:
        for holder in {held.holder for held in holds.held_seats(showtime.pk).values()}:
            holds.release_seats(showtime.pk, holder=holder)
    except HoldsUnavailable:
        return
