from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import create_category, create_layout, create_movie, create_showtime
from tests.theaters.office import at, create_ready_screen, errors, messages_of
from theaters.admin.publishing import NotPossible, PublishCheck, close_sale, publish, reopen_sale
from theaters.models import Showtime

CHECK = reverse("admin:theaters_showtime_publish")
UNPUBLISHED = (
    'The seat layout is not published yet. <a href="/admin/theaters/seatlayout/{layout}/change/">Publish it</a>'
)
UNPRICED = (
    "The price card “Every day” lacks prices: Standard / Child. "
    '<a href="/admin/theaters/pricecard/{card}/change/">Enter them</a>'
)
pytestmark = pytest.mark.django_db


@pytest.fixture
def screen():
    return create_ready_screen()


@pytest.fixture
def draft(screen):
    movie = create_movie("Dune", distributor="Arrakis Film")
    start = at(2077, 3, 5, 20, zone=screen.theater.zone)
    return create_showtime(layout=screen.layouts.get(), movie=movie, starts_at=start, status="draft")


def asked(client, screen, **posted):
    address = f"{CHECK}?theater={screen.theater.pk}&date=2077-03-05&view=week"
    return client.post(address, posted) if posted else client.get(address)


def findings(showtime):
    fresh = Showtime.objects.for_listing().select_related("layout", "price_card").get(pk=showtime.pk)
    found = PublishCheck().of(fresh)
    return [str(error) for error in found.errors], [str(warning) for warning in found.warnings]


def test_check_finds_nothing_when_all_is_there(draft):
    assert findings(draft) == ([], [])


def test_wheelchair_spaces_among_the_dear_seats_alone_then_it_warns(draft):
    theater, kind = draft.theater, draft.theater.default_ticket_type()
    sofa = create_category(theater, "Sofa")
    draft.price_card.prices.create(category=sofa, ticket_type=kind, amount=20)
    draft.price_card.prices.create(category=sofa, ticket_type=theater.ticket_types.get(name="Child"), amount=15)
    draft.layout.seats.filter(row="A").update(category=sofa)
    draft.layout.seats.filter(row="A", number="1").update(feature="wheelchair")

    errors, (warning,) = findings(draft)
    draft.layout.seats.filter(row="B", number="1").update(feature="wheelchair")

    assert errors == []
    assert warning.startswith("The cheapest wheelchair space is EUR 20.00, other seats cost less")
    assert findings(draft) == ([], [])


def test_check_lists_what_is_missing_with_links(draft):
    draft.price_card.prices.filter(ticket_type__name="Child").delete()
    draft.layout = create_layout(draft.screen, published=False)
    draft.save()
    draft.movie.runtime_minutes = None
    draft.movie.save()

    found, _warnings = findings(draft)

    links = {"movie": draft.movie.pk, "layout": draft.layout.pk, "card": draft.price_card.pk}
    assert found == [
        'Dune has no runtime yet. <a href="/admin/movies/movie/{movie}/change/">Enter it</a>'.format(**links),
        UNPUBLISHED.format(**links),
        UNPRICED.format(**links),
    ]


def test_check_warns_of_what_does_not_keep_it_from_being_sold(draft):
    type(draft.movie).objects.update(certificate="", distributor="")
    draft.price_card.prices.filter(ticket_type__name="Child").update(amount=Decimal("0.30"))
    draft.theater.booking_fee = 0
    draft.theater.save()

    found, warnings = findings(draft)

    assert found == []
    assert [warning.partition(" <a")[0] for warning in warnings] == [
        "Dune has no certificate yet.",
        "Dune has no distributor yet.",
        "A single ticket for EUR 0.30, with its fee, is less than EUR 0.50: no card can be charged with it.",
    ]


def test_city_without_a_country_and_certificates_by_country_then_it_warns(draft):
    draft.movie.certificates.create(country="DE", code="FSK 16")

    errors, (warning,) = findings(draft)

    city = draft.theater.city
    assert errors == []
    assert f"{city} has no country yet, so certificates of countries do not hold there." in warning
    assert reverse("admin:theaters_city_change", args=[city.pk]) in warning
    type(city).objects.update(country="DE")
    assert findings(draft) == ([], [])


def test_no_ticket_type_for_people_old_enough_then_it_cannot_be_published(draft):
    type(draft.movie).objects.update(min_age=18)
    assert findings(draft) == ([], [])
    draft.theater.ticket_types.update(max_age=14)

    (error,), _warnings = findings(draft)

    assert f"All ticket types of {draft.theater} are for people too young for Dune." in error


def test_check_refuses_the_past_and_a_sale_that_begins_too_late(draft):
    draft.starts_at = timezone.now() - timedelta(minutes=5)
    draft.on_sale_from = timezone.now() + timedelta(days=1)
    draft.set_times()
    draft.save()

    assert findings(draft)[0] == [
        "It has begun already, so nobody could buy a ticket for it.",
        "Its sale would begin after it has ended. Choose an earlier beginning.",
    ]
    with pytest.raises(NotPossible, match="It has begun already"):
        publish(draft)


