"""A seat shown to a friend: that one alone, until it is taken back."""

import re
from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from bookings import flows
from bookings.exceptions import NotSharable
from bookings.flows.mailing import send_due_mails
from bookings.models import Booking, Mail, SeatShare, Ticket
from bookings.ticket_links import ticket_link
from tests.bookings.steps import buy
from tests.bookings.test_cancelling_seats import give_back
from tests.bookings.test_moving import move
from tests.bookings.test_privacy import let_pass
from tests.factories import create_staff
from theaters.models import Showtime

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_are_in_order")]


@pytest.fixture
def booking(ann, showtime, sandbox, client):
    client.force_login(ann)
    return buy(sandbox, ann, showtime, "A1", "A2")


@pytest.fixture
def tickets(booking):
    return list(Ticket.objects.for_printing().filter(booked_seat__booking=booking))


def post(client, name, booking, ticket, **fields):
    return client.post(reverse(f"bookings:{name}", args=[booking.reference]), {"ticket": ticket.serial} | fields)


@pytest.fixture
def share(client, booking, tickets):
    post(client, "share", booking, tickets[0])
    return SeatShare.objects.get()


def test_friend_sees_one_seat_and_nothing_else_of_the_booking(client, booking, tickets, share):
    client.logout()
    response = client.get(share.get_absolute_url())

    assert response.status_code == 200
    text = response.text
    assert tickets[0].serial in text
    hidden = [tickets[1].serial, booking.reference, "ann@example.com", "EUR", "cancel/", "share/", "tickets.pdf"]
    assert [word for word in hidden if word in text] == []
    assert (response["Referrer-Policy"], response["X-Robots-Tag"]) == ("no-referrer", "noindex")
    assert "no-store" in response["Cache-Control"]
    assert (
        '<a href="?lang=ar"' in text
    )  # a form for that would be refused: its browser does not say where it comes from
    assert 'action="/accounts/language/"' not in text


def test_owner_sees_which_seats_are_shared_and_sharing_again_changes_nothing(client, booking, tickets, share):
    post(client, "share", booking, tickets[0])

    page = client.get(reverse("bookings:tickets", args=[booking.reference])).text
    assert SeatShare.objects.get() == share
    assert page.count(share.site_url) == 1
    assert "Share seat A2 with a friend" in page
    assert "Share seat A1 with a friend" not in page


def test_taken_back_then_the_address_is_over_and_the_ticket_still_good(client, booking, tickets, share):
    post(client, "take_back", booking, tickets[0])

    response = client.get(share.get_absolute_url())
    assert response.status_code == 410
    assert "This link no longer shows a ticket." in response.text
    assert tickets[0].serial not in response.text
    assert Ticket.objects.live().filter(pk=tickets[0].pk).exists()


def test_taken_back_with_its_code_then_there_is_a_new_one_by_mail_once(client, booking, tickets, share):
    send_due_mails()
    for _click in range(2):
        post(client, "take_back", booking, tickets[0], reissue="1")

    live = set(Ticket.objects.live().values_list("serial", flat=True))
    assert len(live) == 2
    assert tickets[0].serial not in live
    assert tickets[1].serial in live
    assert send_due_mails() == 1


def test_shared_again_then_under_another_address(client, booking, tickets, share):
    post(client, "take_back", booking, tickets[0])
    post(client, "share", booking, tickets[0])

    assert SeatShare.objects.live().get().token != share.token
    assert client.get(share.get_absolute_url()).status_code == 410


def test_somebody_else_then_shares_nothing(client, bob, booking, tickets):
    client.force_login(bob)

    assert post(client, "share", booking, tickets[0]).status_code == 404
    assert not SeatShare.objects.exists()


def test_ticket_of_another_booking_then_nothing_is_shared(sandbox, bob, booking, showtime):
    other = buy(sandbox, bob, showtime, "B1")

    with pytest.raises(NotSharable):
        flows.share_seat(booking, serial=Ticket.objects.get(booked_seat__booking=other).serial)


def test_cancelled_or_over_then_the_address_is_over(client, ann, booking, share):
    flows.cancel_booking(booking, by=ann, in_full=True)

    assert client.get(share.get_absolute_url()).status_code == 410


def test_showtime_called_off_then_the_address_is_over(client, manager, booking, share):
    flows.cancel_showtime(booking.showtime, by=manager, reason="Flooded")

    assert client.get(share.get_absolute_url()).status_code == 410


def test_tickets_issued_anew_by_staff_then_nothing_is_shared_any_more(client, manager, booking, share):
    flows.reissue_tickets(booking, by=manager)

    assert client.get(share.get_absolute_url()).status_code == 410


