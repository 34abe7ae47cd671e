"""A sold room never changes: the next version of it, and the showtimes that may move there."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import (
    create_layout,
    create_price_card,
    create_screen,
    create_showtime,
    create_staff,
    create_theater,
    create_user,
)
from tests.theaters.office import messages_of, sell
from theaters.models import HouseSeats, Membership, Seat, SeatOutage
from theaters.models.house_seats import house_seat_ids
from theaters.rows import copy_seats, save_seats

pytestmark = pytest.mark.django_db


@pytest.fixture
def old():
    return create_layout(create_screen(create_theater("Rialto"), name="Studio"), rows="AB", seats=3)


@pytest.fixture
def new(old):
    """The next version, not published yet: without B3."""
    layout = create_layout(old.screen, rows="", published=False)
    save_seats(seat for seat in copy_seats(old, layout) if seat.label != "B3")
    return layout


def url(layout, page):
    return reverse(f"admin:theaters_seatlayout_{page}", args=[layout.pk])


def publish(client, layout):
    client.post(url(layout, "change"), {"_publish": "1"})
    layout.refresh_from_db()
    assert layout.is_published


def showtime_in(layout, days, **fields):
    return create_showtime(layout=layout, starts_at=timezone.now() + timedelta(days=days), **fields)


def labels(seats):
    return sorted(seat.label for seat in seats)


def test_make_the_next_version_then_the_sold_one_stays_as_it_was(admin_client, old):
    sell(showtime_in(old, 1))
    before = labels(old.seats.all())

    admin_client.post(reverse("admin:theaters_seatlayout_add"), {"screen": old.screen.pk, "copy_latest": "on"})
    draft = old.screen.layouts.get(version=2)
    admin_client.post(url(draft, "change"), {"chosen": "A", "remove": "on", "_paint": "1"})

    assert labels(draft.seats.all()) == ["B1", "B2", "B3"]
    assert labels(old.seats.all()) == before


def test_publish_next_version_then_what_is_broken_or_kept_stays_so(admin_client, old, new):
    a1, a2, b3 = (old.seats.get(row=row, number=number) for row, number in ("A1", "A2", "B3"))
    now = timezone.now()
    SeatOutage.objects.create(seat=a1, reason="Torn", starts_at=now)
    SeatOutage.objects.create(seat=a2, reason="Mended", starts_at=now - timedelta(2), ends_at=now - timedelta(1))
    HouseSeats.objects.create(layout=old, reason="Press", owner="Ruben", release_minutes=30).seats.set([a2, b3])

    publish(admin_client, new)

    assert [(outage.seat.label, outage.reason) for outage in SeatOutage.objects.filter(seat__layout=new)] == [
        ("A1", "Torn")
    ]
    kept = HouseSeats.objects.get(layout=new)
    assert (kept.reason, kept.owner, kept.release_minutes, labels(kept.seats.all())) == ("Press", "Ruben", 30, ["A2"])


def test_move_then_untouched_showtimes_have_the_new_room_and_sold_ones_keep_theirs(admin_client, old, new):
    untouched, sold, past = showtime_in(old, 1), showtime_in(old, 2), showtime_in(old, -2)
    sell(sold)
    kept = HouseSeats.objects.create(layout=old, showtime=untouched, reason="Jury")
    kept.seats.set(old.seats.filter(row="A", number="1"))
    publish(admin_client, new)

    page = admin_client.get(url(new, "move")).content.decode()
    response = admin_client.post(url(new, "move"))

    assert ("Gone:</b> B3" in page, "Move 1 showtime" in page) == (True, True)
    assert messages_of(response)[-1] == "1 showtime has the new layout."
    assert [one.layout for one in (refreshed(untouched), refreshed(sold), refreshed(past))] == [new, old, old]
    assert labels(Seat.objects.filter(pk__in=house_seat_ids(refreshed(untouched)), layout=new)) == ["A1"]


def refreshed(showtime):
    showtime.refresh_from_db()
    return showtime


def test_move_then_a_showtime_without_prices_for_the_new_room_stays_and_says_why(admin_client, old, new):
    showtime = showtime_in(old, 1, price_card=create_price_card(old.screen.theater, name="Evening"))
    admin_client.post(url(new, "change"), {"chosen": "A", "category": premium(old).pk, "_paint": "1"})
    publish(admin_client, new)

    response = admin_client.post(url(new, "move"))

    sentence = f"{showtime} stays as it is: the price card “Evening” lacks prices for the new room."
    assert messages_of(response)[-1] == sentence
    assert refreshed(showtime).layout == old


def premium(layout):
    return layout.screen.theater.seat_categories.create(name="Premium")


def test_move_then_what_the_waiting_list_offered_in_the_old_room_is_taken_back(admin_client, old, new):
    publish(admin_client, new)
    showtime = showtime_in(old, 1)
    until = timezone.now() + timedelta(minutes=30)
    entry = showtime.waiting_entries.create(user=create_user(), party=1, offers_made=1, offered_until=until)
    entry.offered_seats.create(showtime=showtime, seat=old.seats.first())

    admin_client.post(url(new, "move"))

    showtime.refresh_from_db()
    entry.refresh_from_db()
    assert (showtime.layout, entry.offered_until, entry.offered_labels) == (new, None, [])
    assert entry.mails.get().kind == "waiting_taken_back"


def test_move_to_a_draft_is_refused_in_words(admin_client, new):
    response = admin_client.get(url(new, "move"))

    assert messages_of(response) == ["Publish it first: showtimes take published layouts only."]


@pytest.mark.parametrize(
    ("role", "answers"),
    [("manager", [200, 200, 200]), ("programmer", [200, 200, 200]), ("box_office", [403, 403, 403])],
)
def test_pages_of_a_layout_are_for_those_who_plan_in_its_theater(client, old, role, answers):
    staff = create_staff()
    Membership.objects.create(user=staff, theater=old.screen.theater, role=role)
    elsewhere = create_layout(create_screen(create_theater("Odeon")))
    client.force_login(staff)

    assert [client.get(url(old, page)).status_code for page in ("text", "preview", "move")] == answers
    not_theirs = 404 if 200 in answers else 403
    assert {client.get(url(elsewhere, page)).status_code for page in ("text", "preview", "move")} == {not_theirs}
    assert client.post(url(elsewhere, "move")).status_code == not_theirs
