"""What staff see and do when a showtime moves or breaks off."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from bookings import flows
from bookings.models import Breakdown, Mail, ShowtimeMove, Ticket
from tests.bookings.steps import buy, start
from tests.bookings.test_moving import other_room, side_by_side
from tests.factories import create_showtime, create_showtime_now, create_staff, create_theater, create_user
from tests.theaters.office import messages_of
from theaters.admin.clock import on_the_wall
from theaters.models import Membership, Showtime

pytestmark = pytest.mark.django_db
MOVE, BROKE_OFF = reverse("admin:bookings_showtimemove_add"), reverse("admin:bookings_breakdown_add")
CALL_OFF = reverse("admin:bookings_showtimecancellation_add")


@pytest.fixture
def showtime(db):
    return side_by_side(create_showtime(theater=create_theater("Rialto")))


@pytest.fixture
def manager(client, showtime):
    """Of the Rialto alone."""
    manager = create_staff(name="Max")
    Membership.objects.create(user=manager, theater=showtime.theater, role=Membership.Role.MANAGER)
    client.force_login(manager)
    return manager


def asked(showtime, *, layout=None, later=timedelta(0), **fields):
    wall = on_the_wall(showtime.starts_at + later, showtime.theater)
    asked = {"starts_0": f"{wall:%Y-%m-%d}", "starts_1": f"{wall:%H:%M}", "reason": "The lamp broke."}
    return asked | {"layout": (layout or showtime.layout).pk} | fields


def look(client, showtime, **changes):
    return client.post(f"{MOVE}?showtime={showtime.pk}", asked(showtime, **changes) | {"preview": ""})


def confirm(client, showtime, page, **changes):
    fingerprint = page.context["plan"].fingerprint
    fields = asked(showtime, **changes) | {"confirm": "", "fingerprint": fingerprint}
    return client.post(f"{MOVE}?showtime={showtime.pk}", fields)


def test_look_then_a_plan_in_numbers_and_nothing_is_changed(client, manager, ann, bob, showtime, sandbox):
    buy(sandbox, ann, showtime, "A1", "A2")
    buy(sandbox, bob, showtime, "B1", "B2", "B3")
    start(create_user(), showtime, "C1")
    layout = other_room(showtime, rows="A", seats=2)

    page = look(client, showtime, layout=layout)

    words = " ".join(page.content.decode().split())
    assert (page.context["seated"], page.context["same_seats"], page.context["people_left_out"]) == (1, 1, 3)
    for sentence in ("No 3 seats as good are free side by side.", "1 customer is paying just now", "tell 2 customers"):
        assert sentence in words
    showtime.refresh_from_db()
    assert (showtime.layout == layout, ShowtimeMove.objects.count()) == (False, 0)


def test_confirm_then_it_moves_and_who_has_no_seats_is_listed_with_ways_out(client, manager, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1", "A2")
    layout = other_room(showtime, rows="A", seats=1)

    answer = confirm(client, showtime, look(client, showtime, layout=layout), layout=layout)

    assert "Customers told: 1." in messages_of(answer)[0]
    page = client.get(answer["Location"]).content.decode()
    assert "1 booking without seats" in page
    assert reverse("admin:bookings_booking_cancel", args=[booking.pk]) in page
    assert f"{MOVE}?showtime={showtime.pk}&amp;apart=1" in page


def test_confirm_what_has_changed_since_then_the_new_plan_and_nothing_done(client, manager, ann, showtime, sandbox):
    layout = other_room(showtime)
    page = look(client, showtime, layout=layout)
    buy(sandbox, ann, showtime, "A1")

    answer = confirm(client, showtime, page, layout=layout)

    assert "Something has changed since you looked" in messages_of(answer)[0]
    assert (len(answer.context["plan"].told), ShowtimeMove.objects.count()) == (1, 0)
    assert confirm(client, showtime, answer, layout=layout).status_code == 302


def test_pressed_twice_then_one_move(client, manager, ann, showtime, sandbox):
    buy(sandbox, ann, showtime, "A1")
    page = look(client, showtime, later=timedelta(hours=1))
    fields = asked(showtime, later=timedelta(hours=1)) | {
        "confirm": "",
        "fingerprint": page.context["plan"].fingerprint,
    }

    answers = [client.post(f"{MOVE}?showtime={showtime.pk}", fields) for _n in range(2)]

    assert answers[0]["Location"] == answers[1]["Location"]
    assert (ShowtimeMove.objects.count(), Mail.objects.filter(kind=Mail.Kind.MOVED).count()) == (1, 1)


def test_what_cannot_be_then_a_sentence_and_no_button(client, manager, showtime):
    other = create_showtime(layout=other_room(showtime), starts_at=showtime.starts_at)

    taken = look(client, showtime, layout=other.layout)
    nothing = look(client, showtime)
    past = look(client, showtime, later=timedelta(days=-3))
    never = client.post(
        f"{MOVE}?showtime={showtime.pk}", asked(showtime) | {"starts_0": "2077-03-28", "starts_1": "02:30"}
    )

    assert f"{other.movie} runs on Screen 2 from 20:00" in taken.content.decode()
    assert "Nothing would change." in nothing.content.decode()
    assert "That time is past." in past.content.decode()
    assert "the clocks go forward" in never.content.decode()
    assert [b"confirm" in page.content for page in (taken, nothing, past, never)] == [False] * 4


def test_rooms_then_only_those_of_the_theater_and_the_newest(client, manager, showtime):
    newer = other_room(showtime)
    create_showtime()

    page = client.get(f"{MOVE}?showtime={showtime.pk}")

    assert [room.pk for room in page.context["form"]["layout"].field.queryset] == [showtime.layout.pk, newer.pk]


def test_an_hour_that_comes_twice_then_asked_which(client, manager, showtime):
    twice = {"starts_0": "2077-10-31", "starts_1": "02:30"}

    page = client.post(f"{MOVE}?showtime={showtime.pk}", asked(showtime) | twice)
    chosen = client.post(f"{MOVE}?showtime={showtime.pk}", asked(showtime) | twice | {"occurrence": "later"})

    assert "02:30 comes twice" in page.content.decode()
    assert f"{chosen.context['plan'].target.starts_at:%d %H:%M}" == "31 01:30"


def test_another_theaters_showtime_then_refused(client, manager, ann, sandbox):
    theirs = create_showtime()
    buy(sandbox, ann, theirs, "A1")
    plan = flows.plan_move(theirs, starts_at=theirs.starts_at + timedelta(hours=1), layout=theirs.layout)
    move = flows.move_showtime(
        theirs,
        starts_at=theirs.starts_at + timedelta(hours=1),
        layout=theirs.layout,
        by=manager,
        reason="Theirs",
        fingerprint=plan.fingerprint,
    )

    for path in (MOVE, BROKE_OFF, CALL_OFF):
        assert client.get(f"{path}?showtime={theirs.pk}").status_code == 403
        assert client.post(f"{path}?showtime={theirs.pk}", {"reason": "Mine"}).status_code == 403
    assert client.get(reverse("admin:bookings_showtimemove_change", args=[move.pk])).status_code == 404


def test_for_those_who_may_only_look_then_403(client, showtime):
    for role in (Membership.Role.USHER, Membership.Role.BOX_OFFICE, Membership.Role.ACCOUNTANT):
        staff = create_staff()
        Membership.objects.create(user=staff, theater=showtime.theater, role=role)
        client.force_login(staff)
        for path in (MOVE, BROKE_OFF, CALL_OFF):
            assert client.get(f"{path}?showtime={showtime.pk}").status_code == 403


def test_without_a_showtime_then_the_way_to_one(client, manager):
    for given in ("", "?showtime=x", "?showtime=99999999999999999999"):
        answer = client.get(MOVE + given)
        assert (answer.status_code, messages_of(answer)[0]) == (
            302,
            "Open the showtime that is to move, then choose “Move”.",
        )


def test_the_page_of_a_showtime_leads_there(client, manager, showtime):
    page = client.get(reverse("admin:theaters_showtime_change", args=[showtime.pk])).content.decode()

    for path in (MOVE, BROKE_OFF, CALL_OFF):
        assert f"{path}?showtime={showtime.pk}" in page


def test_customer_sees_what_it_was_and_may_cancel_in_full(client, manager, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    layout = other_room(showtime)
    confirm(client, showtime, look(client, showtime, layout=layout), layout=layout)
    client.force_login(ann)

    page = " ".join(client.get(booking.get_absolute_url()).content.decode().split())
    calendar = client.get(f"{booking.get_absolute_url()}calendar.ics").content.decode()

    assert "The theater has moved this showtime." in page
    assert "Screen 1, seat A1. Reason: The lamp broke." in page
    assert "Cancel and get EUR 12.50 back" in page
    assert "SEQUENCE:1" in calendar


def test_customer_without_seats_then_no_tickets_but_a_way_out(client, manager, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1", "A2")
    layout = other_room(showtime, rows="A", seats=1)
    confirm(client, showtime, look(client, showtime, layout=layout), layout=layout)
    flows.send_due_mails()
    client.force_login(ann)

    page = client.get(booking.get_absolute_url()).content.decode()

    assert "There is no place for you in the new room" in page
    assert "Cancel and get EUR 25.00 back" in page
    assert client.get(f"{booking.get_absolute_url()}tickets/").status_code == 302
    assert "No seats in the new room" in client.get("/bookings/").content.decode()


def test_broke_off_then_who_was_in_is_shown_and_paid_as_chosen(client, manager, ann, bob, sandbox):
    showtime = create_showtime_now(theater=Membership.objects.get().theater)
    was_in, _was_not = buy(sandbox, ann, showtime, "A1"), buy(sandbox, bob, showtime, "A2")
    Ticket.objects.filter(booked_seat__booking=was_in).update(checked_in_at=timezone.now(), checked_in_by=manager)
    Showtime.objects.filter(pk=showtime.pk).update(starts_at=timezone.now())

    page = client.get(f"{BROKE_OFF}?showtime={showtime.pk}")
    assert (page.context["admitted"], page.context["absent"]) == (1, 1)
    fields = {"percent_admitted": "40", "percent_absent": "0", "reason": "The lamp broke."}
    answer = client.post(f"{BROKE_OFF}?showtime={showtime.pk}", fields)
    flows.finish_breakdowns()

    assert "EUR 5.00" in client.get(answer["Location"]).content.decode()
    again = client.post(f"{BROKE_OFF}?showtime={showtime.pk}", fields)
    assert (again["Location"], Breakdown.objects.count()) == (answer["Location"], 1)


def test_broke_off_before_the_start_then_a_sentence_and_the_choice_kept(client, manager, showtime):
    fields = {"percent_admitted": "40", "percent_absent": "0", "reason": "The lamp broke."}

    page = client.post(f"{BROKE_OFF}?showtime={showtime.pk}", fields).content.decode()

    assert "This showtime has not begun: move it, or call it off." in page
    assert 'value="The lamp broke."' in page
