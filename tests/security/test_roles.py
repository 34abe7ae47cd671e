"""Each role in its theater: what it may see there, and that nothing of another theater is shown, offered or changed."""

import pytest
from django.contrib import admin
from django.contrib.auth import get_permission_codename
from django.test import Client
from django.urls import reverse

from tests.factories import create_user
from tests.security.addresses import models_in_the_office
from theaters.admin.scope import InTheater
from theaters.models import Membership, Theater
from theaters.roles import GRANTS

pytestmark = pytest.mark.django_db

REFUSED = {403, 404}


def scoped_admins():
    offices = [admin.site.get_model_admin(model) for model in models_in_the_office()]
    # Seats have no pages of their own, only suggestions.
    return [office for office in offices if isinstance(office, InTheater) and office.opts.model_name != "seat"]


def member_of(theater, role):
    user = create_user(f"{role}-{theater.pk}@example.com", is_staff=True)
    Membership.objects.create(user=user, theater=theater, role=role)
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def may_look(role, office):
    codenames = {get_permission_codename(action, office.opts) for action in ("view", "change")}
    return bool({f"{office.opts.app_label}.{codename}" for codename in codenames} & GRANTS[role])


def list_of(office):
    return reverse(f"admin:{office.opts.app_label}_{office.opts.model_name}_changelist")


def page_of(obj):
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])


@pytest.fixture
def theaters(house):
    """The house's own, and the one of its other booking: between them every model has a row for each."""
    return house.theater, house.cancelled.showtime.theater


@pytest.mark.parametrize("role", GRANTS)
def test_role_then_its_own_theaters_pages_open_and_no_others(theaters, role):
    wrong = []
    for theater in theaters:
        client = member_of(theater, role)
        for office in scoped_admins():
            for obj in office.model._default_manager.order_by("-pk")[:4]:
                is_own = office.theater_of(obj) == theater
                status = client.get(page_of(obj)).status_code
                if not (status == 200 if is_own and may_look(role, office) else status in REFUSED):
                    wrong.append((theater.name, page_of(obj), is_own, status))

    assert wrong == []


@pytest.mark.parametrize("role", GRANTS)
def test_role_then_lists_hold_only_its_own_theaters_rows(theaters, role):
    wrong = []
    for theater in theaters:
        client = member_of(theater, role)
        for office in scoped_admins():
            response = client.get(list_of(office))
            if not may_look(role, office):
                wrong += [office] if response.status_code != 403 else []
                continue
            wrong += [
                (theater.name, office, obj)
                for obj in response.context["cl"].queryset
                if office.theater_of(obj) != theater
            ]

    assert wrong == []


@pytest.mark.parametrize("role", GRANTS)
def test_role_then_suggestions_name_only_its_own_theaters_things(theaters, role):
    wrong = []
    for theater in theaters:
        client = member_of(theater, role)
        for office in scoped_admins():
            for field in office.autocomplete_fields:
                source = office.model._meta.get_field(field)
                asked = {"app_label": office.opts.app_label, "model_name": office.opts.model_name, "field_name": field}
                response = client.get("/admin/autocomplete/", asked)
                related = admin.site.get_model_admin(source.remote_field.model)
                if response.status_code == 200 and isinstance(related, InTheater):
                    found = related.model._default_manager.filter(
                        pk__in=[row["id"] for row in response.json()["results"]]
                    )
                    wrong += [(theater.name, field, obj) for obj in found if related.theater_of(obj) != theater]

    assert wrong == []


def test_programmer_then_cannot_plan_in_a_theater_where_they_only_sell(theaters, house):
    own, other = theaters
    client = member_of(own, "programmer")
    Membership.objects.create(user_id=client.session["_auth_user_id"], theater=other, role=Membership.Role.BOX_OFFICE)
    showtime = house.cancelled.showtime
    page = page_of(showtime)

    assert client.get(page).status_code == 200
    assert client.post(page, {"status": "draft"}).status_code == 403
    showtime.refresh_from_db()
    assert showtime.status == "published"


def test_accountant_then_cannot_refund_cancel_or_call_off(theaters, house):
    client = member_of(house.theater, "accountant")
    booking, call_off = house.confirmed, reverse("admin:bookings_showtimecancellation_add")

    assert client.post(f"/admin/bookings/booking/{booking.pk}/cancel/", {"reason": "x"}).status_code == 403
    assert client.post(f"/admin/bookings/booking/{booking.pk}/reissue/").status_code == 403
    assert client.post(f"{call_off}?showtime={house.showtime.pk}", {"reason": "x"}).status_code == 403
    booking.refresh_from_db()
    assert booking.is_confirmed


def test_manager_of_one_theater_then_cannot_refund_or_call_off_in_another(theaters, house):
    client = member_of(house.cancelled.showtime.theater, "manager")
    booking, call_off = house.confirmed, reverse("admin:bookings_showtimecancellation_add")

    for verb in ("cancel", "reissue", "resend"):
        assert client.post(f"/admin/bookings/booking/{booking.pk}/{verb}/", {"reason": "x"}).status_code == 404
    assert client.post(f"{call_off}?showtime={house.showtime.pk}", {"reason": "x"}).status_code == 403
    booking.refresh_from_db()
    house.showtime.refresh_from_db()
    assert (booking.status, house.showtime.status) == ("confirmed", "published")


