"""Too many tries in a minute: a page in words that says when to come back, and nothing that was chosen is lost."""

import time
from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from bookings import holds, rate_limits
from bookings.models import Booking
from tests.bookings.steps import hold, pass_time, start
from tests.factories import create_showtime, create_staff, seats_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def same_minute(monkeypatch):
    now = time.time() // 60 * 60 + 20
    monkeypatch.setattr(rate_limits, "time", lambda: now)


@pytest.fixture
def customer(client, ann):
    client.force_login(ann)
    return client


def hold_by_page(client, showtime, *labels, **headers):
    seats = [seat.pk for seat in seats_of(showtime, *labels)]
    return client.post(reverse("bookings:hold", args=[showtime.pk]), {"seats": seats}, headers=headers)


def checkout(client, showtime, **ticket_types):
    return client.post(reverse("bookings:checkout", args=[showtime.pk]), ticket_types)


def assert_refused(answer):
    assert answer.status_code == 429
    assert answer["Retry-After"] == "40"
    assert "please try again in 40 seconds" in answer.text


def test_holds_above_any_human_then_429_on_the_map_with_the_choice_kept(customer, showtime, settings):
    settings.RATE_LIMIT_PER_CUSTOMER = 3
    tries = [hold_by_page(customer, showtime, "A1", "A2") for _n in range(4)]

    assert [answer.status_code for answer in tries] == [302, 302, 302, 429]
    assert_refused(tries[-1])
    (chosen,) = seats_of(showtime, "A1")
    assert f'value="{chosen.pk}" data-label="A1"' in tries[-1].text
    assert tries[-1].text.count(" checked") == 2 + 1  # the seats, and the size of the map


def test_next_minute_then_welcome_again(customer, showtime, settings, monkeypatch):
    settings.RATE_LIMIT_PER_CUSTOMER = 1
    assert [hold_by_page(customer, showtime, "A1").status_code for _n in range(2)] == [302, 429]

    later = rate_limits.time() + 40
    monkeypatch.setattr(rate_limits, "time", lambda: later)

    assert hold_by_page(customer, showtime, "A1").status_code == 302


def test_checkout_too_often_then_429_with_the_ticket_types_kept_and_no_booking(customer, showtime, settings):
    settings.RATE_LIMIT_PER_CUSTOMER = 1
    hold_by_page(customer, showtime, "A1")
    (seat,) = seats_of(showtime, "A1")
    child = showtime.theater.ticket_types.get(name="Child").pk
    for _n in range(2):
        answer = checkout(customer, showtime, **{f"ticket_type_{seat.pk}": child})

    assert_refused(answer)
    assert f'<option value="{child}" selected>' in answer.text
    assert Booking.objects.count() == 1


def test_pay_too_often_then_429_with_the_button_to_pay(customer, ann, showtime, sandbox, settings):
    settings.RATE_LIMIT_PER_CUSTOMER = 1
    booking = start(ann, showtime, "A1")
    url = reverse("bookings:pay", args=[booking.reference])

    assert customer.post(url).status_code == 303
    answer = customer.post(url)

    assert_refused(answer)
    assert url in answer.text


def test_one_address_then_all_its_customers_share_the_generous_limit(client, ann, bob, showtime, settings):
    settings.RATE_LIMIT_PER_ADDRESS = 2
    statuses = []
    for user in (ann, bob, ann):
        client.force_login(user)
        statuses.append(hold_by_page(client, showtime, "A1" if user == ann else "A2").status_code)

    assert statuses == [302, 302, 429]


def test_behind_a_proxy_then_the_customers_own_address_counts(client, ann, showtime, settings):
    settings.RATE_LIMIT_PER_ADDRESS = 1
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    client.force_login(ann)

    addresses = ["9.9.9.9, 1.1.1.1", "9.9.9.9, 2.2.2.2", "8.8.8.8, 2.2.2.2"]
    statuses = [hold_by_page(client, showtime, "A1", **{"X-Forwarded-For": ips}).status_code for ips in addresses]

    assert statuses == [302, 302, 429]


def test_ipv6_then_one_customers_whole_network_is_one_address(client, ann, showtime, settings):
    settings.RATE_LIMIT_PER_ADDRESS = 1
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    client.force_login(ann)

    addresses = ["2001:db8:1:2::1", "2001:db8:1:2:3::4", "2001:db8:1:3::1"]
    statuses = [hold_by_page(client, showtime, "A1", **{"X-Forwarded-For": ip}).status_code for ip in addresses]

    assert statuses == [302, 429, 302]


