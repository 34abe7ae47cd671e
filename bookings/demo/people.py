"""The demo's logins. They all share one password, which no validator would let through."""

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission
from django.db.models import Q
from django.db.models.functions import Lower

from theaters.models import Membership, Theater

PASSWORD = "demo"  # noqa: S105
MOVIEGOER, MANAGER = "moviegoer@example.com", "manager@example.com"
DOOR, ADMIN = "door@example.com", "admin@example.com"
BOX_OFFICE, ACCOUNTANT = "boxoffice@example.com", "accountant@example.com"
PEOPLE = {
    MOVIEGOER: {"name": "Mina Kowalski"},
    MANAGER: {"name": "Ruben Achterberg", "is_staff": True},
    DOOR: {"name": "Dorothea Ames", "is_staff": True},
    BOX_OFFICE: {"name": "Bo Halloran", "is_staff": True},
    ACCOUNTANT: {"name": "Abel Castellanos", "is_staff": True},
    ADMIN: {"name": "Ada Minh", "is_staff": True, "is_superuser": True},
}
DUTIES = {
    MOVIEGOER: "buys tickets",
    MANAGER: "runs the programme, in the admin",
    DOOR: "checks tickets in",
    BOX_OFFICE: "sells at the counter of one theater",
    ACCOUNTANT: "reads the books of one theater",
    ADMIN: "may do everything",
}
THEIR_THEATER = "rialto"
ROLES = {BOX_OFFICE: Membership.Role.BOX_OFFICE, ACCOUNTANT: Membership.Role.ACCOUNTANT}
AT_WORK = [
    "check_in_ticket",
    "supervise_door",
    "refund_booking",
    "change_mail",
    "sell_at_counter",
    "sell_house_seats",
    "give_free_ticket",
    "close_shift",
]
NAMES = ["Alma", "Ben", "Chidi", "Dilek", "Emil", "Farah", "Goran", "Hana", "Ines", "Jonas"]
SURNAMES = ["Albrecht", "Brooks", "Castro", "Demir", "Eriksen", "Fofana", "Grün", "Haddad", "Ito", "Jankowski", "Klein"]


def create_people(buyers):
    people = PEOPLE | {f"buyer{number:04}@example.com": {"name": name_of(number)} for number in range(1, buyers + 1)}
    created = create_users(people)
    create_groups()
    for email, group in [(MANAGER, "Manager"), (DOOR, "Door")]:
        if email in created:
            created[email].groups.add(Group.objects.get(name=group))


def give_roles():
    """Once the theaters are there; in one of them, so that one sees what a role does not see."""
    for email, role in ROLES.items():
        user = get_user_model().objects.get(email=email)
        if not user.memberships.exists():
            Membership.objects.create(user=user, theater=Theater.objects.get(slug=THEIR_THEATER), role=role)


def create_users(people):
    """The new ones among them, by email address, each with a verified address to log in with."""
    users = get_user_model().objects
    found = users.alias(address=Lower("email")).filter(address__in=list(people))
    there = {email.lower() for email in found.values_list("email", flat=True)}
    new = {email: who for email, who in people.items() if email not in there}
    password = make_password(PASSWORD) if new else ""
    created = users.bulk_create(users.model(email=email, password=password, **who) for email, who in new.items())
    EmailAddress.objects.bulk_create(
        [EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in created]
    )
    return {user.email: user for user in created}


def create_groups():
    programme = Q(content_type__app_label__in=["movies", "theaters", "bookings"])
    desk = Q(codename__regex="^(view|add|change)_") | Q(codename__in=AT_WORK)
    user = Q(content_type__app_label="accounts", codename="view_user")
    create_group("Manager", (programme & desk) | user)
    create_group("Door", Q(content_type__app_label="bookings", codename="check_in_ticket"))


def create_group(name, permissions):
    group, is_new = Group.objects.get_or_create(name=name)
    if is_new:
        group.permissions.set(Permission.objects.filter(permissions))


def name_of(number):
    return f"{NAMES[number % len(NAMES)]} {SURNAMES[number % len(SURNAMES)]}"