def test_page_publishes_what_is_ticked_and_whole(admin_client, screen, draft):
    later = create_showtime(
        layout=screen.layouts.get(), movie=draft.movie, status="draft", starts_at=draft.starts_at + timedelta(days=1)
    )
    nameless = create_movie("Untitled", runtime_minutes=60)
    lacking = create_showtime(
        layout=screen.layouts.get(), movie=nameless, status="draft", starts_at=draft.starts_at + timedelta(days=2)
    )
    type(nameless).objects.filter(pk=nameless.pk).update(runtime_minutes=None)

    page = asked(admin_client, screen).content.decode()
    response = asked(admin_client, screen, showtimes=[draft.pk, lacking.pk, "x"])

    assert page.count('name="showtimes"') == 2
    assert "Untitled has no runtime yet." in page
    assert set(Showtime.objects.published()) == {draft}
    assert messages_of(response)[-1] == "1 showtime is published."
    later.refresh_from_db()
    assert later.status == "draft"


def test_page_takes_as_many_queries_for_20_drafts_as_for_1(admin_client, screen, draft, django_assert_max_num_queries):
    def queries():
        with django_assert_max_num_queries(100) as captured:
            asked(admin_client, screen)
        return len(captured)

    queries()
    one = queries()
    for hours in range(20):
        start = draft.starts_at + timedelta(hours=3 * hours + 3)
        create_showtime(layout=screen.layouts.get(), movie=draft.movie, status="draft", starts_at=start)

    assert queries() == one


def changed(client, showtime, **changes):
    wall = showtime.local_start
    words = {"movie": showtime.movie_id, "screen": showtime.screen_id, "format": showtime.format}
    words |= {"starts_0": f"{wall:%Y-%m-%d}", "starts_1": f"{wall:%H:%M:%S}", "status": showtime.status}
    return client.post(reverse("admin:theaters_showtime_change", args=[showtime.pk]), words | changes)


def test_form_refuses_to_publish_the_past(admin_client, screen):
    start = (timezone.now() - timedelta(minutes=30)).replace(microsecond=0)
    over = create_showtime(layout=screen.layouts.get(), starts_at=start, status="draft")

    response = changed(admin_client, over, status="published")

    assert errors(response) == {"status": ["It has begun already, so nobody could buy a ticket for it."]}


def test_form_still_corrects_what_is_over(admin_client, screen):
    start = (timezone.now() - timedelta(minutes=30)).replace(microsecond=0)
    over = create_showtime(layout=screen.layouts.get(), starts_at=start)

    assert changed(admin_client, over, attributes=["captions"]).status_code == 302


def test_form_takes_the_beginning_of_the_sale_by_the_theaters_clock(admin_client, draft):
    response = changed(admin_client, draft, on_sale_0="2077-03-01", on_sale_1="10:00", status="published")

    draft.refresh_from_db()
    assert response.status_code == 302
    assert draft.on_sale_from == at(2077, 3, 1, 10, zone=draft.theater.zone)
    assert draft.stage == Showtime.Stage.WAITING


def test_form_refuses_a_beginning_of_the_sale_that_does_not_exist(admin_client, draft):
    response = changed(admin_client, draft, on_sale_0="2026-03-29", on_sale_1="02:30")

    assert errors(response)["on_sale"][0].startswith("02:30 does not exist on 29 March 2026 in Rialto")


def test_form_of_a_draft_says_what_is_missing(admin_client, draft):
    draft.price_card.prices.all().delete()

    page = admin_client.get(reverse("admin:theaters_showtime_change", args=[draft.pk])).content.decode()

    assert "Before it is published" in page
    assert "lacks prices: Standard / Adult, Standard / Child." in page


def test_sale_is_closed_and_reopened_by_its_page(admin_client, screen):
    showtime = create_showtime(layout=screen.layouts.get())
    ordinary_end = showtime.sales_close_at
    address = reverse("admin:theaters_showtime_sale", args=[showtime.pk])

    closed = admin_client.post(address, {"close": "1"}, follow=True)
    showtime.refresh_from_db()
    assert (showtime.stage, showtime.is_on_sale) == (Showtime.Stage.CLOSED, False)
    assert b"Sale closed." in closed.content
    admin_client.post(address, {"reopen": "1"})

    showtime.refresh_from_db()
    assert (showtime.stage, showtime.sales_close_at) == (Showtime.Stage.PUBLISHED, ordinary_end)


def test_closed_sale_stays_closed_when_the_showtime_is_saved(admin_client, screen):
    showtime = create_showtime(layout=screen.layouts.get())
    close_sale(showtime)

    assert changed(admin_client, showtime, attributes=["captions"]).status_code == 302

    showtime.refresh_from_db()
    assert (showtime.attributes, showtime.stage) == (["captions"], Showtime.Stage.CLOSED)


def test_what_is_not_on_sale_cannot_be_closed_or_reopened(draft):
    with pytest.raises(NotPossible, match="Nothing is on sale here"):
        close_sale(draft)
    with pytest.raises(NotPossible, match="was not closed by hand"):
        reopen_sale(draft)
