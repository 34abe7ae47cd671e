"""What we know about people: told to them, forgotten in time, erased when they ask for it."""

import json
import time
from datetime import timedelta
from decimal import Decimal

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.management import call_command
from django.db import connection
from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone

from accounts.models import Session, User
from bookings import flows, personal_data, tasks
from bookings.models import Booking, Dispute, Mail, Payment, Refund, Ticket
from tests.bookings.steps import buy, open_session, start
from tests.bookings.test_exchanging import another, exchange
from tests.factories import create_showtime, create_staff, create_user
from theaters.models import Showtime

pytestmark = pytest.mark.django_db

DATA, EXPORT, ERASE = "/accounts/data/", "/accounts/data/export/", "/accounts/data/erase/"


def sign_in(client, user):
    """With the password, and proven just now."""
    EmailAddress.objects.get_or_create(user=user, email=user.email, verified=True, primary=True)
    client.post("/accounts/login/", {"login": user.email, "password": "demo"})
    client.post("/accounts/reauthenticate/", {"password": "demo"})


def let_pass(*, days):
    """All showtimes were so many days ago."""
    then = timezone.now() - timedelta(days=days)
    for showtime in Showtime.objects.all():
        length = showtime.free_at - showtime.starts_at
        Showtime.objects.filter(pk=showtime.pk).update(starts_at=then - length, ends_at=then, free_at=then)
        then -= length


def words_in_the_database():
    """Every value of every column of text or JSON of every table, and what is inside sessions."""
    found = set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
            " AND (data_type IN ('text', 'character varying', 'json', 'jsonb', 'ARRAY', 'bytea'))"
        )
        for table, column in cursor.fetchall():
            cursor.execute(f'SELECT DISTINCT "{column}"::text FROM "{table}" WHERE "{column}" IS NOT NULL')
            found |= {f"{table}.{column}: {value}" for (value,) in cursor.fetchall()}
    return found | {f"a session: {session.get_decoded()}" for session in Session.objects.all()}


def hits(*needles):
    return sorted(value for value in words_in_the_database() if any(n.lower() in value.lower() for n in needles))


def books():
    """Paid and refunded, for each theater and day."""
    by = ["booking__showtime__screen__theater", "booking__showtime__business_date"]
    paid = Payment.objects.filter(status="paid").values(*by).annotate(sum=Sum("amount_received")).order_by(*by)
    back = Refund.objects.values(*[f"payment__{name}" for name in by]).annotate(sum=Sum("amount"))
    return list(paid), list(back.order_by(*[f"payment__{name}" for name in by]))


def personal_models():
    """Every model from which a way leads to a person, over any number of others."""
    found, more = {User}, True
    while more:
        more = {
            model
            for model in apps.get_models(include_auto_created=True)
            for field in model._meta.get_fields()
            if model not in found and field.concrete and field.is_relation and field.related_model in found
        }
        found |= more
    return {model._meta.label for model in found}


def test_every_model_that_leads_to_a_person_is_exported_or_left_out_for_a_reason():
    told = {records.model for records in personal_data.RECORDS.values()}

    assert told | set(personal_data.LEFT_OUT) | {"accounts.User"} == personal_models()
    assert told & set(personal_data.LEFT_OUT) == set()


def test_export_then_everything_about_the_owner_and_nothing_about_others(client, ann, bob, showtime, sandbox):
    mine, other = buy(sandbox, ann, showtime, "A1", "A2"), buy(sandbox, bob, showtime, "B1")
    flows.cancel_booking(mine, by=ann, in_full=True)
    SocialAccount.objects.create(user=ann, provider="google", uid="4711", extra_data={"name": "Ann G."})
    sign_in(client, ann)

    answer = client.get(EXPORT)

    told = json.loads(answer.content)
    assert answer["Content-Disposition"] == 'attachment; filename="your-data.json"'
    assert told["account"]["email"] == "ann@example.com"
    assert [row["email"] for row in told["email_addresses"]] == ["ann@example.com"]
    assert told["social_accounts"][0]["extra_data"] == {"name": "Ann G."}
    assert [(row["reference"], row["total"]) for row in told["bookings"]] == [(mine.reference, "25.000")]
    assert [row["seat_number"] for row in told["seats"]] == ["1", "2"]
    assert [row["serial"] for row in told["tickets"]] == list(
        Ticket.objects.filter(booked_seat__booking=mine).values_list("serial", flat=True)
    )
    assert (told["payments"][0]["amount"], told["refunds"][0]["amount"]) == ("25.000", "25.000")
    assert [row["kind"] for row in told["mails"]] == ["tickets", "cancelled"]
    assert "bob" not in answer.text
    assert other.reference not in answer.text


