"""Letting people go: bookings are cut loose some time after the showtime, and a person goes when they ask for it.

Seats, amounts, payments and refunds stay as they were: the books have to add up for years.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import OperationalError, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from accounts.sessions import SessionStore
from bookings import personal_data
from bookings.exceptions import Busy, NotErasable
from bookings.flows.locking import database_now, locked_showtime
from bookings.models import Booking, DoorScan, Exchange, Mail, OpeningAlert, Payment, Push, Refund, SeatShare
from theaters.models import Showtime


def anonymise_old_bookings() -> int:
    """Cut bookings loose from their people, ANONYMISE_AFTER_DAYS after the showtime; returns how many.

    Never while money is open, nor while an exchange leads from it to somebody's new booking. One showtime a
    transaction: who is killed in between goes on with the next run.
    """
    over = database_now() - timedelta(days=settings.ANONYMISE_AFTER_DAYS)
    showtimes = Showtime.objects.filter(
        Exists(Booking.objects.filter(showtime=OuterRef("pk"), anonymised_at=None)), ends_at__lt=over
    )
    number = 0
    for showtime_id in list(showtimes.values_list("pk", flat=True)):
        with locked_showtime(showtime_id) as (showtime, now):
            old = showtime.bookings.filter(anonymised_at=None, showtime__ends_at__lt=over)
            settled = old.exclude(status=Booking.Status.PENDING).exclude(money_is_open())
            number += cut_loose(settled.exclude(is_exchanged_for_one_with_a_name()), now)
    return number


def is_exchanged_for_one_with_a_name() -> Exists:
    return Exists(Exchange.objects.filter(old=OuterRef("pk"), new__anonymised_at=None, new__user__isnull=False))


def money_is_open() -> Exists:
    return Exists(Payment.objects.unfinished().filter(booking=OuterRef("pk")))


def cut_loose(bookings, now: datetime) -> int:
    """Nobody can say any more whose these were; inside the caller's transaction. What staff typed may hold names."""
    ids = list(bookings.values_list("pk", flat=True))
    bookings = Booking.objects.filter(pk__in=ids)
    Refund.objects.filter(payment__booking__in=ids, by=F("payment__booking__user")).update(by=None)
    Refund.objects.filter(sale__in=ids, by=F("sale__user")).update(by=None)
    bookings.filter(cancelled_by=F("user")).update(cancelled_by=None)
    Payment.objects.filter(booking__in=ids).update(request={}, session_url="")
    Mail.objects.filter(booking__in=ids).update(last_error="")
    DoorScan.objects.filter(ticket__booked_seat__booking__in=ids).update(reason="")
    Push.objects.filter(mail__booking__in=ids).delete()
    SeatShare.objects.filter(booked_seat__booking__in=ids).delete()
    return bookings.update(user=None, reason="", comp_note="", anonymised_at=now)


def reasons_to_keep(user) -> list[str]:
    """Why somebody cannot be erased yet, in sentences for them; empty when nothing stands against it."""
    if user.is_staff or user.is_superuser:
        return [_("You work here: your name stands beside what you did for customers. Please ask an administrator.")]
    to_come = user.bookings.upcoming().for_listing()
    sentences = [
        _("Booking %(reference)s for %(movie)s is still to come. Cancel it, or come back after the showtime.")
        % {"reference": booking.reference, "movie": booking.showtime.movie}
        for booking in to_come
    ]
    owed = Q(money_is_open()) | Q(status=Booking.Status.CONFIRMED, showtime__status="cancelled", total__gt=0)
    return sentences + [
        _("Money of booking %(reference)s is still on its way. As soon as it has arrived, you can go.")
        % {"reference": booking.reference}
        for booking in user.bookings.filter(owed).exclude(pk__in=[booking.pk for booking in to_come])
    ]


def erase_person(user) -> None:
    """Everything that says who somebody is goes at once and for good. Raises NotErasable, Busy."""
    with transaction.atomic():
        lock(user)
        user.refresh_from_db()
        if reasons := reasons_to_keep(user):
            raise NotErasable(reasons)
        forget_in_the_log(user)
        # Asked for without signing in, these know their person by the address alone.
        OpeningAlert.objects.filter(email__in=[address.lower() for address in addresses_of(user)]).delete()
        cut_loose(user.bookings.all(), database_now())
        for records in personal_data.RECORDS.values():
            if records.is_erased:
                personal_data.rows_of(user, records).delete()
        empty_account(user)
        user.sessions.all().delete()


def lock(user) -> None:
    """The person as `start_booking` does, before any showtime; all their showtimes in one order; then the person whole.

    Nobody who books waits for us with a lock that we want, and when the last one comes no new row points at the person.
    """
    people = get_user_model().objects.filter(pk=user.pk)
    booked, waited_for = user.bookings.values("showtime"), user.waiting_entries.values("showtime")
    showtimes = Showtime.objects.filter(Q(pk__in=booked) | Q(pk__in=waited_for)).order_by("pk")
    try:
        people.select_for_update(no_key=True).get()
        list(showtimes.select_for_update(no_key=True).values_list("pk"))
        people.select_for_update().get()
    except OperationalError as error:
        raise Busy from error


def empty_account(user) -> None:
    """The row stays, for what points at it, and nobody can sign in with it or write to it."""
    user.email = f"erased-{get_random_string(20).lower()}@erased.invalid"
    user.name, user.language, user.is_active, user.last_login = "", "", False, None
    user.set_unusable_password()
    user.save(update_fields=["email", "name", "language", "is_active", "last_login", "password"])
    user.groups.clear()
    user.user_permissions.clear()


def addresses_of(user) -> set[str]:
    return {user.email, *user.emailaddress_set.values_list("email", flat=True)}


def forget_in_the_log(user) -> None:
    """The office's log names what was changed, so a person's rows appear in it by name or address."""
    about = Q(content_type=ContentType.objects.get_for_model(user), object_id=str(user.pk))
    for records in personal_data.RECORDS.values():
        rows = personal_data.rows_of(user, records)
        ids = [str(pk) for pk in rows.values_list("pk", flat=True)]
        about |= Q(content_type=ContentType.objects.get_for_model(rows.model), object_id__in=ids)
    for address in addresses_of(user):
        about |= Q(object_repr__icontains=address) | Q(change_message__icontains=address)
    LogEntry.objects.filter(about).update(object_repr="–", change_message="")


def clear_old_sessions() -> None:
    SessionStore.clear_expired()