@pytest.mark.parametrize("role", GRANTS)
def test_role_then_tells_the_story_of_a_seat_of_its_own_theater_only(theaters, house, role):
    sees = "bookings.view_booking" in GRANTS[role]
    path = f"/admin/bookings/booking/seat/{house.showtime.pk}/?seat=A1"

    assert member_of(house.theater, role).get(path).status_code == (200 if sees else 403)
    assert member_of(theaters[1], role).get(path).status_code == (404 if sees else 403)


def team(theater):
    return {member.user.email: member.role for member in theater.memberships.all()}


def the_theaters_form(client, theater):
    """What a browser would send back, unchanged."""
    page = client.get(page_of(theater)).context
    forms = [page["adminform"].form, *(form for inline in page["inline_admin_formsets"] for form in inline.formset)]
    forms += [inline.formset.management_form for inline in page["inline_admin_formsets"]]
    sent = {}
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is not None and value is not False:  # 0 is neither
                sent[bound.html_name] = value
    return sent


def test_owner_then_hires_by_mail_address_and_lets_go(theaters, house):
    theater = house.theater
    client = member_of(theater, "owner")
    new = the_theaters_form(client, theater)
    row = int(new["memberships-INITIAL_FORMS"])
    new |= {"memberships-TOTAL_FORMS": row + 1, f"memberships-{row}-email": house.other.email.upper()}
    new |= {f"memberships-{row}-role": "usher"}
    response = client.post(page_of(theater), new)
    house.other.refresh_from_db()

    assert response.status_code == 302, response.context["errors"]
    assert team(theater)[house.other.email] == "usher"
    assert house.other.is_staff

    gone = the_theaters_form(client, theater)
    place = next(name for name, value in gone.items() if name.endswith("-email") and value == house.other.email)
    client.post(page_of(theater), gone | {place.replace("-email", "-DELETE"): "on"})
    house.other.refresh_from_db()

    assert house.other.email not in team(theater)
    assert not house.other.is_staff


def test_owner_who_names_a_stranger_then_is_told_to_let_them_sign_up(theaters, house):
    client = member_of(house.theater, "owner")
    sent = the_theaters_form(client, house.theater)
    row = int(sent["memberships-INITIAL_FORMS"])
    sent |= {f"memberships-{row}-email": "nobody@example.com", f"memberships-{row}-role": "usher"}
    response = client.post(page_of(house.theater), sent | {"memberships-TOTAL_FORMS": row + 1})

    assert response.status_code == 200
    assert "Ask them to sign up first" in response.text
    assert 'value="nobody@example.com"' in response.text


def test_manager_then_sees_the_team_and_cannot_make_themselves_owner(theaters, house):
    client = member_of(house.theater, "manager")
    sent = the_theaters_form(client, house.theater)
    sent |= {"memberships-TOTAL_FORMS": 1, "memberships-INITIAL_FORMS": 0}
    client.post(
        page_of(house.theater), sent | {"memberships-0-email": house.other.email, "memberships-0-role": "owner"}
    )

    assert set(team(house.theater).values()) == {"manager"}
    assert client.get(reverse("admin:theaters_theater_add")).status_code == 403
    assert Theater.objects.count() > 1


def test_head_office_opens_a_theater_and_names_its_owner_on_the_same_page(house):
    client = Client(raise_request_exception=False)
    client.force_login(house.people["admin"])
    page = reverse("admin:theaters_theater_add")
    context = client.get(page).context
    forms = [inline.formset.management_form for inline in context["inline_admin_formsets"]]
    forms.append(context["adminform"].form)
    sent = {bound.html_name: bound.value() for form in forms for bound in form}
    sent = {name: value for name, value in sent.items() if value is not None and value is not False}
    place = {"name": "Arsenal", "slug": "arsenal", "city": house.theater.city.pk, "address": "Am Kanal 1"}
    sent |= place | {"time_zone": "Europe/Berlin", "currency": "EUR", "memberships-TOTAL_FORMS": 2}
    team_of_two = {"memberships-0-email": house.other.email, "memberships-0-role": "owner"}
    sent |= team_of_two | {"memberships-1-email": "nobody@example.com", "memberships-1-role": "usher"}
    unknown = client.post(page, sent)
    response = client.post(page, sent | {"memberships-TOTAL_FORMS": 1})

    assert "Nobody has registered as nobody@example.com." in unknown.text
    assert response.status_code == 302, response.context["adminform"].form.errors
    assert team(Theater.objects.get(slug="arsenal")) == {house.other.email: "owner"}


def test_hired_by_form_then_the_history_names_them_to_those_who_may_see_the_team_alone(theaters, house):
    theater = house.theater
    owner, programmer = member_of(theater, "owner"), member_of(theater, "programmer")
    sent = the_theaters_form(owner, theater)
    row = int(sent["memberships-INITIAL_FORMS"])
    sent |= {f"memberships-{row}-email": house.other.email, f"memberships-{row}-role": "usher"}
    owner.post(page_of(theater), sent | {"memberships-TOTAL_FORMS": row + 1})
    page = reverse("admin:theaters_theater_history", args=[theater.pk])

    assert house.other.email in team(theater)
    assert house.other.name in owner.get(page).text
    assert house.other.name not in programmer.get(page).text
