"""Showtimes with free seating: how many, not where. Each place is still a seat, so nothing is sold twice."""

from contextlib import suppress
from functools import partial

import pytest

from bookings import flows
from bookings.exceptions import Busy, SeatsTaken
from bookings.flows.places import TRIES, TooFewPlaces
from bookings.models import BookedSeat
from bookings.seat_states import read_seat_states
from tests.bookings.places import at, buy, category_of, choose, create_club, held, hold, number_in, page, words
from tests.bookings.steps import start
from tests.bookings.threads import all_at_once, kinds
from tests.factories import create_category, create_price_card, create_user, seats_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_are_in_order")]


@pytest.fixture
def club(db):
    return create_club()


@pytest.fixture
def visitor(client, ann):
    client.force_login(ann)
    return client


def buy_whatever_happens(user, showtime):
    """Where a server does not answer in such a rush, people hear of it or of a conflict one page later, and go on."""
    while True:
        with suppress(Busy, SeatsTaken):
            return buy(user, showtime)


# --- Many at once --------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_130_buy_at_once_in_a_room_for_100_then_100_have_a_place_each():
    showtime = create_club(100)
    users = [create_user(f"crowd{n}@example.com") for n in range(130)]

    results = all_at_once([partial(buy_whatever_happens, user, showtime) for user in users])

    assert kinds(results) == {"Booking": 100, "TooFewPlaces": 30}
    assert {str(result) for result in results if isinstance(result, TooFewPlaces)} == {"No place is left."}
    sold = BookedSeat.objects.live().values_list("seat__number", flat=True)
    assert sorted(map(int, sold)) == list(range(1, 101))


@pytest.mark.django_db(transaction=True)
def test_fifteen_parties_of_four_at_once_then_none_is_divided_and_none_too_many():
    showtime = create_club(26)
    users = [create_user(f"crowd{n}@example.com") for n in range(15)]

    results = all_at_once([partial(hold, user, showtime, 4) for user in users])

    assert kinds(results) == {"Hold": 6, "TooFewPlaces": 9}
    assert len({seat.pk for result in results if hasattr(result, "seats") for seat in result.seats}) == 24


def test_somebody_is_quicker_then_other_places_are_taken(ann, bob, club, monkeypatch):
    pick, first = flows.FreePlaces.pick, []

    def pick_what_is_gone(places, wanted):
        first.append(pick(places, wanted))
        if len(first) == 1:
            flows.hold_seats(bob, showtime=club, seat_ids=first[0])
        return first[-1]

    monkeypatch.setattr(flows.FreePlaces, "pick", pick_what_is_gone)

    seats = hold(ann, club, 2).seats

    assert not {seat.pk for seat in seats} & set(first[0])


def test_always_somebody_quicker_then_it_says_so_in_the_end(ann, club, monkeypatch):
    tries = []

    def refuse(*_args, **_options):
        tries.append(1)
        raise SeatsTaken(seats_of(club, "1"))

    monkeypatch.setattr("bookings.flows.places.hold_seats", refuse)

    with pytest.raises(SeatsTaken, match="Somebody else was quicker"):
        hold(ann, club, 1)
    assert len(tries) == TRIES + 1


# --- The page ------------------------------------------------------------------------------------


def test_page_asks_how_many_and_has_no_map(client, club):
    html = words(page(client, club))

    assert "12 places are left." in html
    assert "<b>EUR 12.50</b> each, Adult" in html
    assert f'name="places_{category_of(club)}" value="1" class="form-control places__number"' in html
    assert 'min="1" max="8"' in html
    assert [word in html for word in ("data-seat-map", "data-party", 'name="seats"', "Wheelchair")] == [False] * 4


def test_number_is_held_then_checkout_names_places(visitor, ann, club):
    response = choose(visitor, club, 3)
    checkout = words(visitor.get(response["Location"]))

    assert response["Location"] == at("checkout", club.pk)
    assert checkout.count("Ticket for place") == 3
    assert "Free seating: sit where you like" in checkout
    assert "EUR 37.50" in checkout


def test_stranger_signs_in_and_finds_the_number_again(client, club):
    response = choose(client, club, 3)
    back = client.get(response["Location"]).wsgi_request.GET["next"]

    assert number_in(client.get(back), f"places_{category_of(club)}") == "3"


def test_places_are_held_then_their_page_counts_down(visitor, club):
    assert "js/countdown.js" not in page(visitor, club).content.decode()
    choose(visitor, club, 3)

    assert "js/countdown.js" in page(visitor, club).content.decode()


