"""“Find my tickets” tells nobody who is a customer."""

import re

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings import flows
from bookings.models import TicketRequest
from tests.bookings.steps import buy
from tests.bookings.test_privacy import let_pass

pytestmark = pytest.mark.django_db
FIND = "/bookings/find/"
TOKEN = re.compile(r'value="\w{64}"')


@pytest.fixture
def booking(ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1", "A2")
    flows.send_due_mails()
    mail.outbox.clear()
    return booking


def ask(client, email):
    response = client.post(FIND, {"email": email}, follow=True)
    return response.status_code, response.redirect_chain, TOKEN.sub("", response.text)


def test_known_and_unknown_then_the_same_answer_and_a_mail_only_for_the_known(client, booking):
    answers = []
    for email in ("ann@example.com", "nobody@example.com"):
        client.cookies.clear()
        with CaptureQueriesContext(connection) as asked:
            answers.append((*ask(client, email), len(asked)))

    assert answers[0] == answers[1]
    assert answers[0][0] == 200
    assert "If there are tickets for this address" in answers[0][2]
    assert mail.outbox == []
    flows.send_found_tickets()

    assert [message.to for message in mail.outbox] == [["ann@example.com"]]
    assert not TicketRequest.objects.exists()


def test_link_in_the_mail_then_opens_all_seats_without_signing_in(client, booking):
    ask(client, " ANN@example.com ")
    flows.send_found_tickets()

    (message,) = mail.outbox
    link = next(line for line in message.body.splitlines() if "/bookings/open/" in line)
    assert link in message.alternatives[0].content
    response = client.get(link.removeprefix("http://testserver"))
    assert response.status_code == 200
    assert response.text.count('class="ticket"') == 2


def test_nothing_to_come_then_no_mail(client, ann, booking):
    let_pass(days=2)
    ask(client, "ann@example.com")
    flows.send_found_tickets()

    assert mail.outbox == []
    assert not TicketRequest.objects.exists()


def test_asked_several_times_while_it_waits_then_one_mail(client, booking):
    for _click in range(3):
        ask(client, "ann@example.com")
    flows.send_found_tickets()

    assert len(mail.outbox) == 1


def test_too_often_for_one_address_then_the_same_refusal_known_or_not(client, booking):
    statuses = {email: [ask(client, email)[0] for _try in range(4)] for email in ("ann@example.com", "no@example.com")}

    assert list(statuses.values()) == [[200, 200, 200, 429]] * 2


def test_too_many_addresses_from_one_place_then_it_is_refused(client, settings):
    settings.RATE_LIMIT_PER_CUSTOMER = 2
    answers = [client.post(FIND, {"email": f"a{number}@example.com"}).status_code for number in range(3)]

    assert answers == [302, 302, 429]


def test_mail_server_away_then_asked_again_later(client, booking, settings):
    ask(client, "ann@example.com")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    flows.send_found_tickets()

    assert (TicketRequest.objects.get().attempts, TicketRequest.objects.get().status) == (1, "pending")


def test_refused_then_what_is_wrong_has_the_focus_and_leads_to_the_field(client):
    text = client.post(FIND, {"email": "nobody"}).text

    assert '<div class="notice notice--error" role="alert" tabindex="-1" autofocus>' in text
    assert '<a href="#id_email">Email address</a>: Enter a valid email address.' in text


def test_no_address_at_all_then_said_in_words(client):
    response = client.post(FIND, {"email": "ann"})

    assert response.status_code == 400
    assert "Enter a valid email address." in response.text


def test_door_of_the_page_stands_in_every_footer(client):
    assert reverse("bookings:find") in client.get("/privacy/").text
