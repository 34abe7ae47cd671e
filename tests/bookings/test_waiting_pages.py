"""The waiting list as a customer and staff see it."""

import pytest
from django.core import mail
from django.urls import reverse

from bookings import flows
from bookings.models import OfferedSeat, WaitingEntry
from tests.bookings.test_best_seats import create_room
from tests.bookings.waiting_steps import fill, give_back, wait
from tests.factories import create_member, create_user, seats_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def showtime(db):
    return create_room(rows="AB", seats=4)


@pytest.fixture
def sold_out(showtime, cashier):
    return fill(showtime, cashier)


def address(showtime, name="waiting_list"):
    return reverse(f"bookings:{name}", args=[showtime.pk])


def panel(page):
    return page.context["waiting"]


def test_sold_out_then_the_map_and_the_listing_lead_to_the_waiting_list(client, showtime, sold_out):
    page = client.get(showtime.get_absolute_url())
    listing = client.get(showtime.theater.get_absolute_url(), {"date": showtime.business_date}).content.decode()

    assert "Join the waiting list" in page.content.decode()
    assert f'href="{showtime.get_absolute_url()}?waiting=1#waiting"' in listing


def test_seats_left_then_no_waiting_list_until_no_block_is_large_enough(client, showtime, sold_out):
    give_back(sold_out, "A1", "A3", "B2")

    assert panel(client.get(showtime.get_absolute_url())) is None
    assert panel(client.get(showtime.get_absolute_url(), {"party": 1, "best": 1})) is None
    page = client.get(showtime.get_absolute_url(), {"party": 3, "best": 1})
    assert panel(page).form["party"].value() == "3"


def test_stranger_joins_then_signs_in_and_finds_the_wish_kept(client, ann, showtime, sold_out):
    answer = client.post(address(showtime), {"party": 3, "children": 1, "apart": "on"})

    assert answer.url.startswith("/accounts/login/?next=")
    client.force_login(ann)
    page = client.get(showtime.get_absolute_url(), {"party": 3, "children": 1, "apart": "on", "waiting": 1})
    assert [panel(page).form[name].value() for name in ("party", "children", "apart")] == ["3", "1", True]
    assert not WaitingEntry.objects.exists()


def test_join_change_and_leave_then_each_is_said_and_shown(client, ann, showtime, sold_out):
    client.force_login(ann)

    joined = client.post(address(showtime), {"party": 3}, follow=True)
    changed = client.post(address(showtime), {"party": 4, "apart": "on"}, follow=True)
    mine = client.get("/bookings/").content.decode()
    left = client.post(address(showtime, "leave_waiting"), {"next": "/bookings/"}, follow=True)

    assert "You wait for 3 seats together." in joined.content.decode()
    assert "You wait for 4 seats together." in changed.content.decode()
    assert "You wait for 4 seats together." in mine
    assert left.request["PATH_INFO"] == "/bookings/"
    assert "You are no longer on the waiting list." in left.content.decode()
    assert not WaitingEntry.objects.exists()


def test_no_number_then_400_and_while_there_are_seats_409_with_the_wish_kept(client, ann, showtime):
    client.force_login(ann)

    assert client.post(address(showtime), {"party": "many", "waiting": 1}).status_code == 400
    answer = client.post(address(showtime), {"party": 3, "waiting": 1})

    assert answer.status_code == 409
    assert "There are seats for you right now." in answer.content.decode()
    assert panel(answer).form["party"].value() == "3"


def test_theater_without_waiting_lists_then_none_is_offered(client, showtime, sold_out):
    showtime.theater.waiting_lists = False
    showtime.theater.save()

    assert "waiting list" not in client.get(showtime.get_absolute_url(), {"waiting": 1}).content.decode()
    assert "waiting list" not in client.get(showtime.theater.get_absolute_url()).content.decode()


def test_seats_are_kept_then_only_their_customer_sees_them_and_takes_them(client, ann, bob, showtime, sold_out):
    wait(ann, showtime, 2)
    give_back(sold_out, "B3", "B4")
    flows.offer_free_seats()
    client.force_login(bob)
    assert "There are seats for you" not in client.get(showtime.get_absolute_url()).content.decode()
    client.force_login(ann)

    page = client.get(showtime.get_absolute_url())
    seats = [seat.pk for seat in panel(page).seats]
    checkout = client.post(address(showtime, "hold"), {"seats": seats}, follow=True)

    assert "Seats B3, B4 are kept for you until" in page.content.decode()
    assert checkout.status_code == 200
    assert [seat.label for seat in checkout.context["hold"].seats] == ["B3", "B4"]


