"""The pages of the box office: who may, what they show, and that nothing typed is lost."""

from decimal import Decimal
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings import flows
from bookings.audit import audit
from bookings.codes import ticket_code
from bookings.models import Booking, CashMovement, Refund, Shift, Ticket
from tests.bookings.counter_steps import close_shift, open_shift, sell
from tests.bookings.steps import buy, hold
from tests.bookings.test_pages import seats_on
from tests.factories import create_member, create_showtime, create_showtime_now, create_theater, seats_of

pytestmark = pytest.mark.django_db


def at(name, *args):
    return reverse(f"bookings:{name}", args=args)


def form_of(showtime, *labels, **fields):
    """What the page of the sale sends: its own key and total, the ticket types as they come."""
    seats = [seat.pk for seat in seats_of(showtime, *labels)]
    key = "6f1c3f8e-0000-4000-8000-000000000001"
    return {"seats": seats, "key": key, f"ticket_type_{seats[0]}": "", "tender": "cash"} | fields


def post_sale(till, showtime, *labels, **fields):
    return till.post(at("counter_sale", showtime.pk), form_of(showtime, *labels, **fields))


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


# --- Where and when -------------------------------------------------------------------------------


def test_one_theater_then_its_counter_at_once(till, showtime):
    assert till.get(at("box_office"))["Location"] == at("counter", showtime.theater.slug)


def test_two_theaters_then_one_chooses(till, cashier, showtime):
    create_theater("Odeon").memberships.create(user=cashier, role="box_office")

    assert b"Odeon" in till.get(at("box_office")).content


def test_showtimes_of_today_with_free_seats_and_those_that_are_over(till, cashier, showtime):
    late = create_showtime_now(minutes=-30, theater=showtime.theater)
    over = create_showtime_now(minutes=-60, theater=showtime.theater)
    sell(cashier, late, "A1", tender="card_terminal")
    today = late.business_date.isoformat()

    page = till.get(at("counter", showtime.theater.slug) + f"?date={today}")

    assert f'href="{at("counter_seats", late.pk)}"' in page.text
    assert "17 seats free" in page.text
    assert f'href="{at("counter_seats", over.pk)}"' not in page.text


def test_wheelchair_spaces_then_the_cashier_hears_for_whom_they_are_and_since_when_for_everybody(till, showtime):
    showtime.layout.seats.filter(row="A", number="1").update(feature="wheelchair")
    (space,) = seats_of(showtime, "A1")

    page = till.get(at("counter_seats", showtime.pk))
    assert "are kept on the website. Sell them to those who need them" in page.text
    assert seats_on(page)["A1"]["data-state"] == "available"
    assert (
        "Wheelchair spaces and companion seats: A1."
        in till.get(at("counter_sale", showtime.pk) + f"?seats={space.pk}").text
    )
    showtime.theater.space_release, showtime.theater.space_release_minutes = "minutes", 10_000
    showtime.theater.save()
    flows.review_releases()

    page = till.get(at("counter_seats", showtime.pk))
    assert "are on general sale. It was so close to the start; 0 of 17 other seats were sold." in page.text


# --- The sale -------------------------------------------------------------------------------------


def test_seats_then_sale_then_receipt_with_the_change(till, cashier, showtime):
    open_shift(cashier, showtime)
    seats = [seat.pk for seat in seats_of(showtime, "A1", "A2")]
    chosen = till.post(at("counter_seats", showtime.pk), {"seats": seats})
    assert chosen.status_code == 303
    page = till.get(chosen["Location"])
    assert "EUR 23.00" in page.text

    sold = post_sale(till, showtime, "A1", "A2", total="23.00", cash_given="50.00")

    assert sold.status_code == 303
    assert "Change: EUR 27.00" in till.get(sold["Location"]).text
    assert Booking.objects.get().seat_labels == ["A1", "A2"]
    pdf = till.get(at("counter_tickets", Booking.objects.get().reference))
    assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")


