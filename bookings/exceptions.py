"""What can go wrong on the way to a seat, in sentences for the customer."""

from datetime import datetime
from decimal import Decimal
from math import ceil

from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from theaters.money import format_money


class BookingError(Exception):
    """Its text is fit to be shown; `status` is the HTTP status that says the same.

    `retry_after`, in seconds, is for those that pass by themselves.
    """

    status = 409
    retry_after: int | None = None
    fixes: tuple | list = ()  # other choices, as lists of seats


class BadChoice(BookingError):
    """Seats or ticket types that no page of ours offers."""

    status = 400


class SeatsTaken(BookingError):
    """Somebody else has them. `seats` are the lost ones, so that the rest of the choice can be kept."""

    def __init__(self, seats):
        self.seats = list(seats)
        labels = [seat.label for seat in self.seats]
        sentence = ngettext(
            "Seat %(seats)s has just been taken. Please choose another.",
            "Seats %(seats)s have just been taken. Please choose others.",
            len(labels),
        )
        if self.seats and not any(seat.row for seat in self.seats):
            sentence = _("Somebody else was quicker. Please say once more how many places you need.")
        super().__init__(sentence % {"seats": get_text_list(labels, _("and"))})


class LeavesAlone(BookingError):
    """The choice would leave single seats behind. `fixes` are others, as lists of seats; `may_keep`: it only warns."""

    def __init__(self, alone: list[str], fixes: list[list], *, may_keep: bool):
        self.fixes, self.may_keep = fixes, may_keep
        super().__init__(
            ngettext(
                "Seat %(seats)s would be left alone, and hardly anybody buys a single seat.",
                "Seats %(seats)s would each be left alone, and hardly anybody buys a single seat.",
                len(alone),
            )
            % {"seats": get_text_list(alone, _("and"))}
        )


class KeptForWheelchairs(BookingError):
    """Who chose them has not said that they need them. `seats` are the kept ones."""

    def __init__(self, seats):
        self.seats = list(seats)
        labels = [seat.label for seat in self.seats]
        super().__init__(
            ngettext(
                "%(seats)s is kept for people who use a wheelchair and those who come with them.",
                "%(seats)s are kept for people who use a wheelchair and those who come with them.",
                len(labels),
            )
            % {"seats": get_text_list(labels, _("and"))}
        )


class CompanionAlone(BookingError):
    """Companion seats without their wheelchair space. `fixes`: the choice with the spaces, where they are free."""

    def __init__(self, companions, spaces, fixes):
        self.fixes = fixes
        super().__init__(
            ngettext(
                "Companion seat %(seats)s belongs to wheelchair space %(spaces)s: they are sold together. "
                "Please take both, or another seat.",
                "Companion seats %(seats)s belong to wheelchair space %(spaces)s: they are sold together. "
                "Please take all of them, or other seats.",
                len(companions),
            )
            % {
                "seats": get_text_list([seat.label for seat in companions], _("and")),
                "spaces": get_text_list([space.label for space in spaces], _("and")),
            }
        )


class NoWaiting(BookingError):
    """Nobody can wait for this, and why not."""


class RoomFull(BookingError):
    """By law no more people may be in the room, though it has the seats."""

    def __init__(self, capacity: int, left: int):
        self.left = left
        if left:
            sentence = ngettext(
                "The room may hold %(most)d people, and only %(left)d ticket is left. Please take some seats away.",
                "The room may hold %(most)d people, and only %(left)d tickets are left. Please take some seats away.",
                left,
            )
        else:
            sentence = _("This showtime is sold out: the room may hold %(most)d people. Please choose another one.")
        super().__init__(sentence % {"most": capacity, "left": left})


class TooManyHeld(BookingError):
    """The customer keeps as much as one may already. `others` is {showtime: seats kept there}."""

    def __init__(self, others: dict, *, most_seats: int, most_showtimes: int):
        self.others = others
        seats = sum(others.values())
        movies = get_text_list(list(dict.fromkeys(f"“{showtime.movie}”" for showtime in others)), _("and"))
        kept = ngettext(
            "You already keep %(seats)d seat for %(movies)s.", "You already keep %(seats)d seats for %(movies)s.", seats
        ) % {"seats": seats, "movies": movies}
        rule = _(
            "One can keep %(seats)d seats at once, for %(showtimes)d showtimes at the most. "
            "Please pay for them or give some back, then go on here: your choice is kept."
        ) % {"seats": most_seats, "showtimes": most_showtimes}
        super().__init__(f"{kept} {rule}")


