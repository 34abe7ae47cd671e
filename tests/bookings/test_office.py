"""What staff see and do about a booking."""

import pytest
from django.urls import reverse

from bookings import flows
from bookings.models import Booking, Mail, Refund
from tests.bookings.steps import buy, start
from tests.factories import create_showtime, create_showtime_now, create_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client):
    manager = create_staff("bookings.view_booking", "bookings.refund_booking", "bookings.change_mail", name="Max")
    client.force_login(manager)
    return manager


def url(name, booking):
    return reverse(f"admin:bookings_booking_{name}", args=[booking.pk])


def test_search_by_reference_mail_address_or_ticket_code_then_found(client, manager, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1", "A2")
    serial = booking.booked_seats.first().tickets.get().serial

    for words in (booking.reference, "ann@example.com", "Ann", serial, showtime.movie.title):
        answer = client.get(reverse("admin:bookings_booking_changelist"), {"q": words})
        assert list(answer.context["cl"].result_list) == [booking]


def test_payments_and_tickets_are_searched_by_the_whole_code(client, ann, showtime, sandbox):
    client.force_login(create_staff(is_superuser=True))
    booking, _other = buy(sandbox, ann, showtime, "A1"), buy(sandbox, ann, create_showtime(), "A1")
    payment, ticket = booking.payments.get(), booking.booked_seats.get().tickets.get()

    def found(name, words):
        return list(client.get(reverse(f"admin:bookings_{name}_changelist"), {"q": words}).context["cl"].result_list)

    for words in (booking.reference.lower(), payment.session_id, payment.payment_intent):
        assert found("payment", words) == [payment]
    assert found("ticket", ticket.serial.lower()) == found("ticket", booking.reference) == [ticket]
    assert found("booking", payment.payment_intent) == [booking]
    assert found("payment", "nothing") == found("payment", booking.reference[:4]) == []


def test_booking_then_everything_about_it(client, manager, ann, sandbox):
    booking = buy(sandbox, ann, create_showtime_now(), "A1")
    flows.admit(booking.booked_seats.get().tickets.get().serial, by=manager)

    page = client.get(url("change", booking)).content.decode()

    for words in ("A1", "EUR 12.50", "in since", "by Max", booking.payments.get().session_id):
        assert words in page


def test_cancel_asks_for_a_reason_then_refunds_in_full(client, manager, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    assert "EUR 12.50 go back" in client.get(url("cancel", booking)).content.decode()
    assert client.post(url("cancel", booking), {"reason": ""}).status_code == 200

    answer = client.post(url("cancel", booking), {"reason": "The projector broke"}, follow=True)

    booking.refresh_from_db()
    assert (booking.status, booking.reason) == (Booking.Status.CANCELLED, "The projector broke")
    assert Refund.objects.get().by == manager
    assert "is cancelled. Refund: EUR 12.50" in answer.content.decode()
    assert "(void)" in answer.content.decode()


def test_cancel_what_is_not_confirmed_then_a_sentence(client, manager, ann, showtime):
    booking = start(ann, showtime, "A1")

    answer = client.post(url("cancel", booking), {"reason": "Mistake"}, follow=True)

    assert "Only a confirmed booking can be cancelled." in answer.content.decode()


def test_cancel_without_the_permission_then_403(client, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    client.force_login(create_staff("bookings.view_booking"))

    assert client.post(url("cancel", booking), {"reason": "x"}).status_code == 403


def test_resend_then_the_tickets_wait_to_go_out(client, manager, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    flows.send_due_mails()

    client.post(url("resend", booking))

    assert booking.mails.get().status == Mail.Status.PENDING


def test_resend_by_get_then_403(client, manager, ann, showtime, sandbox):
    assert client.get(url("resend", buy(sandbox, ann, showtime, "A1"))).status_code == 403


def test_reissue_then_the_old_tickets_are_void_and_new_ones_wait_to_go_out(client, manager, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    old = booking.booked_seats.get().tickets.get()
    flows.send_due_mails()

    page = client.post(url("reissue", booking), follow=True).text

    assert f"The old tickets of {booking} are void. New ones go out by mail." in page
    assert f"{old.serial} (void)" in page
    assert booking.mails.get().status == Mail.Status.PENDING
    assert "Tickets issued anew: 1." in client.get(url("history", booking)).text


def test_reissue_by_get_or_without_the_permission_then_403(client, manager, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    assert client.get(url("reissue", booking)).status_code == 403

    client.force_login(create_staff("bookings.view_booking"))

    assert client.post(url("reissue", booking)).status_code == 403


def test_reissue_of_a_pending_booking_then_a_sentence(client, manager, ann, showtime):
    page = client.post(url("reissue", start(ann, showtime, "A1")), follow=True).text

    assert "Only tickets of a confirmed booking can be issued anew" in page


def test_failed_refund_then_staff_start_it_anew(client, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    flows.cancel_booking(booking, by=ann, in_full=True)
    Refund.objects.update(status=Refund.Status.FAILED, attempts=20)
    client.force_login(create_staff("bookings.view_refund", "bookings.refund_booking"))

    refund = Refund.objects.get()
    client.post(reverse("admin:bookings_refund_changelist"), {"action": "try_again", "_selected_action": [refund.pk]})

    refund.refresh_from_db()
    assert (refund.status, refund.attempts) == (Refund.Status.CREATED, 41)


@pytest.mark.parametrize("action", ["add", "delete"])
def test_nobody_adds_or_deletes_bookings_by_hand(client, ann, showtime, action):
    booking = start(ann, showtime, "A1")
    client.force_login(create_staff(is_superuser=True))

    args = [booking.pk] if action == "delete" else []
    assert client.get(reverse(f"admin:bookings_booking_{action}", args=args)).status_code == 403
