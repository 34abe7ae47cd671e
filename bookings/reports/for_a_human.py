"""What only a human can put right, as lines of (sentence, address)."""

from urllib.parse import urlencode

from django.db.models import Count, Exists, Max, OuterRef, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.models import BookedSeat, Booking, Trouble
from bookings.reports.dashboard import closable
from bookings.reports.sold import THEATER
from theaters.models import SeatOutage
from theaters.roles import has_everywhere, theaters_with

TROUBLE = "bookings.view_trouble"


def for_a_human(user, theaters: list) -> list[tuple[str, str]]:
    return [*troubles(user, theaters), *broken_seats(user, theaters), *weeks_to_close(user, theaters)]


def troubles(user, theaters: list):
    theirs = Q(**{f"booking__{THEATER}__in": theaters_with(user, TROUBLE).filter(pk__in=ids(theaters))})
    if has_everywhere(user, TROUBLE):
        theirs |= Q(booking=None)  # money that belongs to no booking belongs to no theater
    kinds = Trouble.objects.open().filter(theirs).order_by("kind").values("kind").annotate(n=Count("pk"))
    for kind in kinds:
        address = reverse("admin:bookings_trouble_changelist") + "?" + urlencode({"kind__exact": kind["kind"]})
        yield f"{Trouble.Kind(kind['kind']).label}: {kind['n']}", address


def broken_seats(user, theaters: list):
    """Seats sold for showtimes to come that are out of order then."""
    allowed = theaters_with(user, "bookings.view_booking").filter(pk__in=ids(theaters))
    began = Q(starts_at__lte=OuterRef("showtime__starts_at"))
    broken = SeatOutage.objects.filter(
        began, Q(ends_at__isnull=True) | Q(ends_at__gt=OuterRef("showtime__starts_at")), seat=OuterRef("seat")
    )
    sold = BookedSeat.objects.filter(
        Exists(broken),
        booking__status=Booking.Status.CONFIRMED,
        released_at=None,
        showtime__starts_at__gt=Now(),
        **{f"{THEATER}__in": allowed},
    )
    if n := sold.count():
        words = ngettext("%d seat that is out of order is sold", "%d seats that are out of order are sold", n) % n
        may_look = user.has_perm("theaters.view_seatoutage")
        page = "admin:theaters_seatoutage_changelist" if may_look else "admin:bookings_booking_changelist"
        yield words, reverse(page)


def weeks_to_close(user, theaters: list):
    """For houses that have begun to close their weeks."""
    theirs = theaters_with(user, "bookings.add_filmweekreturn").filter(pk__in=ids(theaters))
    known = theirs.annotate(last_return=Max("film_week_returns__ends_on")).filter(last_return__isnull=False)
    for theater, day in closable(known):
        address = reverse("bookings:film_weeks") + "?" + urlencode({"theater": theater.pk, "day": day})
        yield (
            _("The film week from %(day)s of %(theater)s can be closed")
            % {
                "day": date_format(day, "j F Y"),
                "theater": theater,
            },
            address,
        )


def ids(theaters: list) -> list[int]:
    return [theater.pk for theater in theaters]
