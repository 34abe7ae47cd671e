"""Pages, JSON-LD, feeds and calendars say the same of a showtime, and what they say is true."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from icalendar import Calendar
from jsonschema import Draft202012Validator, FormatChecker

from bookings import promises
from bookings.open_data.prices import price_ranges, tariffs_of
from bookings.open_data.showtimes import describe, words_of_price
from bookings.pricing import quote_seats
from bookings.views import feeds
from movies.models import Credit, Review
from tests.bookings.listings import create_programme, data_in, listed_in, move, screenings_in, whole_feed
from tests.bookings.steps import buy, start
from tests.factories import (
    create_category,
    create_genre,
    create_language,
    create_layout,
    create_movie,
    create_price_card,
    create_showtime,
    create_showtime_now,
    create_staff,
    create_theater,
    create_user,
)
from theaters.models import Showtime, Theater
from theaters.money import format_money

pytestmark = pytest.mark.django_db

SCHEMA = json.loads((Path(settings.BASE_DIR) / "docs" / "showtimes.schema.json").read_text())
ALL = "/feeds/showtimes.json"
URL = {"type": "string", "pattern": "^http://testserver/"}
TEXT = {"type": "string", "minLength": 1}
MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$"}
PRICE = {"type": "string", "pattern": r"^\d+\.\d\d$"}
PLACE = {
    "required": ["@id", "name", "address"],
    "properties": {
        "@type": {"const": "MovieTheater"},
        "@id": URL,
        "name": TEXT,
        "telephone": TEXT,
        "screenCount": {"type": "integer", "minimum": 1},
        "address": {"required": ["streetAddress", "addressLocality"]},
    },
}
WORK = {"required": ["@id", "name"], "properties": {"@type": {"const": "Movie"}, "@id": URL, "name": TEXT}}
# After https://schema.org/ScreeningEvent and https://developers.google.com/search/docs/appearance/structured-data/event
NODES = {
    "Movie": WORK,
    "MovieTheater": PLACE,
    "ScreeningEvent": {
        "required": ["name", "startDate", "endDate", "location", "workPresented", "eventStatus", "url", "videoFormat"],
        "properties": {
            "startDate": MOMENT,
            "endDate": MOMENT,
            "previousStartDate": MOMENT,
            "location": PLACE,
            "workPresented": WORK,
            "eventStatus": {"pattern": "^https://schema.org/Event(Scheduled|Rescheduled|Cancelled)$"},
            "offers": {
                "required": ["lowPrice", "highPrice", "priceCurrency", "availability", "url"],
                "properties": {
                    "@type": {"const": "AggregateOffer"},
                    "lowPrice": PRICE,
                    "highPrice": PRICE,
                    "priceCurrency": {"pattern": "^[A-Z]{3}$"},
                    "availability": {"pattern": "^https://schema.org/(InStock|PreOrder|SoldOut|InStoreOnly)$"},
                    "validFrom": MOMENT,
                    "url": URL,
                },
            },
        },
    },
}


def faults_of_feed(answer):
    return [error.message for error in Draft202012Validator(SCHEMA, format_checker=FormatChecker()).iter_errors(answer)]


def faults_of_nodes(nodes):
    found = [(node["@type"], list(Draft202012Validator(NODES[node["@type"]]).iter_errors(node))) for node in nodes]
    return [(kind, error.message) for kind, errors in found for error in errors]


def events_of(client, path):
    return {str(event["UID"]): event for event in Calendar.from_ical(client.get(path).content).walk("VEVENT")}


# --- All say the same -------------------------------------------------------------------------------


def test_feed_page_and_json_ld_agree_for_a_hundred_showtimes(client):
    showtimes = create_programme(100)
    described = {one["url"]: one for one in whole_feed(client)}
    pages = {(showtime.theater, showtime.business_date) for showtime in showtimes}

    seen = {}
    for theater, day in pages:
        page = client.get(f"{theater.get_absolute_url()}?date={day}").text
        assert faults_of_nodes(data_in(page)) == []
        screenings, listed = screenings_in(page), listed_in(page)
        assert len(screenings) - len(listed) == page.count(">Cancelled</strong>")
        for url, screening in screenings.items():
            check_same(described[url], screening, listed.get(url.removeprefix("http://testserver")))
        seen |= screenings
    assert len(described) == 100
    assert seen.keys() == described.keys()
    assert {one["status"] for one in described.values()} == {"scheduled", "rescheduled", "cancelled"}


def check_same(described, screening, listed):
    """One showtime in the feed, in the JSON-LD, and as people read it."""
    assert screening["startDate"] == described["starts_at"]
    assert screening["endDate"] == described["ends_at"]
    assert screening.get("previousStartDate") == described["previous_starts_at"]
    assert screening["eventStatus"].removeprefix("https://schema.org/Event").lower() == described["status"]
    assert screening["workPresented"]["name"] == described["movie"]["title"]
    assert screening.get("inLanguage") == described["audio_language"]
    if listed is None:
        assert (described["status"], "offers" in screening) == ("cancelled", False)
        return
    times, words = listed
    price = described["price"]
    assert times == [described["starts_at"].replace(":00+", "+").replace(":00-", "-"), times[1]]
    assert f"from {format_money(Decimal(price['lowest']), price['currency'])} " in words
    assert (screening["offers"]["lowPrice"], screening["offers"]["highPrice"]) == (price["lowest"], price["highest"])
    assert ("On sale from" in words) == (described["sale"]["state"] == "announced")


def test_feeds_of_movies_and_theaters_are_parts_of_the_whole_and_calendars_hold_the_same(client):
    create_programme(24)
    everything = whole_feed(client)
    for theater in Theater.objects.all():
        theirs = [one for one in everything if one["theater"]["name"] == theater.name]
        assert whole_feed(client, f"{theater.get_absolute_url()}showtimes.json") == theirs
        events = events_of(client, f"{theater.get_absolute_url()}showtimes.ics").values()
        assert [said_by(event) for event in events] == [said_of(one) for one in theirs]
    movie = Showtime.objects.first().movie
    path = f"{movie.get_absolute_url()}showtimes"
    assert {one["movie"]["title"] for one in whole_feed(client, f"{path}.json")} == {movie.title}
    assert len(events_of(client, f"{path}.ics")) == movie.showtimes.count()


def test_calendar_says_what_one_gets_in_which_language_and_what_it_costs(client):
    languages = {
        "audio_language": create_language("Japanese", "ja"),
        "subtitle_language": create_language("German", "de"),
    }
    movie = create_movie(certificate="FSK 12")
    showtime = create_showtime(movie=movie, format="imax", attributes=["captions"], **languages)

    (event,) = events_of(client, f"{movie.get_absolute_url()}showtimes.ics").values()

    price = words_of_price(describe([showtime])[0])
    assert str(event["DESCRIPTION"]) == f"IMAX · Japanese, German subtitles · Open captions\nFSK 12\n{price}"
    assert "EUR" in price


def test_last_seats_then_machines_read_it(client):
    showtime = create_showtime(layout=create_layout(rows="A", seats=3))
    start(create_user(), showtime, "A2")

    _theater, screening = data_in(client.get(showtime.theater.get_absolute_url()).text)

    assert screening["offers"]["availability"] == "https://schema.org/LimitedAvailability"
    assert screening["description"] == "2D"


def said_by(event):
    return event.start, event.end, str(event["SUMMARY"]), str(event["STATUS"]), str(event["URL"])


def said_of(described):
    start_and_end = [datetime.fromisoformat(described[name]).astimezone(UTC) for name in ("starts_at", "ends_at")]
    status = "CANCELLED" if described["status"] == "cancelled" else "CONFIRMED"
    return *start_and_end, described["movie"]["title"], status, described["url"]


def test_feed_is_as_its_schema_says(client):
    create_programme(20)

    assert faults_of_feed(client.get(ALL).json()) == []
    assert faults_of_feed({"showtimes": [{"id": "1"}], "next": None}) != []  # it can fail


def test_movie_tells_machines_what_people_read(client):
    movie = create_movie(
        "Night Train",
        original_title="Nachtzug",
        runtime_minutes=112,
        release_on="2077-01-07",
        synopsis="A suitcase too many.",
        language=create_language("German", "de"),
    )
    movie.genres.add(create_genre("Drama"))
    Credit.objects.create(movie=movie, role=Credit.Role.DIRECTOR, name="Ilse Blank")
    Credit.objects.create(movie=movie, role=Credit.Role.MUSIC, name="Otto Ton")

    page = client.get(movie.get_absolute_url()).text

    (node,) = data_in(page)
    del node["@id"], node["url"]
    assert node == {
        "@type": "Movie",
        "name": "Night Train",
        "alternateName": "Nachtzug",
        "description": "A suitcase too many.",
        "duration": "PT1H52M",
        "contentRating": "FSK 12",
        "datePublished": "2077-01-07",
        "genre": ["Drama"],
        "inLanguage": "de",
        "director": [{"@type": "Person", "name": "Ilse Blank"}],
    }
    assert ["1 h 52 min" in page, '<meta property="og:title" content="Night Train">' in page] == [True, True]


def test_movie_that_somebody_has_judged_then_machines_read_the_stars_of_the_page(client, showtime):
    movie = showtime.movie
    assert "aggregateRating" not in client.get(movie.get_absolute_url()).text
    for name, stars in (("ann", 5), ("bob", 4), ("cyd", 4), ("dan", 1)):
        Review.objects.write(create_user(f"{name}@example.org"), movie, stars=stars, text="So it was.")
    Review.objects.exclude(stars=1).update(status="approved")
    page = client.get(movie.get_absolute_url()).text

    assert '"ratingValue": "4.3"' in page.replace('":"', '": "')
    assert "4.3 of 5, 3 reviews" in page


def test_theater_tells_machines_where_it_is(client):
    showtime = create_showtime(theater=create_theater("Rialto", phone="+49 30 123", email="desk@rialto.example"))

    theater, screening = data_in(client.get(showtime.theater.get_absolute_url()).text)

    assert (theater["@type"], theater["telephone"], theater["screenCount"]) == ("MovieTheater", "+49 30 123", 1)
    assert theater["address"]["streetAddress"] == "Kantstraße 12"
    assert screening["location"]["@id"] == theater["@id"]


def test_title_that_wants_to_end_the_script_does_not(client):
    showtime = create_showtime(movie=create_movie("</script><script>steal()</script>&amp;"))

    page = client.get(showtime.movie.get_absolute_url()).text

    assert "<script>steal" not in page
    assert data_in(page)[0]["name"] == showtime.movie.title


# --- Prices -----------------------------------------------------------------------------------------


def test_many_tariffs_at_once_are_those_of_each(client):
    showtimes = create_programme(40)

    assert tariffs_of(showtimes) == {showtime.pk: promises.todays_tariff(showtime) for showtime in showtimes}


def test_prices_said_are_those_of_the_cheapest_and_the_dearest_ticket(client):
    showtimes = create_programme(40)
    for showtime in showtimes:
        adult, tariff = showtime.theater.default_ticket_type(), promises.todays_tariff(showtime)
        totals = [quote_seats(tariff, [(seat, adult)]).total for seat in showtime.layout.seats.all()]
        said = price_ranges([showtime])[showtime.pk]
        assert (said.lowest, said.highest, showtime.seats_left) == (min(totals), max(totals), 8)


@pytest.mark.parametrize("seat", ["A1", "B1"])
def test_checkout_charges_what_was_said(client, seat):
    for showtime in [one for one in create_programme(24) if one.is_on_sale][:6]:
        price = whole_feed(client, f"{showtime.theater.get_absolute_url()}showtimes.json")
        (price,) = [one["price"] for one in price if one["id"] == showtime.pk]

        booking = start(create_user(), showtime, seat)

        said = price["lowest" if seat == "A1" else "highest"]
        assert format_money(booking.total, booking.currency) == format_money(Decimal(said), price["currency"])


def test_price_rises_when_the_cheap_seats_are_sold_and_the_room_sells_out(client):
    theater = create_theater()
    layout = create_layout(rows="AB", seats=1, screen=theater.screens.create(name="One", number=1))
    layout.seats.filter(row="B").update(category=create_category(theater, "Premium"))
    card = create_price_card(theater, adult="10.00")
    card.prices.filter(category__name="Premium").update(amount=Decimal("15.00"))
    showtime = create_showtime(layout=layout, price_card=card)

    said = [client.get(ALL).json()["showtimes"][0]]
    for seat in ("A1", "B1"):
        start(create_user(), showtime, seat)
        said += client.get(ALL).json()["showtimes"]

    assert [one["price"]["lowest"] for one in said] == ["11.00", "16.00", "11.00"]
    assert [one["sale"]["state"] for one in said] == ["open", "open", "sold_out"]
    (screening,) = screenings_in(client.get(theater.get_absolute_url()).text).values()
    assert screening["offers"]["availability"] == "https://schema.org/SoldOut"


# --- What changes -----------------------------------------------------------------------------------


def test_cancelled_showtime_is_so_everywhere_at_the_next_look(client, showtime):
    page, calendar = showtime.theater.get_absolute_url(), f"{showtime.theater.get_absolute_url()}showtimes.ics"
    before = events_of(client, calendar)
    Showtime.objects.update(status=Showtime.Status.CANCELLED)

    (uid, event), *_rest = events_of(client, calendar).items()
    for address in (page, showtime.movie.get_absolute_url()):
        text = client.get(address).text
        (screening,) = screenings_in(text).values()
        assert (screening["eventStatus"], "offers" in screening) == ("https://schema.org/EventCancelled", False)
        assert ">Cancelled</strong>" in text
    assert client.get(ALL).json()["showtimes"][0]["status"] == "cancelled"
    assert (list(before), str(event["STATUS"])) == ([uid], "CANCELLED")
    assert event["SEQUENCE"] > before[uid]["SEQUENCE"]


def test_moved_showtime_says_when_it_was_to_begin(client, showtime):
    move(showtime, create_staff())
    Showtime.objects.update(legal_capacity=5)

    (screening,) = screenings_in(client.get(showtime.theater.get_absolute_url()).text).values()

    before = datetime.fromisoformat(screening["previousStartDate"])
    assert screening["eventStatus"] == "https://schema.org/EventRescheduled"
    assert showtime.starts_at - before == timedelta(minutes=90)


def test_drafts_unlisted_and_past_ones_and_those_far_away_are_in_no_feed(client):
    theater, movie = create_theater(), create_movie()
    create_showtime(status=Showtime.Status.DRAFT, theater=theater, movie=movie)
    create_showtime(is_listed=False, theater=theater, movie=movie)
    create_showtime_now(minutes=-600, theater=theater, movie=movie)
    create_showtime(starts_at=datetime(2077, 1, 1, 20, tzinfo=UTC), theater=theater, movie=movie)

    for place in (theater, movie):
        assert client.get(f"{place.get_absolute_url()}showtimes.json").json() == {"showtimes": [], "next": None}
        assert events_of(client, f"{place.get_absolute_url()}showtimes.ics") == {}


# --- How it is fetched ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["json", "ics"])
def test_feed_unchanged_then_304_for_every_site_and_without_cookies(client, showtime, kind):
    path = f"{showtime.theater.get_absolute_url()}showtimes.{kind}"
    first = client.get(path)
    same = client.get(path, headers={"If-None-Match": first["ETag"]})
    Showtime.objects.update(status=Showtime.Status.CANCELLED)
    changed = client.get(path, headers={"If-None-Match": first["ETag"]})

    assert [response.status_code for response in (first, same, changed)] == [200, 304, 200]
    for response in (first, same, changed):
        assert response["Access-Control-Allow-Origin"] == "*"
        assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert set(response["Cache-Control"].split(", ")) == {"public", "max-age=60"}
        assert not response.cookies
        assert "Cookie" not in response.get("Vary", "")


def test_other_pages_are_not_open_to_every_site(client, showtime):
    for path in ("/", showtime.theater.get_absolute_url(), f"/showtimes/{showtime.pk}/seats.json"):
        assert "Access-Control-Allow-Origin" not in client.get(path).headers


def test_feed_comes_in_pages(client, monkeypatch):
    monkeypatch.setattr(feeds, "ON_A_PAGE", 3)
    create_programme(8)

    found = [one["id"] for one in whole_feed(client)]
    assert (len(found), len(set(found))) == (8, 8)


def test_unknown_movie_or_theater_has_no_feed(client):
    for path in ("movies/none", "theaters/none"):
        assert [client.get(f"/{path}/showtimes.{kind}").status_code for kind in ("json", "ics")] == [404, 404]


def test_as_many_queries_for_thirty_showtimes_as_for_one(client, django_assert_max_num_queries):
    showtime = create_showtime()
    kinds = ["", "showtimes.json", "showtimes.ics"]
    paths = [f"{place.get_absolute_url()}{kind}" for place in (showtime.theater, showtime.movie) for kind in kinds]

    def queries(path):
        with django_assert_max_num_queries(100) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    one = [queries(path) for path in paths]
    for _n in range(29):
        create_showtime(theater=showtime.theater, movie=showtime.movie, starts_at=showtime.starts_at, format="3d")
    assert [queries(path) for path in paths] == one


# --- Past showtimes ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("minutes", "status"), [(-600, 410), (-30, 200), (600, 200)])
@pytest.mark.parametrize("cancelled", [False, True])
def test_seat_map_is_gone_once_the_showtime_is_over_and_leads_to_the_movie(client, minutes, status, cancelled):
    showtime = create_showtime_now(minutes=minutes, status="cancelled" if cancelled else "published")

    response = client.get(showtime.get_absolute_url())

    assert response.status_code == status
    assert ("This showtime is over." in response.text) == (status == 410 and not cancelled)
    if not showtime.is_on_sale:
        assert f'href="{showtime.movie.get_absolute_url()}"' in response.text
    assert client.get(showtime.movie.get_absolute_url()).status_code == 200


def test_who_was_there_still_sees_the_booking(client, ann, showtime, sandbox):
    booking = buy(sandbox, ann, showtime, "A1")
    client.force_login(ann)
    long_ago = timezone.now() - timedelta(days=3)
    Showtime.objects.update(starts_at=long_ago, ends_at=long_ago, free_at=long_ago + timedelta(1))

    assert client.get(showtime.get_absolute_url()).status_code == 410
    assert client.get(booking.get_absolute_url()).status_code == 200
