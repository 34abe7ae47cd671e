"""Free seating and the rest of the house: wheelchairs, tickets, the door, exchanges, moves, the counter, who waits."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core import mail as outbox
from pypdf import PdfReader

from bookings import flows
from bookings.calendars import calendar
from bookings.exceptions import KeptForWheelchairs
from bookings.flows.places import TooFewPlaces
from bookings.models import Booking, Ticket
from bookings.wallets import Pass, apple, google
from tests.bookings.places import (
    at,
    buy_and_pay,
    choose,
    create_club,
    held,
    hold,
    number_in,
    numbers,
    page,
    words,
)
from tests.bookings.steps import buy as buy_seats
from tests.bookings.waiting_steps import wait
from tests.factories import (
    create_layout,
    create_member,
    create_places,
    create_screen,
    create_showtime,
    create_showtime_now,
    create_staff,
    seats_of,
)
from theaters.models import Seat

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_are_in_order")]


@pytest.fixture
def club(db):
    return create_club()


@pytest.fixture
def visitor(client, ann):
    client.force_login(ann)
    return client


def way(name, booking, *args):
    return at(name, booking.reference, *args)


def features(seats):
    return sorted(seat.feature for seat in seats)


# --- Wheelchairs ---------------------------------------------------------------------------------


def test_kept_places_are_not_picked_for_others(ann):
    showtime = create_club(8, spaces=2)

    with pytest.raises(TooFewPlaces, match="Only 4 places are left"):
        hold(ann, showtime, 5)
    assert features(hold(ann, showtime, 4).seats) == [""] * 4


def test_wheelchair_space_comes_with_its_companion(ann):
    showtime = create_club(8, spaces=2)

    seats = hold(ann, showtime, 3, spaces=1).seats

    assert features(seats) == ["", "", "companion", "wheelchair"]
    space, companion = (next(seat for seat in seats if seat.feature == name) for name in ("wheelchair", "companion"))
    assert companion.companion_of_id == space.pk


def test_more_spaces_than_there_are_then_it_says_so(visitor):
    showtime = create_club(8, spaces=1)

    response = choose(visitor, showtime, 1, spaces=2)

    assert "Only 1 wheelchair space is left." in words(response)
    assert number_in(response, "spaces") == "2"


def test_space_alone_then_one_place(visitor):
    showtime = create_club(8, spaces=1)

    response = choose(visitor, showtime, 0, spaces=1)

    assert response["Location"] == at("checkout", showtime.pk)
    assert features(held(visitor, showtime)) == ["wheelchair"]


def test_kept_place_named_without_the_need_then_refused(ann):
    showtime = create_club(8, spaces=1)
    (space,) = showtime.layout.seats.filter(feature=Seat.Feature.WHEELCHAIR)

    with pytest.raises(KeptForWheelchairs):
        flows.hold_seats(ann, showtime=showtime, seat_ids=[space.pk])


def test_everything_else_held_then_spaces_are_still_asked_for(client, bob):
    showtime = create_club(8, spaces=1)
    hold(bob, showtime, 6)

    html = words(page(client, showtime))

    assert "Sold out except for wheelchair spaces." in html
    assert 'name="spaces"' in html


# --- Words ---------------------------------------------------------------------------------------


def test_ticket_names_a_place_and_no_row(visitor, ann, sandbox, club):
    booking = buy_and_pay(sandbox, ann, club)

    html = words(visitor.get(way("tickets", booking)))

    assert f"<dt>Place</dt><dd>{booking.seat_labels[0]}</dd>" in html
    assert "Free seating: sit where you like" in html
    assert "<dt>Row</dt>" not in html


def test_printed_ticket_names_a_place_and_no_row(visitor, ann, sandbox, club):
    booking = buy_and_pay(sandbox, ann, club)

    answer = visitor.get(way("tickets_pdf", booking))

    (printed,) = PdfReader(BytesIO(answer.content)).pages
    lines = printed.extract_text().splitlines()
    said = ("Place", booking.seat_labels[0], "Free seating", "Row")
    assert [word in lines for word in said] == [True, True, True, False]


def test_mail_names_places_and_no_row(ann, sandbox, club):
    booking = buy_and_pay(sandbox, ann, club, 2)

    flows.send_due_mails()

    (letter,) = outbox.outbox
    assert [f"Free seating, place {label}" in letter.body for label in booking.seat_labels] == [True, True]
    assert "Row" not in letter.body


def test_calendar_list_and_payment_name_places(visitor, ann, sandbox, club):
    booking = buy_and_pay(sandbox, ann, club, 2)
    said = f"Free seating, places {', '.join(booking.seat_labels)}"

    line = booking.payments.get().request["line_items"][0]["price_data"]["product_data"]["name"]

    assert said.replace(",", "\\,") in calendar(booking).decode().replace("\r\n ", "")
    assert said in words(visitor.get(at("bookings")))
    assert line == f"{club.movie}: Free seating, place {booking.seat_labels[0]}, Adult"


def test_door_names_a_place(client, ann, sandbox):
    tonight = create_showtime_now()
    tonight.layout.seats.filter(row="A").update(row="")
    buy_seats(sandbox, ann, tonight, "4")
    client.force_login(create_staff("bookings.check_in_ticket"))

    html = words(client.post(at("door"), {"code": Ticket.objects.get().serial}))

    assert "Free seating, place 4" in html


def test_wallets_name_a_place_and_no_row(ann, sandbox, club, settings):
    settings.GOOGLE_WALLET = {"issuer": "1"}
    one = Pass(buy_and_pay(sandbox, ann, club) and Ticket.objects.get())
    said = f"Free seating, place {one.seat.number}"

    assert apple.fields(one)["auxiliaryFields"][1:] == [{"key": "seat", "label": "Seats", "value": said}]
    assert "seats" not in apple.semantics(one)
    assert {key: str(value) for key, value in google.seat(one)["seatInfo"].items()}.keys() == {"section", "seat"}
    assert said in str(google.seat(one)["seatInfo"]["seat"])


# --- Exchange and moves --------------------------------------------------------------------------


def sibling(showtime, layout):
    """Two days later in the same house, at the same prices."""
    starts_at = showtime.starts_at + timedelta(days=2)
    return create_showtime(layout=layout, starts_at=starts_at, price_card=showtime.price_card)


def test_seats_are_exchanged_for_places_as_many_as_there_are_tickets(visitor, ann, sandbox):
    showtime = create_showtime()
    club = sibling(showtime, create_places(screen=create_screen(showtime.theater)))
    old = buy_seats(sandbox, ann, showtime, "A1", "A2")
    seats_page = way("exchange_seats", old, club.pk)

    shown = visitor.get(seats_page)
    refused = visitor.post(seats_page, numbers(club, 3))
    taken = visitor.post(seats_page, numbers(club, 2))
    visitor.post(taken["Location"])

    assert number_in(shown, next(iter(numbers(club, 1)))) == "2"
    assert "Please choose just 2 seats" in words(refused)
    assert taken["Location"] == way("exchange_checkout", old, club.pk)
    assert Booking.objects.get(showtime=club).is_confirmed


def test_places_are_exchanged_for_seats(visitor, ann, sandbox, club):
    showtime = sibling(club, create_layout(create_screen(club.theater)))
    old = buy_and_pay(sandbox, ann, club, 2)
    ids = [seat.pk for seat in seats_of(showtime, "B1", "B2")]

    shown = words(visitor.get(way("exchange_seats", old, showtime.pk)))
    visitor.post(way("exchange_seats", old, showtime.pk), {"seats": ids})
    visitor.post(way("exchange_checkout", old, showtime.pk))

    assert f"Free seating, places {', '.join(old.seat_labels)}" in shown
    assert Booking.objects.get(showtime=showtime).seat_labels == ["B1", "B2"]


def test_room_becomes_one_with_free_seating_then_everybody_has_a_place(ann, sandbox, manager):
    showtime = create_showtime()
    booking = buy_seats(sandbox, ann, showtime, "A1", "A2")
    target = {"starts_at": showtime.starts_at, "layout": create_places(screen=create_screen(showtime.theater))}
    plan = flows.plan_move(showtime, **target)

    flows.move_showtime(showtime, **target, by=manager, reason="Rain.", fingerprint=plan.fingerprint)

    booking.refresh_from_db()
    assert all(label.isdecimal() for label in booking.seat_labels)
    assert len(booking.seat_labels) == 2


# --- The box office ------------------------------------------------------------------------------


def test_counter_asks_how_many_without_the_customers_limit(client, ann):
    club = create_club(12, spaces=1)
    client.force_login(create_member(club.theater, "box_office"))
    hold(ann, club, 1)

    shown = words(client.get(at("counter_seats", club.pk)))
    answer = client.post(at("counter_seats", club.pk), numbers(club, 9))
    sale = words(client.get(answer["Location"]))

    assert "9 places are left." in shown
    assert "data-seat-map" not in shown
    assert sale.count("Ticket for place") == 9


def test_counter_sells_places(client, club):
    client.force_login(create_member(club.theater, "box_office"))
    answer = client.post(at("counter_seats", club.pk), numbers(club, 3))
    form = client.get(answer["Location"]).context
    seats = [seat.pk for seat in form["seats"]]

    sold = client.post(
        at("counter_sale", club.pk),
        {"seats": seats, "key": form["key"], f"ticket_type_{seats[0]}": "", "tender": "card_terminal"},
        follow=True,
    )

    assert "Free seating, places" in words(sold)
    assert Booking.objects.get().is_confirmed


def test_counter_asks_for_more_than_there_are_then_it_says_how_many_and_keeps_the_number(client, ann, club):
    client.force_login(create_member(club.theater, "box_office"))
    hold(ann, club, 5)

    answer = client.post(at("counter_seats", club.pk), numbers(club, 8))

    assert answer.status_code == 409
    assert "Only 7 places are left." in words(answer)
    assert number_in(answer, next(iter(numbers(club, 8)))) == "8"


# --- Those who wait ------------------------------------------------------------------------------


def test_places_that_come_back_go_to_who_waits_wherever_they_are(visitor, ann, bob, sandbox):
    club = create_club(6)
    bookings = [buy_and_pay(sandbox, bob, club) for _n in range(6)]
    wait(ann, club, 2)

    for booking in sorted(bookings, key=lambda one: int(one.seat_labels[0]))[::3]:
        flows.cancel_booking(booking, by=create_staff(), in_full=True)
    flows.offer_free_seats()

    assert "There are seats for you" in words(page(visitor, club))
    answer = choose(visitor, club, 2)
    assert answer["Location"] == at("checkout", club.pk)
