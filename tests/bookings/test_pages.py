"""What the pages of buying say and offer."""

import re
from decimal import Decimal

import pytest
from django.core import mail as outbox
from django.urls import reverse

from bookings import flows
from bookings.emails import send_mail
from bookings.models import Mail, Ticket
from tests.bookings.steps import buy, hold, lapse, open_session, start
from tests.factories import (
    create_price_card,
    create_showtime,
    create_showtime_now,
    create_staff,
    create_theater,
    create_ticket_types,
    seats_of,
)

pytestmark = pytest.mark.django_db

ATTRIBUTE = re.compile(r'([\w-]+)(?:="([^"]*)")?')


def seats_on(page):
    """The checkboxes of a seat map, {label: attributes}."""
    tags = re.findall(r'<input type="checkbox" name="seats"([^>]*)>', page.content.decode())
    boxes = [dict(ATTRIBUTE.findall(tag)) for tag in tags]
    return {box["data-label"]: box for box in boxes}


def seat_map(client, showtime, **query):
    return client.get(reverse("bookings:seat_map", args=[showtime.pk]), query)


def hold_by_form(client, showtime, *labels):
    """Choose on the map and continue: the answer."""
    seats = [seat.pk for seat in seats_of(showtime, *labels)]
    return client.post(reverse("bookings:hold", args=[showtime.pk]), {"seats": seats}, follow=True)


def words(response):
    """What is to be read on a page, in one line."""
    text = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(text.replace("&#x27;", "'").split())


def test_seat_map_then_one_checkbox_for_each_seat(client, showtime):
    boxes = seats_on(seat_map(client, showtime))

    seat = showtime.layout.seats.get(row="B", number="3")
    assert len(boxes) == 18
    assert boxes["B3"] == {
        "value": str(seat.pk),
        "data-label": "B3",
        "data-price": "12.50",
        "aria-label": "Row B seat 3, Standard, EUR 12.50, available",
        "data-state": "available",
    }


def test_seat_map_then_the_price_the_limit_and_the_time_are_said(client, showtime):
    page = words(seat_map(client, showtime))

    assert "Standard EUR 12.50" in page
    assert "All fees and taxes are included." in page
    assert "Choose up to 8 seats. When you continue, they are kept for you for 10 minutes." in page


def test_sold_held_and_blocked_seats_then_disabled_and_named(client, ann, bob, showtime, sandbox):
    buy(sandbox, bob, showtime, "A1")
    hold(bob, showtime, "A2")
    seats_of(showtime, "A3")[0].outages.create(starts_at=showtime.starts_at, reason="broken")
    client.force_login(ann)

    boxes = seats_on(seat_map(client, showtime))

    closed = {label: box["data-state"] for label, box in boxes.items() if "disabled" in box}
    assert closed == {"A1": "booked", "A2": "held", "A3": "blocked"}
    assert boxes["A1"]["aria-label"].endswith(", sold")


def test_own_seats_then_chosen_and_may_be_given_back(client, ann, showtime):
    client.force_login(ann)
    hold_by_form(client, showtime, "A1", "A2")

    page = seat_map(client, showtime)

    yours = [label for label, box in seats_on(page).items() if box["data-state"] == "yours" and "checked" in box]
    assert yours == ["A1", "A2"]
    assert reverse("bookings:release", args=[showtime.pk]) in page.content.decode()


def test_seat_lost_then_the_map_says_which(client, ann, bob, showtime):
    hold(bob, showtime, "A1")
    client.force_login(ann)

    page = hold_by_form(client, showtime, "A1", "A2")

    assert page.status_code == 409
    assert "Seat A1 has just been taken. Please choose another." in words(page)
    assert [label for label, box in seats_on(page).items() if "checked" in box] == ["A2"]


def test_showtime_cancelled_then_no_map_but_the_others(client, showtime):
    other = create_showtime(movie=showtime.movie)
    showtime.status = "cancelled"
    showtime.save()

    page = seat_map(client, showtime)

    assert "This showtime is cancelled." in words(page)
    assert seats_on(page) == {}
    assert other.get_absolute_url() in page.content.decode()


