"""Who may see a movie: by the law of the theater's country, from the film's page to the door."""

from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.urls import reverse

from bookings import flows
from bookings.ages import types_for
from bookings.emails import send_mail
from bookings.exceptions import BadChoice
from bookings.models import Booking, Mail, Ticket
from bookings.promises import todays_tariff
from tests.bookings.counter_steps import sell
from tests.bookings.steps import buy, quote, start
from tests.bookings.test_counter_pages import at, post_sale
from tests.bookings.test_pages import words
from tests.factories import (
    create_city,
    create_movie,
    create_showtime,
    create_showtime_now,
    create_staff,
    create_theater,
    create_ticket_types,
    seats_of,
)
from theaters.models import Showtime

pytestmark = pytest.mark.django_db
RULE = "Nobody under 18 is let in."
REFUSED = (
    "Child tickets, up to the age of 12, are not sold for this movie, as its certificate is FSK 18. "
    "Please choose another ticket type."
)


@pytest.fixture
def strict(db):
    return create_showtime(movie=create_movie("Night", certificate="FSK 18", certificate_rule="", min_age=18))


@pytest.fixture
def accompanied(db):
    rule = {"certificate_rule": "Under 17 only with a parent.", "min_age": 17, "may_be_accompanied": True}
    return create_showtime(movie=create_movie("Night", certificate="R", **rule))


@pytest.fixture
def customer(client, ann):
    client.force_login(ann)
    return client


def create_country(name, country):
    city = create_city(name)
    type(city).objects.filter(pk=city.pk).update(country=country)
    city.refresh_from_db()
    return create_theater(f"Rialto {name}", city=city)


def child_of(showtime):
    return create_ticket_types(showtime.theater)[1]


def checkout(client, showtime, *labels):
    """Seats held: the page."""
    ids = [seat.pk for seat in seats_of(showtime, *labels)]
    return client.post(reverse("bookings:hold", args=[showtime.pk]), {"seats": ids}, follow=True)


def pay(client, showtime, label, kind):
    [seat] = seats_of(showtime, label)
    return client.post(reverse("bookings:checkout", args=[showtime.pk]), {f"ticket_type_{seat.pk}": kind.pk})


def choices_of(page, showtime, label):
    [seat] = seats_of(showtime, label)
    return [name.partition(",")[0] for _pk, name in page.context["form"].fields[f"ticket_type_{seat.pk}"].choices]


# --- From 18, strictly --------------------------------------------------------------------------------


def test_rated_18_then_film_map_checkout_ticket_mail_and_door_say_the_rule(customer, ann, sandbox, strict):
    pages = {
        "film": words(customer.get(strict.movie.get_absolute_url())),
        "map": words(customer.get(strict.get_absolute_url())),
        "checkout": words(checkout(customer, strict, "A1")),
    }
    booking = buy(sandbox, ann, strict, "A1")
    pages["booking"] = words(customer.get(booking.get_absolute_url()))
    pages["ticket"] = words(customer.get(reverse("bookings:tickets", args=[booking.reference])))
    send_mail(Mail(booking=booking, kind="tickets"))
    pages["mail"] = outbox.outbox[-1].body

    assert {name for name, text in pages.items() if "FSK 18" not in text or RULE not in text} == set()


def test_rated_18_then_the_usher_hears_what_to_look_at(client, ann, sandbox):
    showtime = create_showtime_now(movie=create_movie(certificate="FSK 18", certificate_rule="", min_age=18))
    buy(sandbox, ann, showtime, "A1")
    client.force_login(create_staff("bookings.check_in_ticket"))

    page = words(client.post(reverse("bookings:door"), {"code": Ticket.objects.get().serial}))
    today = client.get(f"/door/today.json?theater={showtime.theater.slug}").json()

    assert f"FSK 18 {RULE} Check the age: 18 and older." in page
    assert today["showtimes"][0]["age"] == f"FSK 18 {RULE} Check the age: 18 and older."


