"""The till: a shift is opened with a float, takes and gives back cash, and is counted once at its end.

Where a showtime is locked, too, it comes first: nobody who holds a shift asks for a showtime.
"""

from decimal import Decimal
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from bookings.exceptions import BadChoice, NoShift, ShiftClosed
from bookings.flows.locking import busy_in_trouble, database_now
from bookings.models import Booking, CashMovement, Payment, Refund, Shift
from theaters.models import Theater
from theaters.money import format_money


def open_shift(by, *, theater: Theater, amount: Decimal) -> Shift:
    """Again: the one that is open, with the float it was opened with."""
    with busy_in_trouble(), transaction.atomic():
        shift, _is_new = Shift.objects.open().get_or_create(
            theater=theater,
            opened_by=by,
            defaults={"float": amount, "currency": theater.currency, "business_date": theater.today},
        )
    return shift


def locked_shift(by, theater: Theater, *, is_needed: bool = True) -> Shift | None:
    """The open shift of a cashier, for the caller's transaction: it is not closed before that has ended."""
    shift = Shift.objects.open().select_for_update(no_key=True).filter(theater=theater, opened_by=by).first()
    if shift is None and is_needed:
        raise NoShift
    return shift


def move_cash(shift: Shift, *, kind: str, amount: Decimal, reason: str, by, key: UUID | None = None) -> CashMovement:
    """Again with the same key: the same movement, nothing new. Raises ShiftClosed, BadChoice, Busy."""
    asked = {"shift": shift, "kind": kind, "amount": amount, "reason": reason}
    with busy_in_trouble(), transaction.atomic():
        lock_open(shift)
        movement, is_new = CashMovement.objects.get_or_create(key=key or uuid4(), defaults=asked | {"by": by})
    if not is_new and any(getattr(movement, name) != value for name, value in asked.items()):
        words = {"what": movement.get_kind_display(), "amount": format_money(movement.amount, shift.currency)}
        sentence = _("Written down before: %(what)s, %(amount)s. If this is another movement, send it once more.")
        raise BadChoice(sentence % words)
    return movement


def close_shift(shift: Shift, *, counted: Decimal, coins: dict, note: str, by) -> Shift:
    """Freeze the shift under its theater's next number. Again: as it was closed. Raises Busy."""
    with busy_in_trouble(), transaction.atomic():
        lock_numbers(shift.theater_id)
        shift = Shift.objects.select_for_update(no_key=True).get(pk=shift.pk)
        if not shift.is_open:
            return shift
        shift.number, shift.closed_at, shift.closed_by = next_number(shift), database_now(), by
        shift.expected, shift.counted, shift.coins, shift.note = shift.cash_in_drawer(), counted, coins, note
        shift.save()
    return shift


def lock_numbers(theater_id: int) -> None:
    """The theater before its shift, so that no number is given twice and none is left out."""
    Theater.objects.select_for_update(no_key=True).only("pk").get(pk=theater_id)


def next_number(shift: Shift) -> int:
    return (Shift.objects.filter(theater=shift.theater_id).aggregate(last=Max("number"))["last"] or 0) + 1


def lock_open(shift: Shift) -> None:
    if not Shift.objects.open().select_for_update(no_key=True).filter(pk=shift.pk).exists():
        raise ShiftClosed(_("This shift is closed already. Please open a new one."))


def pay_out(booking: Booking, *, by) -> list[Refund]:
    """What the box office owes for a booking goes back as it came: cash out of the open shift, cards on the terminal.

    In the caller's transaction. Raises NoShift.
    """
    owed = Refund.objects.at_counter().filter(payment__booking=booking).select_related("payment")
    paid = list(owed.select_for_update(no_key=True, of=("self",)))
    for refund in paid:
        is_cash = refund.payment.tender == Payment.Tender.CASH
        refund.shift = locked_shift(by, booking.showtime.theater, is_needed=is_cash)
        refund.status, refund.paid_out_at, refund.by = refund.Status.SUCCEEDED, Now(), by
        refund.save(update_fields=["shift", "status", "paid_out_at", "by"])
    return paid