def test_checkout_then_the_parts_the_policy_and_the_button(client, ann, showtime):
    client.force_login(ann)

    page = words(hold_by_form(client, showtime, "A1", "A2"))

    for sentence in (
        "FSK 12 From 12.",
        "Ticket for seat A1",
        "Seats EUR 23.00",
        "Booking fee EUR 2.00",
        "Total EUR 25.00",
        "including EUR 1.64 VAT (7 %)",
        "Up to 2 hours before the start: 50% of the price, without the booking fee.",
        "no 14-day right of withdrawal",
        "Pay EUR 25.00",
    ):
        assert sentence in page


@pytest.fixture
def ordering(client, ann, showtime, sandbox, settings):
    """The pages with an order button, by name; the theater has an exchange rule and a note on its adult ticket."""
    theater = showtime.theater
    theater.exchange_minutes, theater.exchange_fee = 60, Decimal("1.50")
    theater.save()
    theater.ticket_types.filter(name="Adult").update(note="Bring your card.")
    client.force_login(ann)

    def exchange():
        old = buy(sandbox, ann, showtime, "A1")
        other = create_showtime(theater=theater, price_card=create_price_card(theater, adult="20.00"))
        way = {
            name: reverse(f"bookings:{name}", args=[old, other.pk]) for name in ("exchange_seats", "exchange_checkout")
        }
        client.post(way["exchange_seats"], {"seats": [seat.pk for seat in seats_of(other, "B1")]})
        return client.get(way["exchange_checkout"])

    def problem():
        settings.STRIPE_API_BASE = "http://127.0.0.1:9"
        return client.post(reverse("bookings:pay", args=[start(ann, showtime, "A1")]))

    return {
        "checkout": lambda: hold_by_form(client, showtime, "A1"),
        "exchange": exchange,
        "pending": lambda: client.get(start(ann, showtime, "A1").get_absolute_url()),
        "problem": problem,
    }


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize(
    ("name", "button"),
    [
        ("checkout", 'class="btn btn-primary btn-wide checkout__pay" data-while-held'),
        ("exchange", 'class="btn btn-primary btn-wide checkout__pay" data-while-held'),
        ("pending", 'class="btn btn-primary btn-wide" data-while-held'),
        ("problem", 'class="btn btn-primary"'),
    ],
)
def test_order_button_then_all_that_one_must_know_stands_above_it(ordering, client, showtime, name, button, language):
    client.cookies["django_language"] = language
    above, found, _below = ordering[name]().text.partition(button)

    facts = [
        "A1" if name != "exchange" else "B1",
        showtime.theater.name,
        {"en": "Up to 2 hours before the start: 50% of the price", "ar": "50%"}[language],
        {"en": "1 hour before the start you can exchange", "ar": "1.50"}[language],
        {"en": "no 14-day right of withdrawal", "ar": "14"}[language],
        "Bring your card.",
        "8.50" if name == "exchange" else "12.50",
    ]
    assert found
    assert [fact for fact in facts if fact not in above] == []


def test_checkout_where_tax_is_added_then_it_is_a_part_of_the_sum(client, ann):
    theater = create_theater(currency="USD", tax_name="Sales tax", tax_rate="8.875", tax_included=False)
    showtime = create_showtime(theater=theater)
    client.force_login(ann)

    page = words(hold_by_form(client, showtime, "A1"))

    assert "Seats USD 11.50 Booking fee USD 1.00 Sales tax (8.875 %) USD 1.11 Total USD 13.61" in page


def test_fee_per_order_then_said_on_the_map_and_part_of_the_total(client, ann):
    theater = create_theater(order_fee="1.50", tax_rate="10", tax_included=False)
    theater.surcharges.create(format="2d", name="70 mm surcharge", amount=Decimal(2))
    showtime = create_showtime(theater=theater)
    client.force_login(ann)

    chosen = seat_map(client, showtime)
    page = words(hold_by_form(client, showtime, "A1", "A2"))

    assert "Standard EUR 15.95" in words(chosen)
    assert "Tax and the fee per ticket are included." in words(chosen)
    assert "Once per booking EUR 1.65 is added." in words(chosen)
    assert 'data-order-fee="1.65"' in chosen.text
    assert "Seats EUR 23.00 70 mm surcharge EUR 4.00 Booking fee EUR 3.50 VAT (10 %) EUR 3.05 Total EUR 33.55" in page


