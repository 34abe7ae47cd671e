"""The pages of buying, where something stands in the way."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from bookings import flows
from bookings.models import Booking, Refund
from tests.bookings.steps import buy, hold, lapse, open_session, start
from tests.factories import create_showtime, seats_of
from theaters.models import Price, Showtime

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(client, ann):
    client.force_login(ann)
    return client


def url(name, subject):
    return reverse(f"bookings:{name}", args=[getattr(subject, "reference", subject.pk)])


def hold_seats(client, showtime, *labels):
    return client.post(url("hold", showtime), {"seats": [seat.pk for seat in seats_of(showtime, *labels)]})


def begins_in(showtime, **until):
    far = timezone.now() + timedelta(days=9)
    Showtime.objects.filter(pk=showtime.pk).update(
        starts_at=timezone.now() + timedelta(**until), free_at=far, sales_close_at=far
    )


def shown(page):
    return dict(re.findall(r'name="(back)" value="([^"]+)"', page.text))


def test_hold_without_redis_then_the_sale_goes_on_to_payment(customer, showtime, sandbox, no_redis):
    assert hold_seats(customer, showtime, "A1").status_code == 302
    assert customer.get(url("checkout", showtime)).status_code == 200

    answer = customer.post(url("checkout", showtime))

    assert (answer.status_code, answer["Location"]) == (303, sandbox.sessions[0]["url"])


def test_promise_of_the_session_over_without_redis_then_409(customer, showtime, no_redis, settings):
    settings.HOLD_SECONDS = 0
    hold_seats(customer, showtime, "A1")

    assert customer.get(url("checkout", showtime)).status_code == 409


def test_release_without_redis_then_no_harm(customer, showtime, no_redis):
    assert customer.post(url("release", showtime)).status_code == 302


def test_held_in_another_browser_then_on_to_the_map_which_says_so(customer, ann, showtime):
    hold(ann, showtime, "A1")

    for ask in (customer.get, customer.post):
        answer = ask(url("checkout", showtime), follow=True)
        assert answer.redirect_chain == [(url("seat_map", showtime), 302)]
        assert "held until" in answer.text
        assert "no longer held for you" not in answer.text


def test_nothing_held_and_nothing_promised_then_409(customer, bob, showtime):
    hold(bob, showtime, "A1")

    assert customer.get(url("checkout", showtime)).status_code == 409


def test_in_the_session_but_no_longer_in_redis_then_409_and_nothing_is_booked(customer, showtime, redis):
    hold_seats(customer, showtime, "A1")
    redis.delete(f"{{holds}}:showtime:{showtime.pk}")

    assert customer.post(url("checkout", showtime)).status_code == 409
    assert not Booking.objects.exists()


def test_promised_to_this_session_but_held_by_somebody_else_then_409_and_nothing_is_booked(
    customer, bob, showtime, redis
):
    hold_seats(customer, showtime, "A1")
    redis.delete(f"{{holds}}:showtime:{showtime.pk}")
    hold(bob, showtime, "A1")

    assert customer.post(url("checkout", showtime)).status_code == 409
    assert not Booking.objects.exists()


def test_seat_sold_between_hold_and_checkout_then_409_with_its_name_and_the_rest_kept(customer, bob, showtime, redis):
    hold_seats(customer, showtime, "A1", "A2")
    start(bob, showtime, "A1")

    answer = customer.post(url("checkout", showtime))

    assert answer.status_code == 409
    assert "Seat A1 has just been taken" in answer.content.decode()


def test_sale_closed_between_hold_and_checkout_then_409_in_words(customer, showtime):
    hold_seats(customer, showtime, "A1")
    Showtime.objects.update(sales_close_at=timezone.now() - timedelta(seconds=1))

    answer = customer.post(url("checkout", showtime))

    assert (answer.status_code, "sale for this showtime has ended" in answer.content.decode()) == (409, True)


def test_hold_after_the_sale_then_409_in_words(customer, showtime):
    Showtime.objects.update(sales_close_at=timezone.now() - timedelta(seconds=1))

    assert hold_seats(customer, showtime, "A1").status_code == 409


def test_hold_of_a_blocked_seat_then_400(customer, showtime):
    (seat,) = seats_of(showtime, "A1")
    seat.is_blocked = True
    seat.save()

    answer = hold_seats(customer, showtime, "A1")

    assert (answer.status_code, "Seat A1 is not for sale" in answer.content.decode()) == (400, True)


def test_draft_then_404(customer, showtime):
    Showtime.objects.update(status=Showtime.Status.DRAFT)

    assert customer.get(url("seat_map", showtime)).status_code == 404
    assert customer.get(url("seat_states", showtime)).status_code == 404


def test_price_changed_between_hold_and_checkout_then_the_old_one_is_charged(customer, showtime, sandbox):
    hold_seats(customer, showtime, "A1")
    Price.objects.update(amount=Decimal("99.00"))

    page = customer.get(url("checkout", showtime)).content.decode()
    customer.post(url("checkout", showtime))

    assert "Pay EUR 12.50" in page
    assert Booking.objects.get().total == Decimal("12.50")


def test_price_changed_then_a_new_hold_gets_the_new_one(customer, showtime, sandbox):
    hold_seats(customer, showtime, "A1")
    customer.post(url("release", showtime))
    Price.objects.update(amount=Decimal("99.00"))

    hold_seats(customer, showtime, "A1")

    assert "Pay EUR 100.00" in customer.get(url("checkout", showtime)).content.decode()


@pytest.mark.parametrize("tampered", [{"price": "0.01"}, {"amount": "1"}, {"seats": "1"}])
def test_price_sent_along_then_ignored(customer, showtime, sandbox, tampered):
    hold_seats(customer, showtime, "A1")
    customer.post(url("checkout", showtime), tampered)

    assert Booking.objects.get().total == Decimal("12.50")


def test_total_behind_the_choice_then_it_is_shown_once_more_before_paying(customer, showtime):
    (seat,) = seats_of(showtime, "A1")
    hold_seats(customer, showtime, "A1")
    child = showtime.theater.ticket_types.get(name="Child")

    answer = customer.post(url("checkout", showtime), {f"ticket_type_{seat.pk}": child.pk, "total": "12.50"})

    assert answer.status_code == 409
    assert "Pay EUR 8.50" in answer.content.decode()
    assert not Booking.objects.exists()


def test_other_ticket_types_by_get_then_the_new_price(customer, showtime):
    (seat,) = seats_of(showtime, "A1")
    hold_seats(customer, showtime, "A1")
    child = showtime.theater.ticket_types.get(name="Child")

    answer = customer.get(url("checkout", showtime), {f"ticket_type_{seat.pk}": child.pk})

    assert "Pay EUR 8.50" in answer.content.decode()


def test_payment_service_down_then_503_and_the_booking_waits(customer, showtime, sandbox):
    hold_seats(customer, showtime, "A1")
    sandbox.faults.plan("503", path="*", times=3)

    answer = customer.post(url("checkout", showtime))

    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "Your seats are still held" in answer.content.decode()
    assert customer.post(url("pay", Booking.objects.get())).status_code == 303


def test_return_before_the_webhook_then_the_tickets(customer, ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    sandbox.pay(open_session(booking))

    answer = customer.get(url("return", booking))

    assert answer["Location"] == url("tickets", booking)


def test_return_while_stripe_does_not_answer_then_the_booking_with_words(customer, ann, showtime, sandbox):
    booking = start(ann, showtime, "A1")
    open_session(booking)
    sandbox.faults.plan("503", path="*", times=3, method="GET")

    answer = customer.get(url("return", booking), follow=True)

    assert "has not answered yet" in answer.content.decode()


def test_cancel_by_the_customer_then_the_page_says_so(customer, ann, showtime, sandbox):
    showtime = create_showtime(starts_at=timezone.now() + timedelta(days=3))
    booking = buy(sandbox, ann, showtime, "A1")

    answer = customer.post(url("cancel", booking), follow=True)

    assert "Your booking is cancelled" in answer.content.decode()


def test_cutoff_passes_between_page_and_cancel_then_refused_once_with_what_comes_back_now(
    customer, ann, showtime, sandbox
):
    booking = buy(sandbox, ann, showtime, "A1", "A2")
    begins_in(showtime, hours=25)
    promised = shown(customer.get(url("booking", booking)))

    begins_in(showtime, hours=23)
    refused = customer.post(url("cancel", booking), promised, follow=True)

    assert (promised, Refund.objects.count()) == ({"back": "25.00"}, 0)
    assert "comes back has changed since you looked: now it is EUR 11.50" in refused.text
    done = customer.post(url("cancel", booking), shown(refused), follow=True)
    assert "Your booking is cancelled" in done.text
    assert Refund.objects.get().amount == Decimal("11.50")


@pytest.mark.parametrize("promised", ["", "sNaN", "much", "9e999999"])
def test_amount_that_no_page_has_shown_then_it_is_no_promise(customer, ann, showtime, sandbox, promised):
    booking = buy(sandbox, ann, showtime, "A1")
    begins_in(showtime, hours=25)

    customer.post(url("cancel", booking), {"back": promised})

    assert Refund.objects.get().amount == Decimal("12.50")


def test_more_comes_back_than_the_page_said_then_it_is_cancelled(customer, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    begins_in(showtime, hours=25)

    customer.post(url("cancel", booking), {"back": "5.75"})

    assert Refund.objects.get().amount == Decimal("12.50")


def test_cancel_too_late_then_the_page_says_so(customer, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    Showtime.objects.update(starts_at=timezone.now() + timedelta(minutes=30))

    answer = customer.post(url("cancel", booking), follow=True)

    assert "too late to cancel" in answer.content.decode()


@pytest.mark.parametrize(
    ("status", "words"), [("pending", "Your seats wait for your payment."), ("cancelled", "This booking is cancelled.")]
)
def test_tickets_of_a_booking_without_tickets_then_its_page_says_why(customer, ann, showtime, status, words):
    booking = start(ann, showtime, "A1")
    booking.close(status)

    for name in ("tickets", "tickets_pdf", "calendar"):
        answer = customer.get(url(name, booking), follow=True)
        assert answer.redirect_chain == [(booking.get_absolute_url(), 302)]
        assert words in answer.text


def test_own_pending_seats_are_yours_and_held_for_others(client, ann, bob, showtime):
    booking = start(ann, showtime, "A1")
    (seat,) = seats_of(showtime, "A1")
    states = {}
    for user in (ann, bob):
        client.force_login(user)
        states[user.email] = client.get(url("seat_states", showtime)).json()

    assert states["ann@example.com"]["yours"] == states["bob@example.com"]["held"] == [seat.pk]
    assert booking.is_pending


def test_sold_seat_then_booked_for_everybody(client, ann, showtime, sandbox):
    buy(sandbox, ann, showtime, "A1")
    (seat,) = seats_of(showtime, "A1")

    assert client.get(url("seat_states", showtime)).json()["booked"] == [seat.pk]


def test_overdue_seat_then_available_for_everybody(client, ann, showtime, redis):
    booking = start(ann, showtime, "A1")
    lapse(booking, seconds=61)
    redis.flushall()

    states = client.get(url("seat_states", showtime)).json()

    assert (states["held"], states["booked"]) == ([], [])


def test_release_after_checkout_then_the_waiting_booking_is_given_up_too(customer, showtime, sandbox):
    hold_seats(customer, showtime, "A1")
    customer.post(url("checkout", showtime))

    customer.post(url("release", showtime))

    states = customer.get(url("seat_states", showtime)).json()
    assert Booking.objects.get().status == Booking.Status.EXPIRED
    assert (states["yours"], states["held"]) == ([], [])


def test_release_while_the_money_is_on_its_way_then_the_seats_stay(customer, ann, showtime, sandbox):
    session_id = open_session(start(ann, showtime, "A1"))
    sandbox.pay_later(session_id)
    flows.confirm_booking(session_id)

    customer.post(url("release", showtime))

    assert Booking.objects.get().is_pending


def test_update_the_price_without_javascript_then_the_new_price_and_no_booking(customer, showtime):
    (seat,) = seats_of(showtime, "A1")
    hold_seats(customer, showtime, "A1")
    child = showtime.theater.ticket_types.get(name="Child")

    answer = customer.post(
        url("checkout", showtime), {f"ticket_type_{seat.pk}": child.pk, "total": "12.50", "update": "1"}
    )

    assert (answer.status_code, "Pay EUR 8.50" in answer.content.decode()) == (200, True)
    assert not Booking.objects.exists()


@pytest.mark.parametrize("name", ["booking", "tickets", "return"])
def test_reference_that_cannot_be_one_then_404(customer, name):
    path = "" if name == "booking" else f"{name}/"

    assert customer.get(f"/bookings/%00/{path}").status_code == 404


@pytest.mark.parametrize("name", ["pay", "cancel"])
def test_click_after_the_login_has_lapsed_then_sign_in_and_back_to_the_booking(client, ann, showtime, name):
    booking = start(ann, showtime, "A1")

    answer = client.post(url(name, booking))

    assert answer["Location"] == f"/accounts/login/?next={url('booking', booking)}"


def test_other_seats_after_a_price_rise_then_todays_price(customer, showtime):
    hold_seats(customer, showtime, "A1")
    Price.objects.update(amount=Decimal("99.00"))

    hold_seats(customer, showtime, "A1", "A2")

    assert "Pay EUR 200.00" in customer.get(url("checkout", showtime)).content.decode()


def test_same_seats_again_after_a_price_rise_then_the_frozen_price(customer, showtime):
    hold_seats(customer, showtime, "A1")
    Price.objects.update(amount=Decimal("99.00"))

    hold_seats(customer, showtime, "A1")

    assert "Pay EUR 12.50" in customer.get(url("checkout", showtime)).content.decode()


@pytest.mark.parametrize("back", ["foo", "?x", "#", "readyz", "//evil.example/", "http://[", "/\\evil"])
def test_city_with_a_strange_way_back_then_home(client, db, back):
    assert client.post("/city/", {"city": "", "next": back})["Location"] == "/"


def test_login_with_a_strange_way_back_then_200(client, db):
    assert client.get("/accounts/login/?next=http://[").status_code == 200


def test_reference_in_small_letters_then_found(customer, ann, showtime):
    booking = start(ann, showtime, "A1")

    assert customer.get(f"/bookings/{booking.reference.lower()}/").status_code == 200


def test_release_of_a_stranger_then_back_to_the_map(client, showtime):
    assert client.post(url("release", showtime))["Location"] == url("seat_map", showtime)


def test_flow_refuses_what_no_page_offers(ann, showtime):
    from bookings.exceptions import SaleClosed

    showtime.sales_close_at = timezone.now()

    with pytest.raises(SaleClosed):
        flows.hold_seats(ann, showtime=showtime, seat_ids=[])
