"""The judge of `make prove` must be able to say no: each test breaks the books of a good sale in one place."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from bookings import flows
from tests.bookings.steps import buy
from tests.factories import create_showtime
from tests.prove.judge import Verdict, judge

pytestmark = pytest.mark.django_db


@pytest.fixture
def sale(ann, bob, sandbox):
    """Ann has A1 and A2, Bob has given A3 back and bought A4; everybody has had a mail."""
    showtime = create_showtime(starts_at=timezone.now() + timedelta(days=3))
    buy(sandbox, ann, showtime, "A1", "A2")
    flows.cancel_booking(buy(sandbox, bob, showtime, "A3"), by=bob)
    buy(sandbox, bob, showtime, "A4")
    flows.send_due_refunds()
    return sandbox


def judged(sale, *, letters=None):
    with connection.cursor() as cursor:
        return judge(cursor, sessions=sale.sessions, refunds=sale.refunds, letters=letters)


def execute(*statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_clean_books_then_nothing_is_said(sale):
    assert judged(sale) == Verdict()
    assert not judged(sale)


ANNS, BOBS = (f"WHERE booking_id = (SELECT {which}(id) FROM bookings_booking)" for which in ("min", "max"))
BREAKS = {
    "seats_sold_twice": [
        f"UPDATE bookings_bookedseat SET released_at = now() {ANNS}",
        f"UPDATE bookings_bookedseat SET seat_id = (SELECT min(seat_id) FROM bookings_bookedseat {ANNS}) {BOBS}",
    ],
    "money_without_ticket_or_refund": ["UPDATE bookings_ticket SET revoked_at = now()"],
    "tickets_without_money": ["UPDATE bookings_booking SET total = total + 1"],
    "refunds_unlike_stripes": ["UPDATE bookings_refund SET status = 'created'"],
    "seats_stuck": ["UPDATE bookings_booking SET status = 'cancelled'"],
    "customers_not_told": ["DELETE FROM bookings_mail WHERE kind = 'tickets'"],
}


@pytest.mark.parametrize("wrong", BREAKS)
def test_one_thing_broken_then_the_judge_says_which(sale, wrong):
    execute(*BREAKS[wrong])

    assert getattr(judged(sale), wrong)


def test_every_kind_of_wrong_is_tried():
    assert set(BREAKS) == set(vars(Verdict()))


def test_refund_that_only_stripe_knows_then_tickets_without_money(sale):
    sale.refund_outside(sale.sessions[0]["payment_intent"])

    verdict = judged(sale)

    assert (len(verdict.tickets_without_money), len(verdict.refunds_unlike_stripes)) == (1, 1)


def test_paid_session_of_a_booking_that_we_do_not_have_then_money_without_ticket(sale):
    sale.edit("checkout.session", sale.sessions[0]["id"], client_reference_id="nobody's")

    assert len(judged(sale).money_without_ticket_or_refund) == 1


def test_mail_noted_as_sent_that_never_went_out_then_a_customer_was_not_told(sale):
    flows.send_due_mails()

    assert len(judged(sale, letters=set()).customers_not_told) == 2