def test_checkout_of_free_seats_then_nothing_is_called_paying(client, ann, showtime):
    showtime.price_card = create_price_card(showtime.theater, adult="0", child="0")
    showtime.save()
    client.force_login(ann)

    page = words(hold_by_form(client, showtime, "A1"))

    assert "Book for free" in page
    assert "Pay EUR" not in page


def test_another_ticket_type_then_the_fragment_has_the_new_price(client, ann, showtime):
    client.force_login(ann)
    hold_by_form(client, showtime, "A1")
    [seat] = seats_of(showtime, "A1")
    _adult, child = create_ticket_types(showtime.theater)

    page = client.get(
        reverse("bookings:checkout", args=[showtime.pk]),
        {f"ticket_type_{seat.pk}": child.pk},
        headers={"HX-Request": "true"},
    )

    assert "Pay EUR 8.50" in words(page)
    assert 'name="total" value="8.50"' in page.content.decode()
    assert "<html" not in page.content.decode()


def test_payment_service_silent_then_a_button_to_pay_again(client, ann, showtime):
    client.force_login(ann)
    hold_by_form(client, showtime, "A1")

    page = client.post(reverse("bookings:checkout", args=[showtime.pk]))

    booking = ann.bookings.get()
    assert page.status_code == 503
    assert "Try again: pay EUR 12.50" in words(page)
    assert reverse("bookings:pay", args=[booking.reference]) in page.content.decode()


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("pending", "Pay EUR 12.50"),
        ("overdue", "This booking was not paid in time, so the seats are free again."),
        ("being paid", "Your payment is on its way"),
        ("confirmed", "Show the tickets"),
        ("cancelled", "EUR 12.50 is on its way back to where you paid from."),
    ],
)
def test_booking_in_each_state_then_says_so(client, ann, showtime, sandbox, case, sentence):
    booking = start(ann, showtime, "A1")
    if case == "overdue":
        lapse(booking)
    elif case != "pending":
        session_id = open_session(booking)
        sandbox.pay_later(session_id) if case == "being paid" else sandbox.pay(session_id)
        booking = flows.confirm_booking(session_id)
    if case == "cancelled":
        flows.cancel_booking(booking, by=ann, in_full=True)
    client.force_login(ann)

    assert sentence in words(client.get(booking.get_absolute_url()))


def test_booking_that_can_be_cancelled_then_it_says_what_comes_back(client, ann, sandbox):
    showtime = create_showtime(theater=create_theater(refund_rules=[(60, 50, False)]))
    booking = buy(sandbox, ann, showtime, "A1", "A2")
    client.force_login(ann)

    assert "You paid EUR 25.00. If you cancel now, EUR 11.50 goes back" in words(client.get(booking.get_absolute_url()))


