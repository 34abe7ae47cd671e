"""“Tell me when booking opens”: asked twice, told once, forgotten."""

import re
from datetime import timedelta
from threading import Barrier

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone

from bookings import flows, tasks
from bookings.models import OpeningAlert, OpeningMail
from bookings.models.outbox import OutboxQuerySet
from tests.bookings.threads import all_at_once, kinds
from tests.factories import create_city, create_movie, create_showtime, create_theater, create_user
from theaters.models import Showtime

pytestmark = pytest.mark.django_db


@pytest.fixture
def movie(db):
    return create_movie("Night Train", slug="night-train", release_on="2077-05-01")


def ask(client, movie, email="zoe@example.com", city=""):
    return client.post(f"/movies/{movie.slug}/tell-me/", {"email": email, "city": city}, follow=True)


def confirmed(movie, email="zoe@example.com", city=None):
    flows.ask_for_alert(movie, email=email, city=city)
    alert = OpeningAlert.objects.get(movie=movie, email=email)
    flows.confirm_alert(alert)
    return alert


def link(message):
    """Of its first address, as the shop knows it."""
    return re.search(r"https?://[^/]+(/openings/\S+)", message.body).group(1)


def retry_now():
    OpeningMail.objects.update(next_attempt_at=Now() - timedelta(seconds=1))


def test_address_is_asked_first_and_only_the_button_confirms(client, movie):
    said = ask(client, movie, "Zoe@Example.com")
    assert "open the mail that we send you" in said.text
    tasks.tell_of_openings()
    (question,) = mail.outbox
    assert question.to == ["zoe@example.com"]

    scanner = Client()
    assert "Yes, tell me" in scanner.get(link(question)).text
    assert not OpeningAlert.objects.get().confirmed_at

    assert "We will tell you" in scanner.post(link(question), follow=True).text
    assert OpeningAlert.objects.get().confirmed_at


def test_confirming_needs_a_token_of_the_form(movie):
    flows.ask_for_alert(movie, email="zoe@example.com")
    path = f"/openings/{OpeningAlert.objects.get().token}/"

    assert Client(enforce_csrf_checks=True).post(path).status_code == 403
    assert not OpeningAlert.objects.get().confirmed_at


def test_sale_opens_then_one_mail_and_a_sale_that_opens_again_sends_none(movie):
    confirmed(movie)
    tasks.tell_of_openings()
    assert mail.outbox == []
    showtime = create_showtime(movie=movie)

    tasks.tell_of_openings()
    Showtime.objects.update(status="draft")
    tasks.tell_of_openings()
    Showtime.objects.filter(pk=showtime.pk).update(status="published")
    create_showtime(movie=movie)
    tasks.tell_of_openings()

    assert [message.subject for message in mail.outbox] == ["On sale: Night Train"]


def test_never_confirmed_then_never_told(movie):
    flows.ask_for_alert(movie, email="zoe@example.com")
    tasks.tell_of_openings()
    create_showtime(movie=movie)
    tasks.tell_of_openings()

    assert [message.subject for message in mail.outbox] == ["Shall we tell you when Night Train goes on sale?"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, True),
        ({"on_sale_from": timedelta(hours=1)}, False),
        ({"on_sale_from": -timedelta(hours=1)}, True),
        ({"is_listed": False}, False),
        ({"status": "draft"}, False),
        ({"sales_close_at": -timedelta(hours=1)}, False),
    ],
)
def test_which_showtime_opens_the_sale(movie, changes, told):
    confirmed(movie)
    showtime = create_showtime(movie=movie)
    moments = {name: timezone.now() + value for name, value in changes.items() if isinstance(value, timedelta)}
    Showtime.objects.filter(pk=showtime.pk).update(**changes | moments)

    tasks.tell_of_openings()

    assert len(mail.outbox) == told


def test_another_city_then_nothing_and_ones_own_then_it_is_named(movie):
    berlin, bonn = create_city("Berlin"), create_city("Bonn")
    confirmed(movie, city=bonn)
    create_showtime(movie=movie, theater=create_theater(city=berlin))
    tasks.tell_of_openings()
    assert mail.outbox == []

    create_showtime(movie=movie, theater=create_theater(city=bonn))
    tasks.tell_of_openings()

    assert [message.subject for message in mail.outbox] == ["On sale in Bonn: Night Train"]


