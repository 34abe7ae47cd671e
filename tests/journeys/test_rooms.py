"""Staff draw a room, with the mouse, on a phone and without a script; the pages of it are for everybody."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from tests.factories import create_layout, create_showtime, create_staff
from tests.journeys.axe import MARKS, faults
from tests.theaters.office import sell
from theaters.models import HouseSeats, Membership, SeatOutage

pytestmark = MARKS


@pytest.fixture
def draft(programme):
    return create_layout(programme.screen, rows="ABCD", seats=8, published=False)


@pytest.fixture
def manager(programme):
    user = create_staff(name="Ruben")
    Membership.objects.create(user=user, theater=programme.theater, role=Membership.Role.MANAGER)
    return user


def url(layout, page="change"):
    return reverse(f"admin:theaters_seatlayout_{page}", args=[layout.pk])


def sign_in(page, client, shop, user):
    client.force_login(user)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": shop}])


def seat(page, label):
    return page.locator(f"input[data-label='{label}']")


def labels(layout, **conditions):
    return [seat.label for seat in layout.seats.filter(**conditions)]


def become(page, field, value):
    page.locator(f"select[name='{field}']").select_option(value)
    page.get_by_role("button", name="Change these seats").click()
    page.get_by_text("The room is changed.").wait_for()


def test_room_is_painted_with_the_mouse(page, client, shop, draft, manager):
    sign_in(page, client, shop, manager)
    page.set_viewport_size({"width": 1280, "height": 1000})
    page.goto(shop + url(draft))

    seat(page, "A2").hover()
    page.mouse.down()
    seat(page, "A3").hover()
    seat(page, "A4").hover()
    page.mouse.up()
    seat(page, "D1").hover()
    page.mouse.down()
    for label in ("D2", "D1"):  # and back again
        seat(page, label).hover()
    page.mouse.up()
    seat(page, "C5").click()
    seat(page, "D7").click(modifiers=["Shift"])
    page.locator(".seat-row__label").filter(has_text="B").first.click()
    said = page.locator("[data-chosen-seats]").inner_text()
    become(page, "sold", "no")

    chosen = ["A2", "A3", "A4", *(f"B{n}" for n in range(1, 9)), "C5", "C6", "C7", "D1", "D2", "D5", "D6", "D7"]
    assert said == f"19 seats are chosen: {', '.join(chosen)}"
    assert labels(draft, is_blocked=True) == chosen


@pytest.mark.browser_context_args(java_script_enabled=False, bypass_csp=True)
def test_room_is_painted_and_published_without_a_script(page, client, shop, draft, manager):
    sign_in(page, client, shop, manager)
    page.goto(shop + url(draft))

    seat(page, "A1").check()
    become(page, "feature", "wheelchair")
    page.locator("input[name='chosen']").fill("A2")
    become(page, "feature", "companion")
    page.get_by_role("button", name="Save and publish").click()
    page.get_by_text("is published with 32 seats").wait_for()

    assert labels(draft, companion_of__feature="wheelchair") == ["A2"]
    expect(page.locator("input[name='seats']:enabled")).to_have_count(0)


def test_pages_of_rooms(look, page, draft, manager, programme):
    published = programme.layout
    booked = sell(programme, "B1")
    booked.booking.status, booked.booking.confirmed_at = "confirmed", timezone.now()
    booked.booking.save()
    create_showtime(layout=create_layout(programme.screen), starts_at=timezone.now() + timedelta(days=9))
    outage = SeatOutage.objects.create(seat=booked.seat, reason="Torn", starts_at=timezone.now())
    kept = HouseSeats.objects.create(layout=published, reason="Press")
    kept.seats.set(published.seats.filter(row="C"))
    paths = [url(draft), url(published), url(published, "move")]
    paths += [reverse("admin:theaters_houseseats_change", args=[kept.pk])]
    paths += [reverse("admin:theaters_seatoutage_change", args=[outage.pk])]

    found = [fault for path in paths for fault in look(path, manager)]
    look(url(draft))
    page.locator("input[name='chosen']").fill("Z9")
    page.locator("select[name='sold']").select_option("no")
    page.get_by_role("button", name="Change these seats").click()
    page.get_by_text("is no seat or row of this room").wait_for()

    assert found + faults(page) == []
