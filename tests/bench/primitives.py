"""What our own steps cost beside the bare calls they are made of: a script in Redis, a transaction in PostgreSQL."""

import statistics
import time
import uuid
from functools import partial

from django.db import connection, transaction
from django.utils.crypto import get_random_string
from django_redis import get_redis_connection

from accounts.models import User
from bookings import flows, holds
from bookings.flows.paying import open_payment
from bookings.flows.settling import settle
from bookings.models import BookedSeat, Booking, Mail, Payment, Ticket
from bookings.payments import Session
from bookings.pricing import quote_seats
from bookings.promises import todays_tariff
from tests.bench.report import Row
from theaters.known import known_showtime, seats_of_room

CALLS = 500
BOOKINGS = 40


def seconds_of(call, times: int) -> float:
    begun = time.perf_counter()
    for number in range(times):
        call(number)
    return time.perf_counter() - begun


def side_by_side(name: str, ours, bare, *, against: str, target: float, times: int, rounds: int, note: str) -> Row:
    ratios, mine = [], []
    for _round in range(rounds):
        theirs, own = seconds_of(bare, times), seconds_of(ours, times)
        ratios.append(own / theirs)
        mine.append(own / times * 1000)
    figure = f"{statistics.median(mine):.2f} ms"
    return Row(name, figure, statistics.median(ratios), against, target, is_cost=True, note=note)


def measure_script(programme, *, rounds: int) -> Row:
    """The hold of four seats, and a script with as many words that does nothing."""
    showtime = programme.showtimes[0]
    seats = programme.seats[showtime]
    redis = get_redis_connection("holds")
    nothing = redis.script_load("return 1")
    words = ["word"] * 15

    def hold(number):
        holds.hold_seats(showtime, seats[4 * (number % 2) : 4 * (number % 2) + 4], holder="bench")

    return side_by_side(
        "hold of four seats, the script alone",
        hold,
        lambda _number: redis.evalsha(nothing, 4, *words[:4], *words),
        against="a script that does nothing",
        target=2,
        times=CALLS,
        rounds=rounds,
        note="one connection, one after another",
    )


def measure_bookings(programme, *, rounds: int) -> list[Row]:
    """Bookings of two seats are begun and confirmed, and beside each the same rows are written by bare statements."""
    users = list(User.objects.filter(email__startswith="buyer").order_by("-pk")[: BOOKINGS * rounds])
    begun, confirmed = ([], []), ([], [])
    for number in range(rounds):
        showtime = known_showtime(programme.showtimes[2 + rounds + number])
        seats, tariff = list(seats_of_room(showtime).values()), todays_tariff(showtime)
        adult = showtime.theater.default_ticket_type()
        for place, user in enumerate(users[number * BOOKINGS : (number + 1) * BOOKINGS]):
            mine, theirs = seats[4 * place : 4 * place + 2], seats[4 * place + 2 : 4 * place + 4]
            quote = quote_seats(tariff, [(seat, adult) for seat in mine])
            booking = timed(begun[0], partial(flows.start_booking, user, showtime=showtime, quote=quote))
            copy = timed(begun[1], partial(write_booking, booking, theirs))
            payment, _is_new = open_payment(booking)
            timed(confirmed[0], partial(settle, payment, paid_session(payment)))
            payment.refresh_from_db()
            timed(confirmed[1], partial(write_confirmation, copy, payment))
    note = "two seats; the bare one locks the showtime and writes the same rows"
    return [
        in_row("start_booking, with its payment", *begun, note=note),
        in_row("confirm_booking, once Stripe has answered", *confirmed, note=note),
    ]


def timed(times: list[float], call):
    before = time.perf_counter()
    result = call()
    times.append(time.perf_counter() - before)
    return result


def in_row(name: str, ours: list[float], bare: list[float], *, note: str) -> Row:
    ratio = statistics.median(ours) / statistics.median(bare)
    figure = f"{statistics.median(ours) * 1000:.1f} ms"
    return Row(name, figure, ratio, "the bare transaction", 2.5, is_cost=True, note=note)


def paid_session(payment: Payment) -> Session:
    return Session(
        id=f"cs_bench_{payment.pk}",
        url="",
        status="complete",
        payment_status="paid",
        amount=payment.amount,
        currency=payment.currency,
        attempt=str(payment.idempotency_key),
        reference=payment.booking.reference,
        shop="",
        payment_intent=f"pi_bench_{payment.pk}",
        intent_status="succeeded",
    )


# The same rows, by copying those that the flow has written.


def copied(model, pk: int, **others) -> int:
    names = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    values = ", ".join("%s" if name in others else f'"{name}"' for name in names)
    table, columns = model._meta.db_table, ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        words = f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table} WHERE id = %s RETURNING id"
        cursor.execute(words, [*(others[name] for name in names if name in others), pk])
        return cursor.fetchone()[0]


def lock(showtime_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM theaters_showtime WHERE id = %s FOR NO KEY UPDATE", [showtime_id])
        cursor.fetchone()


def write_booking(booking: Booking, seats: list) -> Booking:
    with transaction.atomic():
        lock(booking.showtime_id)
        pk = copied(Booking, booking.pk, reference=get_random_string(12, "ABCDEFGHJKLMNPQRSTUVWXYZ"))
        for booked, seat in zip(booking.booked_seats.values_list("pk", flat=True), seats, strict=True):
            copied(BookedSeat, booked, booking_id=pk, seat_id=seat.pk)
        copied(Payment, booking.first_attempt.pk, booking_id=pk, idempotency_key=uuid.uuid4())
    return Booking.objects.get(pk=pk)


def write_confirmation(copy: Booking, payment: Payment) -> None:
    tickets = list(Ticket.objects.filter(booked_seat__booking=payment.booking_id).values_list("pk", flat=True))
    mail = payment.booking.mails.values_list("pk", flat=True)[0]
    with transaction.atomic():
        lock(copy.showtime_id)
        Payment.objects.filter(pk=payment.pk).update(status=payment.status, paid_at=payment.paid_at)
        Booking.objects.filter(pk=copy.pk).update(status=Booking.Status.CONFIRMED, confirmed_at=payment.paid_at)
        for ticket, booked in zip(tickets, copy.booked_seats.values_list("pk", flat=True), strict=True):
            copied(Ticket, ticket, booked_seat_id=booked, serial=get_random_string(12, "ABCDEFGHJKLMNPQRSTUVWXYZ"))
        copied(Mail, mail, booking_id=copy.pk, message_id=uuid.uuid4())