def test_cash_without_a_shift_then_it_says_so_and_keeps_the_choice(till, showtime):
    page = till.get(at("counter_sale", showtime.pk), {"seats": [seats_of(showtime, "A1")[0].pk]})
    assert "Cash needs an open shift" in page.text
    assert 'value="cash"' not in page.text

    (seat,), child = seats_of(showtime, "A1"), showtime.theater.ticket_types.get(name="Child")
    refused = post_sale(till, showtime, "A1", total="7.50", **{f"ticket_type_{seat.pk}": child.pk})

    assert refused.status_code == 409
    assert "please open a shift" in refused.text
    assert f'<option value="{child.pk}" selected>' in refused.text
    choice = f"{at('counter_sale', showtime.pk)}?seats={seat.pk}&ticket_type_{seat.pk}={child.pk}"
    opened = till.post(at("shift", showtime.theater.slug), {"amount": "50.00", "next": choice})
    assert f"?next={quote(choice, safe='')}" in refused.text
    assert "Total <strong>EUR 7.50" in till.get(opened["Location"]).text


def test_seat_that_is_not_for_sale_in_the_address_then_back_to_the_map(till, showtime):
    (seat,) = seats_of(showtime, "A1")
    showtime.layout.seats.filter(pk=seat.pk).update(is_blocked=True)

    answer = till.get(at("counter_sale", showtime.pk), {"seats": [seat.pk, 999999]})

    assert answer["Location"] == at("counter_seats", showtime.pk)


def test_less_cash_than_the_total_then_400_and_the_amount_stays(till, cashier, showtime):
    open_shift(cashier, showtime)

    refused = post_sale(till, showtime, "A1", total="11.50", cash_given="10.00")

    assert refused.status_code == 400
    assert "EUR 10.00 is less than the total of EUR 11.50." in refused.text
    assert 'value="10.00"' in refused.text
    assert not Booking.objects.exists()


def test_total_that_has_changed_then_it_is_shown_once_more(till, cashier, showtime):
    open_shift(cashier, showtime)
    (seat,) = seats_of(showtime, "A1")
    child = showtime.theater.ticket_types.get(name="Child")

    refused = post_sale(till, showtime, "A1", total="11.50", **{f"ticket_type_{seat.pk}": child.pk})

    assert (refused.status_code, Booking.objects.count()) == (409, 0)
    assert "EUR 7.50" in refused.text


def test_seat_lost_meanwhile_then_the_map_with_the_rest_of_the_choice(ann, till, cashier, showtime):
    open_shift(cashier, showtime)
    hold(ann, showtime, "A2")

    refused = post_sale(till, showtime, "A1", "A2", total="23.00")

    assert refused.status_code == 409
    assert "Seat A2 has just been taken" in refused.text
    assert refused.text.count(" checked") >= 1
    assert not Booking.objects.exists()


def test_box_office_may_not_give_tickets_away_but_a_manager_may(client, till, manager, showtime):
    assert post_sale(till, showtime, "A1", tender="free", comp="press").status_code == 400
    client.force_login(manager)
    without_reason = post_sale(client, showtime, "A1", tender="free", total="11.50")
    assert (without_reason.status_code, Booking.objects.count()) == (400, 0)
    assert "Please say why" in without_reason.text

    assert post_sale(client, showtime, "A1", tender="free", comp="press", total="11.50").status_code == 303
    assert Booking.objects.get().total == 0


@pytest.mark.parametrize("why", [{"note": "Daily News"}, {"comp": "press"}])
def test_why_it_is_free_and_then_enter_then_no_sale_for_cash_and_nothing_typed_is_lost(client, manager, showtime, why):
    client.force_login(manager)
    open_shift(manager, showtime)

    refused = post_sale(client, showtime, "A1", total="11.50", cash_given="20", **why)

    assert (refused.status_code, Booking.objects.count()) == (400, 0)
    assert "Press Free, or take that out." in refused.text
    assert '<details class="counter-free" open>' in refused.text
    assert 'value="20"' in refused.text
    assert ('value="Daily News"' if "note" in why else '<option value="press" selected>') in refused.text
    assert post_sale(client, showtime, "A1", total="11.50", cash_given="20").status_code == 303


def test_another_theater_then_nothing_is_there(till, ann, sandbox):
    other = create_showtime()
    booking = buy(sandbox, ann, other, "A1")
    shift = open_shift(create_member(other.theater, "box_office"), other)
    pages = [at("counter", other.theater.slug), at("counter_find", other.theater.slug)]
    pages += [at("shift", other.theater.slug), at("shifts", other.theater.slug), at("cash_up", shift.pk)]
    pages += [at(name, other.pk) for name in ("counter_seats", "counter_sale")]
    pages += [at(name, booking.reference) for name in ("counter_booking", "counter_tickets")]
    deeds = [at(name, booking.reference) for name in ("counter_reprint", "counter_refund", "counter_pay_out")]
    deeds += [at("counter_release", other.pk), at("shift_movement", other.theater.slug), at("cash_up", shift.pk)]
    deeds += [at("counter_seats", other.pk), at("counter_sale", other.pk), at("shift", other.theater.slug)]

    answers = {path: till.get(path).status_code for path in pages}
    answers |= {f"POST {path}": till.post(path, {"amount": "1", "seats": "1"}).status_code for path in deeds}

    assert set(answers.values()) == {404}, answers