def test_sale_is_closed_before_the_mail_goes_out_then_the_next_sale_is_told(movie, monkeypatch):
    alert = confirmed(movie)
    OpeningMail.objects.create(alert=alert, kind="opening")
    tasks.tell_of_openings()
    assert mail.outbox == []

    create_showtime(movie=movie)
    tasks.tell_of_openings()

    assert len(mail.outbox) == 1


def test_mail_server_away_then_it_is_told_later(movie, settings):
    confirmed(movie)
    create_showtime(movie=movie)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    tasks.tell_of_openings()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert OpeningMail.objects.get(kind="opening").attempts == 1

    retry_now()
    tasks.tell_of_openings()

    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_then_one_mail_each(movie):
    for name in ("zoe", "yan", "xia"):
        confirmed(movie, f"{name}@example.com")
    create_showtime(movie=movie)

    results = all_at_once([flows.tell_of_openings] * 4)

    assert kinds(results) == {"int": 4}
    flows.tell_of_openings()
    assert sorted(message.to[0] for message in mail.outbox) == ["xia@example.com", "yan@example.com", "zoe@example.com"]


@pytest.mark.django_db(transaction=True)
def test_control_without_the_claim_two_workers_tell_twice(movie, monkeypatch):
    alert = confirmed(movie)
    create_showtime(movie=movie)
    # The question is answered: whoever came to it first would delete it, and the other would find nothing.
    OpeningMail.objects.all().delete()
    OpeningMail.objects.create(alert=alert, kind="opening")
    together = Barrier(2)

    def careless(queryset, pk):
        together.wait(timeout=30)
        return queryset.get(pk=pk)

    monkeypatch.setattr(OutboxQuerySet, "claim", careless)
    all_at_once([flows.tell_of_openings] * 2)

    assert len(mail.outbox) == 2


@pytest.mark.django_db(transaction=True)
def test_stopped_while_it_is_written_then_neither_breaks(movie):
    alerts = [confirmed(movie, f"zoe{n}@example.com") for n in range(4)]
    create_showtime(movie=movie)

    stops = [lambda token=alert.token: flows.stop_alert(token) for alert in alerts]
    results = all_at_once([*stops, flows.tell_of_openings])

    assert set(kinds(results)) == {"NoneType", "int"}
    assert not OpeningAlert.objects.exists()


