"""The pages of an exchange: where to, which seats, what it costs; forged and repeated requests."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail as outbox
from django.urls import reverse

from bookings import flows, holds
from bookings.models import Booking, Exchange, Ticket
from bookings.timeline import booking_timeline
from tests.bookings.steps import buy, events, open_session, pass_time, quote
from tests.bookings.steps import deliver as hear
from tests.factories import (
    create_layout,
    create_movie,
    create_price_card,
    create_screen,
    create_showtime,
    create_staff,
    seats_of,
)
from theaters.models import Showtime

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_are_in_order")]


@pytest.fixture
def old(ann, sandbox):
    return buy(sandbox, ann, create_showtime(starts_at=datetime(2077, 3, 10, 19, tzinfo=UTC)), "A1", "A2")


@pytest.fixture
def target(old):
    return another(old.showtime, adult="20.00", movie=old.showtime.movie)


@pytest.fixture
def visitor(client, ann):
    client.force_login(ann)
    return client


def another(showtime, *, adult="11.50", **fields):
    theater = showtime.theater
    layout, card = create_layout(create_screen(theater)), create_price_card(theater, adult=adult)
    starts_at = showtime.starts_at + timedelta(days=2)
    return create_showtime(layout=layout, **{"starts_at": starts_at, "price_card": card} | fields)


def way(name, old, *args):
    return reverse(f"bookings:{name}", args=[old.reference, *args])


def hold(client, old, showtime, *labels):
    ids = [seat.pk for seat in seats_of(showtime, *labels)]
    return client.post(way("exchange_seats", old, showtime.pk), {"seats": ids})


def fields_of(page):
    return dict(re.findall(r'name="(due|back)" value="([^"]+)"', page.text))


def test_booking_page_leads_to_other_showtimes_the_same_movie_first(visitor, old, target):
    other = another(old.showtime, movie=create_movie("Another one"), starts_at=target.starts_at + timedelta(days=1))
    foreign = create_showtime(starts_at=target.starts_at)
    assert way("exchange", old) in visitor.get(old.get_absolute_url()).text

    text = visitor.get(way("exchange", old)).text

    here, there = (text.index(way("exchange_seats", old, show.pk)) for show in (target, other))
    assert here < there
    assert way("exchange_seats", old, foreign.pk) not in text
    assert way("exchange_seats", old, old.showtime_id) not in text


def test_from_the_map_to_the_new_tickets_and_the_old_are_void_at_the_door(visitor, old, target, sandbox):
    page = visitor.get(way("exchange_seats", old, target.pk))
    assert "Choose 2 seats." in page.text
    assert hold(visitor, old, target, "B1", "B2")["Location"] == way("exchange_checkout", old, target.pk)
    page = visitor.get(way("exchange_checkout", old, target.pk))
    assert ["EUR 42.00" in page.text, "−EUR 25.00" in page.text, "Pay EUR 17.00" in page.text] == [True] * 3

    answer = visitor.post(way("exchange_checkout", old, target.pk), fields_of(page))
    assert (answer.status_code, answer["Location"]) == (303, sandbox.sessions[-1]["url"])
    waiting = visitor.get(Booking.objects.get(showtime=target).get_absolute_url()).text
    assert "Pay EUR 17.00" in waiting
    assert f"your tickets of booking {old} stay valid" in waiting
    sandbox.pay(sandbox.sessions[-1]["id"])
    hear(visitor, events(sandbox, "checkout.session.completed")[-1])

    new = Booking.objects.get(showtime=target)
    assert "Your old tickets pay EUR 25.00" in visitor.get(new.get_absolute_url()).text
    assert "Exchanged for" in visitor.get(old.get_absolute_url()).text
    void = Ticket.objects.filter(booked_seat__booking=old).first()
    said = flows.admit(void.serial, by=create_staff())
    assert (said.verdict, said.reason) == ("void", f"The booking is cancelled. Exchanged for {new}.")


def test_one_mail_with_the_new_tickets_and_the_old_date_leaves_the_calendar(visitor, old, sandbox):
    flows.send_due_mails()
    target = another(old.showtime, adult="8.00")
    hold(visitor, old, target, "B1", "B2")
    visitor.post(way("exchange_checkout", old, target.pk))
    outbox.outbox.clear()

    flows.send_due_mails()

    (letter,) = outbox.outbox
    files = [part for part in letter.attachments if part.get_content_type() == "text/calendar"]
    calendars = [file.get_payload(decode=True).decode() for file in files]
    assert letter.subject.startswith("Your new tickets for")
    assert f"They take the place of booking {old}" in letter.body
    assert "EUR 7.00 goes back" in letter.body
    assert [("METHOD:CANCEL" in one, f"UID:{old.reference}@" in one) for one in calendars] == [
        (False, False),
        (True, True),
    ]


def test_sent_twice_then_one_exchange_and_the_same_answer(visitor, old):
    target = another(old.showtime)
    hold(visitor, old, target, "B1", "B2")

    answers = [visitor.post(way("exchange_checkout", old, target.pk))["Location"] for _n in range(2)]

    new = Booking.objects.get(showtime=target)
    assert answers == [new.get_absolute_url()] * 2
    assert Exchange.objects.count() == 1


def test_amount_has_changed_since_the_page_then_it_is_shown_again(visitor, old, target):
    hold(visitor, old, target, "B1", "B2")

    answer = visitor.post(way("exchange_checkout", old, target.pk), {"due": "16.00", "back": "0"})

    assert (answer.status_code, Exchange.objects.count()) == (409, 0)
    assert "The total has changed" in answer.text


@pytest.mark.parametrize("labels", [["B1"], ["B1", "B2", "B3"]])
def test_another_number_of_seats_then_a_sentence_and_the_choice_kept(visitor, old, target, labels):
    answer = hold(visitor, old, target, *labels)

    assert answer.status_code == 400
    assert "Please choose just 2 seats" in answer.text
    assert answer.text.count(" checked") >= len(labels)


def test_held_in_another_browser_then_on_to_the_map_which_says_so(visitor, old, target):
    flows.hold_seats(old.user, showtime=target, seat_ids=[seat.pk for seat in seats_of(target, "B1", "B2")])

    answer = visitor.get(way("exchange_checkout", old, target.pk), follow=True)

    assert answer.redirect_chain == [(way("exchange_seats", old, target.pk), 302)]
    assert ("held until" in answer.text, "no longer held for you" in answer.text) == (True, False)


def test_no_more_time_is_left_then_it_is_said_and_the_choice_can_be_made_again(visitor, old, target, redis):
    hold(visitor, old, target, "B1", "B2")
    asked = [seat.pk for seat in seats_of(target, "B1")]
    holds.hold_seats(target.pk, asked, holder="somebody else")
    pass_time(redis, 590)
    assert "cannot be held any longer" not in visitor.get(way("exchange_checkout", old, target.pk)).text
    hold(visitor, old, target, "B1", "B2")
    pass_time(redis, 590)
    hold(visitor, old, target, "B1", "B2")

    page = visitor.get(way("exchange_checkout", old, target.pk)).text
    assert "cannot be held any longer" in page
    again = re.search(r'data-over-link><a class="btn btn-primary" href="([^"]+)"', page)[1].replace("&amp;", "&")
    flows.release_seats(old.user, showtime=target)
    chosen = re.findall(r'<input type="checkbox" name="seats"([^>]*) checked', visitor.get(again).text)
    assert [re.search(r'data-label="(\w+)"', box)[1] for box in chosen] == ["B1", "B2"]


def test_without_seats_held_then_the_map_says_so(visitor, old, target):
    answer = visitor.get(way("exchange_checkout", old, target.pk))

    assert answer.status_code == 409
    assert "no longer held" in answer.text


def test_somebody_elses_booking_then_not_there(client, bob, old, target):
    client.force_login(bob)

    answers = [client.get(way("exchange", old))]
    answers += [client.get(way(name, old, target.pk)) for name in ("exchange_seats", "exchange_checkout")]
    answers += [client.post(way(name, old, target.pk)) for name in ("exchange_seats", "exchange_checkout")]
    answers += [client.post(way("cancel_seats", old), {"seats": [old.booked_seats.first().pk]})]

    assert {answer.status_code for answer in answers} == {404}


def test_draft_foreign_or_the_same_showtime_then_not_there(visitor, old):
    draft = another(old.showtime, status=Showtime.Status.DRAFT)
    foreign = create_showtime(starts_at=old.showtime.starts_at)

    for showtime in (draft, foreign, old.showtime):
        assert visitor.get(way("exchange_seats", old, showtime.pk)).status_code == 404
        assert hold(visitor, old, showtime, "B1", "B2").status_code == 404
        assert visitor.post(way("exchange_checkout", old, showtime.pk)).status_code == 404


def test_seats_taken_meanwhile_then_the_map_says_which_and_the_old_tickets_stay(visitor, old, target, bob, sandbox):
    hold(visitor, old, target, "B1", "B2")
    buy(sandbox, bob, target, "B1")

    answer = visitor.post(way("exchange_checkout", old, target.pk))

    old.refresh_from_db()
    assert (answer.status_code, old.status) == (409, "confirmed")
    assert "Seat B1 has just been taken" in answer.text


def test_cancelled_booking_then_its_page_says_why_not(visitor, old, target):
    flows.cancel_booking(old, by=old.user)

    answer = visitor.get(way("exchange_seats", old, target.pk), follow=True)

    assert answer.redirect_chain[-1][0] == old.get_absolute_url()
    assert "Only a booking that stands can be exchanged." in answer.text


def test_office_shows_both_sides_and_what_happened(visitor, old, admin_client):
    target = another(old.showtime)
    hold(visitor, old, target, "B1", "B2")
    visitor.post(way("exchange_checkout", old, target.pk))
    new = Booking.objects.get(showtime=target)

    pages = [admin_client.get(reverse("admin:bookings_booking_change", args=[one.pk])).text for one in (old, new)]

    assert [f"exchanged for {new}" in pages[0], f"exchange of {old}" in pages[1]] == [True, True]
    assert f"Exchanged for {new}: EUR 25.00 taken over" in " ".join(event.words for event in booking_timeline(old))


@pytest.mark.parametrize("is_gone", [True, False])
def test_exchange_that_came_to_nothing_then_the_mail_says_why_and_what_is_good(old, target, sandbox, is_gone):
    new = flows.start_exchange(old, showtime=target, quote=quote(target, "B1", "B2"))
    session_id = open_session(new)
    if is_gone:
        flows.cancel_booking(old, by=old.user)
        sandbox.pay(session_id)
    else:
        sandbox.pay_later(session_id)
        sandbox.settle(session_id, False)
    flows.confirm_booking(session_id)

    flows.send_due_mails()

    (letter,) = [one for one in outbox.outbox if str(new) in one.body]
    assert ("Something had happened to your old tickets" in letter.body) is is_gone
    assert (f"Your tickets of booking {old} stay valid." in letter.body) is not is_gone