def test_tickets_then_each_has_its_code_and_serial(client, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1", "A2")
    client.force_login(ann)

    page = client.get(reverse("bookings:tickets", args=[booking.reference]))

    html = page.content.decode()
    assert "Your 2 tickets" in words(page)
    assert html.count('src="data:image/svg+xml') == 2
    for ticket in Ticket.objects.all():
        assert f'alt="QR code of ticket {ticket.serial}"' in html
        assert f'<p class="ticket__serial">{ticket.serial}</p>' in html


def test_door_then_the_verdict_the_seat_and_the_certificate(client, ann, sandbox):
    booking = buy(sandbox, ann, create_showtime_now(), "A1", "A2")
    buy(sandbox, ann, create_showtime(), "A1")
    first, second, tomorrow = Ticket.objects.order_by("pk")
    client.force_login(create_staff("bookings.check_in_ticket", name="Anna"))
    answers = {}
    codes = {"welcome": first.serial, "already": first.serial, "unknown": "NO SUCH", "tomorrow": tomorrow.serial}
    for name, code in codes.items():
        answers[name] = words(client.post(reverse("bookings:door"), {"code": code}))
    flows.cancel_booking(booking, by=ann, reason="The projector is broken.", in_full=True)
    answers["void"] = words(client.post(reverse("bookings:door"), {"code": second.serial}))

    assert "Welcome Row A seat 1 Adult" in answers["welcome"]
    assert "FSK 12 From 12." in answers["welcome"]
    assert re.search(r"Already in since \d\d:\d\d, by Anna", answers["already"])
    assert "There is no ticket with this code." in answers["unknown"]
    assert "Not today This ticket is for" in answers["tomorrow"]
    assert "Not valid The booking is cancelled. The projector is broken." in answers["void"]


def sent(booking, kind):
    """The subject, the text and the HTML of one mail."""
    send_mail(Mail(booking=booking, kind=kind))
    message = outbox.outbox[-1]
    return message.subject, message.body, message.alternatives[0].content


@pytest.mark.parametrize("kind", ["tickets", "reminder"])
def test_mail_with_tickets_then_both_parts_have_seat_time_and_code(ann, sandbox, kind):
    showtime = create_showtime()
    showtime.movie.title = "Tom & Ann's <Film>"
    showtime.movie.save()
    booking = buy(sandbox, ann, showtime, "A1")
    ticket = Ticket.objects.get()

    subject, text, html = sent(booking, kind)

    assert "Tom & Ann's <Film>" in subject
    assert "Tom &amp; Ann&#x27;s &lt;Film&gt;" in html
    assert f'src="cid:{ticket.serial}"' in html
    for part in (text, html):
        assert ticket.serial in part
        assert "Row A, seat 1" in part
        assert f"{showtime.local_start:%H:%M %Z}" in part
        assert booking.site_url in part
    for words_of_the_ticket in ("Tom & Ann's <Film>", showtime.screen.name, "FSK 12: From 12.", "Adult"):
        assert words_of_the_ticket in text


def test_mail_after_cancelling_then_it_says_what_comes_back(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    flows.cancel_booking(booking, by=ann, reason="The projector is broken.", in_full=True)

    _subject, text, html = sent(booking, "cancelled")

    for part in (text, html):
        assert "Seat A1" in part
        assert "Reason: The projector is broken." in part
        assert "EUR 12.50 goes back to where you paid from." in part


@pytest.mark.parametrize("kind", ["refunded", "payment_failed"])
def test_mail_without_tickets_then_a_way_to_choose_again(ann, showtime, kind):
    booking = start(ann, showtime, "A1")

    subject, text, html = sent(booking, kind)

    assert showtime.movie.title in subject
    for part in (text, html):
        assert "Seat A1" in part
        assert f"http://testserver{showtime.get_absolute_url()}" in part


def test_booking_page_asks_now_and_then_then_it_is_fetched_anew_only_when_something_has_changed(
    client, ann, showtime, sandbox
):
    client.force_login(ann)
    booking = start(ann, showtime, "A1")
    assert 'hx-trigger="every 15s"' in client.get(booking.get_absolute_url()).text

    waiting = client.get(booking.get_absolute_url(), headers={"HX-Request": "true"})
    buy(sandbox, ann, showtime, "A1")
    done = client.get(booking.get_absolute_url(), headers={"HX-Request": "true"})

    assert (waiting.status_code, waiting.get("HX-Refresh")) == (204, None)
    assert (done.status_code, done["HX-Redirect"]) == (204, f"{booking.get_absolute_url()}tickets/")
    assert "Your tickets are ready." in client.get(done["HX-Redirect"]).text
    assert "hx-trigger" not in client.get(booking.get_absolute_url()).text


def test_pending_booking_then_its_seats_can_be_given_back_from_its_page(client, ann, showtime):
    client.force_login(ann)
    booking = start(ann, showtime, "A1")
    give_back = reverse("bookings:release", args=[showtime.pk])
    assert give_back in client.get(booking.get_absolute_url()).text

    client.post(give_back)

    booking.refresh_from_db()
    assert booking.status == "expired"