@pytest.mark.parametrize("path", [DATA, EXPORT, ERASE])
def test_not_proven_just_now_then_the_password_is_asked_first(client, ann, path):
    client.force_login(ann)

    assert client.get(path)["Location"].startswith("/accounts/reauthenticate/?next=")
    assert client.get(path, follow=True).status_code == 200


@pytest.mark.parametrize("path", [DATA, EXPORT, ERASE])
def test_nobody_then_sign_in(client, path):
    assert client.get(path)["Location"] == f"/accounts/login/?next={path}"


def test_no_password_then_signed_in_just_now_or_once_more(client):
    user = create_user("google@example.com")
    user.set_unusable_password()
    user.save()
    client.force_login(user)
    session = client.session
    session["account_authentication_methods_user"] = str(user.pk)
    session["account_authentication_methods"] = [{"method": "socialaccount", "at": time.time() - 10}]
    session.save()
    assert client.get(DATA).status_code == 200

    session["account_authentication_methods"] = [{"method": "socialaccount", "at": time.time() - 3600}]
    session.save()

    assert client.get(DATA)["Location"] == f"/accounts/login/?next={DATA}"
    assert "Please sign in once more" in client.get("/accounts/login/").text


def test_erased_then_no_trace_in_the_whole_database_and_the_books_are_equal(client, bob, sandbox, settings):
    ann = create_user("ann.lovelace@example.com", name="Ann Lovelace")
    attended, cancelled = create_showtime(), create_showtime()
    buy(sandbox, ann, attended, "A1", "A2")
    buy(sandbox, bob, attended, "B1")
    flows.cancel_booking(buy(sandbox, ann, cancelled, "A1"), by=ann, in_full=True)
    staff = create_staff()
    flows.cancel_booking(
        buy(sandbox, ann, cancelled, "A2"), by=staff, reason="Ann Lovelace called, 030 1234567", in_full=True
    )
    flows.send_due_refunds()
    flows.send_due_mails()
    Mail.objects.filter(booking__user=ann).update(last_error="550 <ann.lovelace@example.com> unknown")
    SocialAccount.objects.create(user=ann, provider="google", uid="x", extra_data={"name": "Ann Lovelace"})
    LogEntry.objects.log_actions(staff.pk, [ann], CHANGE, "Changed Name.")
    LogEntry.objects.log_actions(staff.pk, [cancelled], CHANGE, "For ann.lovelace@example.com, who cannot climb stairs")
    let_pass(days=1)
    sign_in(client, ann)
    before, needles = books(), ("lovelace", "1234567")
    assert len(hits(*needles)) > 5

    answer = client.post(ERASE, follow=True)

    assert "Your account is erased." in answer.text
    assert hits(*needles) == []
    assert books() == before
    assert before[0][0]["sum"] == Decimal("37.5")
    ann.refresh_from_db()
    assert (ann.is_active, ann.has_usable_password(), ann.email.endswith("@erased.invalid")) == (False, False, True)
    assert "/accounts/login/" in client.get("/bookings/")["Location"]
    assert bob.bookings.count() == 1


def test_erased_then_every_session_of_theirs_is_over(client, ann, django_capture_on_commit_callbacks):
    from django.test import Client

    phone, desk = Client(), client
    phone.force_login(ann)
    phone.get("/bookings/")
    sign_in(desk, ann)
    assert Session.objects.filter(user=ann).count() == 2

    with django_capture_on_commit_callbacks(execute=True):
        desk.post(ERASE)

    assert Session.objects.filter(user=ann).count() == 0
    assert phone.get("/bookings/").status_code == 302


def open_payment(ann, showtime, sandbox):
    open_session(start(ann, showtime, "A1"))
    Booking.objects.update(status="expired")


def processing(ann, showtime, sandbox):
    session_id = open_session(start(ann, showtime, "A1"))
    sandbox.pay_later(session_id)
    flows.confirm_booking(session_id)


