"""The sale begins when staff have said so, and ends when they close it; the server decides, not the page."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from bookings import flows
from bookings.audit import audit
from bookings.exceptions import SaleClosed, SaleNotBegun
from tests.bookings.steps import hold, open_session, quote, start
from tests.bookings.threads import in_a_thread, kinds, wait_until_somebody_waits
from tests.factories import create_showtime, seats_of
from theaters.admin.publishing import close_sale, reopen_sale
from theaters.models import Showtime

pytestmark = pytest.mark.django_db


@pytest.fixture
def announced():
    """On sale from Friday, 1 January 2100, 10:00."""
    sale = datetime(2100, 1, 1, 9, tzinfo=UTC)
    return create_showtime(starts_at=sale + timedelta(days=8, hours=10), on_sale_from=sale)


def begin_sale(showtime):
    Showtime.objects.filter(pk=showtime.pk).update(on_sale_from=timezone.now() - timedelta(seconds=1))
    showtime.refresh_from_db()


def test_map_before_the_sale_shows_the_room_and_says_when_it_begins(client, announced):
    response = client.get(announced.get_absolute_url())

    page = response.content.decode()
    assert "On sale from Friday 1 January, 10:00." in page
    assert page.count('name="seats"') == 18
    assert page.count(" disabled><span") == 18
    assert reverse("bookings:hold", args=[announced.pk]) not in page


def test_programme_before_the_sale_says_when_it_begins(client, announced):
    page = client.get(announced.movie.get_absolute_url()).content.decode()

    assert "On sale from Friday 1 January, 10:00" in page
    assert f'href="{announced.get_absolute_url()}"' in page


def test_hold_before_the_sale_is_refused_in_words(client, ann, announced):
    client.force_login(ann)

    response = client.post(reverse("bookings:hold", args=[announced.pk]), {"seats": [seats_of(announced, "A1")[0].pk]})

    assert response.status_code == 409
    assert b"The sale for this showtime begins on Friday 1 January at 10:00. Please come back then." in response.content


def test_booking_before_the_sale_is_refused_under_the_lock(ann, announced):
    with pytest.raises(SaleNotBegun):
        flows.start_booking(ann, showtime=announced, quote=quote(announced, "A1"))


def test_hold_when_the_sale_has_begun_holds(ann, announced):
    begin_sale(announced)

    assert [seat.label for seat in hold(ann, announced, "A1").seats] == ["A1"]


def test_closed_sale_refuses_holds_and_bookings_until_it_is_reopened(ann):
    showtime = create_showtime()
    close_sale(showtime)

    with pytest.raises(SaleClosed):
        hold(ann, showtime, "A1")
    with pytest.raises(SaleClosed):
        flows.start_booking(ann, showtime=showtime, quote=quote(showtime, "A1"))
    reopen_sale(showtime)
    assert start(ann, showtime, "A1").is_pending


def test_sale_closed_while_somebody_pays_keeps_their_seats(ann, sandbox):
    showtime = create_showtime()
    booking = start(ann, showtime, "A1", "A2")
    session_id = open_session(booking)
    close_sale(showtime)

    sandbox.pay(session_id)
    flows.confirm_booking(session_id)

    booking.refresh_from_db()
    assert booking.is_confirmed
    assert [(result.invariant.code, result.examples) for result in audit() if result.broken] == []


def test_closed_sale_is_not_listed_any_more(client):
    showtime = create_showtime()
    close_sale(showtime)

    assert list(Showtime.objects.upcoming()) == []
    assert b"The sale for this showtime has ended." in client.get(showtime.get_absolute_url()).content


@pytest.mark.django_db(transaction=True)
def test_sale_closed_at_the_same_moment_then_who_waited_hears_it(ann):
    showtime = create_showtime()
    booking = partial(flows.start_booking, ann, showtime=showtime, quote=quote(showtime, "A1"))

    with transaction.atomic():
        close_sale(Showtime.objects.get())
        finish = in_a_thread(booking)
        wait_until_somebody_waits()

    assert kinds([finish()]) == {"SaleClosed": 1}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("without_lock")
def test_control_sale_closed_without_the_lock_then_somebody_still_books(ann):
    showtime = create_showtime()
    booking = partial(flows.start_booking, ann, showtime=showtime, quote=quote(showtime, "A1"))

    with transaction.atomic():
        close_sale(Showtime.objects.get())
        finish = in_a_thread(booking)
        assert kinds([finish()]) == {"Booking": 1}