def test_friend_puts_the_seat_into_the_calendar_without_learning_the_booking(client, booking, share):
    client.logout()
    text = client.get(f"{share.get_absolute_url()}calendar.ics").text

    (event,) = Calendar.from_ical(text).walk("VEVENT")
    assert event["DTSTART"].dt == booking.showtime.starts_at
    assert event["DESCRIPTION"].startswith("A1\n")
    assert booking.reference not in text


def test_addresses_of_shares_do_not_outlive_whose_they_were(booking, share, settings):
    let_pass(days=settings.ANONYMISE_AFTER_DAYS + 1)
    flows.anonymise_old_bookings()

    assert not SeatShare.objects.exists()


def test_page_keeps_the_files_that_it_needs_offline(client, booking, share):
    kept = client.get(reverse("bookings:tickets_worker")).text
    client.logout()
    shared = client.get(share.get_absolute_url()).text
    client.force_login(booking.user)
    own = client.get(reverse("bookings:tickets", args=[booking.reference])).text
    needed = re.findall(r'(?:<script|<link)[^>]+(?:src|href)="(/static/[^"]+)"', shared + own)

    assert len(needed) > 15
    assert [path for path in needed if f'"{path}"' not in kept] == []


def test_mail_with_a_link_then_tickets_open_without_signing_in(client, booking, tickets):
    client.logout()
    path = ticket_link(booking).removeprefix("http://testserver")
    response = client.get(path)

    assert [ticket.serial in response.text for ticket in tickets] == [True, True]
    assert [word for word in ("ann@example.com", "EUR", "cancel/", "share/") if word in response.text] == []
    assert client.get(path[:-2] + ("a/" if path[-2] != "a" else "b/")).status_code == 410

    flows.reissue_tickets(booking, by=booking.user)
    assert client.get(path).status_code == 410
    assert Mail.objects.filter(booking=booking, kind=Mail.Kind.TICKETS).count() == 1


def link_in(kind):
    """Of the last mail of this kind; it stands in the text and is a link of the page, alone or as its button."""
    flows.send_due_mails()
    letter = [one for one in outbox.outbox if kind in one.subject][-1]
    (link,) = [line for line in letter.body.splitlines() if "/bookings/open/" in line]
    assert f'href="{link}"' in letter.alternatives[0].content
    return link.removeprefix("http://testserver")


def remind(booking):
    Showtime.objects.update(starts_at=timezone.now() + timedelta(hours=2))
    Booking.objects.update(confirmed_at=timezone.now() - timedelta(days=1))
    flows.remind_customers()


@pytest.mark.parametrize(
    ("subject", "cause", "seats"),
    [
        ("Your tickets for", lambda booking: None, 2),
        ("Soon", remind, 2),
        ("Moved", lambda booking: move(booking.showtime, create_staff(), later=timedelta(minutes=30)), 2),
        ("Some seats cancelled", lambda booking: give_back(booking, "A1"), 1),
    ],
)
def test_mail_about_tickets_then_its_link_opens_them_without_signing_in(client, booking, subject, cause, seats):
    cause(booking)
    client.logout()

    page = client.get(link_in(subject))

    assert (page.status_code, page.text.count('class="ticket"')) == (200, seats)
    assert (page["Referrer-Policy"], page["X-Robots-Tag"]) == ("no-referrer", "noindex")


def test_showtime_over_cancelled_or_a_code_in_wrong_hands_then_the_link_of_the_mail_is_void(client, booking):
    path = link_in("Your tickets for")
    client.logout()
    ends_at = Showtime.objects.get().ends_at
    Showtime.objects.update(starts_at=timezone.now() - timedelta(hours=2), ends_at=timezone.now())
    answers = [client.get(path).status_code]
    Showtime.objects.update(starts_at=ends_at - timedelta(hours=2), ends_at=ends_at)
    answers += [client.get(path).status_code]
    flows.reissue_tickets(booking, by=booking.user)
    newer = link_in("Your tickets for")
    answers += [client.get(path).status_code, client.get(newer).status_code]
    flows.cancel_booking(booking, by=booking.user, in_full=True)
    answers += [client.get(newer).status_code]

    assert answers == [410, 200, 410, 200, 410]


def test_mail_without_tickets_then_no_link_that_opens_any(booking):
    flows.cancel_booking(booking, by=booking.user, in_full=True)
    flows.send_due_mails()

    assert [letter.subject for letter in outbox.outbox if "/bookings/open/" in letter.body] == []


def test_shared_seat_given_back_while_the_rest_stands_then_the_link_is_over(client, booking, share):
    flows.cancel_seats(booking, [share.booked_seat_id], by=booking.user)

    assert client.get(share.get_absolute_url()).status_code == 410