def refund(status):
    def arrange(ann, showtime, sandbox):
        flows.cancel_booking(buy(sandbox, ann, showtime, "A1"), by=ann, in_full=True)
        Refund.objects.update(status=status)

    return arrange


def dispute(ann, showtime, sandbox):
    buy(sandbox, ann, showtime, "A1")
    fields = {"stripe_id": "du_1", "status": "needs_response", "amount": 1, "currency": "EUR"}
    Dispute.objects.create(payment=Payment.objects.get(), opened_at=timezone.now(), **fields)


def showtime_cancelled(ann, showtime, sandbox):
    buy(sandbox, ann, showtime, "A1")
    Showtime.objects.update(status="cancelled")


MONEY_IS_OPEN = {
    "payment open": open_payment,
    "payment on its way": processing,
    "refund to be sent": refund("created"),
    "refund on its way": refund("pending"),
    "refund failed": refund("failed"),
    "dispute open": dispute,
}


@pytest.mark.parametrize("case", [*MONEY_IS_OPEN, "showtime cancelled"])
def test_money_on_its_way_then_erasure_is_refused_with_the_reason(client, ann, showtime, sandbox, case):
    (MONEY_IS_OPEN | {"showtime cancelled": showtime_cancelled})[case](ann, showtime, sandbox)
    let_pass(days=1)
    sign_in(client, ann)
    assert "Erase for good" not in client.get(ERASE).text

    answer = client.post(ERASE)

    reference = ann.bookings.get().reference
    assert answer.status_code == 409
    assert f"Money of booking {reference} is still on its way." in answer.text
    ann.refresh_from_db()
    assert ann.email == "ann@example.com"


def test_refund_made_good_by_a_later_one_then_erasure_goes_on(ann, showtime, sandbox):
    flows.cancel_booking(buy(sandbox, ann, showtime, "A1"), by=ann, in_full=True)
    flows.send_due_refunds()
    Refund.objects.update(status="failed")
    assert len(flows.reasons_to_keep(ann)) == 1
    flows.send_again(Refund.objects.get(), by=create_staff())

    Refund.objects.filter(status="created").update(status="succeeded")

    assert flows.reasons_to_keep(ann) == []


