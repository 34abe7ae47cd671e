"""Nothing changes by a GET, without a token, or by a field that the form does not have."""

from decimal import Decimal

import pytest
from django.apps import apps
from django.test import Client

from accounts.models import User
from bookings.models import Booking, Refund
from tests.factories import create_showtime, create_staff, seats_of
from tests.security.addresses import addresses, models_in_the_office, pages_about
from tests.security.test_matrix import ABOUT_A_BOOKING, SHOP, paths  # noqa: F401, a fixture
from tests.theaters.test_admin_showtimes import edited
from theaters.models import Showtime

pytestmark = pytest.mark.django_db

# Fields that a form might forget to leave out.
MORE = {
    "is_staff": "on",
    "is_superuser": "on",
    "is_active": "on",
    "groups": "1",
    "user_permissions": "1",
    "status": "confirmed",
    "price": "0",
    "price_total": "0",
    "fee": "0",
    "amount": "0",
    "currency": "USD",
    "user": "1",
    "by": "1",
    "pk": "1",
    "id": "1",
    "reference": "MINE",
    "expires_at": "2099-01-01",
    "percent": "100",
}


# Each has another proof: Stripe's signature, and a token in the address, as mail programs press the button (RFC 8058).
EXEMPT = {"bookings:stripe_webhook", "bookings:stop_opening"}


def test_only_the_webhook_and_unsubscribing_are_exempt_from_tokens():
    assert {address.name for address in addresses() if address.is_csrf_exempt} == EXEMPT


def test_every_address_refuses_a_form_without_token(house, paths):  # noqa: F811
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(house.people["admin"])
    shop = [path for name, path in paths.items() if name not in EXEMPT]
    office = [path for model in models_in_the_office() for path in pages_about(model).values()]
    office += [f"/admin/bookings/booking/{house.confirmed.pk}/{verb}/" for verb in ABOUT_A_BOOKING]
    office += ["/admin/", "/admin/login/", "/admin/logout/", "/admin/password_change/"]

    before = all_rows()
    assert {strict.post(path, MORE).status_code for path in [*shop, *office]} == {403}
    assert all_rows() == before


def all_rows():
    """Of every model of ours: what is in it."""
    models = [model for app in ("accounts", "account", "movies", "theaters", "bookings") for model in of(app)]
    return {model._meta.label: set(map(str, model._base_manager.values_list())) for model in models}


def of(app):
    return apps.get_app_config(app).get_models()


@pytest.mark.parametrize("role", ["owner", "manager", "admin"])
def test_looking_changes_nothing(visitors, house, paths, role):  # noqa: F811
    visitors[role].get("/")
    pages = list(paths.values())
    if role != "owner":
        pages += [path for model in models_in_the_office() for path in pages_about(model).values()]
        pages += [f"/admin/bookings/booking/{house.confirmed.pk}/{verb}/" for verb in ABOUT_A_BOOKING]
    before = all_rows()
    for path in pages:
        visitors[role].get(path, MORE).getvalue()

    assert all_rows() == before


def test_every_address_that_only_changes_refuses_to_be_looked_at(visitors, paths):  # noqa: F811
    changes = [name for name, (_path, expected) in SHOP.items() if set(expected.values()) == {405}]

    assert len(changes) >= 6
    for name in changes:
        assert {visitors["owner"].get(paths[name]).status_code, visitors["owner"].head(paths[name]).status_code} == {
            405
        }


# --- Fields that the form does not have --------------------------------------------------------------


def test_signing_up_makes_a_customer_and_nothing_more(client, db):
    form = {"email": "mallory@example.com", "name": "Mallory", "password1": "correct-horse-battery"}
    client.post("/accounts/signup/", MORE | form)

    mallory = User.objects.get(email="mallory@example.com")
    assert (mallory.is_staff, mallory.is_superuser, mallory.groups.count()) == (False, False, 0)
    assert mallory.user_permissions.count() == 0


def test_profile_changes_the_name_and_nothing_more(visitors, house):
    visitors["other"].post("/accounts/profile/", MORE | {"name": "Olga", "email": "new@example.com", "password": "x"})

    before, after = house.other, User.objects.get(pk=house.other.pk)
    assert (after.name, after.email, after.password) == ("Olga", before.email, before.password)
    assert (after.is_staff, after.is_superuser, after.groups.count()) == (False, False, 0)


def test_buying_asks_nobody_for_the_price(visitors, house):
    showtime = create_showtime()
    seats = {"seats": [seat.pk for seat in seats_of(showtime, "A1", "A2")]}
    visitors["other"].post(f"/showtimes/{showtime.pk}/hold/", MORE | seats)
    visitors["other"].post(f"/showtimes/{showtime.pk}/checkout/", MORE)

    booking = Booking.objects.get(showtime=showtime)
    assert (booking.user, booking.status, booking.currency) == (house.other, Booking.Status.PENDING, "EUR")
    assert booking.total == Decimal("25.00")
    assert booking.payments.get().amount == Decimal("25.00")


def test_cancelling_gives_back_what_the_policy_says(visitors, house):
    Booking.objects.filter(pk=house.confirmed.pk).update(
        refund_policy=[{"minutes_before": 0, "percent": "50", "fee_refunded": False}]
    )
    more = MORE | {"in_full": "1", "amount": "9999", "reason": "mine"}
    visitors["owner"].post(f"/bookings/{house.confirmed.reference}/cancel/", more)

    refund = Refund.objects.get(payment__booking=house.confirmed)
    # Half of two seats at 11.50, less the ten percent of the promo code.
    assert (refund.amount, refund.currency) == (Decimal("10.35"), "EUR")


def test_staff_who_may_change_people_cannot_make_staff(house):
    client, clerk = Client(), create_staff("accounts.change_user", "accounts.view_user", "accounts.add_user")
    client.force_login(clerk)
    for somebody in (house.other, clerk):
        form = MORE | {"email": somebody.email, "name": "New"}
        client.post(f"/admin/accounts/user/{somebody.pk}/change/", form)
    new = {
        "email": "new@example.com",
        "usable_password": "true",
        "password1": "correct-horse",
        "password2": "correct-horse",
    }
    client.post("/admin/accounts/user/add/", MORE | new)

    other, clerk = User.objects.get(pk=house.other.pk), User.objects.get(pk=clerk.pk)
    assert (other.name, other.is_staff, other.is_superuser, other.groups.count()) == ("New", False, False, 0)
    assert (clerk.is_superuser, clerk.groups.count(), clerk.user_permissions.count()) == (False, 0, 3)
    made = User.objects.get(email="new@example.com")
    assert (made.is_staff, made.is_superuser) == (False, False)


def test_managers_form_of_a_showtime_keeps_what_the_house_computes(visitors, house):
    before = house.showtime
    computed = dict.fromkeys(["ends_at", "free_at", "sales_close_at", "business_date"], "2099-01-01")
    saved = visitors["manager"].post(
        f"/admin/theaters/showtime/{before.pk}/change/", MORE | computed | edited(before, subtitle_language="")
    )

    after = Showtime.objects.get(pk=before.pk)
    assert (saved.status_code, after.subtitle_language) == (302, None)  # it was saved
    assert (after.ends_at, after.free_at) == (before.ends_at, before.free_at)
    assert after.sales_close_at == before.sales_close_at
    assert (after.pk, after.business_date, after.status) == (before.pk, before.business_date, before.status)