def test_no_thank_you_then_the_seats_are_for_others(client, ann, showtime, sold_out):
    wait(ann, showtime, 2)
    give_back(sold_out, "B3", "B4")
    flows.offer_free_seats()
    client.force_login(ann)

    client.post(address(showtime, "release"))

    assert not OfferedSeat.objects.exists()
    assert ann.waiting_entries.get().offered_until is None


def test_link_in_the_mail_then_looking_changes_nothing_and_the_button_leaves(client, ann, showtime, sold_out):
    entry = wait(ann, showtime, 2)
    give_back(sold_out, "B3", "B4")
    flows.offer_free_seats()
    flows.send_due_mails()
    letter = next(letter for letter in mail.outbox if letter.to == [ann.email])
    link = next(line for line in letter.body.splitlines() if "/leave/" in line)
    path = link.removeprefix("https://").partition("/")[2]

    looked = client.get(f"/{path}")
    assert WaitingEntry.objects.filter(pk=entry.pk).exists()
    left, again = (client.post(f"/{path}").content.decode() for _twice in range(2))

    assert showtime.movie.title in looked.content.decode()
    assert "You are not on this waiting list any more." in left
    assert left.count("not on this waiting list") == again.count("not on this waiting list")
    assert not OfferedSeat.objects.exists()


@pytest.mark.parametrize("token", ["1", "1:", "1:forged"])
def test_forged_link_then_404(client, ann, showtime, sold_out, token):
    wait(ann, showtime, 2)

    assert client.post(f"/waiting/{token}/leave/").status_code == 404
    assert WaitingEntry.objects.exists()


def test_too_many_tries_then_429(client, ann, showtime, sold_out, settings):
    settings.RATE_LIMIT_PER_CUSTOMER = 1
    client.force_login(ann)

    assert [client.post(address(showtime), {"party": n}).status_code for n in (2, 3)] == [302, 429]


def test_staff_then_they_see_who_waits_for_how_many_and_take_somebody_off(
    client, ann, bob, manager, showtime, sold_out
):
    entry = wait(ann, showtime, 3)
    wait(bob, showtime, 2)
    client.force_login(manager)
    listed = reverse("admin:bookings_waitingentry_changelist")

    tools = client.get(reverse("admin:theaters_showtime_change", args=[showtime.pk])).content.decode()
    page = client.get(listed, {"showtime__id__exact": showtime.pk}).content.decode()
    client.post(reverse("admin:bookings_waitingentry_delete", args=[entry.pk]), {"post": "yes"})

    assert "Waiting list (2)" in tools
    assert "2 wait, for 5 seats" in page
    assert [entry.user for entry in WaitingEntry.objects.all()] == [bob]


def test_staff_of_another_theater_then_they_see_nobody(client, ann, manager, showtime, sold_out):
    other = create_room()
    manager.memberships.all().delete()
    other.theater.memberships.create(user=manager, role="manager")
    entry = wait(ann, showtime, 3)
    client.force_login(manager)

    page = client.get(reverse("admin:bookings_waitingentry_changelist")).content.decode()

    assert ann.email not in page
    delete = reverse("admin:bookings_waitingentry_delete", args=[entry.pk])
    assert client.post(delete, {"post": "yes"}).status_code == 404
    assert WaitingEntry.objects.exists()


def test_erased_then_nobody_waits_any_more(ann, showtime, sold_out):
    wait(ann, showtime, 3)

    flows.erase_person(ann)

    assert not WaitingEntry.objects.exists()


def test_offer_opened_in_another_browser_then_it_leads_to_the_kept_seats_and_no_more_time_is_promised(client):
    showtime = create_room(rows="A", seats=2)
    sold_out = fill(showtime, create_member(showtime.theater, "box_office"))
    ann = create_user("ann@example.com")
    wait(ann, showtime, 2)
    give_back(sold_out, "A1", "A2")
    flows.offer_free_seats()
    client.force_login(ann)
    checkout = reverse("bookings:checkout", args=[showtime.pk])

    assert client.get(checkout)["Location"] == showtime.get_absolute_url()
    client.post(reverse("bookings:hold", args=[showtime.pk]), {"seats": [seat.pk for seat in seats_of(showtime)]})
    page = client.get(checkout)
    assert page.status_code == 200
    assert "I need more time" not in page.text
