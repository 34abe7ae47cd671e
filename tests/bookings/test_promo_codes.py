"""A promo code from the field at checkout to the books, and back when the booking comes to nothing."""

from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from django.urls import reverse

from bookings import flows
from bookings.audit import audit
from bookings.exceptions import CodeRefused
from bookings.models import Booking, Redemption, Refund
from tests.bookings.steps import buy, lapse, open_session, quote, start
from tests.bookings.test_pages import hold_by_form, words
from tests.factories import create_movie, create_promo_code, create_showtime, create_theater, seats_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def summer(showtime):
    return create_promo_code(showtime.theater)


@pytest.fixture
def at_checkout(client, ann, showtime):
    """post(**fields) answers for Ann's two seats."""
    client.force_login(ann)
    hold_by_form(client, showtime, "A1", "A2")
    return lambda **fields: client.post(reverse("bookings:checkout", args=[showtime.pk]), fields)


def broken():
    return {result.invariant.code: result.examples for result in audit() if result.broken}


def uses():
    return Redemption.objects.live().count()


def test_code_in_small_letters_then_the_new_total_and_what_it_takes_off(at_checkout, summer):
    page = at_checkout(code=" summer10 ", update="1")

    assert page.status_code == 200
    assert "SUMMER10 takes EUR 2.30 off." in words(page)
    assert "Seats EUR 23.00 Promo code SUMMER10 −EUR 2.30 Booking fee EUR 2.00 Total EUR 22.70" in words(page)
    assert 'name="total" value="22.70"' in page.text


def test_pay_with_a_code_then_stripe_asks_for_just_that_and_the_books_agree(at_checkout, summer, sandbox, showtime):
    at_checkout(code="SUMMER10", update="1")

    answer = at_checkout(code="SUMMER10", total="22.70")

    assert answer.status_code == 303
    assert sandbox.sessions[0]["amount_total"] == 2270
    booking = Booking.objects.get()
    assert (booking.discount_total, booking.promo_code) == (Decimal("2.30"), "SUMMER10")
    sandbox.pay(booking.payments.get().session_id)
    flows.confirm_booking(booking.payments.get().session_id)
    assert (uses(), broken()) == (1, {})


def test_code_typed_and_paid_without_looking_then_the_new_total_is_shown_first(at_checkout, summer):
    page = at_checkout(code="SUMMER10", total="25.00")

    assert page.status_code == 409
    assert "The total has changed with your choice. Please look at it once more." in words(page)
    assert 'name="total" value="22.70"' in page.text
    assert not Booking.objects.exists()


def test_back_from_the_payment_page_then_the_code_is_still_there(at_checkout, client, summer, showtime, sandbox):
    at_checkout(code="SUMMER10", update="1")
    at_checkout(code="SUMMER10", total="22.70")

    page = client.get(reverse("bookings:checkout", args=[showtime.pk]))
    again = at_checkout(code="SUMMER10", total="22.70")

    assert 'name="total" value="22.70"' in page.text
    assert (again.status_code, Booking.objects.count(), uses()) == (303, 1, 1)


def test_single_use_then_ones_own_waiting_booking_does_not_use_it_up(at_checkout, showtime, sandbox):
    create_promo_code(showtime.theater, limit=1, limit_per_customer=1)
    at_checkout(code="SUMMER10", total="22.70")
    child = showtime.theater.ticket_types.get(name="Child")
    other = {f"ticket_type_{seats_of(showtime, 'A1')[0].pk}": child.pk, "code": "SUMMER10"}

    again = at_checkout(code="SUMMER10", total="22.70")
    changed = at_checkout(**other, total="19.10")

    assert (again.status_code, changed.status_code) == (303, 303)
    assert [booking.status for booking in Booking.objects.order_by("pk")] == ["expired", "pending"]
    assert (uses(), broken()) == (1, {})


def test_code_taken_away_then_the_full_price_and_its_use_is_free_again(at_checkout, summer, sandbox):
    at_checkout(code="SUMMER10", update="1")
    at_checkout(code="SUMMER10", total="22.70")

    assert 'value="25.00"' in at_checkout(code="", update="1").text
    at_checkout(code="", total="25.00")

    assert [booking.status for booking in Booking.objects.order_by("pk")] == ["expired", "pending"]
    assert (uses(), broken()) == (0, {})


def test_another_ticket_type_then_the_code_counts_on(at_checkout, client, summer, showtime):
    at_checkout(code="SUMMER10", update="1")
    child = showtime.theater.ticket_types.get(name="Child")
    seat = seats_of(showtime, "A1")[0]

    page = client.get(
        reverse("bookings:checkout", args=[showtime.pk]),
        {f"ticket_type_{seat.pk}": child.pk, "code": "SUMMER10"},
        headers={"HX-Request": "true"},
    )

    assert "SUMMER10 takes EUR 1.90 off." in words(page)


