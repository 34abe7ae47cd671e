"""A film week's return: it follows the sales while it is open, and never changes once it is closed."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from bookings import flows
from bookings.audit import audit
from bookings.exceptions import NotClosable
from bookings.models import BookedSeat, Booking, FilmWeekReturn
from bookings.reports.film_weeks import film_week, hash_of, next_to_close
from bookings.reports.sold import sold_seats
from bookings.reports.table import Selection
from movies.models import Movie
from tests.bookings.random_sales import shared_chain
from tests.factories import create_user
from theaters.models import Membership, Showtime, Theater

pytestmark = pytest.mark.django_db

# Berlin's weeks begin on Thursday here.
FIRST, SECOND, THIRD = date(2025, 10, 16), date(2025, 10, 23), date(2025, 10, 30)


@pytest.fixture(scope="module")
def chain(django_db_setup, django_db_blocker):
    with shared_chain(django_db_blocker, seed=7, showtimes_each=8) as chain:
        yield chain


@pytest.fixture
def rialto(chain, db):
    return Theater.objects.get(name="Rialto")


def cancel(booking):
    """As the flows do, only without Stripe, which does not know of these sales."""
    now = timezone.now()
    Booking.objects.filter(pk=booking.pk).update(status="cancelled", cancelled_at=now)
    booking.booked_seats.update(released_at=now)


def one_sold(theater, since):
    seats = sold_seats(Selection((theater,), since, since + timedelta(days=6))).filter(price__gt=0)
    return seats.latest("pk").booking


def admits_and_gross(lines):
    return sum(line["admits"] for line in lines), sum(line["gross"] for line in lines)


def test_week_begins_on_the_theaters_day_and_a_late_show_belongs_to_the_evening_before(rialto, chain):
    assert rialto.film_week_of(date(2025, 10, 26)) == (SECOND, date(2025, 10, 29))
    assert chain.theaters[1].film_week_of(date(2025, 10, 26)) == (date(2025, 10, 24), date(2025, 10, 30))
    # 02:30 on Sunday the 26th, twice: Saturday's late shows.
    late = [line for line in film_week(rialto, SECOND).lines if line["session"] == "02:30"]
    assert {(line["day"], len({line["showtime_id"]})) for line in late} == {(date(2025, 10, 25), 1)}
    assert len({line["showtime_id"] for line in late}) == 2


def test_close_then_frozen_and_the_same_bytes_whatever_happens_later(rialto, chain, client):
    client.force_login(manager_of(rialto))
    before = film_week(rialto, SECOND)
    flows.close_weeks(rialto, until=SECOND, by=chain.staff)
    address = f"{reverse('bookings:film_weeks')}?theater={rialto.pk}&day={SECOND}&file="
    files = [client.get(address + kind).content for kind in ("csv", "xlsx")]

    cancel(one_sold(rialto, SECOND))
    Movie.objects.update(title="Renamed")

    after = film_week(rialto, SECOND)
    assert (after.lines, after.content_hash) == (before.lines, before.content_hash)
    assert hash_of(after) == after.content_hash
    assert [client.get(address + kind).content for kind in ("csv", "xlsx")] == files


def test_refund_after_the_close_then_an_adjustment_in_the_open_week_alone(rialto, chain):
    flows.close_weeks(rialto, until=SECOND, by=chain.staff)
    booking = one_sold(rialto, SECOND)
    seats = list(booking.booked_seats.all())

    cancel(booking)

    open_week = film_week(rialto, THIRD)
    assert {line["showtime_id"] for line in open_week.adjustments} == {booking.showtime_id}
    assert admits_and_gross(open_week.adjustments) == (-len(seats), -sum(seat.price for seat in seats))
    assert film_week(rialto, THIRD + timedelta(days=7)).adjustments == []


def test_refund_after_the_close_then_the_closed_weeks_page_says_what_changed_since(rialto, chain, client):
    client.force_login(manager_of(rialto))
    flows.close_weeks(rialto, until=SECOND, by=chain.staff)
    page = {"theater": rialto.pk, "day": SECOND}
    assert "Changed since it was closed" not in client.get(reverse("bookings:film_weeks"), page).text
    booking = one_sold(rialto, SECOND)
    seats = booking.booked_seats.count()

    cancel(booking)
    waiting = client.get(reverse("bookings:film_weeks"), page)
    flows.close_weeks(rialto, until=THIRD, by=chain.staff)
    adjusted = client.get(reverse("bookings:film_weeks"), page)

    for answer in (waiting, adjusted):
        assert "Changed since it was closed" in answer.text
        assert [line["admits"] for line in answer.context["since"]["totals"]] == [-seats]


def test_all_that_was_ever_returned_then_it_is_what_was_sold(rialto, chain):
    """Weeks are closed one after the other, with refunds in between; the sum of all files is the ledger."""
    for week in (FIRST, SECOND, THIRD):
        flows.close_weeks(rialto, until=week, by=chain.staff)
        for since in (SECOND, THIRD):
            cancel(one_sold(rialto, since))
    flows.close_weeks(rialto, until=date(2025, 11, 6), by=chain.staff)

    returned = [film_week(rialto, kept.starts_on) for kept in FilmWeekReturn.objects.all()]
    lines = [line for week in returned for line in [*week.lines, *week.adjustments]]
    left = BookedSeat.objects.filter(booking__status="confirmed", released_at=None)
    left = left.filter(showtime__screen__theater=rialto)
    assert len(returned) == 4
    assert admits_and_gross(lines) == (left.count(), sum(seat.price for seat in left))
    assert film_week(rialto, date(2025, 11, 13)).adjustments == []


def test_showtime_moved_out_of_a_closed_week_then_it_is_taken_back_there_and_counted_where_it_went(rialto, chain):
    flows.close_weeks(rialto, until=SECOND, by=chain.staff)
    line = max(film_week(rialto, SECOND).lines, key=lambda line: line["gross"])
    Showtime.objects.filter(pk=line["showtime_id"]).update(business_date=THIRD + timedelta(days=1))

    week = film_week(rialto, THIRD)

    there = [one for one in week.lines if one["showtime_id"] == line["showtime_id"]]
    gone = [one for one in week.adjustments if one["showtime_id"] == line["showtime_id"]]
    assert gone == week.adjustments
    assert admits_and_gross(there) == tuple(-n for n in admits_and_gross(gone))


def test_close_twice_then_nothing_new(rialto, chain):
    made = flows.close_weeks(rialto, until=SECOND, by=chain.staff)

    assert flows.close_weeks(rialto, until=SECOND, by=chain.staff) == []
    assert [one.starts_on for one in made] == [FIRST, SECOND]
    assert FilmWeekReturn.objects.count() == 2


def test_week_that_is_not_over_then_it_cannot_be_closed(rialto, chain):
    with pytest.raises(NotClosable, match="Close it when it is over"):
        flows.close_weeks(rialto, until=rialto.today, by=chain.staff)

    assert not FilmWeekReturn.objects.exists()


@pytest.mark.parametrize(
    "change", [lambda one: one.update(lines=[]), lambda one: one.delete()], ids=["update", "delete"]
)
def test_closed_week_then_the_database_refuses_to_change_or_delete_it(rialto, chain, change):
    (kept, *_rest) = flows.close_weeks(rialto, until=SECOND, by=chain.staff)

    with pytest.raises(DatabaseError, match="not rewritten"), transaction.atomic():
        change(FilmWeekReturn.objects.filter(pk=kept.pk))

    kept.refresh_from_db()
    assert kept.content_hash == hash_of(film_week(rialto, FIRST))


def test_house_moves_its_first_day_then_one_short_week_and_no_day_twice(rialto, chain):
    flows.close_weeks(rialto, until=SECOND, by=chain.staff)
    rialto.film_week_starts = 5
    rialto.save()

    short, next_one = film_week(rialto, THIRD), film_week(rialto, date(2025, 11, 1))

    assert (short.starts_on, short.ends_on) == (THIRD, date(2025, 10, 31))
    assert (next_one.starts_on, next_one.ends_on) == (date(2025, 11, 1), date(2025, 11, 7))
    assert next_to_close(rialto) == THIRD


def test_free_tickets_then_they_are_admits_at_nothing(rialto):
    comps = [line for line in film_week(rialto, SECOND).lines if line["ticket_type_name"] == "@Guest"]

    assert comps
    assert {(line["comps"] == line["admits"], line["gross"], line["tax"]) for line in comps} == {
        (True, Decimal("0.00"), Decimal("0.00"))
    }


def manager_of(theater, role="manager"):
    user = create_user(is_staff=True)
    Membership.objects.create(user=user, theater=theater, role=role)
    return user


def test_page_then_the_manager_reads_and_closes_and_the_books_stay_in_order(rialto, client):
    client.force_login(manager_of(rialto))
    address = reverse("bookings:film_weeks")
    page = client.get(address, {"theater": rialto.pk, "day": SECOND})
    assert "The weeks since 16 October 2025 that are still open are closed with it" in page.text

    page = client.post(
        reverse("bookings:close_film_week"), {"theater": rialto.pk, "day": SECOND.isoformat()}, follow=True
    )

    kept = FilmWeekReturn.objects.get(starts_on=SECOND)
    assert "2 film weeks are closed." in page.text
    assert kept.content_hash in page.text
    assert [result.invariant.code for result in audit() if result.broken] == []


def test_page_for_one_distributor_then_only_theirs(rialto, client):
    client.force_login(manager_of(rialto))

    page = client.get(
        reverse("bookings:film_weeks"),
        {"theater": rialto.pk, "day": SECOND, "distributor": "+Plus Films", "file": "csv"},
    )

    titles = {line.split(",")[2] for line in page.content.decode("utf-8-sig").splitlines()[1:]}
    assert titles == {"'=1+1"}


@pytest.mark.parametrize("day", ["yesterday", "0001-01-01", "9999-12-31"])
def test_page_of_a_day_that_is_none_then_a_sentence_and_the_next_week_to_close(rialto, client, day):
    client.force_login(manager_of(rialto))

    page = client.get(reverse("bookings:film_weeks"), {"theater": rialto.pk, "day": day})

    assert (page.status_code, "There is no such day." in page.text) == (400, True)
    assert page.context["week"].starts_on == FIRST


@pytest.mark.parametrize(("role", "status"), [("box_office", 403), ("programmer", 403), ("usher", 403)])
def test_other_roles_then_no_returns(rialto, client, role, status):
    client.force_login(manager_of(rialto, role))
    day = {"theater": rialto.pk, "day": SECOND.isoformat()}

    assert client.get(reverse("bookings:film_weeks"), day).status_code == status
    assert client.post(reverse("bookings:close_film_week"), day).status_code == status
    assert not FilmWeekReturn.objects.exists()


def test_manager_of_another_theater_then_404(chain, client):
    client.force_login(manager_of(chain.theaters[1]))
    day = {"theater": chain.theaters[0].pk, "day": SECOND.isoformat()}

    assert client.get(reverse("bookings:film_weeks"), day).status_code == 404
    assert client.post(reverse("bookings:close_film_week"), day).status_code == 404
    assert not FilmWeekReturn.objects.exists()
