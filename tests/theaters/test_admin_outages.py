import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import (
    create_category,
    create_layout,
    create_screen,
    create_showtime,
    create_staff,
    create_theater,
    seats_of,
)
from tests.theaters.office import errors, messages_of, sell
from theaters.models import HouseSeats, Membership, SeatOutage

pytestmark = pytest.mark.django_db
OUTAGE = reverse("admin:theaters_seatoutage_add")


@pytest.fixture
def screen():
    return create_screen(create_theater("Rialto"), name="Studio")


def test_seat_is_found_by_its_name_and_screen(admin_client, screen):
    layout = create_layout(screen)
    create_layout(create_screen(screen.theater, name="Great hall"))
    query = {"app_label": "theaters", "model_name": "seatoutage", "field_name": "seat", "term": "b2 studio"}

    found = admin_client.get(reverse("admin:theaters_seat_names"), query).json()["results"]

    assert [seat["text"] for seat in found] == [f"B2, {layout}"]


def test_seat_names_are_for_those_who_mend_seats(client, screen):
    query = {"app_label": "theaters", "model_name": "seatoutage", "field_name": "seat", "term": ""}
    client.force_login(create_staff("theaters.view_screen"))

    assert client.get(reverse("admin:theaters_seat_names"), query).status_code == 403


def outage(seat, **changes):
    return {"seat": seat.pk, "reason": "Torn", "begins_0": "2077-03-05", "begins_1": "18:00"} | changes


def test_add_outage_reads_the_theaters_clock(admin_client, screen):
    seat = create_layout(screen).seats.first()

    admin_client.post(OUTAGE, outage(seat, ends_0="2077-04-05", ends_1="18:00"))

    stored = seat.outages.get()
    assert (f"{stored.starts_at:%d %H:%M}", f"{stored.ends_at:%d %H:%M}") == ("05 17:00", "05 16:00")


def test_add_outage_without_a_beginning_then_from_now_on(admin_client, screen):
    seat = create_layout(screen).seats.first()

    admin_client.post(OUTAGE, outage(seat, begins_0="", begins_1=""))

    assert timezone.now() - timedelta(minutes=5) < seat.outages.get().starts_at <= timezone.now()


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"ends_0": "2077-03-05", "ends_1": "18:00"}, "ends", "It must end after it starts."),
        ({"ends_0": "2077-03-05"}, "ends", "Give both the date and the time."),
        (
            {"begins_0": "2077-03-28", "begins_1": "02:30"},
            "begins",
            "02:30 does not exist on 28 March 2077 in Rialto: the clocks go forward. Choose another time.",
        ),
    ],
)
def test_add_outage_refuses_in_words(admin_client, screen, changes, field, sentence):
    seat = create_layout(screen).seats.first()

    assert errors(admin_client.post(OUTAGE, outage(seat, **changes))) == {field: [sentence]}


def test_add_outage_names_the_showtimes_for_which_the_seat_is_sold(admin_client):
    sold_seat = sell(create_showtime())
    yesterday = timezone.now() - timedelta(days=1)

    response = admin_client.post(OUTAGE, outage(sold_seat.seat, begins_0=f"{yesterday:%Y-%m-%d}"))

    sentence = f"A1 is sold already for {sold_seat.showtime}. Offer the customer another seat."
    assert sentence in messages_of(response)


# --- Who has the broken seat ------------------------------------------------------------------------


def sold(showtime, label, **fields):
    """Somebody has bought a seat; the amounts do not matter here."""
    booked = sell(showtime, label)
    booking = booked.booking
    booking.status, booking.confirmed_at, booking.seat_labels = "confirmed", timezone.now(), [label]
    booking.save()
    return booked


def rows_of(page):
    """[(booking, free seats proposed)] of the table."""
    rows = re.findall(r'bookings/booking/\d+/change/">(.*?)</a>.*?<td>([^<]*)</td></tr>', page, re.DOTALL)
    return [(booking, proposed) for booking, proposed in rows]


def test_outage_of_a_sold_seat_then_its_page_shows_each_booking_with_free_seats_beside(admin_client, screen):
    layout = create_layout(screen, rows="AB", seats=5)
    first, second = create_showtime(layout=layout), create_showtime(layout=layout, starts_at=in_days(3))
    hit, other = sold(first, "A3"), sold(second, "A3")
    sold(first, "A2")
    HouseSeats.objects.create(layout=layout, showtime=second, reason="Jury").seats.set(seats_of(second, "A4"))

    response = admin_client.post(OUTAGE, outage(hit.seat, begins_0=f"{in_days(-1):%Y-%m-%d}"), follow=True)

    assert response.redirect_chain[0][0] == reverse(
        "admin:theaters_seatoutage_change", args=[hit.seat.outages.get().pk]
    )
    assert rows_of(response.content.decode()) == [
        (hit.booking.reference, "A4, A1, A5"),
        (other.booking.reference, "A2, A1, A5"),
    ]


def in_days(days):
    return timezone.now() + timedelta(days=days)


def test_outage_of_a_wheelchair_space_then_another_one_is_proposed(admin_client, screen):
    layout = create_layout(screen, rows="ABC", seats=3)
    layout.seats.filter(row__in="AC", number="1").update(feature="wheelchair")
    layout.seats.filter(row="A", number="2").update(category=create_category(screen.theater, "Premium"))
    showtime = create_showtime(layout=layout)
    wheelchair, premium = sold(showtime, "A1"), sold(showtime, "A2")

    pages = [
        admin_client.post(OUTAGE, outage(hit.seat, begins_0=f"{in_days(-1):%Y-%m-%d}"), follow=True)
        for hit in (wheelchair, premium)
    ]

    assert [rows_of(page.content.decode())[0][1] for page in pages] == ["C1", "none is left"]


def test_outage_of_a_seat_nobody_has_then_back_to_the_list(admin_client, screen):
    seat = create_layout(screen).seats.first()

    response = admin_client.post(OUTAGE, outage(seat))

    assert response.headers["Location"] == reverse("admin:theaters_seatoutage_changelist")


def test_outage_page_then_customers_are_for_those_who_may_see_bookings(client, screen):
    hit = sold(create_showtime(layout=create_layout(screen)), "A1")
    broken = SeatOutage.objects.create(seat=hit.seat, reason="Torn", starts_at=in_days(-1))
    pages = {}
    for role in ("programmer", "manager"):
        staff = create_staff()
        Membership.objects.create(user=staff, theater=screen.theater, role=role)
        client.force_login(staff)
        page = client.get(reverse("admin:theaters_seatoutage_change", args=[broken.pk])).content.decode()
        pages[role] = (hit.booking.reference in page, hit.booking.user.email in page, "sold for 1 showtime" in page)

    assert pages == {"programmer": (False, False, True), "manager": (True, True, False)}