REFUSALS = {
    "unknown": ({"code": "WINTER"}, "We do not know the code “SUMMER10” at"),
    "ended": ({"is_active": False}, "We do not know the code “SUMMER10” at"),
    "not yet": ({"valid_from": 5}, "SUMMER10 can be used from"),
    "over": ({"valid_until": -1}, "SUMMER10 has expired: it could be used until"),
    "used up": ({"limit": 0}, "SUMMER10 could be used 0 times, and is used up."),
    "too cheap": ({"minimum": Decimal("23.01")}, "SUMMER10 is for bookings with seats of EUR 23.01 or more."),
}


@pytest.mark.parametrize("why", REFUSALS)
def test_code_that_is_refused_then_a_sentence_beside_the_field_and_the_full_price(at_checkout, showtime, why):
    fields, sentence = REFUSALS[why]
    today = showtime.theater.today
    dates = {name: today + timedelta(days=value) for name, value in fields.items() if name.startswith("valid")}
    create_promo_code(showtime.theater, **fields | dates)

    for answer in (at_checkout(code="SUMMER10", update="1"), at_checkout(code="SUMMER10", total="25.00")):
        assert answer.status_code == 409
        assert sentence in words(answer)
        assert 'name="total" value="25.00"' in answer.text
        assert 'value="SUMMER10"' in answer.text
    assert not Booking.objects.exists()


def test_just_the_minimum_then_the_code_holds_to_the_end(at_checkout, showtime, sandbox):
    create_promo_code(showtime.theater, minimum=Decimal("23.00"))
    at_checkout(code="SUMMER10", update="1")

    answer = at_checkout(code="SUMMER10", total="22.70")

    assert answer.status_code == 303
    assert (Booking.objects.get().total, uses()) == (Decimal("22.70"), 1)


def test_code_leaves_less_than_any_card_can_be_charged_then_refused_with_the_amounts(client, ann):
    showtime = create_showtime(theater=create_theater(booking_fee=0))
    create_promo_code(showtime.theater, kind="amount", value=Decimal("22.80"))
    client.force_login(ann)
    hold_by_form(client, showtime, "A1", "A2")

    answer = client.post(reverse("bookings:checkout", args=[showtime.pk]), {"code": "SUMMER10", "total": "23.00"})

    assert answer.status_code == 409
    sentence = "With SUMMER10 only EUR 0.20 would be left to pay, and no card can be charged with less than EUR 0.50."
    assert sentence in words(answer)
    assert 'name="total" value="23.00"' in answer.text
    assert not Booking.objects.exists()


def test_code_for_another_movie_day_or_theater_then_said_which(ann, showtime):
    theater, other = showtime.theater, create_movie("Alien")
    not_that_day = [day for day in range(7) if day != showtime.business_date.weekday()][:1]
    create_promo_code(theater, "ALIEN", movies=[other])
    create_promo_code(theater, "WEEKDAY", weekdays=not_that_day)
    create_promo_code(create_theater(), "ELSEWHERE")

    def refusal(code):
        with pytest.raises(CodeRefused) as refused:
            flows.with_code(quote(showtime, "A1"), code, user=ann, showtime=showtime)
        return str(refused.value)

    assert refusal("alien") == "ALIEN is not for this movie, but for “Alien”."
    assert refusal("weekday").startswith("WEEKDAY is for showtimes on ")
    assert refusal("elsewhere").startswith("We do not know the code “elsewhere”")


def test_movie_without_passes_then_no_field_and_no_code(client, ann, summer, showtime):
    showtime.movie.no_passes = True
    showtime.movie.save()
    client.force_login(ann)

    page = hold_by_form(client, showtime, "A1")
    refused = client.post(reverse("bookings:checkout", args=[showtime.pk]), {"code": "SUMMER10", "update": "1"})

    assert "The distributor of this movie allows no promo codes." in words(page)
    assert 'name="code"' not in page.text
    assert f"The distributor of “{showtime.movie}” allows no promo codes." in words(refused)


def test_theater_without_codes_then_no_field(client, ann, showtime):
    client.force_login(ann)

    assert 'name="code"' not in hold_by_form(client, showtime, "A1").text


