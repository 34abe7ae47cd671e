"""An earlier version of a showtime or of prices comes back as a new one, if nothing is in its way."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.models import Change
from tests.factories import create_member, create_showtime
from tests.theaters.office import messages_of, sell
from theaters.admin.publishing import close_sale
from theaters.models import Price, Showtime

pytestmark = pytest.mark.django_db


@pytest.fixture
def showtime():
    return create_showtime()


@pytest.fixture
def manager(client, showtime):
    client.force_login(create_member(showtime.theater, "manager", name="Ruben"))
    return client


def move(showtime, **change):
    showtime.starts_at += timedelta(**change)
    showtime.set_times()
    showtime.save()
    return Change.objects.of(showtime).first()


def restore(client, change):
    return client.post(reverse("admin:restore", args=[change.pk]))


def test_showtime_moved_by_mistake_then_back_again_and_the_history_goes_on(manager, showtime):
    was = showtime.starts_at
    change = move(showtime, hours=2)
    response = restore(manager, change)
    showtime.refresh_from_db()

    assert messages_of(response) == [f"Restored: {showtime} is as it was before."]
    assert showtime.starts_at == was
    assert showtime.ends_at == was + timedelta(minutes=showtime.movie.runtime_minutes + 15)
    assert Change.objects.of(showtime).count() == 3
    assert "Restore what was before" in manager.get(response.url).text


def test_showtime_with_tickets_then_stays_and_says_why(manager, showtime):
    change = move(showtime, hours=2)
    sell(showtime)
    now = showtime.starts_at
    response = restore(manager, change)
    showtime.refresh_from_db()

    assert "It cannot be restored. 1 seat is sold" in messages_of(response)[0]
    assert showtime.starts_at == now


def test_room_taken_meanwhile_then_stays_and_names_the_other(manager, showtime):
    change = move(showtime, hours=5)
    create_showtime(layout=showtime.layout, starts_at=change.before and showtime.starts_at - timedelta(hours=5))
    response = restore(manager, change)

    assert "It cannot be restored." in messages_of(response)[0]


def test_price_then_comes_back_alone(manager, showtime):
    card = showtime.price_card
    first, other = card.prices.all()[:2]
    was = first.amount
    Price.objects.filter(pk=first.pk).update(amount=99)
    change = Change.objects.of(card, (Price, "card_id")).filter(before__isnull=False).first()
    Price.objects.filter(pk=other.pk).update(amount=Decimal("7.50"))
    response = restore(manager, change)

    assert messages_of(response) == [f"Restored: {card} is as it was before."]
    first.refresh_from_db()
    other.refresh_from_db()
    assert (first.amount, other.amount) == (was, Decimal("7.50"))


def test_somebody_elses_showtime_then_not_found_and_programmers_may_not_touch_prices(client, showtime):
    change = move(showtime, hours=2)
    client.force_login(create_member(create_showtime().theater, "manager"))
    assert restore(client, change).status_code == 404

    client.force_login(create_member(showtime.theater, "usher"))
    assert restore(client, change).status_code == 403
    assert Showtime.objects.get(pk=showtime.pk).starts_at == showtime.starts_at


def test_asked_by_a_link_then_refused(manager, showtime):
    assert manager.get(reverse("admin:restore", args=[move(showtime, hours=1).pk])).status_code == 405


def test_showtime_called_off_then_is_not_put_back_on_sale(manager, showtime):
    Showtime.objects.update(status="cancelled")
    response = restore(manager, Change.objects.of(showtime).first())

    assert messages_of(response) == ["It cannot be restored. It is cancelled. Make a new one."]
    assert Showtime.objects.get(pk=showtime.pk).status == "cancelled"


def test_price_whose_ticket_type_is_gone_then_it_says_that_nothing_came_back(manager, showtime):
    price = showtime.price_card.prices.filter(ticket_type__name="Child").first()
    price.ticket_type.delete()
    change = Change.objects.get(table="theaters_price", row=price.pk, after__isnull=True)
    response = restore(manager, change)

    assert messages_of(response) == ["It cannot be restored. The ticket type or the seat category is gone."]


def test_sale_closed_by_hand_then_nothing_is_offered_that_the_form_does_not_know(manager, showtime):
    close_sale(showtime)
    change = Change.objects.of(showtime).first()
    page = reverse("admin:theaters_showtime_history", args=[showtime.pk])

    assert "Restore what was before" not in manager.get(page).text
    assert messages_of(restore(manager, change)) == ["It cannot be restored. Nothing that this form knows was changed."]
    move(showtime, hours=1)
    assert manager.get(page).text.count("Restore what was before") == 1


def test_who_may_only_look_then_nothing_is_offered(client, showtime):
    move(showtime, hours=1)
    client.force_login(create_member(showtime.theater, "box_office"))
    page = client.get(reverse("admin:theaters_showtime_history", args=[showtime.pk]))

    assert page.status_code == 200
    assert "Restore what was before" not in page.text