def test_rated_18_then_child_is_not_offered_and_the_page_says_why(customer, strict):
    page = checkout(customer, strict, "A1", "A2")

    assert choices_of(page, strict, "A1") == ["Adult"]
    assert f"Not sold for this movie: Child. {RULE}" in words(page)


def test_child_typed_into_the_form_then_a_sentence_and_no_booking(customer, strict):
    checkout(customer, strict, "A1")

    answer = pay(customer, strict, "A1", child_of(strict))

    assert answer.status_code == 400
    assert REFUSED in words(answer)
    assert not Booking.objects.exists()


def test_type_of_another_theater_then_its_own_sentence(customer, strict):
    checkout(customer, strict, "A1")

    answer = pay(customer, strict, "A1", child_of(create_showtime()))

    assert "This ticket type is not sold for seat A1. Please choose another." in words(answer)


def test_age_set_after_the_price_was_shown_then_the_flow_refuses(ann, strict):
    with pytest.raises(BadChoice) as refusal:
        flows.start_booking(ann, showtime=strict, quote=quote(strict, "A1", ticket_type=child_of(strict)))

    assert str(refusal.value) == REFUSED
    assert not Booking.objects.exists()


def test_old_enough_for_the_certificate_then_sold_as_ever(customer, showtime):
    type(showtime.movie).objects.update(min_age=12)

    page = checkout(customer, showtime, "A1")

    assert choices_of(page, showtime, "A1") == ["Adult", "Child"]
    assert "Not sold" not in words(page)


def test_category_with_no_other_type_then_it_is_sold(ann, strict):
    strict.price_card.prices.filter(ticket_type__max_age=None).delete()
    strict.theater.ticket_types.filter(max_age=None).delete()
    child, tariff = strict.theater.ticket_types.get(), todays_tariff(strict)

    assert types_for(seats_of(strict, "A1")[0], [child], tariff, strict.certificate) == [child]
    assert flows.start_booking(ann, showtime=strict, quote=quote(strict, "A1", ticket_type=child)).is_pending


# --- Younger ones with an adult -------------------------------------------------------------------------


def test_accompanied_then_child_is_offered_with_the_rule_beside_and_sold(customer, accompanied, sandbox):
    page = checkout(customer, accompanied, "A1")

    assert choices_of(page, accompanied, "A1") == ["Adult", "Child"]
    assert "Child: Under 17 only with a parent." in words(page)
    assert pay(customer, accompanied, "A1", child_of(accompanied)).status_code == 303


def test_rule_without_words_then_it_is_said_all_the_same(accompanied):
    accompanied.movie.certificate_rule = ""

    assert accompanied.certificate.words == "Under 17 only together with a parent or guardian."


# --- Two countries --------------------------------------------------------------------------------------


@pytest.fixture
def in_two_countries(db):
    movie = create_movie("Night", slug="night", certificate="FSK 18", certificate_rule="", min_age=18)
    movie.certificates.create(
        country="US", code="R", rule="Under 17 only with a parent.", min_age=17, may_be_accompanied=True
    )
    berlin, york = create_country("Berlin", "DE"), create_country("York", "US")
    return create_showtime(movie=movie, theater=berlin), create_showtime(movie=movie, theater=york)


def test_two_countries_then_each_theater_has_its_own_from_film_to_checkout(customer, in_two_countries):
    here, there = in_two_countries

    film = words(customer.get("/movies/night/"))
    maps = [words(customer.get(showtime.get_absolute_url())) for showtime in in_two_countries]
    pages = [checkout(customer, showtime, "A1") for showtime in in_two_countries]

    assert f"FSK 18 {RULE}" in film
    assert "R Under 17 only with a parent." in film
    assert [(RULE in page, "Under 17" in page) for page in maps] == [(True, False), (False, True)]
    assert choices_of(pages[0], here, "A1") == ["Adult"]
    assert choices_of(pages[1], there, "A1") == ["Adult", "Child"]