def test_code_that_pays_for_everything_then_booked_without_stripe(at_checkout, showtime, sandbox):
    create_promo_code(showtime.theater, "GOLD", value=Decimal(100))
    showtime.theater.order_fee = Decimal("1.50")
    showtime.theater.save()

    page = at_checkout(code="GOLD", update="1")
    answer = at_checkout(code="GOLD", total="0.00")

    assert "Book for free" in words(page)
    booking = Booking.objects.get()
    assert (answer.status_code, urlsplit(answer["Location"]).path) == (303, booking.get_absolute_url())
    assert (booking.status, booking.total, sandbox.requests) == ("confirmed", Decimal(0), [])
    assert (uses(), broken()) == (1, {})


def test_once_per_customer_then_not_for_the_second_booking_but_for_somebody_else(ann, bob, showtime):
    code = create_promo_code(showtime.theater, limit_per_customer=1)
    start(ann, showtime, "A1", promo=code)
    elsewhere = create_showtime(layout=showtime.layout, starts_at=showtime.starts_at + timedelta(days=1))

    with pytest.raises(CodeRefused, match="You have used SUMMER10 already"):
        start(ann, elsewhere, "A1", promo=code)
    assert start(bob, elsewhere, "A1", promo=code).discount_total


@pytest.mark.parametrize("end", ["expired", "cancelled", "failed"])
def test_booking_comes_to_nothing_then_somebody_else_may_use_the_code(ann, bob, showtime, sandbox, end):
    once = create_promo_code(showtime.theater, limit=1)
    booking = start(ann, showtime, "A1", promo=once)
    with pytest.raises(CodeRefused, match="could be used once, and somebody has used it"):
        start(bob, showtime, "B1", promo=once)

    if end == "expired":
        lapse(booking, seconds=3600)
        flows.expire_overdue()
    elif end == "failed":
        session_id = open_session(booking)
        sandbox.pay_later(session_id)
        sandbox.settle(session_id, succeed=False)
        flows.confirm_booking(session_id)
    else:
        session_id = open_session(booking)
        sandbox.pay(session_id)
        flows.cancel_booking(flows.confirm_booking(session_id), by=ann, in_full=True)

    assert start(bob, showtime, "B1", promo=once).discount_total
    assert (uses(), broken()) == (1, {})


@pytest.mark.parametrize("is_used_by_bob", [True, False])
def test_late_money_then_the_code_comes_back_with_it_unless_used_up(ann, bob, showtime, sandbox, is_used_by_bob):
    once = create_promo_code(showtime.theater, limit=1)
    booking = start(ann, showtime, "A1", promo=once)
    session_id = open_session(booking)
    lapse(booking, seconds=3600)
    booking.give_up(booking.expires_at)
    if is_used_by_bob:
        start(bob, showtime, "B1", promo=once)
    sandbox.pay(session_id)

    booking = flows.confirm_booking(session_id)

    assert booking.is_confirmed is not is_used_by_bob
    assert Refund.objects.count() == is_used_by_bob
    assert (uses(), broken()) == (1, {})


def test_late_money_and_the_room_is_full_then_others_may_use_the_code(ann, bob, showtime, sandbox):
    once = create_promo_code(showtime.theater, limit=1)
    type(showtime).objects.update(legal_capacity=1)
    booking = start(ann, showtime, "A1", promo=once)
    session_id = open_session(booking)
    lapse(booking, seconds=3600)
    booking.give_up(booking.expires_at)
    buy(sandbox, bob, showtime, "B1")
    sandbox.pay(session_id)

    flows.confirm_booking(session_id)

    assert (Refund.objects.get().reason, uses(), broken()) == (Refund.Reason.SEATS_GONE, 0, {})
    assert start(bob, create_showtime(theater=showtime.theater), "A1", promo=once).discount_total


def test_code_changed_between_page_and_booking_then_nothing_is_booked(ann, showtime, summer):
    shown = quote(showtime, "A1", promo=summer)
    type(summer).objects.update(value=Decimal(5))

    with pytest.raises(CodeRefused, match="The terms of SUMMER10 have just changed"):
        flows.start_booking(ann, showtime=showtime, quote=shown)
    assert not Booking.objects.exists()


def test_code_changed_after_the_booking_then_the_booking_keeps_its_price(ann, showtime, summer, sandbox):
    booking = buy(sandbox, ann, showtime, "A1", promo=summer)

    type(summer).objects.update(value=Decimal(50), code="OTHER")

    booking.refresh_from_db()
    assert (booking.total, booking.promo_code, broken()) == (Decimal("11.35"), "SUMMER10", {})


def test_many_codes_tried_then_a_pause(at_checkout, showtime, settings, summer):
    settings.RATE_LIMIT_PER_CUSTOMER = 0

    page = at_checkout(code="GUESS", update="1")

    assert page.status_code == 429
    assert "very many tries" in words(page)
