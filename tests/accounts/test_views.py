import pytest
from allauth.account.models import EmailAddress
from django.template.loader import render_to_string

from tests.factories import create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(client):
    user = create_user("ada@example.com", name="Ada")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client.force_login(user)
    return user


def test_profile_changes_the_name(client, user):
    response = client.post("/accounts/profile/", {"name": "Ada Lovelace"}, follow=True)

    user.refresh_from_db()
    assert user.name == "Ada Lovelace"
    assert "Saved." in response.text


def test_profile_says_what_is_wrong(client, user):
    response = client.post("/accounts/profile/", {"name": "A" * 200})

    assert response.status_code == 200
    assert "at most 150 characters" in response.text


def test_profile_is_for_those_signed_in(client):
    assert client.get("/accounts/profile/")["Location"] == "/accounts/login/?next=/accounts/profile/"


@pytest.mark.parametrize(
    "path",
    [
        "login/",
        "login/code/",
        "signup/",
        "password/reset/",
        "password/reset/done/",
        "password/reset/key/1-nope/",
        "password/reset/key/done/",
        "inactive/",
        "3rdparty/login/cancelled/",
    ],
)
def test_every_page_on_the_way_in_is_in_our_look(client, path):
    response = client.get(f"/accounts/{path}")

    assert response.status_code == 200
    assert 'class="site-header"' in response.text
    assert "wrap account" in response.text


@pytest.mark.parametrize("path", ["profile/", "email/", "logout/", "password/change/", "3rdparty/"])
def test_every_page_of_an_account_is_in_our_look(client, user, path):
    response = client.get(f"/accounts/{path}")

    assert response.status_code == 200
    assert "wrap account" in response.text


def test_the_way_back_survives_from_page_to_page(client):
    login = client.get("/accounts/login/?next=/bookings/").text

    assert 'href="/accounts/signup/?next=%2Fbookings%2F"' in login
    assert 'href="/accounts/login/code/?next=%2Fbookings%2F"' in login
    assert '<input type="hidden" name="next" value="/bookings/"' in client.get("/accounts/signup/?next=/bookings/").text


def test_signing_up_leads_through_the_code_back_to_the_seats(client, mailoutbox):
    form = {"email": "new@example.com", "name": "New", "password1": "correct-horse-battery", "next": "/theaters/"}
    sent = client.post("/accounts/signup/", form, follow=True)
    assert "Confirm your address" in sent.text
    code = next(line.strip() for line in mailoutbox[0].body.splitlines() if is_code(line.strip()))

    confirmed = client.post(sent.redirect_chain[-1][0], {"code": code, "next": "/theaters/"})

    assert confirmed["Location"] == "/theaters/"


def test_code_that_got_lost_then_another_one_can_be_asked_for(client, mailoutbox):
    form = {"email": "new@example.com", "password1": "correct-horse-battery"}
    page = client.post("/accounts/signup/", form, follow=True)
    assert "Send a new code" in page.text

    client.post(page.redirect_chain[-1][0], {"action": "resend"}, follow=True)

    assert [mail.to for mail in mailoutbox] == [["new@example.com"]] * 2


@pytest.mark.parametrize("break_", [{"EMAIL_PORT": 9}, {"EMAIL_HOST": "mail.invalid"}])
def test_mail_server_down_then_a_sentence_and_a_way_to_ask_again(client, settings, break_):
    settings.EMAIL_BACKEND, settings.EMAIL_TIMEOUT = "django.core.mail.backends.smtp.EmailBackend", 1
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    for name, value in break_.items():
        setattr(settings, name, value)
    form = {"email": "new@example.com", "password1": "correct-horse-battery"}

    page = client.post("/accounts/signup/", form, follow=True)

    assert page.status_code == 200
    assert "The mail to this address could not be sent." in page.text
    assert "Send a new code" in page.text


def ask_for_a_code(client):
    client.post("/accounts/login/code/", {"email": "ada@example.com"})


def ask_for_a_password(client):
    client.post("/accounts/password/reset/", {"email": "ada@example.com"})