class CoolingDown(BookingError):
    """Too many holds in a row have lapsed; none before `until`."""

    status = 429

    def __init__(self, until: datetime):
        self.until = until
        self.retry_after = max(1, ceil((until - timezone.now()).total_seconds()))
        super().__init__(
            _(
                "Several times now seats were held for you and not bought, while others could not have them. "
                "You can hold seats again in %(wait)s. Your choice is kept."
            )
            % {"wait": in_words(self.retry_after)}
        )


class TooManyTries(BookingError):
    status = 429

    def __init__(self, seconds: int):
        self.retry_after = seconds
        super().__init__(
            _("Those were very many tries in a short time. Nothing is lost: please try again in %(wait)s.")
            % {"wait": in_words(seconds)}
        )


def in_words(seconds: int) -> str:
    if seconds < 100:
        return ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
    minutes = ceil(seconds / 60)
    return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}


class HoldExpired(BookingError):
    def __init__(self):
        super().__init__(_("Your seats are no longer held for you. Please choose again: they may still be free."))


class TotalChanged(BookingError):
    def __init__(self):
        super().__init__(_("The total has changed with your choice. Please look at it once more."))


class RefundChanged(BookingError):
    """Less comes back than the page has promised. `amount` is what comes back now."""

    def __init__(self, amount: Decimal, currency: str):
        super().__init__(
            _(
                "What comes back has changed since you looked: now it is %(amount)s. "
                "Nothing is cancelled yet. Please decide once more."
            )
            % {"amount": format_money(amount, currency)}
        )


class CodeRefused(BookingError):
    """A promo code that takes nothing off; its text says why."""


class SaleClosed(BookingError):
    def __init__(self, message=None):
        super().__init__(message or _("The sale for this showtime has ended."))


class SaleNotBegun(BookingError):
    def __init__(self, local: datetime):
        super().__init__(
            _("The sale for this showtime begins on %(day)s at %(time)s. Please come back then.")
            % {"day": date_format(local, "l j F"), "time": time_format(local, "H:i")}
        )


class NotPayable(BookingError):
    def __init__(self, message=None):
        super().__init__(message or _("This booking can no longer be paid. Please choose your seats again."))


class NotCancellable(BookingError):
    pass


class NotExchangeable(BookingError):
    pass


class NotMovable(BookingError):
    pass


class PlanChanged(BookingError):
    """Between the plan that staff saw and their yes somebody has bought, cancelled or planned."""

    def __init__(self):
        super().__init__(_("Something has changed since you looked. Please look at the new plan, then confirm it."))


class NotReissuable(BookingError):
    pass


class NotSharable(BookingError):
    pass


class LinkOver(BookingError):
    """A link to tickets that shows nothing (any more); it does not say whether it ever has."""

    status = 410

    def __init__(self):
        super().__init__(_("This link no longer shows a ticket."))


class NoShift(BookingError):
    def __init__(self):
        super().__init__(_("Cash goes into a drawer: please open a shift with its float first. Nothing is lost."))


class ShiftClosed(BookingError):
    pass


class NotErasable(BookingError):
    """`reasons` are sentences, one for each thing that is not over yet."""

    def __init__(self, reasons):
        self.reasons = list(reasons)
        super().__init__(" ".join(self.reasons))


class Busy(BookingError):
    """The database kept us waiting, or is away. Try again: what has happened already will be found."""

    status = 503

    def __init__(self):
        super().__init__(_("Very many people are booking right now. Your seats are still held: please try again."))


class PaymentUnavailable(BookingError):
    """No answer from the payment service; the same call may be repeated with its key."""

    status = 503

    def __init__(self):
        super().__init__(
            _("The payment service does not answer. Your seats are still held and nothing was charged: try again.")
        )


class PaymentRefused(BookingError):
    """The payment service will never take this request."""

    status = 502

    def __init__(self):
        super().__init__(_("The payment service refused this order. Nothing was charged. Please contact the theater."))


class NotClosable(BookingError):
    """A film week that cannot be closed yet."""


class HoldsUnavailable(Exception):
    """Redis does not answer. The sale goes on, on the database alone."""


class HoldsFull(Exception):
    """With these seats the holder would hold more than allowed. `others` is {showtime id: seats} held beside them."""

    def __init__(self, others: dict[int, int]):
        super().__init__()
        self.others = others