def test_staff_then_not_counted(client, showtime, settings):
    settings.RATE_LIMIT_PER_CUSTOMER = settings.RATE_LIMIT_PER_ADDRESS = 1
    client.force_login(create_staff())

    assert [hold_by_page(client, showtime, "A1").status_code for _n in range(3)] == [302, 302, 302]


def test_without_redis_then_people_are_let_through_without_delay(customer, showtime, no_redis):
    began = time.monotonic()

    assert [hold_by_page(customer, showtime, "A1").status_code for _n in range(3)] == [302, 302, 302]
    assert time.monotonic() - began < 3


def test_states_of_the_map_then_never_limited(customer, showtime, settings):
    settings.RATE_LIMIT_PER_CUSTOMER = settings.RATE_LIMIT_PER_ADDRESS = 1
    url = reverse("bookings:seat_states", args=[showtime.pk])

    assert {customer.get(url).status_code for _n in range(20)} == {200}


def test_third_showtime_by_page_then_409_with_links_to_what_is_kept_and_the_choice(customer, ann):
    first, second, third = (create_showtime() for _n in range(3))
    hold(ann, first, "A1", "A2")
    hold(ann, second, "A1")

    answer = hold_by_page(customer, third, "B1")

    (chosen,) = seats_of(third, "B1")
    assert answer.status_code == 409
    assert f"“{first.movie}” and “{second.movie}”" in answer.context["error"].args[0]
    for other in (first, second):
        assert reverse("bookings:checkout", args=[other.pk]) in answer.text
        assert reverse("bookings:release", args=[other.pk]) in answer.text
    assert f"{reverse('bookings:seat_map', args=[third.pk])}?seats={chosen.pk}" in answer.text


def test_given_back_from_there_then_back_to_the_choice(customer, ann, showtime):
    other = create_showtime()
    hold(ann, other, "A1")
    back = f"{reverse('bookings:seat_map', args=[showtime.pk])}?seats=7"

    answer = customer.post(reverse("bookings:release", args=[other.pk]), {"next": back})

    assert answer["Location"] == back


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_given_back_with_a_way_to_elsewhere_then_to_the_map(customer, showtime, elsewhere):
    answer = customer.post(reverse("bookings:release", args=[showtime.pk]), {"next": elsewhere})

    assert answer["Location"] == reverse("bookings:seat_map", args=[showtime.pk])


def test_cool_down_by_page_then_429_that_says_when(customer, ann, showtime, redis, settings):
    settings.MAX_LAPSED_HOLDS = 1
    settings.HOLD_SECONDS = 0
    hold_by_page(customer, showtime, "A1")

    answer = hold_by_page(customer, showtime, "A1")

    assert answer.status_code == 429
    assert 500 < int(answer["Retry-After"]) <= 600
    assert "You can hold seats again in 10 minutes" in answer.text


def test_more_time_when_there_is_none_then_a_sentence(customer, showtime, redis):
    for _more in range(2):
        hold_by_page(customer, showtime, "A1")
        holds.hold_seats(showtime.pk, [showtime.layout.seats.get(row="A", number="1").pk], holder="somebody else")
        pass_time(redis, 590)

    assert "cannot be held any longer" in customer.get(hold_by_page(customer, showtime, "A1")["Location"]).text


def pass_time_for_all(customer, redis, seconds):
    """For what the session has promised, too."""
    pass_time(redis, seconds)
    session = customer.session
    for promise in session["holds"].values():
        promise["until"] = (datetime.fromisoformat(promise["until"]) - timedelta(seconds=seconds)).isoformat()
    session.save()


def test_less_than_a_whole_extension_is_left_then_it_is_said_at_that_press(customer, showtime, redis):
    said = []
    for _press in range(3):
        page = customer.get(hold_by_page(customer, showtime, "A1")["Location"])
        said.append("cannot be held any longer" in page.text)
        holds.hold_seats(showtime.pk, [seat.pk for seat in seats_of(showtime, "A1")], holder="somebody else")
        pass_time_for_all(customer, redis, 500)

    assert said == [False, False, True]


def test_more_time_when_there_is_some_then_no_such_sentence(customer, showtime, redis):
    hold_by_page(customer, showtime, "A1")
    pass_time(redis, 300)

    assert "cannot be held any longer" not in customer.get(hold_by_page(customer, showtime, "A1")["Location"]).text