def test_showtime_to_come_then_erasure_is_refused_with_the_reason(client, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    sign_in(client, ann)

    answer = client.post(ERASE)

    assert answer.status_code == 409
    assert f"Booking {booking.reference} for {showtime.movie} is still to come." in answer.text


def test_staff_then_they_ask_an_administrator(client):
    staff = create_staff(email="staff@example.com")
    sign_in(client, staff)

    answer = client.post(ERASE)

    assert answer.status_code == 409
    assert "Please ask an administrator." in answer.text
    assert User.objects.filter(email="staff@example.com", is_active=True).exists()


@pytest.mark.parametrize(("days", "anonymous"), [(91, True), (89, False)])
def test_so_many_days_after_the_showtime_then_nobody_knows_whose_it_was(ann, showtime, sandbox, days, anonymous):
    booking = buy(sandbox, ann, showtime, "A1")
    let_pass(days=days)
    before = books()

    assert (flows.anonymise_old_bookings(), flows.anonymise_old_bookings()) == (int(anonymous), 0)

    booking.refresh_from_db()
    assert (booking.user is None, booking.anonymised_at is not None) == (anonymous, anonymous)
    assert (Payment.objects.get().request == {}) == anonymous
    assert (booking.total, booking.seat_labels, Ticket.objects.count()) == (Decimal("12.5"), ["A1"], 1)
    assert books() == before
    ann.refresh_from_db()
    assert ann.is_active


@pytest.mark.parametrize("case", MONEY_IS_OPEN)
def test_money_on_its_way_then_old_bookings_are_not_cut_loose(ann, showtime, sandbox, case):
    MONEY_IS_OPEN[case](ann, showtime, sandbox)
    let_pass(days=100)

    assert flows.anonymise_old_bookings() == 0
    assert ann.bookings.count() == 1


def test_exchanged_then_the_old_booking_leads_to_nobody_once_it_is_anonymous(ann, showtime, sandbox):
    old = buy(sandbox, ann, showtime, "A1")
    new = exchange(sandbox, old, another(showtime), "A1")
    let_pass(days=100)
    Showtime.objects.filter(pk=new.showtime_id).update(ends_at=timezone.now() - timedelta(days=1))
    assert flows.anonymise_old_bookings() == 0

    let_pass(days=100)
    while flows.anonymise_old_bookings():
        pass
    assert Booking.objects.filter(user=None).count() == 2


def test_own_cancellation_then_its_name_is_forgotten_and_that_of_staff_stays(ann, showtime, sandbox):
    staff = create_staff()
    flows.cancel_booking(buy(sandbox, ann, showtime, "A1"), by=ann)
    flows.cancel_booking(buy(sandbox, ann, showtime, "A2"), by=staff, reason="Ann was ill", in_full=True)
    flows.send_due_refunds()
    let_pass(days=100)

    flows.anonymise_old_bookings()

    assert list(Booking.objects.order_by("pk").values_list("cancelled_by", "reason")) == [(None, ""), (staff.pk, "")]
    assert list(Refund.objects.order_by("pk").values_list("by", flat=True)) == [None, staff.pk]


def test_mail_of_an_anonymous_booking_then_it_is_dropped(ann, showtime, sandbox, mailoutbox):
    buy(sandbox, ann, showtime, "A1")
    let_pass(days=100)
    flows.anonymise_old_bookings()

    flows.send_due_mails()

    assert (Mail.objects.get().status, mailoutbox) == (Mail.Status.DROPPED, [])


def test_anonymise_asks_as_often_for_thirty_bookings_as_for_one(sandbox, django_assert_max_num_queries):
    def queries(showtime, *seats):
        for seat in seats:
            buy(sandbox, create_user(), showtime, seat)
        let_pass(days=100)
        with django_assert_max_num_queries(100) as captured:
            assert flows.anonymise_old_bookings() == len(seats)
        return len(captured)

    one = queries(create_showtime(), "A1")

    assert queries(create_showtime(), "A1", "A2", "A3", "B1", "B2", "B3") == one


def test_killed_in_the_middle_then_the_next_run_goes_on(ann, sandbox, monkeypatch):
    for _n in range(3):
        buy(sandbox, ann, create_showtime(), "A1")
    let_pass(days=100)
    from bookings.flows import forgetting

    original, calls = forgetting.cut_loose, []

    def dies(bookings, now):
        calls.append(now)
        if len(calls) == 2:
            raise SystemExit
        return original(bookings, now)

    monkeypatch.setattr(forgetting, "cut_loose", dies)
    with pytest.raises(SystemExit):
        flows.anonymise_old_bookings()
    assert ann.bookings.count() == 2

    assert flows.anonymise_old_bookings() == 2


def test_command_and_task_do_the_same(ann, showtime, sandbox, capsys):
    buy(sandbox, ann, showtime, "A1")
    let_pass(days=100)
    Session.objects.create(session_key="old", session_data="", expire_date=timezone.now() - timedelta(days=1))

    call_command("anonymise")
    tasks.anonymise()

    assert capsys.readouterr().out == "1 bookings older than 90 days are anonymous now.\n"
    assert not Session.objects.filter(session_key="old").exists()


def test_office_copes_with_a_booking_without_a_customer(client, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    let_pass(days=100)
    flows.anonymise_old_bookings()
    client.force_login(create_staff(is_superuser=True))

    for url in (
        reverse("admin:bookings_booking_changelist"),
        reverse("admin:bookings_booking_change", args=[booking.pk]),
        reverse("admin:bookings_booking_cancel", args=[booking.pk]),
    ):
        assert "anonymised" in client.get(url).text
    for model in ("mail", "payment", "ticket"):
        assert client.get(reverse(f"admin:bookings_{model}_changelist")).status_code == 200
    answer = client.post(reverse("admin:bookings_booking_cancel", args=[booking.pk]), {"reason": "x"}, follow=True)
    assert "of anonymised is cancelled" in answer.text


def test_my_bookings_say_how_long_they_stay(client, ann, settings):
    settings.ANONYMISE_AFTER_DAYS = 30
    client.force_login(ann)

    assert "for 30 days after the showtime" in client.get("/bookings/").text


def test_privacy_in_plain_words_with_the_numbers_of_the_settings(client, settings):
    settings.ANONYMISE_AFTER_DAYS = 42

    page = client.get("/privacy/").text

    assert "42 days after the showtime we forget whose they were" in page
    assert 'href="/accounts/data/"' in page
    assert 'href="/privacy/"' in client.get("/").text
