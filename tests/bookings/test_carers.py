"""A carer's ticket is free with another one, and is nobody's alone: website, box office, exchange and giving back."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from bookings import flows
from bookings.exceptions import BadChoice, NotCancellable
from bookings.models import Booking, Ticket
from tests.bookings.counter_steps import sale
from tests.bookings.steps import open_session
from tests.factories import create_showtime, create_staff, seats_of
from theaters.models import Price, TicketType

pytestmark = pytest.mark.django_db
ALONE = "Carer: one for each ticket of another type. Please choose another type for one of the seats."


@pytest.fixture
def showtime(db):
    return create_showtime()


@pytest.fixture
def carer(showtime):
    kind = TicketType.objects.create(theater=showtime.theater, name="Carer", order=5, with_another=True)
    for category in showtime.theater.seat_categories.all():
        Price.objects.create(card=showtime.price_card, category=category, ticket_type=kind, amount=0)
    return kind


@pytest.fixture
def customer(client, ann):
    client.force_login(ann)
    return client


def pay(client, showtime, carers, *labels):
    """Press Pay for these seats; `carers` are the labels of those who come as carers."""
    hold_of = reverse("bookings:hold", args=[showtime.pk])
    client.post(hold_of, {"seats": [seat.pk for seat in seats_of(showtime, *labels)]})
    kind = showtime.theater.ticket_types.get(name="Carer")
    chosen = {f"ticket_type_{seat.pk}": kind.pk for seat in seats_of(showtime, *carers)} if carers else {}
    return client.post(reverse("bookings:checkout", args=[showtime.pk]), chosen)


@pytest.mark.parametrize(
    ("carers", "seats"), [(["A1"], ["A1"]), (["A1", "A2"], ["A1", "A2"]), (["A1", "A2"], ["A1", "A2", "A3"])]
)
def test_carers_more_than_others_then_refused_in_words_and_nothing_is_lost(customer, carer, showtime, carers, seats):
    response = pay(customer, showtime, carers, *seats)

    assert ALONE in response.text
    assert not Booking.objects.exists()
    assert re.search(rf'value="{carer.pk}"\s+selected', response.text)


def test_carer_with_another_then_free_and_let_in(customer, carer, showtime, sandbox):
    assert pay(customer, showtime, ["A2"], "A1", "A2").status_code == 303
    booking = Booking.objects.get()
    sandbox.pay(open_session(booking))
    flows.confirm_booking(booking.payments.get().session_id)

    free = booking.booked_seats.get(seat__number="2")
    assert (free.ticket_type, free.price) == (carer, Decimal(0))
    assert Ticket.objects.filter(booked_seat__booking=booking).count() == 2


def test_whom_the_carer_came_with_gives_back_alone_then_refused(customer, carer, showtime, sandbox):
    pay(customer, showtime, ["A2"], "A1", "A2")
    booking = Booking.objects.get()
    sandbox.pay(open_session(booking))
    booking = flows.confirm_booking(booking.payments.get().session_id)
    other, free = booking.booked_seats.order_by("seat__number")

    with pytest.raises(NotCancellable, match="Carer: the ticket goes with one of another type"):
        flows.cancel_seats(booking, [other.pk], by=booking.user)
    flows.cancel_seats(booking, [free.pk], by=booking.user)

    assert booking.booked_seats.live().get() == other


def test_counter_sells_no_carer_alone_either(carer, showtime):
    cashier = create_staff(is_superuser=True)

    with pytest.raises(BadChoice, match="one for each ticket of another type"):
        flows.sell_at_counter(showtime, sale(showtime, "A1", ticket_type=carer, tender="card_terminal"), by=cashier)


def test_type_chosen_at_first_is_sold_alone(admin_client, carer):
    url = reverse("admin:theaters_tickettype_change", args=[carer.pk])
    data = {"theater": carer.theater_id, "name": "Carer", "order": 5, "with_another": "on", "is_default": "on"}

    assert "The type chosen at first is sold alone, too." in admin_client.post(url, data).text
