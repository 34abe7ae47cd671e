"""Three weeks of a small chain in three currencies, over the nights on which clocks change: to try reports on."""

import random
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from bookings.models import BookedSeat, Booking, Dispute, Exchange, Mail, Payment, Refund, Ticket
from bookings.pricing import Tariff, quote_seats
from tests.factories import (
    create_city,
    create_layout,
    create_movie,
    create_price_card,
    create_screen,
    create_showtime,
    create_theater,
    create_ticket_types,
    create_user,
)
from theaters.models import Price, TicketType

FIRST_DAY, LAST_DAY = datetime(2025, 10, 20, tzinfo=UTC), datetime(2025, 11, 6, tzinfo=UTC)
# Twice 02:30 in Berlin, and 01:30 in New York.
DST = [datetime(2025, 10, 26, 0, 30, tzinfo=UTC), datetime(2025, 10, 26, 1, 30, tzinfo=UTC)]
DST += [datetime(2025, 11, 2, 5, 30, tzinfo=UTC), datetime(2025, 11, 2, 6, 30, tzinfo=UTC)]
HOUSES = [
    ("Rialto", {"time_zone": "Europe/Berlin", "currency": "EUR", "film_week_starts": 3}, "11.50", "7.99"),
    (
        "Paragon",
        {"time_zone": "America/New_York", "currency": "USD", "tax_included": False, "tax_rate": Decimal("8.875")},
        "15.25",
        "9.75",
    ),
    ("Sakura", {"time_zone": "Asia/Tokyo", "currency": "JPY", "tax_rate": 10, "booking_fee": 110}, "1900", "1000"),
]