@pytest.mark.parametrize("role", ["usher", "programmer", "accountant"])
def test_roles_that_do_not_sell_are_refused(client, showtime, role):
    client.force_login(create_member(showtime.theater, role))

    assert client.get(at("counter", showtime.theater.slug)).status_code == 403
    assert post_sale(client, showtime, "A1", tender="card_terminal").status_code == 403


# --- Found, printed again, refunded ---------------------------------------------------------------


def ways_to_write(booking):
    ticket = Ticket.objects.live().get()
    yield from [booking.reference, booking.reference.lower().replace("-", ""), f" {booking.reference} "]
    yield from [ticket.serial, ticket.serial.replace("-", " ").lower()]
    yield ticket_code(ticket.serial, booking.showtime_id)
    yield from ["ann@example.com", "Ann@Example.com"]


def test_found_however_it_is_written(till, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")

    for words in ways_to_write(booking):
        found = till.get(at("counter_find", showtime.theater.slug), {"q": words})
        assert (found.status_code, words) == (302, words)
        assert found["Location"] == at("counter_booking", booking.reference)
    nothing = till.get(at("counter_find", showtime.theater.slug), {"q": "ben@example.com"})
    assert "There is no booking" in nothing.text


def test_reprint_asks_why_and_the_old_code_is_dead(till, cashier, showtime):
    booking = sell(cashier, showtime, "A1", tender="card_terminal")
    old = Ticket.objects.get()
    reprint = at("counter_reprint", booking.reference)
    assert till.post(reprint, {}).status_code == 400

    page = till.post(reprint, {"reprint-reason": "Coffee"}, follow=True)

    old.refresh_from_db()
    assert old.revoked_at
    assert messages_of(page) == ["1 new ticket is ready to print; the old one is void."]
    assert Ticket.objects.live().get().serial in page.text


def test_cashier_refunds_what_the_counter_sold_and_no_web_booking(till, ann, cashier, showtime, sandbox):
    open_shift(cashier, showtime)
    web, cash = buy(sandbox, ann, showtime, "A1"), sell(cashier, showtime, "A2")

    refused = till.post(at("counter_refund", web.reference), {"refund-reason": "Ill"}, follow=True)
    assert messages_of(refused) == ["Only a manager can refund this booking."]
    assert till.post(at("counter_refund", cash.reference), {}).status_code == 400
    till.post(at("counter_refund", cash.reference), {"refund-reason": "Ill"})

    assert [booking.status for booking in Booking.objects.order_by("pk")] == ["confirmed", "cancelled"]
    assert [refund.payment.tender for refund in Refund.objects.all()] == ["cash"]


def test_somebody_is_in_already_then_only_a_manager_refunds(client, till, cashier, manager, showtime):
    booking = sell(cashier, showtime, "A1", tender="card_terminal")
    Ticket.objects.update(checked_in_at=booking.confirmed_at, checked_in_by=cashier)
    refund = at("counter_refund", booking.reference)
    till.post(refund, {"refund-reason": "Ill"})
    assert not Refund.objects.exists()

    client.force_login(manager)
    client.post(refund, {"refund-reason": "Sound was broken"})

    assert Refund.objects.get().status == "succeeded"


# --- The till -------------------------------------------------------------------------------------


def test_shift_from_float_to_z(till, cashier, showtime):
    theater = showtime.theater
    opened = till.post(at("shift", theater.slug), {"amount": "100.00"})
    assert opened["Location"] == at("counter", theater.slug)
    shift = Shift.objects.get()
    sell(cashier, showtime, "A1")
    till.post(at("shift_movement", theater.slug), movement_form(till, theater))
    assert CashMovement.objects.get().by == cashier
    cash_up = at("cash_up", shift.pk)
    assert "106.50" not in till.get(cash_up).text  # counted first, blind

    compared = till.post(cash_up, {"coin_50": "2", "coin_5": "1", "compare": "1"})
    assert ["EUR 105.00" in compared.text, "EUR 106.50" in compared.text, "EUR -1.50" in compared.text] == [True] * 3
    unexplained = till.post(cash_up, {"coin_50": "2", "coin_5": "1", "close": "1"})
    assert (unexplained.status_code, Shift.objects.open().count()) == (400, 1)
    closed = till.post(cash_up, {"coin_50": "2", "coin_5": "1", "note": "Rolled away", "close": "1"}, follow=True)

    shift.refresh_from_db()
    assert (shift.number, shift.expected, shift.counted) == (1, Decimal("106.50"), Decimal("105.00"))
    assert shift.coins == {"50": 2, "5": 1}
    assert "Z report 1" in closed.text
    assert [result.invariant.code for result in audit() if result.broken] == []


def movement_form(till, theater):
    """What the page sends: its own key, and what was typed."""
    form = till.get(at("shift", theater.slug)).context["form"]
    return {"key": form["key"].value(), "kind": "out", "amount": "5.00", "reason": "Flowers"}


def test_cash_out_pressed_twice_then_it_is_written_down_once(till, cashier, showtime):
    shift = open_shift(cashier, showtime)
    form = movement_form(till, showtime.theater)

    for _twice in range(2):
        page = till.post(at("shift_movement", showtime.theater.slug), form, follow=True)
        assert messages_of(page) == ["Written down."]

    assert (CashMovement.objects.count(), shift.cash_in_drawer()) == (1, Decimal("95.00"))
    assert str(form["key"]) not in page.text


def test_form_of_before_with_another_amount_then_it_asks_and_takes_it_the_second_time(till, cashier, showtime):
    open_shift(cashier, showtime)
    form = movement_form(till, showtime.theater)
    address = at("shift_movement", showtime.theater.slug)
    till.post(address, form)

    asked = till.post(address, form | {"amount": "7.00"})
    assert (asked.status_code, CashMovement.objects.count()) == (400, 1)
    assert "Written down before: Paid out, EUR 5.00." in asked.text
    assert 'value="7.00"' in asked.text
    till.post(address, form | {"amount": "7.00", "key": asked.context["form"]["key"].value()})

    assert list(CashMovement.objects.values_list("amount", flat=True)) == [Decimal("5.00"), Decimal("7.00")]


def test_total_and_coins_that_differ_then_it_asks(till, cashier, showtime):
    shift = open_shift(cashier, showtime)

    answer = till.post(at("cash_up", shift.pk), {"counted": "100.00", "coin_50": "1", "close": "1"})

    assert (answer.status_code, Shift.objects.open().count()) == (400, 1)
    assert "add up to EUR 50.00" in answer.text


def test_nothing_counted_then_it_asks(till, cashier, showtime):
    shift = open_shift(cashier, showtime)

    assert "Please count the drawer" in till.post(at("cash_up", shift.pk), {"close": "1"}).text
    assert Shift.objects.open().exists()


def test_another_cashiers_shift_then_only_a_manager_sees_and_closes_it(client, till, manager, showtime):
    shift = open_shift(create_member(showtime.theater, "box_office"), showtime)
    assert till.get(at("cash_up", shift.pk)).status_code == 404
    client.force_login(manager)

    client.post(at("cash_up", shift.pk), {"counted": "100.00", "close": "1"})

    shift.refresh_from_db()
    assert (shift.closed_by, shift.variance) == (manager, 0)


def test_accountant_sees_the_zs_and_nothing_else(client, cashier, showtime):
    shift = close_shift(open_shift(cashier, showtime))
    client.force_login(create_member(showtime.theater, "accountant"))

    assert client.get(at("box_office"))["Location"] == at("shifts", showtime.theater.slug)
    assert "Z1" in client.get(at("shifts", showtime.theater.slug)).text
    assert client.get(at("shift_report", shift.pk)).status_code == 200
    assert client.get(at("counter_find", showtime.theater.slug)).status_code == 403


def test_next_after_opening_leads_nowhere_else(till, showtime):
    answer = till.post(at("shift", showtime.theater.slug), {"amount": "1", "next": "//evil.example/"})

    assert answer["Location"] == at("counter", showtime.theater.slug)


def test_constant_queries_for_one_showtime_and_for_three(till, showtime):
    def look():

        with CaptureQueriesContext(connection) as queries:
            till.get(at("counter", showtime.theater.slug) + f"?date={showtime.business_date}")
        return len(queries)

    look()
    one = look()
    for _n in range(2):
        create_showtime(theater=showtime.theater)

    assert look() == one