def test_change_seats_then_the_number_held_and_places_stay(visitor, ann, club):
    choose(visitor, club, 2)
    before, again = set(held(visitor, club)), visitor.get(at("checkout", club.pk)).context["again"]

    shown = visitor.get(again)
    choose(visitor, club, 3)
    after = set(held(visitor, club))

    assert number_in(shown, f"places_{category_of(club)}") == "2"
    assert (len(after), before < after) == (3, True)


def test_fewer_places_then_the_others_are_free(visitor, bob, club):
    choose(visitor, club, 8)
    choose(visitor, club, 1)

    assert flows.FreePlaces(club, read_seat_states(club, bob), set()).left() == 11


@pytest.mark.parametrize("given", ["0", "", "9", "-1", "many", "1.5"])
def test_number_that_nobody_can_have_then_a_sentence_and_nothing_is_held(visitor, club, given):
    response = choose(visitor, club, given)

    assert response.status_code == 400
    assert "Please say how many places you need, up to 8 in all." in words(response)
    assert number_in(response, f"places_{category_of(club)}") == given
    assert not response.context["states"].yours


def test_nothing_said_then_a_sentence(visitor, club):
    assert visitor.post(at("hold", club.pk)).status_code == 400


def test_more_than_are_left_then_it_says_how_many_and_keeps_the_number(visitor, bob):
    showtime = create_club(9)
    hold(bob, showtime, 6)

    response = choose(visitor, showtime, 5)

    assert response.status_code == 409
    assert "Only 3 places are left. Please choose fewer." in words(response)
    assert "Join the waiting list" in words(response)
    assert number_in(response, f"places_{category_of(showtime)}") == "5"


def test_sold_out_then_no_form_but_the_waiting_list(client, bob):
    showtime = create_club(4)
    hold(bob, showtime, 4)

    html = words(page(client, showtime))

    assert "Sold out." in html
    assert "Join the waiting list" in html
    assert "places__form" not in html


def test_places_sold_to_somebody_else_meanwhile_then_the_number_is_kept(visitor, bob, club):
    choose(visitor, club, 3)
    start(bob, club, held(visitor, club)[0].label)

    response = visitor.post(at("checkout", club.pk))

    assert "Somebody else was quicker. Please say once more how many places you need." in words(response)
    assert number_in(response, f"places_{category_of(club)}") == "3"


def test_hold_over_then_the_number_is_kept(visitor, ann, club):
    choose(visitor, club, 3)
    flows.release_seats(ann, showtime=club)

    response = visitor.get(at("checkout", club.pk))

    assert response.status_code == 409
    assert number_in(response, f"places_{category_of(club)}") == "3"


def test_legal_capacity_counts_before_the_places_do(visitor, bob):
    showtime = create_club(12, legal_capacity=5)
    hold(bob, showtime, 3)

    assert "2 places are left." in words(page(visitor, showtime))
    assert "Only 2 places are left." in words(choose(visitor, showtime, 3))


def test_two_categories_then_a_number_for_each(visitor, club):
    deckchair = create_category(club.theater, "Deckchair", order=1)
    club.layout.seats.filter(x__lt=4).update(category=deckchair)
    lawn = club.theater.seat_categories.exclude(pk=deckchair.pk).get()
    club.price_card = create_price_card(club.theater, adult="9.00")
    club.save()

    fields = {f"places_{deckchair.pk}": 2, f"places_{lawn.pk}": 1}
    shown = words(page(visitor, club))
    response = visitor.post(at("hold", club.pk), fields)
    seats = visitor.get(response["Location"]).context["hold"].seats

    refused = visitor.post(at("hold", club.pk), fields | {f"places_{deckchair.pk}": 5})

    assert [word in shown for word in ("Deckchair", "4 left", "8 left")] == [True] * 3
    assert "“Deckchair”: only 4 places are left. Please choose fewer." in words(refused)
    assert sorted(seat.category.name for seat in seats) == ["Deckchair", "Deckchair", "Standard"]


def test_seats_named_by_number_still_are_held(visitor, club):
    ids = [seat.pk for seat in seats_of(club, "3", "9")]

    visitor.post(at("hold", club.pk), {"seats": ids})

    assert {seat.pk for seat in held(visitor, club)} == set(ids)


def test_single_places_are_nobodys_business(visitor, club):
    club.theater.single_seats = "block"
    club.theater.save()

    response = visitor.post(at("hold", club.pk), {"seats": [seat.pk for seat in seats_of(club, "1", "3", "5")]})

    assert response["Location"] == at("checkout", club.pk)


def test_page_is_not_kept_so_it_counts_at_once(client, bob, settings):
    settings.KEEP_PAGES_SECONDS = 10
    showtime = create_club(9)
    before = words(page(client, showtime))
    hold(bob, showtime, 4)

    assert "9 places are left." in before
    assert "5 places are left." in words(page(client, showtime))
