"""The office is ordered by tasks; nobody is shown what they may not open."""

import pytest
from django.urls import reverse

from moviebooking.office import TASKS, OfficePaginator
from tests.factories import create_staff, create_theater, create_user
from theaters.models import Membership

pytestmark = pytest.mark.django_db


def groups(client):
    shown = client.get("/admin/").context["app_list"]
    return {str(group["name"]): [str(row["name"]).lower() for row in group["models"]] for group in shown}


def member(client, role):
    user = create_user(is_staff=True)
    Membership.objects.create(user=user, theater=create_theater(), role=role)
    client.force_login(user)


def test_every_list_of_the_office_then_has_its_task(client):
    user = create_staff()
    user.is_superuser = True
    user.save()
    client.force_login(user)

    found = groups(client)
    assert found.pop("More") == ["email addresses", "social accounts"]
    assert list(found) == [str(task.name) for task in TASKS]


def test_usher_then_finds_the_door_and_no_money(client):
    member(client, "usher")

    found = groups(client)
    assert found["Today"] == ["door"]
    assert "Books and records" not in found
    assert reverse("bookings:door") in client.get("/admin/").text


def test_list_longer_than_anybody_turns_then_it_is_not_counted_to_its_end(client, monkeypatch):
    monkeypatch.setattr(OfficePaginator, "MOST", 2)
    client.force_login(create_staff(is_superuser=True))
    page = reverse("admin:accounts_user_changelist")
    create_user("ann@example.com")
    assert "2 people" in client.get(page).text

    create_user("ben@example.com")

    assert "The first 2 people: search or filter to see others" in client.get(page).text