def sign_up_again(client):
    client.post("/accounts/signup/", {"email": "ada@example.com", "password1": "correct-horse-battery"})


def sign_up(client):
    client.post("/accounts/signup/", {"email": "new@example.com", "password1": "correct-horse-battery"})


def sign_in_unknown(client):
    client.post("/accounts/login/code/", {"email": "nobody@example.com"})


@pytest.mark.parametrize(
    ("step", "subject", "words"),
    [
        (ask_for_a_code, "is your code to sign in at Rialto & Co", "Here is your code to sign in."),
        (ask_for_a_password, "A new password for Rialto & Co", "/accounts/password/reset/key/"),
        (sign_up, "confirms your address at Rialto & Co", "One step to go"),
        (sign_up_again, "You have an account at Rialto & Co already", "/accounts/password/reset/"),
        (sign_in_unknown, "No account at Rialto & Co with this address", "/accounts/signup/"),
    ],
)
def test_every_mail_of_an_account_is_in_our_voice(client, user, settings, mailoutbox, step, subject, words):
    settings.SITE_NAME = "Rialto & Co"
    client.logout()

    step(client)

    [mail] = mailoutbox
    assert subject in mail.subject
    assert words in mail.body
    assert mail.body.endswith("-- \nRialto & Co\nhttp://testserver")
    assert "example.com" not in mail.body.replace("http://", "")
    for html, kind in mail.alternatives:
        assert kind == "text/html"
        assert "Rialto &amp; Co" in html


def is_code(line):
    return 5 <= len(line) <= 12 and line == line.upper() and line.replace("-", "").isalnum()


def test_a_code_signs_in_without_a_password(client, user, mailoutbox):
    client.logout()

    sent = client.post("/accounts/login/code/", {"email": user.email, "next": "/bookings/"}, follow=True)

    assert "Enter your sign-in code" in sent.text
    assert [mail.to for mail in mailoutbox] == [[user.email]]


def test_too_many_tries_are_answered_in_our_words(client, user):
    answers = [client.post("/accounts/password/reset/", {"email": user.email}) for _try in range(25)]

    assert answers[-1].status_code == 429
    assert "One moment, please" in answers[-1].text


def test_google_is_offered_only_where_it_is_set_up(client, settings):
    without = client.get("/accounts/login/?next=/bookings/").text

    settings.GOOGLE_CLIENT_ID = "id"
    settings.SOCIALACCOUNT_PROVIDERS = {"google": {"APPS": [{"client_id": "id", "secret": "s", "key": ""}]}}
    with_google = client.get("/accounts/login/?next=/bookings/").text

    assert "Google" not in without
    assert "Continue with Google" in with_google
    assert "/accounts/google/login/?process=login&amp;next=%2Fbookings%2F" in with_google


@pytest.mark.parametrize("page", ["400", "403", "403_csrf", "404", "409", "429"])
def test_error_pages_say_what_to_do_next(rf, page):
    html = render_to_string(f"{page}.html", {"site_name": "Rialto"})

    assert '<a class="btn' in html


def test_an_error_page_needs_no_session(rf):
    assert "That did not make sense to us" in render_to_string("400.html", request=rf.get("/"))


@pytest.mark.parametrize(
    ("page", "words"),
    [("500", "Something broke, and it is our fault"), ("503", "Seats that you hold are still held")],
)
def test_the_pages_for_our_own_faults_need_no_database(django_db_blocker, page, words):
    with django_db_blocker.block():
        html = render_to_string(f"{page}.html")

    assert words in html


def test_sign_in_without_redis_then_it_works_and_wrong_tries_are_still_counted(client, user, no_redis):
    client.logout()
    answers = [client.post("/accounts/login/", {"login": user.email, "password": "wrong"}) for _n in range(6)]
    other = create_user("bob@example.com")
    EmailAddress.objects.create(user=other, email=other.email, verified=True, primary=True)

    assert "Too many failed login attempts" in answers[-1].text
    assert client.post("/accounts/login/", {"login": other.email, "password": "demo"}).status_code == 302
