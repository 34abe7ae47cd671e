import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from accounts.models import User
from tests.factories import create_staff, create_user

ADD = reverse("admin:accounts_user_add")
pytestmark = pytest.mark.django_db


def words(email, **changes):
    return {
        "email": email,
        "name": "Ada",
        "usable_password": "true",
        "password1": "moving-pictures-9",
        "password2": "moving-pictures-9",
        **changes,
    }


def change(user):
    return reverse("admin:accounts_user_change", args=[user.pk])


def test_add_user_makes_a_login_by_email(admin_client):
    response = admin_client.post(ADD, words("ada@example.com"))

    user = User.objects.get(email="ada@example.com")
    assert response.headers["Location"] == change(user)
    assert (user.name, user.check_password("moving-pictures-9")) == ("Ada", True)


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@example.com"])
def test_add_user_refuses_an_email_that_is_taken_in_any_capitals(admin_client, email):
    create_user("ada@example.com")

    response = admin_client.post(ADD, words(email))

    assert (response.status_code, User.objects.filter(email__iexact=email).count()) == (200, 1)


def test_change_user_gives_groups(admin_client):
    user, group = create_user(), Group.objects.create(name="Box office")

    admin_client.post(
        change(user), {"email": user.email, "name": "Ada", "is_active": "on", "is_staff": "on", "groups": [group.pk]}
    )

    user.refresh_from_db()
    assert (user.name, user.is_staff, list(user.groups.all())) == ("Ada", True, [group])


def test_list_is_searched_by_name(admin_client):
    create_user(name="Ada Lovelace")
    create_user(name="Grace Hopper")

    found = admin_client.get(reverse("admin:accounts_user_changelist"), {"q": "lovelace"}).context["cl"].result_list

    assert [user.name for user in found] == ["Ada Lovelace"]


def test_staff_cannot_make_themselves_or_others_superusers(client):
    staff = create_staff("accounts.view_user", "accounts.change_user", "accounts.add_user")
    customer = create_user()
    client.force_login(staff)

    client.post(change(customer), {"email": customer.email, "is_active": "on", "is_staff": "on", "is_superuser": "on"})
    answer = client.post(change(staff), {"email": staff.email, "is_superuser": "on"})

    assert answer.status_code == 403
    assert not User.objects.filter(is_superuser=True).exists()
    assert not User.objects.get(pk=customer.pk).is_staff


@pytest.mark.parametrize("name", ["password", "delete"])
def test_staff_cannot_take_over_or_delete_a_superuser(client, name):
    boss = create_user(is_staff=True, is_superuser=True)
    client.force_login(create_staff("accounts.view_user", "accounts.change_user", "accounts.delete_user"))
    urls = {
        "password": reverse("admin:auth_user_password_change", args=[boss.pk]),
        "delete": reverse("admin:accounts_user_delete", args=[boss.pk]),
    }

    assert client.post(urls[name], {"password1": "taken-over-1", "password2": "taken-over-1"}).status_code == 403
