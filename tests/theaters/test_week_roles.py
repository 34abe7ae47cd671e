"""Who may look at the board, plan and publish: those whose role in that theater says so."""

import pytest
from django.urls import reverse

from tests.factories import create_movie, create_showtime
from tests.theaters.office import at, create_member, create_ready_screen
from theaters.models import Membership, Showtime

Role = Membership.Role
PAGES = ("board", "plan", "copy", "publish")
pytestmark = pytest.mark.django_db


@pytest.fixture
def screen():
    return create_ready_screen()


def address(page, theater):
    return f"{reverse(f'admin:theaters_showtime_{page}')}?theater={theater.pk}&date=2077-03-05"


def answers(client, user, theater):
    client.force_login(user)
    return [client.get(address(page, theater)).status_code for page in PAGES]


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.OWNER, [200, 200, 200, 200]),
        (Role.MANAGER, [200, 200, 200, 200]),
        (Role.PROGRAMMER, [200, 200, 200, 200]),
        (Role.BOX_OFFICE, [200, 403, 403, 403]),
        (Role.ACCOUNTANT, [200, 403, 403, 403]),
        (Role.USHER, [200, 403, 403, 403]),
    ],
)
def test_pages_open_as_the_role_says(client, screen, role, expected):
    assert answers(client, create_member(screen.theater, role), screen.theater) == expected


def test_pages_of_another_theater_are_not_found(client, screen):
    elsewhere = create_ready_screen_elsewhere()

    assert answers(client, create_member(elsewhere.theater, Role.MANAGER), screen.theater) == [404] * 4


def test_who_plans_here_and_only_looks_there_cannot_plan_there(client, screen):
    elsewhere = create_ready_screen_elsewhere()
    user = create_member(elsewhere.theater, Role.PROGRAMMER)
    screen.theater.memberships.create(user=user, role=Role.USHER)

    assert answers(client, user, screen.theater) == [200, 404, 404, 404]
    page = client.get(address("board", screen.theater)).content
    assert b"Plan showtimes" not in page
    assert b"/add/?screen=" not in page


def test_customers_see_none_of_it(client, screen):
    client.force_login(create_member(screen.theater, Role.OWNER))
    client.logout()

    assert {client.get(address(page, screen.theater)).status_code for page in PAGES} == {302}


def test_screens_of_another_theater_cannot_be_planned(client, screen):
    elsewhere = create_ready_screen_elsewhere()
    client.force_login(create_member(elsewhere.theater, Role.MANAGER))
    posted = {"movie": create_movie().pk, "screens": [screen.pk], "first_day": "2077-03-05", "last_day": "2077-03-05"}

    response = client.post(
        address("plan", elsewhere.theater), posted | {"times": "20:00", "format": "2d", "status": "draft"}
    )

    assert "screens" in response.context["form"].errors
    assert Showtime.objects.count() == 0


def test_drafts_of_another_theater_cannot_be_published(client, screen):
    start = at(2077, 3, 5, 20, zone=screen.theater.zone)
    draft = create_showtime(layout=screen.layouts.get(), status="draft", starts_at=start)
    elsewhere = create_ready_screen_elsewhere()
    client.force_login(create_member(elsewhere.theater, Role.MANAGER))

    client.post(address("publish", elsewhere.theater), {"showtimes": [draft.pk]})

    draft.refresh_from_db()
    assert draft.status == "draft"


@pytest.mark.parametrize(("role", "expected"), [(Role.PROGRAMMER, 200), (Role.BOX_OFFICE, 403)])
def test_sale_is_closed_by_those_who_plan(client, screen, role, expected):
    showtime = create_showtime(layout=screen.layouts.get())
    client.force_login(create_member(screen.theater, role))

    assert client.get(reverse("admin:theaters_showtime_sale", args=[showtime.pk])).status_code == expected


def test_sale_of_another_theater_is_not_found_and_not_closed(client, screen):
    showtime = create_showtime(layout=screen.layouts.get())
    client.force_login(create_member(create_ready_screen_elsewhere().theater, Role.OWNER))

    response = client.post(reverse("admin:theaters_showtime_sale", args=[showtime.pk]), {"close": "1"})

    showtime.refresh_from_db()
    assert (response.status_code, showtime.is_on_sale) == (404, True)


def create_ready_screen_elsewhere():
    screen = create_ready_screen()
    screen.theater.name = "Arsenal"
    screen.theater.save()
    return screen
