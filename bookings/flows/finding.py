"""“Find my tickets”: whoever types an address learns nothing; what belongs to it goes there by mail.

The page writes down the same row for every address, so that its answer and its time say nothing. Only the worker looks
whether there is a customer, and then deletes the row.
"""

import logging

from django.contrib.auth import get_user_model
from django.core.mail import get_connection
from django.db import transaction

from bookings.emails import found_tickets, reader, refusal
from bookings.flows.locking import database_now
from bookings.models import Booking, TicketRequest
from bookings.wakeup import wake

logger = logging.getLogger(__name__)

BATCH = 100
MOST_SILENT = 3


def ask_for_tickets(email: str) -> None:
    """Once for all who ask for an address while it waits."""
    with transaction.atomic():
        TicketRequest.objects.bulk_create([TicketRequest(email=email.lower())], ignore_conflicts=True)
        wake("bookings.send_found_tickets")


def send_found_tickets() -> int:
    """Answer what waits; returns how many were tried."""
    waiting = list(TicketRequest.objects.due().values_list("pk", flat=True)[:BATCH])
    connection, silent = get_connection(), 0
    try:
        for pk in waiting:
            if request := TicketRequest.objects.claim(pk):
                silent = 0 if answer(request, connection) else silent + 1
            if silent == MOST_SILENT:
                break
    finally:
        connection.close()
    return len(waiting)


def answer(request: TicketRequest, connection) -> bool:
    """At least once, with the same Message-ID. A mailbox that refuses, or is silent for half a day, gets none.

    Returns whether the mail server answered.
    """
    try:
        for user in get_user_model().objects.with_address(request.email).filter(is_active=True):
            bookings = user.bookings.upcoming().for_listing().filter(status=Booking.Status.CONFIRMED)
            if bookings := [booking for booking in bookings if booking.seat_labels]:
                connection.open()
                with reader(user):
                    message = found_tickets(request, user, bookings, connection)
                message.send()
    except Exception as error:  # noqa: BLE001 - whatever one mail suffers from, the others go out
        connection.close()
        logger.warning("tickets not sent to who asked", extra={"request": request.pk, "kind": type(error).__name__})
        if not refusal(error):
            request.put_off(type(error).__name__, database_now())
            if request.status == TicketRequest.WAITING:
                return False
    TicketRequest.objects.filter(pk=request.pk).delete()
    return True
