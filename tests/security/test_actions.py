"""Actions of the lists: what somebody may do in one theater they do in that one alone, whatever else they may see."""

import pytest
from django.contrib import admin
from django.urls import reverse

from bookings import flows
from bookings.models import Mail, Refund
from tests.bookings.steps import buy
from tests.factories import create_layout, create_screen, create_showtime, create_theater, create_user
from tests.security.addresses import models_in_the_office
from tests.theaters.office import create_member, messages_of
from theaters.models import PriceCard, SeatLayout, Showtime

pytestmark = pytest.mark.django_db


@pytest.fixture
def here():
    return create_theater("Rialto")


@pytest.fixture
def there():
    return create_theater("Arsenal")


def work(client, here, role, there, other_role):
    """Somebody with a role here and another role there, signed in."""
    user = create_member(here, role)
    there.memberships.create(user=user, role=other_role)
    client.force_login(user)


def act(client, action, *rows):
    meta = rows[0]._meta
    path = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    query = "?day=all" if meta.model_name == "showtime" else ""
    chosen = [row.pk for row in rows]
    return client.post(path + query, {"action": action, "_selected_action": chosen, "post": "yes"})


def test_every_action_then_names_the_right_it_needs_and_to_look_is_not_enough():
    nameless = [
        (model._meta.label, name)
        for model in models_in_the_office()
        for func, name, _words in admin.site.get_model_admin(model)._get_base_actions()
        if not set(getattr(func, "allowed_permissions", ())) - {"view"}
    ]

    # It only reads, and writes down what it has read.
    assert nameless == [("bookings.Inspection", "audit_now")]


def test_programmer_here_and_usher_there_then_only_the_drafts_here_are_published(client, here, there):
    work(client, here, "programmer", there, "usher")
    ours, theirs = (create_showtime(theater=theater, status="draft") for theater in (here, there))
    response = act(client, "publish_showtimes", ours, theirs)

    assert messages_of(response) == ["1 was left as it is: you may only look at it.", f"{ours} is published."]
    assert list(Showtime.objects.filter(status="published")) == [ours]


def test_programmer_here_and_usher_there_then_nothing_is_copied_there(client, here, there):
    work(client, here, "programmer", there, "usher")
    theirs = create_showtime(theater=there)
    response = act(client, "copy_to_next_week", theirs)

    assert messages_of(response) == ["1 was left as it is: you may only look at it."]
    assert Showtime.objects.count() == 1


def test_manager_here_and_accountant_there_then_price_cards_there_are_neither_copied_nor_deleted(client, here, there):
    work(client, here, "manager", there, "accountant")
    card = create_showtime(theater=there).price_card
    act(client, "copy_cards", card)
    act(client, "delete_selected", card)

    assert PriceCard.objects.get() == card


def test_manager_here_and_programmer_there_then_layouts_there_are_not_published(client, here, there):
    work(client, here, "manager", there, "programmer")
    draft = create_layout(create_screen(there), published=False)
    act(client, "publish_layouts", draft)

    assert SeatLayout.objects.get().published_at is None


@pytest.fixture
def failed(sandbox):
    """A refund in each of two theaters that needs a human."""

    def fail(theater):
        booking = buy(sandbox, create_user(), create_showtime(theater=theater), "A1")
        flows.cancel_booking(booking, by=booking.user, in_full=True)
        refund = Refund.objects.get(payment__booking=booking)
        Refund.objects.filter(pk=refund.pk).update(status=Refund.Status.FAILED, attempts=20)
        Mail.objects.filter(booking=booking).update(status=Mail.Status.FAILED, attempts=20)
        return refund

    return fail


def test_accountant_then_reads_refunds_and_sends_none(client, here, failed):
    refund = failed(here)
    client.force_login(create_member(here, "accountant"))
    act(client, "try_again", refund)

    refund.refresh_from_db()
    assert (refund.status, refund.attempts) == (Refund.Status.FAILED, 20)


def test_manager_here_and_accountant_there_then_only_the_refund_here_goes_out_again(client, here, there, failed):
    ours, theirs = failed(here), failed(there)
    work(client, here, "manager", there, "accountant")
    act(client, "try_again", ours, theirs)

    for refund in (ours, theirs):
        refund.refresh_from_db()
    assert (ours.status, theirs.status) == (Refund.Status.CREATED, Refund.Status.FAILED)


@pytest.mark.parametrize(("role", "sent"), [("accountant", 0), ("box_office", 1), ("manager", 1)])
def test_mail_that_failed_then_is_sent_again_by_those_who_sell(client, here, failed, role, sent):
    failed(here)
    mail = Mail.objects.first()
    client.force_login(create_member(here, role))
    act(client, "try_again", mail)

    assert Mail.objects.filter(status=Mail.Status.PENDING).count() == sent


def test_accountant_then_sends_no_customer_their_tickets_again(client, here, sandbox):
    booking = buy(sandbox, create_user(), create_showtime(theater=here), "A1")
    Mail.objects.update(status=Mail.Status.SENT)
    page = reverse("admin:bookings_booking_resend", args=[booking.pk])
    client.force_login(create_member(here, "accountant"))
    assert client.post(page).status_code == 403
    assert "Send the tickets again" not in client.get(reverse("admin:bookings_booking_change", args=[booking.pk])).text
    assert booking.mails.get().status == Mail.Status.SENT

    client.force_login(create_member(here, "box_office"))
    client.post(page)
    assert booking.mails.get().status == Mail.Status.PENDING
