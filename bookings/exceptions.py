"""What can go wrong on the way to a seat, in sentences for the customer."""

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


class BookingError(Exception):
    """Its text is fit to be shown; `status` is the HTTP status that says the same."""

    status = 409


class BadChoice(BookingError):
    """Seats or ticket types that no page of ours offers."""

    status = 400


class SeatsTaken(BookingError):
    """Somebody else has them. `seats` are the lost ones, so that the rest of the choice can be kept."""

    def __init__(self, seats):
        self.seats = list(seats)
        labels = [seat.label for seat in self.seats]
        super().__init__(
            ngettext(
                "Seat %(seats)s has just been taken. Please choose another.",
                "Seats %(seats)s have just been taken. Please choose others.",
                len(labels),
            )
            % {"seats": get_text_list(labels, _("and"))}
        )


class HoldExpired(BookingError):
    def __init__(self):
        super().__init__(_("Your seats are no longer held for you. Please choose again: they may still be free."))


class SaleClosed(BookingError):
    def __init__(self, message=None):
        super().__init__(message or _("The sale for this showtime has ended."))


class NotPayable(BookingError):
    def __init__(self, message=None):
        super().__init__(message or _("This booking can no longer be paid. Please choose your seats again."))


class NotCancellable(BookingError):
    pass


class NotReissuable(BookingError):
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


class HoldsUnavailable(Exception):
    """Redis does not answer. The sale goes on, on the database alone."""