def test_two_countries_then_theaters_and_feeds_say_their_own(client, in_two_countries):
    for showtime, own, other in zip(in_two_countries, ("FSK 18", "R"), ("R", "FSK 18"), strict=True):
        page = client.get(showtime.theater.get_absolute_url()).text
        assert f"</span>{own}</span>" in page
        assert f"</span>{other}</span>" not in page
    feed = client.get("/feeds/showtimes.json").json()["showtimes"]

    assert sorted(one["movie"]["certificate"] for one in feed) == ["FSK 18", "R"]


def test_country_without_one_of_its_own_then_the_movie_s_holds(in_two_countries):
    here, _there = in_two_countries
    nowhere = create_showtime(movie=here.movie, theater=create_theater(city=create_city("Nowhere")))

    assert str(nowhere.certificate) == f"FSK 18 {RULE}"


def test_certificate_is_read_with_the_list_then_a_hundred_cost_no_more(in_two_countries, django_assert_num_queries):
    with django_assert_num_queries(2):
        found = [showtime.certificate.code for showtime in Showtime.objects.for_listing()]

    assert sorted(found) == ["FSK 18", "R"]


# --- Box office and exchange ----------------------------------------------------------------------------


def test_box_office_offers_no_child_says_why_and_refuses_it(till, cashier, showtime):
    type(showtime.movie).objects.update(certificate="FSK 18", certificate_rule="", min_age=18)
    seat = seats_of(showtime, "A1")[0]
    page = till.get(at("counter_sale", showtime.pk) + f"?seats={seat.pk}")
    assert choices_of(page, showtime, "A1") == ["Adult"]
    assert f"Not sold for this movie: Child. {RULE}" in words(page)

    child = child_of(showtime)
    answer = post_sale(till, showtime, "A1", tender="card_terminal", **{f"ticket_type_{seat.pk}": child.pk})

    assert answer.status_code == 400
    assert REFUSED in words(answer)
    with pytest.raises(BadChoice, match="Child tickets"):
        sell(cashier, Showtime.objects.get(pk=showtime.pk), "A1", tender="card_terminal", ticket_type=child)
    assert not Booking.objects.exists()


def test_box_office_where_an_adult_may_come_along_then_child_is_sold(till, showtime):
    type(showtime.movie).objects.update(min_age=17, may_be_accompanied=True)
    seat, child = seats_of(showtime, "A1")[0], child_of(showtime)

    post_sale(till, showtime, "A1", tender="card_terminal", **{f"ticket_type_{seat.pk}": child.pk})

    assert Booking.objects.get().booked_seats.get().ticket_type == child


def test_child_ticket_for_a_movie_from_18_in_exchange_then_refused(customer, ann, sandbox, showtime):
    pending = flows.start_booking(ann, showtime=showtime, quote=quote(showtime, "A1", ticket_type=child_of(showtime)))
    flows.start_payment(pending)
    session = pending.payments.latest("pk").session_id
    sandbox.pay(session)
    old = flows.confirm_booking(session)
    movie = create_movie(certificate="FSK 18", min_age=18)
    target = create_showtime(
        layout=showtime.layout,
        movie=movie,
        price_card=showtime.price_card,
        starts_at=showtime.starts_at + timedelta(days=1),
    )
    ids = [seat.pk for seat in seats_of(target, "A1")]

    way = reverse("bookings:exchange_seats", args=[old.reference, target.pk])
    page = customer.post(way, {"seats": ids}, follow=True)

    assert page.status_code == 400
    assert REFUSED in words(page)
    with pytest.raises(BadChoice, match="Child tickets"):
        flows.start_exchange(old, showtime=target, quote=quote(target, "A1", ticket_type=child_of(target)))
    assert start(ann, showtime, "A2").is_pending
