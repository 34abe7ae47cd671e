import secrets
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from bookings.models.booked_seats import BookedSeat
from bookings.models.bookings import ALPHABET, Booking
from theaters.models import Showtime


def new_serial() -> str:
    """Ten characters, XW7M9-K3QPH: what the usher types when the code cannot be scanned."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(10))
    return f"{letters[:5]}-{letters[5:]}"


class TicketQuerySet(models.QuerySet):
    def live(self):
        return self.filter(revoked_at__isnull=True)

    def admitted(self):
        """With which somebody came in: void ones, too, as a move to another room revokes what was used."""
        return self.filter(checked_in_at__isnull=False)

    def admissible(self, at=None):
        """Not used, not void, its booking and its showtime stand, now or at that moment.

        What can change stands in the row's own WHERE, which is read anew after waiting for another door. A join would
        become a list of ids that was judged before the wait, and two doors would let two people in.
        """
        stands = BookedSeat.objects.filter(
            pk=OuterRef("booked_seat"),
            booking__status=Booking.Status.CONFIRMED,
            showtime__status=Showtime.Status.PUBLISHED,
            showtime__ends_at__gt=at or Now(),
        )
        return self.filter(Exists(stands), revoked_at=None, checked_in_at=None)

    def void_at(self, theater, *, days: int):
        """What doors of a theater must not take, today and so many days on: revoked, or the showtime is cancelled."""
        today = theater.today
        showtime = {
            "booked_seat__showtime__screen__theater": theater,
            "booked_seat__showtime__business_date__range": (today, today + timedelta(days=days)),
        }
        is_void = Q(revoked_at__isnull=False) | Q(booked_seat__showtime__status=Showtime.Status.CANCELLED)
        return self.filter(is_void, **showtime)

    def of_today_at(self, theaters):
        today = Q(pk__in=[])
        for theater in theaters:
            today |= Q(screen__theater=theater, business_date=theater.today)
        # Asked for first: in one query PostgreSQL may look for them along all showtimes there ever were.
        return self.filter(booked_seat__showtime__in=list(Showtime.objects.filter(today).values_list("pk", flat=True)))

    def about(self, words: str):
        """By the customer's name or email address, the booking's reference, or the serial."""
        letters = "".join(letter for letter in words.upper() if letter.isalnum())
        reference = "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))
        customer, found = "booked_seat__booking__user", Q()
        for word in words.split():
            found &= Q(**{f"{customer}__name__icontains": word})
        found |= Q(**{f"{customer}__email__istartswith": words}) | Q(serial=f"{letters[:5]}-{letters[5:]}")
        if len(letters) >= 4:
            found |= Q(booked_seat__booking__reference__startswith=reference)
        return self.filter(found)

    def issue_for(self, booking):
        """One live ticket for each seat of a booking; seats that have one keep it."""
        seats = booking.booked_seats.live().exclude(pk__in=self.live().values("booked_seat"))
        # In the order of the seats: grouped rows come in any, whatever Meta says.
        seats = seats.annotate(issued=Count("tickets")).order_by("pk")
        return self.bulk_create(self.model(booked_seat=seat, copy=seat.issued + 1) for seat in seats)

    def for_printing(self):
        return self.live().select_related("booked_seat__seat__category", "booked_seat__ticket_type").order_by("pk")

    def for_wallets(self):
        return self.select_related(
            "booked_seat__seat",
            "booked_seat__ticket_type",
            "booked_seat__booking__showtime__movie",
            "booked_seat__booking__showtime__screen__theater",
        )

    def for_the_door(self):
        return self.select_related(
            "booked_seat__seat",
            "booked_seat__ticket_type",
            "booked_seat__booking__user",
            "booked_seat__showtime__movie",
            "booked_seat__showtime__screen__theater__city",
            "checked_in_by",
        )


class Ticket(models.Model):
    """The right of one person to one seat. A reprint is a new ticket, and the old one is revoked."""

    booked_seat = models.ForeignKey(BookedSeat, on_delete=models.PROTECT, related_name="tickets")
    serial = models.CharField(_("serial"), max_length=20, unique=True, default=new_serial, editable=False)
    copy = models.PositiveSmallIntegerField(_("copy"), default=1, db_default=1, editable=False)
    issued_at = models.DateTimeField(_("issued at"), db_default=Now(), editable=False)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True, editable=False)
    checked_in_at = models.DateTimeField(_("admitted at"), null=True, blank=True, editable=False)
    checked_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    checked_in_door = models.CharField(_("admitted where"), max_length=200, blank=True, db_default="", editable=False)

    objects = TicketQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        permissions = [
            ("check_in_ticket", "Can admit people at the door"),
            ("supervise_door", "Can look people up at the door and take admissions back"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["booked_seat"], condition=Q(revoked_at__isnull=True), name="one_live_ticket_per_booked_seat"
            )
        ]

    def __str__(self):
        return self.serial

    @property
    def newer(self):
        """The one that was issued in its place, if any."""
        return self.booked_seat.tickets.live().exclude(pk=self.pk).first()