@contextmanager
def shared_chain(django_db_blocker, *, seed, showtimes_each=9):
    """One chain for all tests of a module: what each of them changes is undone before the next."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield Chain(seed, showtimes_each=showtimes_each)
        transaction.set_rollback(True)


class Chain:
    def __init__(self, seed, *, showtimes_each=9):
        self.dice = random.Random(seed)
        self.staff, self.customer = create_user(is_staff=True, name="Max"), create_user()
        self.movies = [
            create_movie("=1+1", distributor="+Plus Films"),
            create_movie("Night Train", distributor="Blank"),
            create_movie("Later"),
        ]
        self.theaters = [self.build(*house) for house in HOUSES]
        self.showtimes = [show for theater in self.theaters for show in self.plan(theater, showtimes_each)]
        for showtime in self.showtimes:
            self.sell(showtime)
        for theater in self.theaters:
            self.lose_seats(Booking.objects.filter(showtime__screen__theater=theater, status="confirmed").first())
            self.exchange_some(theater)

    def build(self, name, fields, adult, child):
        theater = create_theater(name, city=create_city(), **fields)
        theater.refresh_from_db()  # its amounts as Decimal
        for capacity in (None, 17, None, None):
            create_layout(create_screen(theater, legal_capacity=capacity), rows="ABCD", seats=5)
        card = create_price_card(theater, adult=adult, child=child)
        comp = TicketType.objects.create(theater=theater, name="@Guest", order=9)
        Price.objects.create(card=card, category=theater.seat_categories.get(), ticket_type=comp, amount=0)
        return theater

    def plan(self, theater, number):
        days = (LAST_DAY - FIRST_DAY).days
        moments = [FIRST_DAY + timedelta(days=days * n / number, hours=n * 7 % 24) for n in range(number)]
        screens = list(theater.screens.all())
        for n, starts_at in enumerate([*moments, *DST]):
            layout = screens[n % 2 + 2 * (n >= number)].layouts.get()
            # By law fewer people than seats, in one room and for one showtime.
            few = {"legal_capacity": 15} if n == 2 else {}
            yield create_showtime(layout=layout, starts_at=starts_at, movie=self.dice.choice(self.movies), **few)

    def sell(self, showtime):
        seats = list(showtime.layout.seats.all())
        self.dice.shuffle(seats)
        kinds = [*create_ticket_types(showtime.theater), showtime.theater.ticket_types.get(name="@Guest")]
        tariff = Tariff.of(showtime.theater, showtime.price_card.cells())
        for _n in range(self.dice.randint(1, 4)):
            chosen = [(seats.pop(), self.dice.choice(kinds)) for _seat in range(self.dice.randint(1, 3))]
            self.book(showtime, quote_seats(tariff, chosen))

    def book(self, showtime, quote):
        status = self.dice.choices(Booking.Status.values, weights=[1, 12, 2, 1, 5])[0]
        is_sold = status in ("confirmed", "cancelled")
        sold_at = showtime.starts_at - timedelta(minutes=self.dice.randint(1, 4000))
        booking = Booking.objects.create(
            user=self.customer,
            showtime=showtime,
            movie=showtime.movie,
            starts_at=showtime.starts_at,
            status=status,
            seat_labels=[line.seat.label for line in quote.lines],
            currency=quote.tariff.currency,
            **{name: getattr(quote, name) for name in ("price_total", "fee_total", "tax_total", "total")},
            **{name: getattr(quote.tariff, name) for name in ("tax_name", "tax_rate", "tax_included", "fee_taxed")},
            created_at=sold_at - timedelta(minutes=5),
            expires_at=sold_at + timedelta(minutes=5),
            confirmed_at=sold_at if is_sold else None,
            cancelled_at=sold_at + timedelta(minutes=9) if status == "cancelled" else None,
        )
        self.seat(booking, quote, sold_at)
        if is_sold:
            mails = [Mail.Kind.TICKETS] + [Mail.Kind.CANCELLED] * (status == "cancelled")
            Mail.objects.bulk_create(Mail(booking=booking, kind=kind, status="sent") for kind in mails)
        if booking.total and (is_sold or status == "expired"):
            self.pay(booking, sold_at, is_sold=is_sold)

    def seat(self, booking, quote, sold_at):
        live = booking.status in ("confirmed", "pending")
        for line in quote.lines:
            booked = BookedSeat.objects.create(
                booking=booking,
                showtime=booking.showtime,
                seat=line.seat,
                ticket_type=line.ticket_type,
                **{name: getattr(line, name) for name in ("price", "fee", "tax", "total")},
                released_at=None if live else sold_at,
            )
            if booking.status == "confirmed":
                came_at = sold_at if self.dice.random() < 0.7 else None
                if self.dice.random() < 0.2:  # a reprint
                    Ticket.objects.create(booked_seat=booked, revoked_at=sold_at, checked_in_at=came_at)
                Ticket.objects.create(booked_seat=booked, checked_in_at=came_at)

    @staticmethod
    def lose_seats(booking):
        """The showtime has moved to a room in which there was no seat for them; the sale stands."""
        released = booking.booked_seats.all()
        Ticket.objects.filter(booked_seat__in=released, revoked_at=None).update(revoked_at=booking.confirmed_at)
        released.update(released_at=booking.confirmed_at)
        booking.seat_labels = []
        booking.save()

    def exchange_some(self, theater):
        """Tickets for other ones of the house: dearer, cheaper, and one of them cancelled after all."""
        here = Booking.objects.filter(showtime__screen__theater=theater, status="confirmed", total__gt=0)
        untouched = here.filter(paid_with__refunds=None, paid_with__disputes=None).exclude(seat_labels=[])
        for n, old in enumerate(list(untouched.order_by("-pk")[:3])):
            target = self.dice.choice([show for show in self.showtimes if show.theater == theater])
            taken = BookedSeat.objects.live().filter(showtime=target).values("seat")
            free = target.layout.seats.exclude(pk__in=taken)[: n + 1]
            adult, child = create_ticket_types(theater)
            tariff = Tariff.of(theater, target.price_card.cells())
            quote = quote_seats(tariff, [(seat, child if n == 0 else adult) for seat in free])
            self.exchange(old, target, quote, is_cancelled=n == 1)

    def exchange(self, old, target, quote, *, is_cancelled):
        at = old.confirmed_at + timedelta(minutes=self.dice.randint(10, 3000))
        names = ("price_total", "fee_total", "tax_total", "total")
        new = Booking.objects.create(
            user=self.customer,
            showtime=target,
            movie=target.movie,
            starts_at=target.starts_at,
            status="confirmed",
            seat_labels=[line.seat.label for line in quote.lines],
            currency=old.currency,
            **{name: getattr(quote, name) for name in names},
            **{name: getattr(old, name) for name in ("tax_name", "tax_rate", "tax_included", "fee_taxed")},
            created_at=min(at, target.starts_at - timedelta(minutes=1)),
            expires_at=at,
            confirmed_at=min(at, target.starts_at),
        )
        self.seat(new, quote, at)
        credit = min(old.total, new.total)
        amounts = {"value": old.total, "credit": credit, "back": old.total - credit, "kept": 0, "cashable": credit}
        Exchange.objects.create(old=old, new=new, **amounts, done_at=at)
        self.end(old, at)
        if old.total > credit:
            self.give_back(old.paid_with, old.total - credit, at, reason="exchange")
        if new.total > credit:
            self.pay(new, at, is_sold=True, is_exchange=True)
        Mail.objects.create(booking=new, kind=Mail.Kind.TICKETS, status="sent")
        if is_cancelled:
            self.end(new, at + timedelta(minutes=5))
            Mail.objects.create(booking=new, kind=Mail.Kind.CANCELLED, status="sent")
            self.give_back(old.paid_with, credit, at + timedelta(days=1), reason="customer", sale=new)

    @staticmethod
    def end(booking, at):
        Ticket.objects.filter(booked_seat__booking=booking, revoked_at=None).update(revoked_at=at)
        booking.booked_seats.update(released_at=at)
        booking.status, booking.cancelled_at = "cancelled", at
        booking.save(update_fields=["status", "cancelled_at"])

    @staticmethod
    def give_back(payment, amount, at, **more):
        currency, stripe_id = payment.currency, f"re_{payment.pk}_{more['reason']}"
        fields = {"amount": amount, "currency": currency, "created_at": at, "stripe_id": stripe_id}
        Refund.objects.create(payment=payment, status="succeeded", **fields, **more)

    def pay(self, booking, sold_at, *, is_sold, is_exchange=False):
        payment = Payment.objects.create(
            booking=booking,
            status="paid",
            amount=booking.due,
            currency=booking.currency,
            amount_received=booking.due,
            currency_received=booking.currency,
            session_id=f"cs_{booking.pk}",
            payment_intent=f"pi_{booking.pk}",
            session_expires_at=sold_at,
            paid_at=sold_at,
        )
        if is_sold:
            booking.paid_with = payment
            booking.save()
        if is_exchange:
            return
        back = Decimal(1) if not is_sold else Decimal(self.dice.choice(["0", "0.5", "1"]))
        if booking.status != "confirmed" or self.dice.random() < 0.1:
            self.refund(payment, back)
        elif self.dice.random() < 0.1:
            money = {"amount": booking.total, "currency": booking.currency, "opened_at": sold_at}
            status = self.dice.choice(["won", "lost"])
            Dispute.objects.create(payment=payment, stripe_id=f"du_{booking.pk}", status=status, **money)

    def refund(self, payment, part):
        amount = (payment.amount * part).quantize(Decimal(1) if payment.currency == "JPY" else Decimal("0.01"))
        if amount:
            status = self.dice.choice(["succeeded", "succeeded", "pending", "failed", "created"])
            made_at = payment.paid_at + timedelta(minutes=self.dice.randint(1, 3000))
            Refund.objects.create(
                payment=payment,
                status=status,
                amount=amount,
                currency=payment.currency,
                reason=self.dice.choice(["customer", "staff", "outside"]),
                stripe_id=f"re_{payment.pk}",
                created_at=made_at,
            )
