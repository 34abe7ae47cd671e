"""The best seats for a party on the pages, and the rule about single seats at the hold."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from bookings import flows
from bookings.exceptions import LeavesAlone
from bookings.offers import numbers_in_words
from tests.bookings.steps import hold
from tests.bookings.test_pages import hold_by_form, seat_map, seats_on, words
from tests.factories import (
    create_category,
    create_layout,
    create_member,
    create_screen,
    create_showtime,
    create_staff,
    create_theater,
    seats_of,
)
from theaters.models import Price, Seat
from theaters.rows import link_neighbours

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_are_in_order")]


def create_room(rule="off", *, rows="ABC", seats=6, **fields):
    """A showtime in a room whose seats know their neighbours."""
    layout = create_layout(create_screen(create_theater(single_seats=rule)), rows=rows, seats=seats)
    link(layout)
    return create_showtime(layout=layout, **fields)


def link(layout):
    there = list(layout.seats.all())
    link_neighbours(there)
    Seat.objects.bulk_update(there, ["next_to_right", "partner"])


def with_premium(showtime, row):
    """The row is dearer from now on."""
    premium = create_category(showtime.theater, "Premium", look="premium", order=1)
    showtime.layout.seats.filter(row=row).update(category=premium)
    card = showtime.price_card
    Price.objects.create(card=card, category=premium, ticket_type=showtime.theater.default_ticket_type(), amount=15)
    return premium


def checked(page):
    return [label for label, box in seats_on(page).items() if "checked" in box]


@pytest.fixture
def strict(ann):
    """Row A: the two in the middle would leave one seat on each side."""
    showtime = create_room("block")
    hold(create_staff(), showtime, "A1", "A6")
    return showtime


@pytest.fixture
def mild(strict):
    strict.theater.single_seats = "warn"
    strict.theater.save()
    return strict


def test_raw_post_that_leaves_seats_alone_then_refused_with_fixes_and_no_way_round(client, ann, strict):
    client.force_login(ann)
    seats = [seat.pk for seat in seats_of(strict, "A3", "A4")]

    page = client.post(reverse("bookings:hold", args=[strict.pk]), {"seats": seats, "keep": "1"})

    assert page.status_code == 409
    assert "Seats A2 and A5 would each be left alone" in words(page)
    assert "Take A2 and A3 Take A4 and A5" in words(page)
    assert "Keep my choice" not in words(page)
    assert checked(page) == ["A3", "A4"]


@pytest.mark.parametrize("labels", [("A2", "A3"), ("A4", "A5")])
def test_fix_then_held(client, ann, strict, labels):
    client.force_login(ann)
    offered = hold_by_form(client, strict, "A3", "A4")
    for seat in seats_of(strict, *labels):
        assert f'<input type="hidden" name="seats" value="{seat.pk}">' in offered.text

    page = hold_by_form(client, strict, *labels)

    assert page.redirect_chain == [(reverse("bookings:checkout", args=[strict.pk]), 302)]


def test_warned_then_the_choice_may_be_kept(client, ann, mild):
    client.force_login(ann)

    page = hold_by_form(client, mild, "A3", "A4")
    kept = [seat.pk for seat in seats_of(mild, "A3", "A4")]
    answer = client.post(reverse("bookings:hold", args=[mild.pk]), {"seats": kept, "keep": "1"})

    assert (page.status_code, answer.status_code) == (409, 302)
    assert "Keep my choice" in words(page)
    for seat_id in kept:
        assert page.text.count(f'<input type="hidden" name="seats" value="{seat_id}">') == 2  # a fix, and what is kept


def test_rule_off_then_anything_goes(ann):
    showtime = create_room()
    hold(create_staff(), showtime, "A1", "A6")

    assert len(hold(ann, showtime, "A3", "A4").seats) == 2


def test_unavoidable_then_held_though_the_theater_is_strict(ann, strict):
    hold(create_staff(), strict, "A5")

    assert [seat.label for seat in hold(ann, strict, "A3", "A4").seats] == ["A3", "A4"]


def test_own_earlier_choice_then_it_counts_as_free(ann, strict):
    hold(ann, strict, "A2", "A3")

    assert [seat.label for seat in hold(ann, strict, "A4", "A5").seats] == ["A4", "A5"]


def test_staff_and_late_buyers_then_not_judged(ann, strict):
    assert len(hold(create_staff(), strict, "A3", "A4").seats) == 2
    late = create_room("block", starts_at=timezone.now() + timedelta(minutes=20))
    hold(create_staff(), late, "A1", "A6")

    assert len(hold(ann, late, "A3", "A4").seats) == 2


def test_somebody_alone_then_judged_only_when_half_is_gone(ann, bob):
    showtime = create_room("block", rows="A", seats=8)
    hold(create_staff(), showtime, "A1", "A8")
    assert len(hold(ann, showtime, "A3").seats) == 1
    flows.release_seats(ann, showtime=showtime)
    hold(create_staff(), showtime, "A6", "A7")

    with pytest.raises(LeavesAlone, match="Seat A2 would be left alone"):
        hold(ann, showtime, "A3")


def test_house_seats_and_broken_ones_then_as_taken(ann):
    showtime = create_room("block")
    seats_of(showtime, "A1")[0].outages.create(starts_at=showtime.starts_at, reason="broken")
    kept = showtime.layout.house_seats.create(reason="Press")
    kept.seats.set(seats_of(showtime, "A6"))

    with pytest.raises(LeavesAlone, match="Seats A2 and A5"):
        hold(ann, showtime, "A3", "A4")


def test_cheaper_fix_then_its_price_is_said_and_a_dearer_one_is_none(client, ann, strict):
    premium = with_premium(strict, "B")
    strict.layout.seats.filter(row="A", number="4").update(category=premium)
    client.force_login(ann)

    page = words(hold_by_form(client, strict, "A3", "A4"))

    assert "Take A2 and A3 for EUR 25.00 Take A4 and A5" in page


def test_best_seats_then_chosen_said_in_words_and_held_as_shown(client, ann):
    showtime = create_room(rows="ABCDEFG", seats=8)
    client.force_login(ann)

    page = seat_map(client, showtime, party=2, best=1)

    assert checked(page) == ["E4", "E5"]
    assert "Row E, seats 4 and 5: in the centre, row 5 of 7." in words(page)
    assert "2 tickets (Adult): EUR 25.00 in all. Nothing is held yet" in words(page)
    assert "Ticket for seat E4 Adult" in words(hold_by_form(client, showtime, *checked(page)))


def test_number_in_the_address_then_it_comes_back_after_signing_in_and_after_a_refusal(client, ann, strict):
    seats = [seat.pk for seat in seats_of(strict, "A3", "A4")]
    address = reverse("bookings:hold", args=[strict.pk])

    asked = client.post(address, {"seats": seats, "party": "2", "children": "1"})
    client.force_login(ann)
    refused = client.post(address, {"seats": seats, "party": "2", "children": "1"})

    assert "party%3D2%26children%3D1" in asked["Location"]
    assert '<option value="2" selected>2</option>' in refused.text


def test_lowest_price_by_default_then_nobody_is_sold_more_unasked(client):
    showtime = create_room(rows="ABC", seats=6)
    premium = with_premium(showtime, "C")

    cheap = seat_map(client, showtime, party=2, best=1)
    best_view = seat_map(client, showtime, party=2, best=1, price="any")
    dear = seat_map(client, showtime, party=2, best=1, price=premium.pk)

    assert (checked(cheap), checked(best_view), checked(dear)) == (["B3", "B4"], ["B3", "B4"], ["C3", "C4"])
    assert "EUR 32.00 in all" in words(dear)


def test_cheap_seats_too_few_then_dearer_ones_and_it_says_so(client):
    showtime = create_room(rows="AB", seats=4)
    with_premium(showtime, "B")
    hold(create_staff(), showtime, "A2")

    page = seat_map(client, showtime, party=3, best=1)

    assert checked(page) == ["B2", "B3", "B4"] or checked(page) == ["B1", "B2", "B3"]
    assert "In the cheapest seats there is no room for all of you side by side." in words(page)


def test_divided_then_said_in_words(client):
    showtime = create_room(rows="AB", seats=4)

    page = seat_map(client, showtime, party=6, best=1)

    assert len(checked(page)) == 6
    assert "6 seats side by side are not free. These are the nearest to each other that we find" in words(page)
    assert "Row A, seats 1 to 3: on the left, row 1 of 2. Row B, seats 1 to 3: on the left, row 2 of 2." in words(page)


@pytest.mark.parametrize(
    ("party", "children", "sentence"),
    [
        (3, 0, "We find no seats where 3 of you sit near each other and nobody alone."),
        (4, 3, "We find no seats where 4 of you sit near each other and no children without a grown-up."),
        (8, 0, "Only 4 of these seats are left."),
    ],
)
def test_nothing_fits_then_words_and_the_map_as_it_was(client, party, children, sentence):
    showtime = create_room(rows="AB", seats=2)

    page = seat_map(client, showtime, party=party, children=children, best=1)

    assert page.status_code == 200
    assert sentence in words(page)
    assert checked(page) == []


def test_button_without_a_number_then_it_asks(client, showtime):
    assert "Please say first how many of you there are." in words(seat_map(client, showtime, best=1))


@pytest.mark.parametrize("query", [{"party": "nine"}, {"party": "9"}, {"party": "-1"}, {"party": "2", "price": "x"}])
def test_nonsense_then_the_plain_map(client, showtime, query):
    page = seat_map(client, showtime, best=1, **query)

    assert (page.status_code, checked(page)) == (200, [])


def test_tap_then_the_same_answer_as_the_server_gives(client):
    showtime = create_room(rows="ABCDEFG", seats=8)
    [tapped] = seats_of(showtime, "B2")
    address = reverse("bookings:best_seats", args=[showtime.pk])

    answer = client.get(address, {"party": 4, "around": tapped.pk}).json()

    assert answer == {
        "seats": [seat.pk for seat in seats_of(showtime, "B1", "B2", "B3", "B4")],
        "words": "Row B, seats 1 to 4: on the left, row 2 of 7.",
    }


def test_tap_where_nothing_fits_or_nonsense_then_no_seats(client):
    showtime = create_room(rows="A", seats=2)
    [tapped] = seats_of(showtime, "A1")
    address = reverse("bookings:best_seats", args=[showtime.pk])
    showtime.layout.seats.filter(number="1").update(feature="wheelchair")

    answers = [client.get(address, {"party": 2, "around": around}).json() for around in (tapped.pk, 0, 10**18)]

    assert [answer["seats"] for answer in answers] == [[], [], []]
    assert client.get(address, {"party": "x"}).json() == {"seats": [], "words": ""}


@pytest.mark.parametrize(
    ("numbers", "said"),
    [(["7"], "7"), (["7", "8"], "7 and 8"), (["9", "10", "11"], "9 to 11"), (["1", "2", "4"], "1, 2 and 4")],
)
def test_numbers_then_short_in_words(numbers, said):
    assert numbers_in_words(numbers) == said


def test_rows_counted_from_the_right_then_said_as_printed(client, ann, strict):
    in_row = strict.layout.seats.filter(row="A")
    for seat in in_row:
        in_row.filter(pk=seat.pk).update(number=str(16 - seat.x))
    client.force_login(ann)

    assert "Take A14 and A15 Take A12 and A13" in words(hold_by_form(client, strict, "A14", "A13"))


def test_box_office_then_best_seats_for_many_and_any_choice(client):
    showtime = create_room("block", rows="ABCDEFG", seats=14)
    client.force_login(create_member(showtime.theater, "box_office"))
    address = reverse("bookings:counter_seats", args=[showtime.pk])

    page = client.get(address, {"party": 12, "best": 1})
    seats = [seat.pk for seat in seats_of(showtime, "A2", "A4")]
    answer = client.post(address, {"seats": seats})

    assert checked(page) == [f"E{number}" for number in range(1, 13)]
    assert answer.status_code == 303


def test_category_without_a_price_in_the_frozen_tariff_then_not_proposed(client, ann):
    showtime = create_room(rows="ABC", seats=4)
    client.force_login(ann)
    hold_by_form(client, showtime, "A1", "A2")
    with_premium(showtime, "B")

    assert checked(seat_map(client, showtime, party=4, best=1, price="any")) == ["C1", "C2", "C3", "C4"]


def test_room_nearly_full_by_law_then_nothing_is_proposed_that_may_not_be_sold(client, ann):
    showtime = create_room(rows="ABC", seats=6)
    showtime.legal_capacity = 3
    showtime.save()
    hold(ann, showtime, "A1", "A2")

    assert "Only 1 of these seats is left." in words(seat_map(client, showtime, party=2, best=1))
