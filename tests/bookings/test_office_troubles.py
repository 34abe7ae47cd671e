"""Staff call a showtime off, and see what needs them."""

import pytest
from django.urls import reverse

from bookings import flows
from bookings.models import Booking, Inspection, Refund, ShowtimeCancellation, Trouble
from tests.bookings.steps import buy, start
from tests.factories import create_staff
from theaters.models import Showtime

pytestmark = pytest.mark.django_db
CALL_OFF = reverse("admin:bookings_showtimecancellation_add")


@pytest.fixture
def manager(client):
    kinds = ("trouble", "inspection", "dispute", "showtimecancellation", "booking")
    permissions = [f"bookings.view_{kind}" for kind in kinds]
    manager = create_staff("bookings.refund_booking", "theaters.change_showtime", *permissions)
    client.force_login(manager)
    return manager


def text(answer):
    return " ".join(answer.content.decode().split())


def test_showtime_then_it_offers_to_be_called_off(client, manager, showtime):
    page = text(client.get(reverse("admin:theaters_showtime_change", args=[showtime.pk])))

    assert f"{CALL_OFF}?showtime={showtime.pk}" in page


def test_call_off_then_it_says_what_that_means_asks_why_and_shows_how_far_it_is(
    client, manager, ann, bob, showtime, sandbox
):
    buy(sandbox, ann, showtime, "A1", "A2")
    start(bob, showtime, "B1")
    page = text(client.get(CALL_OFF, {"showtime": showtime.pk}))
    assert "1 booking of 2 seats is cancelled, and EUR 25.00 go back in full." in page
    assert "1 customer is paying just now." in page
    assert client.post(f"{CALL_OFF}?showtime={showtime.pk}", {"reason": ""}).status_code == 200

    answer = client.post(f"{CALL_OFF}?showtime={showtime.pk}", {"reason": "No light"}, follow=True)
    assert "is called off" in text(answer)
    flows.finish_cancellations()

    assert ShowtimeCancellation.objects.get().by == manager
    page = text(client.get(answer.redirect_chain[-1][0]))
    assert "1 × To be sent: EUR 25.00" in page
    assert Booking.objects.get(user=ann).reason == "No light"


def test_refund_of_it_failed_then_it_is_named_there(client, manager, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    cancellation = flows.cancel_showtime(showtime, by=manager, reason="No light")
    flows.finish_cancellations()
    flows.send_due_refunds()
    sandbox.fail_refund(sandbox.refunds[0]["id"])
    flows.note_refund(sandbox.refunds[0]["id"])

    page = text(client.get(reverse("admin:bookings_showtimecancellation_change", args=[cancellation.pk])))

    assert reverse("admin:bookings_booking_change", args=[booking.pk]) in page


@pytest.mark.parametrize("asked", ["", "nonsense", "9" * 30, "123456"])
def test_call_off_without_a_showtime_then_the_way_to_one(client, manager, asked):
    answer = client.get(CALL_OFF, {"showtime": asked}, follow=True)

    assert "choose “Call off”" in text(answer)


def test_call_off_by_somebody_who_may_not_then_refused(client, showtime):
    client.force_login(create_staff("bookings.view_showtimecancellation"))

    assert client.post(f"{CALL_OFF}?showtime={showtime.pk}", {"reason": "No light"}).status_code == 403
    assert Showtime.objects.get().status == Showtime.Status.PUBLISHED


def test_trouble_then_the_first_page_says_so_and_it_can_be_settled(client, manager, ann, showtime):
    booking = start(ann, showtime, "A1")
    trouble = Trouble.objects.create(kind=Trouble.Kind.OTHER_AMOUNT, about="cs_1", words="Compare", booking=booking)
    troubles = reverse("admin:bookings_trouble_changelist")
    assert "1 thing needs you" in text(client.get(reverse("admin:index")))
    assert booking.reference in text(client.get(troubles))

    client.post(troubles, {"action": "settle", "_selected_action": [trouble.pk]})

    assert "1 thing needs you" not in text(client.get(reverse("admin:index")))
    assert "Compare" not in text(client.get(troubles))
    assert "Compare" in text(client.get(troubles, {"state": "settled"}))


def test_settled_by_hand_then_the_next_run_leaves_it_settled(client, manager, ann, showtime, sandbox):
    """The money of a refund that failed was handed over at the counter."""
    booking = buy(sandbox, ann, showtime, "A1")
    flows.cancel_booking(booking, by=ann)
    flows.send_due_refunds()
    sandbox.fail_refund(sandbox.refunds[0]["id"])
    flows.reconcile()
    trouble = Trouble.objects.open().get()

    client.post(reverse("admin:bookings_trouble_changelist"), {"action": "settle", "_selected_action": [trouble.pk]})
    inspection = flows.reconcile()

    trouble.refresh_from_db()
    assert (trouble.settled_by, inspection.is_clean) == (manager, True)


def test_inspections_then_they_tell_what_was_found(client, manager, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    booking.mails.all().delete()
    flows.inspect_books()
    flows.reconcile()

    page = text(client.get(reverse("admin:bookings_inspection_changelist")))
    assert "I9" in page
    assert "sessions: 1" in page
    audit = Inspection.objects.get(kind=Inspection.Kind.AUDIT)
    page = text(client.get(reverse("admin:bookings_inspection_change", args=[audit.pk])))
    assert f"<td>1</td><td>{booking.reference}</td>" in page


def test_audit_now_then_the_answer(client, manager, ann, showtime, sandbox):
    buy(sandbox, ann, showtime, "A1")
    inspection = flows.inspect_books()
    inspections = reverse("admin:bookings_inspection_changelist")

    answer = client.post(inspections, {"action": "audit_now", "_selected_action": [inspection.pk]}, follow=True)

    assert "The books are in order." in text(answer)


def test_dispute_then_staff_see_it(client, manager, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    flows.note_dispute(sandbox.dispute(booking.paid_with.payment_intent)["id"])

    page = text(client.get(reverse("admin:bookings_dispute_changelist")))

    assert "EUR 12.50" in page
    assert "needs_response" in page
    assert not Refund.objects.exists()
