"""The reports' pages, their files, and who may see them."""

from datetime import timedelta

import pytest
from django.urls import reverse

from bookings.models import ReportSubscription
from bookings.reports import REPORTS
from tests.bookings.random_sales import shared_chain
from tests.bookings.test_film_weeks import manager_of
from tests.factories import create_staff

pytestmark = pytest.mark.django_db

DAYS = {"since": "2025-10-24", "until": "2025-11-03"}


@pytest.fixture(scope="module")
def chain(django_db_setup, django_db_blocker):
    with shared_chain(django_db_blocker, seed=3, showtimes_each=4) as chain:
        yield chain


@pytest.fixture
def manager(chain, db, client):
    manager = manager_of(chain.theaters[0])
    client.force_login(manager)
    return manager


def page_of(client, slug, **asked):
    return client.get(reverse("bookings:report", args=[slug]), DAYS | asked)


@pytest.mark.parametrize("slug", sorted(REPORTS))
def test_report_page_then_its_lines_totals_and_files(client, manager, slug):
    page = page_of(client, slug)

    assert page.status_code == 200
    assert page.context["rows"]
    assert str(REPORTS[slug].title) in page.text
    for kind, begins in (("csv", b"\xef\xbb\xbfTheater"), ("xlsx", b"PK")):
        file = page_of(client, slug, file=kind)
        assert file.content.startswith(begins)
        assert file["Content-Disposition"] == f'attachment; filename="{slug}-2025-10-24-2025-11-03.{kind}"'


def test_index_then_every_report_and_what_it_is_for(client, manager):
    page = client.get(reverse("bookings:reports")).text

    assert [str(report.title) in page for report in REPORTS.values()] == [True] * len(REPORTS)


def test_one_theater_then_no_numbers_of_another(client, manager, chain):
    theaters = {row["theater_name"] for row in page_of(client, "sales").context["table"].rows}

    assert theaters == {"Rialto"}
    assert "Paragon" not in page_of(client, "sales").text
    assert page_of(client, "sales", theater=chain.theaters[1].pk).status_code == 404


def test_head_office_then_all_of_them_each_in_its_currency(client, chain):
    client.force_login(create_staff("bookings.view_reports"))

    totals = page_of(client, "sales").context["totals"]

    assert [line["currency"] for line in totals] == ["EUR", "JPY", "USD"]


@pytest.mark.parametrize("role", ["usher", "box_office", "programmer"])
def test_other_roles_then_403(client, chain, role):
    client.force_login(manager_of(chain.theaters[0], role))

    assert client.get(reverse("bookings:reports")).status_code == 403
    assert page_of(client, "sales").status_code == 403
    assert client.post(reverse("bookings:subscribe_report", args=["sales"])).status_code == 403


def test_days_that_cannot_be_then_a_sentence_and_nothing_lost(client, manager):
    page = page_of(client, "sales", since="2025-11-04")
    assert (page.status_code, "The last day is before the first one." in page.text) == (400, True)
    assert 'value="2025-11-04"' in page.text

    assert "At most 400 days at once." in page_of(client, "sales", since="2020-01-01").text
    assert page_of(client, "sales", since="0001-01-01", until="0001-01-02").status_code == 400
    assert "Enter a valid date." in page_of(client, "sales", since="yesterday").text


def test_report_that_is_none_then_404(client, manager):
    assert page_of(client, "nonsense").status_code == 404


def test_queries_then_the_same_for_one_line_and_many(client, manager, chain, django_assert_max_num_queries):
    counts = []
    for until in ("2025-10-24", "2025-11-06"):
        with django_assert_max_num_queries(100) as captured:
            page_of(client, "box-office", since="2025-10-20", until=until)
        counts.append(len(captured))

    assert counts[0] == counts[1] <= 20


def test_subscribe_twice_then_once_and_it_can_be_stopped(client, manager, chain):
    asked = {"theater": chain.theaters[0].pk, "period": "daily"}
    for _n in range(2):
        page = client.post(reverse("bookings:subscribe_report", args=["sales"]), asked, follow=True)
    assert f"“Sales by day” of Rialto goes to {manager.email}, every day." in page.text

    subscription = ReportSubscription.objects.get()
    assert "Stop" in client.get(reverse("bookings:reports")).text
    client.post(reverse("bookings:stop_report", args=[subscription.pk]))
    assert not ReportSubscription.objects.exists()


def test_subscribe_to_another_theater_or_stop_somebody_elses_then_404(client, manager, chain):
    strange = {"theater": chain.theaters[1].pk, "period": "daily"}
    assert client.post(reverse("bookings:subscribe_report", args=["sales"]), strange).status_code == 404

    theirs = ReportSubscription.objects.create(
        user=create_staff("bookings.view_reports"), theater=chain.theaters[0], report="sales", period="daily"
    )
    assert client.post(reverse("bookings:stop_report", args=[theirs.pk])).status_code == 404
    assert ReportSubscription.objects.count() == 1


def test_default_days_then_the_last_seven_of_the_theater(client, manager, chain):
    selection = client.get(reverse("bookings:report", args=["sales"])).context["selection"]

    today = chain.theaters[0].today
    assert (selection.since, selection.until) == (today - timedelta(days=6), today)
