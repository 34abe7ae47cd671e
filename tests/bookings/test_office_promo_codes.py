"""Promo codes in the office: made, watched and ended by the managers of their theater."""

import re

import pytest
from django.urls import reverse

from bookings.models import Booking, PromoCode, Redemption
from tests.bookings.steps import buy
from tests.factories import create_promo_code, create_showtime, create_theater, create_user
from tests.theaters.office import errors, messages_of
from theaters.models import Membership

pytestmark = pytest.mark.django_db
ADD = reverse("admin:bookings_promocode_add")
LIST = reverse("admin:bookings_promocode_changelist")


@pytest.fixture
def manager(client, showtime):
    """Signed in; manager of the showtime's theater."""
    manager = create_user("manager@rialto.example", is_staff=True)
    Membership.objects.create(user=manager, theater=showtime.theater, role="manager")
    client.force_login(manager)
    return client


def page(code, kind="change"):
    return reverse(f"admin:bookings_promocode_{kind}", args=[code.pk])


def filled(theater, **changes):
    return {"theater": theater.pk, "code": "summer10", "kind": "percent", "value": "10", "is_active": "on"} | changes


def test_manager_makes_a_code_then_it_stands_in_capitals(manager, showtime):
    response = manager.post(ADD, filled(showtime.theater, weekdays=["1", "2"], limit="100"))

    code = PromoCode.objects.get()
    assert response.status_code == 302
    assert (code.code, code.weekdays, code.limit) == ("SUMMER10", [1, 2], 100)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"code": "SUMMER 10"}, {"code": ["Letters, digits and hyphens, without spaces."]}),
        ({"value": "101"}, {"__all__": ["Between 0 and 100 percent, please."]}),
        ({"kind": "amount", "value": "2.505"}, {"value": ["EUR has 2 decimal places."]}),
        (
            {"valid_from": "2026-12-02", "valid_until": "2026-12-01"},
            {"__all__": ["“Valid from” must not be later than “until”."]},
        ),
        ({"code": "Taken"}, {"__all__": ["This theater has a promo code of that name already."]}),
    ],
)
def test_code_that_makes_no_sense_then_a_sentence(manager, showtime, changes, expected):
    create_promo_code(showtime.theater, "TAKEN")

    assert errors(manager.post(ADD, filled(showtime.theater, **changes))) == expected


def test_code_of_another_theater_then_neither_seen_nor_made(manager):
    theirs = create_promo_code(create_theater(), "SECRET")

    assert "SECRET" not in manager.get(LIST).text
    assert manager.get(page(theirs)).status_code == 404
    assert manager.post(ADD, filled(theirs.theater)).status_code == 200
    assert PromoCode.objects.count() == 1


def test_used_code_then_its_bookings_are_listed_and_it_is_neither_deleted_nor_limited_below(
    manager, showtime, sandbox, ann
):
    code = create_promo_code(showtime.theater)
    booking = buy(sandbox, ann, showtime, "A1", promo=code)

    change = manager.get(page(code)).text
    deleted = manager.post(page(code, "delete"), {"post": "yes"})
    limited = manager.post(page(code), filled(showtime.theater, limit="0"))

    assert (booking.reference in change, "EUR 1.15" in change) == (True, True)
    assert messages_of(deleted)[0].startswith("“SUMMER10” has been used, so it stays in the books.")
    assert errors(limited) == {"limit": ["It is in use 1 times already, so the limit cannot be less."]}
    assert "1 of 5" in update_limit(manager, code, 5)


def update_limit(manager, code, limit):
    PromoCode.objects.filter(pk=code.pk).update(limit=limit)
    return manager.get(LIST).text


def test_list_then_as_many_queries_for_one_and_ten(manager, showtime, django_assert_max_num_queries):
    def queries():
        with django_assert_max_num_queries(100) as captured:
            manager.get(LIST)
        return len(captured)

    create_promo_code(showtime.theater, "A", movies=[showtime.movie])
    queries()
    one = queries()
    for n in range(9):
        create_promo_code(showtime.theater, f"B{n}", movies=[showtime.movie, create_showtime().movie])

    assert queries() == one


def test_code_used_by_hundreds_then_the_newest_are_shown_and_it_can_still_be_ended(manager, showtime, sandbox, ann):
    code = create_promo_code(showtime.theater)
    first = buy(sandbox, ann, showtime, "A1", promo=code)
    copies = [Booking(**values_of(first) | {"reference": f"USE{n:05}"}) for n in range(500)]
    uses = [Redemption(promo_code=code, booking=booking, amount=1) for booking in Booking.objects.bulk_create(copies)]
    Redemption.objects.bulk_create(uses)

    shown = manager.get(page(code))
    names = re.findall(r'<(?:input|select|textarea)[^>]* name="([^"]+)"', shown.text)
    ended = manager.post(page(code), filled(showtime.theater, is_active=""))

    assert len(names) < 100
    assert shown.text.count("USE00") == 20
    assert f"{reverse('admin:bookings_redemption_changelist')}?promo_code__id__exact={code.pk}" in shown.text
    assert ended.status_code == 302
    assert not PromoCode.objects.get().is_active


def values_of(booking):
    return {
        field.attname: getattr(booking, field.attname)
        for field in Booking._meta.concrete_fields
        if not field.primary_key and field.name != "paid_with"
    }