def test_one_click_then_no_mail_and_twice_is_the_same(client, movie):
    confirmed(movie)
    other = confirmed(movie, "yan@example.com")
    create_showtime(movie=movie)
    tasks.tell_of_openings()
    headers = mail.outbox[0].extra_headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = "/" + headers["List-Unsubscribe"].strip("<>").split("/", 3)[3]

    # As a mail program does it: without cookies, without a token of a form.
    stranger = Client(enforce_csrf_checks=True)
    answers = [stranger.post(path, {"List-Unsubscribe": "One-Click"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert "We have forgotten the address" in answers[1].text
    assert list(OpeningAlert.objects.all()) == [other]


def test_link_of_unsubscribing_is_looked_at_then_nothing_is_stopped(client, movie):
    alert = confirmed(movie)

    assert "Yes, forget it" in client.get(f"/openings/{alert.token}/stop/").text
    assert OpeningAlert.objects.get() == alert


def test_whatever_is_known_of_an_address_the_answer_is_the_same(client, movie):
    create_user("ann@example.com")
    confirmed(movie, "told@example.com")
    flows.ask_for_alert(movie, email="asked@example.com")
    for _n in range(3):
        flows.ask_for_alert(create_movie(), email="flooded@example.com")

    names = ("ann", "told", "asked", "flooded", "new")
    answers = [ask(Client(), movie, f"{name}@example.com") for name in names]

    def shown(answer):
        return re.sub(r'value="\w{64}"', "", answer.text)

    assert {(answer.status_code, shown(answer)) for answer in answers} == {(200, shown(answers[0]))}
    assert OpeningAlert.objects.filter(email="told@example.com", confirmed_at=None).count() == 0


def test_many_wishes_for_one_address_then_three_questions_at_most(client):
    for _ in range(5):
        ask(client, create_movie(), "victim@example.com")
    tasks.tell_of_openings()

    assert len(mail.outbox) == 3


def test_too_many_from_one_place_then_wait_and_nothing_typed_is_lost(client, movie, monkeypatch):
    monkeypatch.setattr("bookings.views.openings.MOST_BY_STRANGERS", 0)

    answer = ask(client, movie, "zoe@example.com")

    assert (answer.status_code, "zoe@example.com" in answer.text) == (429, True)
    assert int(answer["Retry-After"]) > 0
    assert not OpeningAlert.objects.exists()


def test_no_address_then_it_is_said_and_kept(client, movie):
    answer = ask(client, movie, "zoe at example")

    assert answer.status_code == 400
    assert "Enter a valid email address" in answer.text
    assert "zoe at example" in answer.text


def test_signed_in_and_verified_then_one_click_is_enough(client, ann, movie):
    EmailAddress.objects.create(user=ann, email=ann.email, verified=True, primary=True)
    client.force_login(ann)
    assert "Your email address" not in client.get(movie.get_absolute_url()).text

    assert "We will send you one mail" in ask(client, movie, "somebody@else.example").text
    create_showtime(movie=movie)
    tasks.tell_of_openings()

    assert [message.to for message in mail.outbox] == [["ann@example.com"]]


def test_signed_in_but_not_verified_then_the_address_is_asked(client, ann, movie):
    client.force_login(ann)
    ask(client, movie)
    tasks.tell_of_openings()

    assert [message.to for message in mail.outbox] == [["ann@example.com"]]
    assert not OpeningAlert.objects.get().confirmed_at


@pytest.mark.parametrize(
    ("is_confirmed", "hours", "release_on", "is_kept"),
    [
        (False, 47, None, True),
        (False, 49, None, False),
        (True, 89 * 24, None, True),
        (True, 91 * 24, None, False),
        (True, 91 * 24, "2077-05-01", True),
    ],
)
def test_how_long_a_wish_is_kept(is_confirmed, hours, release_on, is_kept):
    movie = create_movie(release_on=release_on)
    flows.ask_for_alert(movie, email="zoe@example.com")
    confirmed_at = Now() if is_confirmed else None
    OpeningAlert.objects.update(created_at=Now() - timedelta(hours=hours), confirmed_at=confirmed_at)

    tasks.tell_of_openings()

    assert OpeningAlert.objects.exists() == is_kept


def test_told_then_forgotten_the_day_after(movie):
    confirmed(movie)
    create_showtime(movie=movie)
    tasks.tell_of_openings()
    assert OpeningAlert.objects.exists()
    OpeningMail.objects.update(sent_at=Now() - timedelta(hours=25))

    tasks.tell_of_openings()

    assert (OpeningAlert.objects.count(), len(mail.outbox)) == (0, 1)


def test_form_then_only_where_it_is_not_on_sale(client, movie):
    words = "Tell me when booking opens"
    assert words in client.get(movie.get_absolute_url()).text
    showtime = create_showtime(movie=movie, on_sale_from=timezone.now() + timedelta(days=1))
    assert words in client.get(movie.get_absolute_url()).text
    Showtime.objects.filter(pk=showtime.pk).update(on_sale_from=None)
    assert words not in client.get(movie.get_absolute_url()).text

    client.post("/city/", {"city": create_city("Bonn").slug})

    assert words in client.get(movie.get_absolute_url()).text


def test_erased_then_wishes_go_too_also_those_of_a_stranger_with_the_address(ann, movie):
    confirmed(movie, "ann@example.com")
    flows.order_alert(create_movie(), user=ann)
    other = confirmed(movie, "bob@example.com")

    flows.erase_person(ann)

    assert list(OpeningAlert.objects.all()) == [other]
